"""What is published of the hub's events and topics: nothing about chats or members."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.config import Settings
from bot.events.event import Event
from bot.pages.public import PublicCalendar, PublicTopic, Publisher, Shown
from bot.services import topics
from bot.services.topics import Topic
from bot.storage import events
from bot.storage.engine import Session
from bot.storage.models import EventRow

_EVER = datetime(1980, 1, 1, tzinfo=UTC)

Version = tuple[object, ...]
"""Another one for another content."""


async def version(session: Session) -> Version:
    """Return what is different as soon as anything that is published has changed."""
    offered = await topics.offered(session)
    names = tuple((one.id, one.name_de, one.name_en) for one in offered)
    return (*await events.state(session), *names)


async def calendar(session: Session, settings: Settings) -> PublicCalendar:
    """Return all that is published: events that are not made up, and topics that are offered."""
    offered = await topics.offered(session)
    rows = await events.listed(session, since=_EVER)
    found = (shown(row, offered) for row in rows)
    return PublicCalendar(
        publisher=publisher(settings),
        topics=tuple(PublicTopic(slug(one), one.name_de, one.name_en) for one in offered),
        events=tuple(one for one in found if not one.event.example),
    )


def shown(row: EventRow, offered: Sequence[Topic]) -> Shown:
    """Return an event as pages and pictures have it."""
    event = Event.model_validate(row.content)
    numbers = topics.of_event(offered, event)
    return Shown(
        number=row.id,
        version=row.version,
        event=event,
        created_at=row.created_at,
        changed_at=row.changed_at,
        topics=tuple(slug(one) for one in offered if one.id in numbers),
    )


def slug(topic: Topic) -> str:
    """Return the name of a topic in addresses, which stays when it is renamed."""
    return topic.key or str(topic.id)


def publisher(settings: Settings) -> Publisher:
    """Return who publishes, and where."""
    hub = settings.hub
    return Publisher(
        name=hub.name,
        address=settings.web.public("") or "",
        language=hub.language,
        zone=hub.zone,
        land=hub.land,
        operator=hub.operator,
        operator_url=str(hub.operator_url or ""),
        privacy_url=str(hub.privacy_url or ""),
    )
