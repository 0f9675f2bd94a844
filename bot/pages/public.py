"""What pages are made of: the events, topics and facts that everybody may read."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.events.event import Event


@dataclass(frozen=True, slots=True)
class Shown:
    """An event with what a page says beside it.

    Attributes:
        number: By which members name it.
        version: Counts its changes from 1.
        topics: The slugs of the topics that it belongs to.
    """

    number: int
    version: int
    event: Event
    created_at: datetime
    changed_at: datetime
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicTopic:
    """A topic that is offered.

    Attributes:
        slug: What stands in addresses; it stays when the topic is renamed.
    """

    slug: str
    name_de: str
    name_en: str

    def name(self, language: str) -> str:
        """Return what it is called in ``de`` or ``en``."""
        return self.name_en if language == "en" else self.name_de


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and where.

    Attributes:
        address: Where the pages are, without a slash at the end.
        language: Of readers who ask for none that is spoken.
        zone: Whose days and hours count.
        land: Whose public holidays are named where nobody chose a Land.
        operator: Who runs the hub; may be empty.
    """

    name: str
    address: str
    language: str
    zone: ZoneInfo
    land: str | None = None
    operator: str = ""
    operator_url: str = ""
    privacy_url: str = ""


@dataclass(frozen=True, slots=True)
class PublicCalendar:
    """Everything that is published."""

    publisher: Publisher
    topics: tuple[PublicTopic, ...]
    events: tuple[Shown, ...]

    def event(self, number: int) -> Shown | None:
        """Return the event with this number, if it is published."""
        return next((one for one in self.events if one.number == number), None)

    def topic(self, slug: str) -> PublicTopic | None:
        """Return the topic with this slug, if it is offered."""
        return next((one for one in self.topics if one.slug == slug), None)

    def of_topic(self, slug: str) -> tuple[Shown, ...]:
        """Return the events of a topic."""
        return tuple(one for one in self.events if slug in one.topics)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who reads a page, as far as it matters.

    Attributes:
        language: In which they read.
        chosen: Whether they chose it on a page, so that links have to keep it.
        now: The present.
    """

    language: str
    now: datetime
    chosen: bool = False
