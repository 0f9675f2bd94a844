"""Dates and times as people write them, in German and English.

Our own rules read what has to be exact (numbers, months, ranges, "24 Uhr", weekdays); what is
counted from today ("in drei Wochen", "day after tomorrow") is read by dateparser.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from babel.dates import get_day_names, get_month_names

from bot.errors import UserError
from bot.text.moments import DAY_MINUTES, Moment

_LONGEST: Final = 120
"""Characters; nobody needs more for a date."""
_MOST_ECHOED: Final = 40
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
_AFTERNOON = 12 * 60
_OVER_NEW_YEAR = 6
"""Months by which a range without a first year begins later than it ends: 28.12.–2.1.2028."""


class DateError(UserError):
    """What was written can't be read as one date."""


class NoDateError(DateError):
    """It is no date, or one that no calendar has; *example* can be written instead."""

    def __init__(self, words: str, example: date) -> None:
        shown = f"{example.day}.{example.month}.{example.year}"
        super().__init__("date-unreadable", words=words[:_MOST_ECHOED], example=shown)


class AmbiguousDateError(DateError):
    """It can be read as two dates."""

    def __init__(self, words: str, one: date, other: date) -> None:
        super().__init__(
            "date-ambiguous",
            words=words[:_MOST_ECHOED],
            one=f"{one.day}.{one.month}.{one.year}",
            other=f"{other.day}.{other.month}.{other.year}",
        )


class WrongWeekdayError(DateError):
    """The weekday beside a date is another one's."""

    def __init__(self, words: str, day: date) -> None:
        shown = f"{day.day}.{day.month}.{day.year}"
        super().__init__("date-wrong-weekday", words=words[:_MOST_ECHOED], day=shown)


@dataclass(frozen=True, slots=True)
class Written:
    """A date as it was understood.

    Attributes:
        start: The day or minute; of a range its first.
        end: The last day or minute of a range.
        inclusive: Whether the words say that the day itself counts ("bis einschließlich").
        words: What was written.
    """

    start: Moment
    end: Moment | None
    inclusive: bool
    words: str


def read(words: str, *, today: date) -> Written:
    """Read a date, with or without a time of day, or a range of either.

    A date without a year is the next one from *today* on, and so is a weekday; "next Friday" is
    never today. A date of two digits' year lies in this century.

    Raises:
        DateError: It is none, does not exist, or can be read in two ways; nothing else is raised.
    """
    reader = _Reader(words, today)
    try:
        return reader.read()
    except (ValueError, OverflowError):
        raise reader.refusal() from None


_INCLUSIVE = re.compile(
    r"\(?\b(?:bis\s+)?(?:einschl(?:iesslich|\.)|inkl(?:usive|\.)|inclusive|including|through)"
    r"(?!\w)\)?"
)
_LEAD = re.compile(
    r"^(?:(?:spätestens|fällig|bis|until|till|by|due|zum|am|ab|vom|from|on|the|den|dem|der)\b\s*)+"
)
_CLOCK = r"(?P<{0}h>\d{{1,2}})(?:[:.](?P<{0}m>\d{{2}}))?(?::00)?"
_HALF = r"\s*(?P<{0}half>[ap]\.?m\b\.?)?"
_WORD = r"\s*(?P<{0}word>uhr\b(?:\s*(?P<{0}late>\d{{2}})(?![\d.:]))?|h\b)?"
_ONE = _CLOCK + _HALF + _WORD
_TIMES = re.compile(
    r"(?:(?:\b(?:um|at|von|from)\s+)|(?<=\d)t(?=\d)|(?<![\w.:/-]))"
    + _ONE.format("a")
    + r"(?:\s*(?:-|bis|to|until)\s*"
    + _ONE.format("b")
    + r")?(?![\w.:/-])"
)
_NUMBER_YEAR = r"(?P<{0}y>\d{{4}}|'?\d{{2}})"
_ISO = r"(?P<{0}y>\d{{4}})-(?P<{0}m>\d{{1,2}})-(?P<{0}d>\d{{1,2}})"
_DOTS = r"(?P<{0}d>\d{{1,2}})\.\s?(?P<{0}m>\d{{1,2}})(?:\.\s?" + _NUMBER_YEAR + r"?)?"
_SLASH = r"(?P<{0}s1>\d{{1,2}})/(?P<{0}s2>\d{{1,2}})/" + _NUMBER_YEAR
_NAMED = (
    r"(?P<{0}d>\d{{1,2}})(?:\.|st|nd|rd|th)?\s*(?:of\s+)?(?P<{0}n>[a-zä]+)\.?(?:,?\s*"
    + _NUMBER_YEAR
    + r")?"
)
_ENGLISH = r"(?P<{0}n>[a-z]+)\.?\s*(?P<{0}d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<{0}y>\d{{4}}))?"
_DAYS = tuple(re.compile(form.format("")) for form in (_ISO, _DOTS, _SLASH, _NAMED, _ENGLISH))
_FIRST_DAY = re.compile(r"(\d{1,2})\.?")
_FIRST_IN_ENGLISH = re.compile(r"([a-z]+)\.?\s*(\d{1,2})\s*-\s*(\d{1,2})(,?\s+\d{4})?")
_BETWEEN = re.compile(r"\s+(?:bis(?:\s+zum)?|to|until|and|und)\s+|\s*-\s*|(?<=\d)/(?=\d{4}-)")
_WEEKDAY = re.compile(
    r"^(?:(?P<which>diese[nr]?|this|kommende[nr]?|coming|nächste[nr]?|next)\s+)?(?P<name>[a-zäö]+)\.?"
)
_NOT_DAYS = re.compile(r"\b(?:stunden?|minuten?|sekunden?|hours?|minutes?|seconds?)\b")
_LOOSE_NUMBER = re.compile(r"\d(?![\d]|\s*(?:tag|woche|monat|jahr|day|week|month|year|fortnight))")
"""dateparser passes over numbers that it can't place; we do not."""
_VAGUE = re.compile(r"^(?:nächste[nrs]?|kommende[nrs]?|next|this|diese[nrs]?)\s+\w+$")


