"""Values of iCalendar, read by the library where it can and leniently where it can't.

Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rrulestr

from bot.feeds.calendar_lines import Property
from bot.feeds.when import When
from bot.feeds.zones import Zones, is_utc, named

_LENIENT = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T ](\d{2}):?(\d{2})(?::?(\d{2}))?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_ESCAPED = re.compile(r"\\([nN,;:\"\\])")
_MOST_DATES = 1000
"""Dates of one series that are left out or added."""
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "MINUTELY", "SECONDLY"}
_LONGEST_RULE = 500


class Times:
    """Reads the times of one calendar.

    Args:
        zones: What its TZIDs mean.
        default: The IANA zone of times that have none, and in which those in UTC are shown.
        note: Takes what somebody should know.
    """

    def __init__(
        self, zones: Zones, default: str, note: Callable[[str], None] = lambda _: None
    ) -> None:
        self._zones = zones
        self._note = note
        self.default = default

    def zone(self, of: Property) -> str:
        """Return the IANA zone in which a time is to be shown."""
        given = self._zones.resolve(of.params["TZID"]) if "TZID" in of.params else None
        known = isinstance(given, ZoneInfo) and not is_utc(given.key)
        return given.key if known and isinstance(given, ZoneInfo) else self.default

    def one(self, of: Property, zone: str) -> When:
        """Read a DATE or DATE-TIME as the clocks of *zone* show it.

        Raises:
            ValueError: It is none.
        """
        return self._when(self._value(of, of.value), of, zone)

    def several(self, of: Property, zone: str) -> Iterator[When]:
        """Read a list of them; of periods the beginnings.

        Raises:
            ValueError: One is none.
        """
        for one in of.value.split(",")[:_MOST_DATES]:
            yield self._when(self._value(of, one.partition("/")[0]), of, zone)

    def _value(self, of: Property, written: str) -> date | datetime:
        found = _dated(written.strip())
        if of.params.get("VALUE", "").upper() == "DATE" and isinstance(found, datetime):
            return found.date()
        return found

    def _when(self, value: date | datetime, of: Property, zone: str) -> When:
        if not isinstance(value, datetime):
            return When.of(value)
        tz = value.tzinfo
        if tz is None and "TZID" in of.params:
            tz = self._zones.resolve(of.params["TZID"])
            if tz is None:
                name = of.params["TZID"][:80]
                self._note(f"the time zone “{name}” is not known; {self.default} is taken")
        if tz is None:
            tz = ZoneInfo(self.default)
        if isinstance(tz, ZoneInfo) and tz.key == zone:
            return When.of(value.replace(tzinfo=None))  # as written, also where clocks jump
        try:
            local = value.replace(tzinfo=tz).astimezone(UTC).astimezone(ZoneInfo(zone))
        except OverflowError:
            raise ValueError(f"“{of.value[:40]}” lies outside the calendar") from None
        return When.of(local.replace(tzinfo=None))


def _dated(written: str) -> date | datetime:
    plain = _PLAIN.fullmatch(written)
    if plain is not None:
        return _exact(written, plain[1])
    try:
        found = icalendar.prop.vDDDTypes.from_ical(written)  # type: ignore[no-untyped-call] # it has no types
    except Exception:  # noqa: BLE001 # the library lets many kinds through
        found = None
    if isinstance(found, date):
        return found
    lenient = _LENIENT.fullmatch(written)
    if lenient is None:
        raise ValueError(f"“{written[:40]}” is no date")
    year, month, day, hour, minute, second, zone = lenient.groups()
    on = date(int(year), int(month), int(day))
    if hour is None:
        return on
    at = datetime(on.year, on.month, on.day) + timedelta(hours=int(hour), minutes=int(minute))  # noqa: DTZ001 # local
    at += timedelta(seconds=min(int(second or 0), 59))
    if zone is None:
        return at
    return datetime.fromisoformat(f"{at.isoformat()}{zone.upper().replace('Z', '+00:00')}")


def _exact(written: str, clock: str | None) -> date | datetime:
    """Read the form that RFC 5545 has; 24:00 and leap seconds are read as what follows them."""
    day = date(int(written[:4]), int(written[4:6]), int(written[6:8]))
    if clock is None:
        return day
    hour, minute, second = int(clock[1:3]), int(clock[3:5]), int(clock[5:7])
    at = datetime(day.year, day.month, day.day, tzinfo=UTC if clock[-1] == "Z" else None)
    if hour > 24 or minute > 59:  # noqa: PLR2004 # of the clock
        raise ValueError(f"“{written[:40]}” is no date")
    try:
        return at + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    except OverflowError:
        raise ValueError(f"“{written[:40]}” lies outside the calendar") from None


def text(of: Property | None) -> str:
    """Return a TEXT value without its escapes."""
    return _ESCAPED.sub(_unescaped, of.value) if of else ""


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else found[1]


def duration(of: Property) -> timedelta:
    """Read a DURATION.

    Raises:
        ValueError: It is none.
    """
    found = icalendar.prop.vDuration.from_ical(of.value.strip())  # type: ignore[no-untyped-call] # the same
    if not isinstance(found, timedelta):
        raise ValueError(f"“{of.value[:40]}” is no duration")  # noqa: TRY004 # a file's mistake
    return found


def rule(of: Property) -> str:
    """Read an RRULE, and make sure that its dates can be computed.

    Raises:
        ValueError: They can't.
    """
    return _checked_rule(of.value.strip().strip(";").removeprefix("RRULE:").upper())


@lru_cache(maxsize=1024)
def _checked_rule(given: str) -> str:
    written = given.replace(" ", "")
    if len(written) > _LONGEST_RULE:
        raise ValueError("the rule of the series is too long")
    try:
        parsed = icalendar.prop.vRecur.from_ical(written)
    except Exception:  # noqa: BLE001 # the library lets many kinds through
        raise ValueError(f"“{written[:60]}” is no rule") from None
    if not set(parsed.get("FREQ", [])) & _FREQUENCIES:
        raise ValueError(f"the rule of the series has no FREQ: {written[:60]}")
    aware = datetime(2000, 1, 1, tzinfo=UTC)
    rrulestr(re.sub(r"UNTIL=[^;]*;?", "", written).strip(";"), dtstart=aware)
    return written


def calendar_zone(value: str) -> str | None:
    """Return the IANA zone of X-WR-TIMEZONE, unless it only says UTC."""
    found = named(value)
    return None if found is None or is_utc(found.key) else found.key
