"""The properties of a calendar's component."""

from typing import Final

from bot.feeds import calendar_values as values
from bot.feeds.calendar_lines import Component, Property, read
from bot.feeds.item import Reading

_USED: Final = frozenset(
    {
        *("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "STATUS", "DTSTART", "DTEND"),
        *("DUE", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "CREATED"),
        *("X-ALT-DESC", "X-STADTFUNK-DEADLINE", "X-MICROSOFT-CDO-ALLDAYEVENT"),
        *("CATEGORIES", "COMMENT", "TZID", "X-WR-TIMEZONE", "X-WR-CALNAME", "NAME"),
        *("METHOD", "DTSTAMP"),
    }
)


class Fields:
    """The properties of a component that are used, the first of each name.

    What can't be taken apart is noted and left out.
    """

    def __init__(self, component: Component, found: Reading) -> None:
        self._one: dict[str, Property] = {}
        self._several: dict[str, list[Property]] = {}
        self.where = f"{component.name} in line {component.line}"
        for line in component.lines:
            name = line.partition(":")[0].partition(";")[0].strip().upper()
            if name not in _USED:
                continue
            try:
                taken = read(line)
            except ValueError as error:
                found.skip(self.where, f"{name}: {error}")
                continue
            if taken.value.strip():
                self._several.setdefault(name, []).append(taken)
                self._one.setdefault(name, taken)

    def get(self, name: str) -> Property | None:
        """Return a property, if it is there."""
        return self._one.get(name)

    def all(self, name: str) -> list[Property]:
        """Return all of that name."""
        return self._several.get(name, [])

    def text(self, name: str) -> str:
        """Return a text, without its escapes."""
        return values.text(self._one.get(name))

    @property
    def names(self) -> frozenset[str]:
        """What is there."""
        return frozenset(self._one)
