"""When and how a chat wants to hear something: read from words, kept, and applied."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from bot import places
from bot.config import Settings
from bot.errors import UserError
from bot.storage.models import ChatRow, ChatSettings
from bot.text.catalogue import LANGUAGES
from bot.timing import leads as lead_times
from bot.timing.digest import Digest, Rhythm, next_slot, read_digest
from bot.timing.leads import Lead, read_leads
from bot.timing.quiet import Quiet, held_until, read_quiet
from bot.timing.times import echo, instant, read_day, read_time

_HOUR = 60
_ALL = frozenset({"alle", "all", "alle länder", "alle laender", "überall", "everywhere", "aus"})
_ON = frozenset({"an", "ein", "on", "ja", "yes"})
_OFF = frozenset({"aus", "off", "nein", "no", "ende", "weiter", "end", "resume", "continue"})
_AT = re.compile(r"(.*?)\s*,?\s*\b(?:um|at)\s+(.*)", re.IGNORECASE | re.DOTALL)
_UNTIL = re.compile(r"^(?:bis|until|till|zum|für|for|\s)+", re.IGNORECASE)
_NAMES = {"deutsch": "de", "german": "de", "englisch": "en", "english": "en"}


@dataclass(frozen=True, slots=True)
class Preferences:
    """When and how a chat wants to hear something.

    Attributes:
        laender: Whose news it wants, and whose public holidays are quiet; none means all.
        leads: How long before a date it is reminded.
        remind_at: At what time of day.
        digest: At once or collected.
        quiet: When nothing arrives.
        paused_until: Nothing arrives before, not even what is urgent.
        silent: Whether messages arrive without a sound.
        zone: Whose wall time all this is.
        language: In which language messages are.
        usual_land: The hub's, whose holidays count where the chat names no Land.
    """

    laender: tuple[str, ...]
    leads: tuple[Lead, ...]
    remind_at: time
    digest: Digest
    quiet: Quiet
    paused_until: datetime | None
    silent: bool
    zone: ZoneInfo
    language: str
    usual_land: str | None = None

    @property
    def is_collected(self) -> bool:
        """Whether messages are collected into a digest."""
        return self.digest.rhythm is not Rhythm.NOW

    @property
    def reminded_at(self) -> time:
        """At what time of day it is to be reminded.

        Not after a daily digest, in which a reminder for today would else come tomorrow.
        """
        if self.digest.rhythm is Rhythm.DAILY:
            return min(self.remind_at, self.digest.at)
        return self.remind_at

    @property
    def holiday_laender(self) -> tuple[str, ...]:
        """Whose public holidays are quiet and no workdays."""
        return self.laender or ((self.usual_land,) if self.usual_land else ())

    def arrives(self, asked: datetime, *, urgent: bool = False, at_once: bool = False) -> datetime:
        """Return when a message that is due at *asked* may arrive: then or later.

        Args:
            asked: When it is due.
            urgent: Whether it may disturb; only a pause holds it then.
            at_once: Whether it is too important to wait for a digest.
        """
        at = max(asked, self.paused_until) if self.paused_until else asked
        if not (urgent or at_once):
            at = next_slot(at, self.digest, zone=self.zone)
        return held_until(
            at, self.quiet, zone=self.zone, laender=self.holiday_laender, urgent=urgent
        )


def of(row: ChatSettings, chat: ChatRow, settings: Settings) -> Preferences:
    """Read what is kept of a chat; what it did not choose is the hub's."""
    quiet = Quiet(row.quiet, _time(row.quiet_from), _time(row.quiet_until), row.quiet_days)
    return Preferences(
        laender=tuple(row.laender.split()),
        leads=lead_times.from_stored(row.leads),
        remind_at=_time(row.remind_at),
        digest=Digest(Rhythm(row.rhythm), _time(row.digest_at), row.digest_day),
        quiet=quiet,
        paused_until=row.paused_until,
        silent=row.silent,
        zone=ZoneInfo(row.timezone) if row.timezone else settings.hub.zone,
        language=chat.language or settings.hub.language,
        usual_land=settings.hub.land,
    )


def usual(language: str, settings: Settings) -> Preferences:
    """Return what a chat of a language wants that has chosen nothing."""
    return Preferences(
        laender=(),
        leads=(),
        remind_at=_time(9 * _HOUR),
        digest=Digest(Rhythm.NOW, _time(8 * _HOUR), 0),
        quiet=Quiet(),
        paused_until=None,
        silent=False,
        zone=settings.hub.zone,
        language=language,
        usual_land=settings.hub.land,
    )