class _Reader:
    """Reads one text; a ValueError on the way means that it is no date."""

    def __init__(self, words: str, today: date) -> None:
        self._words = words.strip()
        self._today = today
        self._example = max(today, date(_FIRST_YEAR, 1, 1)) + timedelta(days=14)

    def refusal(self) -> NoDateError:
        """Return what to say when it is no date."""
        return NoDateError(self._words, self._example)

    def read(self) -> Written:
        text, inclusive = self._bare()
        both = list(_halves(text)) if not _is_iso_day(text) else []
        for first, last in both:
            with suppress(ValueError):
                start, end = self._range(first, last)
                if start.order <= end.order:
                    return Written(start, end, inclusive, self._words)
        start, end_or_none = self._moment(text)
        return Written(start, end_or_none, inclusive, self._words)

    def _bare(self) -> tuple[str, bool]:
        """Return the text without what only leads to the date; and whether the day counts."""
        if not self._words or len(self._words) > _LONGEST:
            raise ValueError
        text = re.sub("[\u2010-\u2015\u2212]", "-", self._words.casefold())
        text = re.sub(r"[„“”\"»«]", "", re.sub(r"\s+", " ", text)).strip()
        without = _INCLUSIVE.sub(" ", text)
        return _LEAD.sub("", without.strip()).strip(" ,"), without != text

    def _range(self, first: str, last: str) -> tuple[Moment, Moment]:
        """Read both ends; the first one may leave out what the last one says."""
        end, more = self._moment(last)
        if more is not None:
            raise ValueError
        for candidate in (first, *_completed(first, end.day)):
            with suppress(ValueError):
                start, more = self._moment(candidate, complete=end.day)
                if more is None and (start.minute is None) == (end.minute is None):
                    return start, end
        raise ValueError

    def _moment(self, text: str, *, complete: date | None = None) -> tuple[Moment, Moment | None]:
        """Read a day with or without times of day."""
        with suppress(ValueError):
            return Moment(day=self._day(text, complete)), None
        for found in reversed(list(_TIMES.finditer(text))):
            first, last = _minutes(found)
            if first is None:
                continue
            rest = re.sub(r"[\s,]+", " ", text[: found.start()] + " " + text[found.end() :])
            day = self._day(rest.strip(" ,"), complete)
            end = None if last is None else Moment(day=day, minute=last)
            if end is not None and last is not None and last <= first:
                raise ValueError
            return Moment(day=day, minute=first), end
        raise ValueError

    def _day(self, text: str, complete: date | None) -> date:
        text = _LEAD.sub("", text).strip(" ,")
        for form in _DAYS:
            if (found := form.fullmatch(text)) and (day := self._exact(found, complete)):
                return day
        weekday = _WEEKDAY.match(text)
        number = _weekdays().get(weekday["name"]) if weekday else None
        if weekday is None or number is None:
            return self._counted(text)
        rest = text[weekday.end() :].strip(" ,")
        if not rest:
            return self._next(number, weekday["which"] or "")
        day = self._day(rest, complete)
        if day.weekday() != number:
            raise WrongWeekdayError(self._words, day)
        return day

    def _exact(self, found: re.Match[str], complete: date | None) -> date | None:
        """Return the day of a written-out date; ``None`` if a word in it is no month."""
        parts = found.groupdict()
        year = _year(parts["y"])
        if "s1" in parts:
            return self._slashed(int(parts["s1"]), int(parts["s2"]), year or 0)
        month = int(parts["m"]) if "m" in parts else _months().get(parts["n"])
        if month is None:
            return None
        return self._existing(int(parts["d"]), month, year, complete)

    def _existing(self, day: int, month: int, year: int | None, complete: date | None) -> date:
        if year is None and complete is not None:
            year = complete.year - (month - complete.month >= _OVER_NEW_YEAR)
        if year is not None:
            self._suggest(day, month, year)
            return _date(year, month, day)
        for candidate in range(self._today.year, self._today.year + 9):
            with suppress(ValueError):
                found = _date(candidate, month, day)
                if found >= self._today:
                    return found
        self._suggest(day, month, self._today.year + 1)
        raise ValueError

    def _suggest(self, day: int, month: int, year: int) -> None:
        """Remember the last day of a month for the refusal: 28.2.2027 for 31.2.2027."""
        if _FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12:  # noqa: PLR2004 # of the year
            self._example = date(year, month, min(max(day, 1), monthrange(year, month)[1]))

    def _slashed(self, first: int, second: int, year: int) -> date:
        """Read what means day/month in Europe and month/day in America."""
        days = []
        for month, day in ((second, first), (first, second)):
            with suppress(ValueError):
                days.append(_date(year, month, day))
        match set(days):
            case found if len(found) == 1:
                return days[0]
            case found if found:
                raise AmbiguousDateError(self._words, days[0], days[1])
            case _:
                raise ValueError

    def _next(self, weekday: int, which: str) -> date:
        ahead = (weekday - self._today.weekday()) % 7
        never_today = which.startswith(("nächst", "next", "kommend", "coming"))
        return self._today + timedelta(days=ahead or (7 if never_today else 0))

    def _counted(self, text: str) -> date:
        """Read what is counted from today."""
        if not text or any(form.search(text) for form in (_NOT_DAYS, _LOOSE_NUMBER, _VAGUE)):
            raise ValueError
        noon = datetime.combine(self._today, datetime.min.time()) + timedelta(hours=12)
        found = _parsed(text, noon)
        if found is None or found.time() != noon.time():
            raise ValueError
        return _date(found.year, found.month, found.day)


