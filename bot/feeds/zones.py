"""The zone that a calendar means, by whatever name."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta, timezone, tzinfo
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import icalendar
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-zÀ-ÿ]+(?:[ _][A-Z][a-zÀ-ÿ]+)?")
_INSIDE = re.compile(
    r"(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z]+(?:[/_-][A-Za-z]+)*"
)
_OTHERS: Final = {
    **dict.fromkeys(("mez", "mesz", "cest", "met", "mest"), "Europe/Berlin"),
    "mitteleuropäische zeit": "Europe/Berlin",
    "mitteleuropäische sommerzeit": "Europe/Berlin",
    "central european time": "Europe/Berlin",
    "w. europe": "Europe/Berlin",
    "western/central europe": "Europe/Berlin",
    "central european": "Europe/Berlin",
    "bern": "Europe/Zurich",
    "rom": "Europe/Rome",
    "wien": "Europe/Vienna",
    "z": "UTC",
}
_MOST_ZONES: Final = 100
_LONGEST_NAME, _LONGEST_DEFINITION = 200, 20_000
_UTC: Final = {"UTC", "Etc/UTC", "Etc/GMT", "GMT", "Z", "Etc/UCT", "UCT", "Zulu"}


def named(name: str) -> ZoneInfo | None:
    """Return the IANA zone that *name* means: IANA's own, Windows', or a list of cities."""
    return _named(name[:_LONGEST_NAME])


def is_utc(name: str) -> bool:
    """Tell whether it is what programs write that know no zone."""
    return name in _UTC


@cache
def _cities() -> Mapping[str, str]:
    """Every zone by its folded name, and by the city in it."""
    found = {}
    for zone in sorted(available_timezones(), reverse=True):
        if "/" in zone and not zone.startswith(("Etc/", "posix", "right", "SystemV")):
            found[zone.rsplit("/", 1)[1].replace("_", " ").casefold()] = zone
    whole = {zone.casefold(): zone for zone in available_timezones()}
    windows = {windows.casefold(): zone for windows, zone in WINDOWS_TO_OLSON.items()}
    return found | whole | windows | _OTHERS


def _named(name: str) -> ZoneInfo | None:
    bare = name.strip().strip("\"'").replace("\\", "")
    parts = [one for one in bare.split("/") if one]
    # /freeassociation.sourceforge.net/Europe/Berlin, /mozilla.org/20050126_1/Europe/Berlin
    whole = ["/".join(parts[number:]) for number in range(len(parts))]
    whole = [one for one in whole if "/" in one or len(parts) == 1]
    # (UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna: the whole list has one time
    listed = re.sub(r"\([^()]*\)", "", bare)
    cities = _WORDS.findall(listed) if "," in bare or "(" in bare else []
    for one in sorted(cities, key=lambda city: city != "Berlin"):
        if is_utc(one):
            continue  # the offset beside it is meant
        whole.append(one.replace("_", " "))
    known = _cities()
    # custom_America/New_York, tzone://Microsoft/Custom/Europe/Berlin
    whole += _INSIDE.findall(bare)
    found = next((known[one.casefold()] for one in whole if one.casefold() in known), None)
    return ZoneInfo(found) if found else None


class Zones:
    """The zones of one calendar: by name, or as it defines them itself.

    Args:
        definitions: The lines of each VTIMEZONE, by TZID.
    """

    def __init__(self, definitions: Mapping[str, Sequence[str]]) -> None:
        self._definitions = definitions
        self._found: dict[str, tzinfo | None] = {}

    def resolve(self, name: str) -> tzinfo | None:
        """Return the zone of a TZID; ``None`` if nobody knows it."""
        if name not in self._found:
            self._found[name] = named(name) or self._defined(name) or _offset(name)
        return self._found[name]

    def _defined(self, name: str) -> tzinfo | None:
        lines = self._definitions.get(name, ()) if len(self._found) < _MOST_ZONES else ()
        for one in lines:
            if one.upper().startswith(("X-LIC-LOCATION:", "TZID-ALIAS-OF:")):
                located = named(one.partition(":")[2])
                if located is not None:
                    return located
        text = "\r\n".join(lines)
        frequencies = re.findall(r"FREQ=(\w+)", text)
        # The library computes every change of clocks: one an hour would keep it busy for ever.
        if not lines or len(text) > _LONGEST_DEFINITION or set(frequencies) - {"YEARLY"}:
            return None
        try:
            component: Any = icalendar.Timezone.from_ical(text)
            found: tzinfo = component.to_tz()
        except Exception:  # noqa: BLE001 # the library lets many kinds through
            return None
        return found


def _offset(name: str) -> tzinfo | None:
    found = _OFFSET.search(name[:_LONGEST_NAME])
    if found is None:
        return None
    length = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if length >= timedelta(hours=24):
        return None
    return timezone(-length if found[1] == "-" else length)
