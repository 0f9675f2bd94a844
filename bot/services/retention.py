"""How long what is known of people is kept, as the configuration in force says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.config import Settings
from bot.services.events import DRAFT_LASTS
from bot.services.housekeeping import REPEATS
from bot.storage.personal import TABLES
from bot.text import catalogue

_PERIODS: dict[str, Callable[[Settings], timedelta | None]] = {
    "member": lambda settings: settings.privacy.keep_inactive,
    "event": lambda _: None,
    "consent": lambda settings: settings.privacy.keep_consents,
    "calendar": lambda settings: settings.privacy.keep_calendars,
    "delivery": lambda settings: settings.delivery.keep_sent,
    "hour": lambda _: None,
    "question": lambda settings: settings.knowledge.keep_questions,
    "day": lambda _: DRAFT_LASTS,
    "role": lambda _: None,
    "announcement": lambda settings: settings.privacy.keep_announcements,
    "bridge": lambda _: None,
    "post": lambda settings: settings.bridges.keep_map,
    "audit": lambda settings: settings.audit.keep,
    "entry": lambda _: None,
    "event-id": lambda _: REPEATS,
    "tombstone": lambda settings: settings.privacy.keep_tombstones,
}
"""By the name that :mod:`bot.storage.personal` gives each; ``None`` where no number of days is."""

NAMES = tuple(_PERIODS)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of people, and how long.

    Attributes:
        what: What it is.
        how_long: How long it is kept.
    """

    what: str
    how_long: str


def said(name: str, language: str, settings: Settings) -> str:
    """Return in words how long something is kept, by the period's name."""
    period = _PERIODS[name](settings)
    values = {} if period is None else {"days": max(1, period.days)}
    return catalogue.text(language, f"kept-{name}", **values)


def everything(language: str, settings: Settings) -> Iterator[Kept]:
    """Yield what is kept of people, each once, in the order of the registry."""
    pairs = dict.fromkeys((one.subject, one.kept) for one in TABLES if one.is_personal)
    for subject, kept in pairs:
        what = catalogue.text(language, f"held-{subject}")
        yield Kept(what, said(kept, language, settings))