def _parsed(text: str, base: datetime) -> datetime | None:
    # Half a second to import, and most dates are read without it.
    from dateparser.date import DateDataParser

    settings = {
        "RELATIVE_BASE": base,
        "PREFER_DATES_FROM": "future",
        "PARSERS": ["relative-time"],
        "TIMEZONE": "UTC",
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    try:
        found = DateDataParser(languages=["de", "en"], settings=settings).get_date_data(text)
    except Exception:  # noqa: BLE001 # it lets errors of regex and arithmetic through
        return None
    result = found.date_obj
    return result if isinstance(result, datetime) else None


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to cut a text into the two ends of a range."""
    english = _FIRST_IN_ENGLISH.fullmatch(text)
    if english and english[1] in _months():
        month, year = english[1], english[4] or ""
        yield f"{month} {english[2]}{year}", f"{month} {english[3]}{year}"
    for cut in _BETWEEN.finditer(text):
        first, last = text[: cut.start()].strip(" ,"), text[cut.end() :].strip(" ,")
        if first and last:
            yield first, last


def _completed(first: str, last: date) -> Iterator[str]:
    """Yield *first* with month and year of the range's end, where it is a bare day."""
    if found := _FIRST_DAY.fullmatch(first):
        yield f"{found[1]}.{last.month}.{last.year}"


def _is_iso_day(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text) is not None


def _minutes(found: re.Match[str]) -> tuple[int | None, int | None]:
    """Return the minutes of a time or of both of a range; ``None`` if it is no time at all."""
    marks = ("am", "ahalf", "aword", "bm", "bhalf", "bword")
    if not (found[0].startswith(("um", "at")) or any(found[mark] for mark in marks)):
        return None, None
    last = None if found["bh"] is None else _minute(found, "b", found["bhalf"])
    return _minute(found, "a", found["ahalf"] or found["bhalf"]), last


def _minute(found: re.Match[str], which: str, half: str | None) -> int:
    hour = int(found[f"{which}h"])
    minute = int(found[f"{which}m"] or found[f"{which}late"] or 0)
    total = hour * 60 + minute
    if half:
        if not (1 <= hour <= 12 and minute < 60):  # noqa: PLR2004 # of the clock
            raise ValueError
        return total % _AFTERNOON + (_AFTERNOON if half.startswith("p") else 0)
    if minute > 59 or total > DAY_MINUTES:  # noqa: PLR2004 # of the clock
        raise ValueError
    return total


def _year(written: str | None) -> int | None:
    if written is None:
        return None
    digits = written.removeprefix("'")
    return int(digits) + (2000 if len(digits) == 2 else 0)  # noqa: PLR2004 # two digits


def _date(year: int, month: int, day: int) -> date:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError
    return date(year, month, day)


@cache
def _months() -> dict[str, int]:
    """Every name of a month, folded: ``märz``, ``mrz``, ``march``, ``sept`` …."""
    names = {"jänner": 1, "mrz": 3, "maerz": 3, "sept": 9, "okt": 10, "dez": 12}
    for language in ("de", "en"):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                found = get_month_names(width, context, locale=language)
                names |= {name.casefold().rstrip("."): month for month, name in found.items()}
    return names


@cache
def _weekdays() -> dict[str, int]:
    """Every name of a weekday, folded; Monday is 0."""
    names = {"sonnabend": 5}
    for language in ("de", "en"):
        for width in ("wide", "abbreviated"):
            found = get_day_names(width, "format", locale=language)
            names |= {name.casefold().rstrip("."): day for day, name in found.items()}
    return names


def month_number(word: str) -> int | None:
    """Return the month that a word names in German or English, if it names one."""
    return _months().get(word.casefold().rstrip("."))