def keep(wanted: Preferences, row: ChatSettings, chat: ChatRow, settings: Settings) -> None:
    """Write *wanted* into the rows of a chat."""
    row.laender, row.leads = " ".join(wanted.laender), lead_times.stored(wanted.leads)
    row.remind_at = _minute(wanted.remind_at)
    row.rhythm, row.digest_at = wanted.digest.rhythm.value, _minute(wanted.digest.at)
    row.digest_day = wanted.digest.weekday
    row.quiet, row.quiet_days = wanted.quiet.on, wanted.quiet.days
    row.quiet_from, row.quiet_until = _minute(wanted.quiet.start), _minute(wanted.quiet.end)
    row.paused_until, row.silent = wanted.paused_until, wanted.silent
    row.timezone = wanted.zone.key if wanted.zone != settings.hub.zone else None
    if wanted.language != settings.hub.language or chat.language:
        chat.language = wanted.language


def _time(minute: int) -> time:
    return time(*divmod(minute, _HOUR))


def _minute(at: time) -> int:
    return at.hour * _HOUR + at.minute


def read_laender(text: str) -> tuple[str, ...]:
    """Read one or more Länder by name, code or project.

    Raises:
        UserError: One of them is none; the nearest one is proposed.
    """
    whole = places.find_laender(text)
    return whole or ordered(code for part in listed(text) for code in _laender_of(part))


def _laender_of(text: str) -> tuple[str, ...]:
    found = places.find_laender(text)
    if found:
        return found
    nearest = places.nearest_place(text)
    if nearest:
        raise UserError("land-unknown-nearest", typed=echo(text), nearest=nearest)
    raise UserError("land-unknown", typed=echo(text))


def listed(text: str) -> list[str]:
    """Split what people write one after the other."""
    parts = re.split(r"\s*[,;&+]\s*|\s+(?:und|and|oder|or|sowie)\s+", text.strip())
    return [part for part in parts if part] or [text]


def ordered(codes: Iterable[str]) -> tuple[str, ...]:
    """Return codes of Länder, each once, in the usual order."""
    wanted = set(codes)
    return tuple(code for code in places.LAENDER if code in wanted)


def _land(present: Preferences, text: str, _now: datetime) -> Preferences:
    if text.casefold() in _ALL:
        return replace(present, laender=())
    if text.startswith("~"):  # a button, which switches one Land on or off
        toggled = set(present.laender) ^ ({text[1:]} & set(places.LAENDER))
        return replace(present, laender=ordered(toggled))
    return replace(present, laender=read_laender(text))


def _leads(present: Preferences, text: str, _now: datetime) -> Preferences:
    timed = _AT.fullmatch(text)
    if timed is None:
        return replace(present, leads=read_leads(text))
    at = read_time(timed[2])
    return replace(
        present, leads=read_leads(timed[1]) if timed[1] else present.leads, remind_at=at
    )


def _quiet(present: Preferences, text: str, _now: datetime) -> Preferences:
    return replace(present, quiet=read_quiet(text, present.quiet))


def _digest(present: Preferences, text: str, _now: datetime) -> Preferences:
    return replace(present, digest=read_digest(text, present.digest))


def _pause(present: Preferences, text: str, now: datetime) -> Preferences:
    """Read ``bis 1.9.``, ``2 Wochen``, ``aus``."""
    if text.casefold() in _OFF:
        return replace(present, paused_until=None)
    today, bare = now.astimezone(present.zone).date(), _UNTIL.sub("", text)
    if re.search(r"[^\W\d_]", bare):
        try:
            (lead,) = read_leads(bare)
        except (UserError, ValueError):
            raise _no_pause(text) from None
        day = today + timedelta(days=round(lead.days))
    else:
        day = read_day(bare, today=today)
    if day <= today:
        raise _no_pause(text)
    return replace(present, paused_until=instant(day, time(), present.zone))


def _no_pause(text: str) -> UserError:
    return UserError("pause-unknown", typed=echo(text))


def _silent(present: Preferences, text: str, _now: datetime) -> Preferences:
    if text.casefold() not in _ON | _OFF:
        raise UserError("silent-unknown", typed=echo(text))
    return replace(present, silent=text.casefold() in _ON)


def _zone(present: Preferences, text: str, _now: datetime) -> Preferences:
    names = {name.casefold(): name for name in available_timezones()}
    found = names.get(text.casefold().replace(" ", "_"))
    if found is None:
        raise UserError("timezone-unknown", typed=echo(text))
    return replace(present, zone=ZoneInfo(found))


def _language(present: Preferences, text: str, _now: datetime) -> Preferences:
    code = _NAMES.get(text.casefold(), text.casefold())
    if code not in LANGUAGES:
        raise UserError("language-unknown", language=echo(text))
    return replace(present, language=code)


CHANGES: dict[str, Callable[[Preferences, str, datetime], Preferences]] = {
    "land": _land,
    "leads": _leads,
    "quiet": _quiet,
    "digest": _digest,
    "pause": _pause,
    "silent": _silent,
    "zone": _zone,
    "language": _language,
}
"""How what was typed changes the preferences; each refuses what it can't read."""
