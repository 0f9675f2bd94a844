"""Due dates in titles and texts, German and English, with the words in which they stood.

Where a date might stand is found here; what it means, :mod:`bot.text.datetimes` reads.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from functools import lru_cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UserError
from bot.feeds.deadline_kinds import stage_of
from bot.feeds.item import Deadline
from bot.feeds.when import Precision, When
from bot.text import datetimes
from bot.text.datetimes import Written, month_number
from bot.text.moments import Moment

SURE: Final = 0.8
"""From this confidence on a due date need not be confirmed by anybody."""
LIKELY: Final = 0.5
"""From this confidence on it is taken for a due date at all."""

_LONGEST: Final = 6000
"""Characters of a text that are searched."""
_MOST: Final = 12
"""Dates of a text that are looked at."""
_SOME_DAY, _OTHER_DAY = date(2001, 1, 7), date(2007, 3, 9)
_FULL_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_PARTS: Final = {"anfang": 10, "mitte": 15}
"""The day that counts of a month of which only a part is named; else it is the last one."""
_BEFORE: Final = 90
_RIVAL: Final = 0.18
"""By how much another date may be less sure and still make one doubtful."""
_DOUBT: Final = 0.15
_STAGED: Final = 0.7
"""From this confidence on a date counts as the one of a stage."""
_MONTHS = (
    r"(?:jan(?:uar|uary)?|jänner|feb(?:ruar|ruary)?|mär(?:z|\.)|maerz|mar(?:ch)?|mrz|apr(?:il)?|mai|"
    r"may|jun[ei]?|jul[iy]?|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|"
    r"de[cz](?:ember)?)\b\.?"
)
_YEAR = r"(?:\d{4}|'?\d{2})(?![\d.:]\d)"
_WEEKDAY = (
    r"(?:(?:(?:mon|diens|donners|frei|sams)tag|mittwoch|sonnabend|sonntag|mo|di|mi|do|fr|sa|so|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\.?,?\s+"
    r"(?:den\s+|dem\s+|the\s+)?)?"
)
_ISO = r"\d{4}-\d{1,2}-\d{1,2}(?!\d)"
_DOTS = rf"\d{{1,2}}\.\s?\d{{1,2}}\.(?:\s?{_YEAR})?"
_SLASH = r"\d{1,2}/\d{1,2}/\d{4}"
_NAMED = rf"\d{{1,2}}(?:\.|st|nd|rd|th)?\s*(?:of\s+)?{_MONTHS}(?:,?\s+{_YEAR})?"
_ENGLISH = rf"{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?(?!\d)(?:,?\s+\d{{4}})?"
_DAY = rf"{_WEEKDAY}(?:{_ISO}|{_SLASH}|{_DOTS}|{_NAMED}|{_ENGLISH})"
_DASH = r"\s*(?:[-\u2010-\u2015\u2212]|\bbis(?:\s+(?:zum|einschließlich))?\b|\bto\b|\buntil\b)\s*"
_RANGE = (
    rf"(?:(?:{_DAY}|\d{{1,2}}\.?(?:\d{{1,2}}\.)?){_DASH}{_DAY}"
    rf"|{_MONTHS}\s+\d{{1,2}}\s*[-–]\s*\d{{1,2}},?\s+\d{{4}})"
)
_CLOCK = (
    r"\d{1,2}(?:[:.]\d{2})?(?::\d{2})?\s*(?:uhr|h\b|[ap]\.?m\b\.?)"
    r"|\d{1,2}:\d{2}(?::\d{2})?(?![\d:])"
)
_TIME = rf"(?:,?\s*\(?(?:bis\s+|um\s+|at\s+|by\s+|t)?(?:{_CLOCK})\)?)"
_ZONES = (
    r"(?:\s*\(?(?P<zone>utc|gmt|mez|mesz|cet|cest|brussels time|brüsseler zeit|ortszeit)\b\)?)?"
)
_WHEN = re.compile(
    rf"(?<![\w.,/:+-])(?:(?P<before>(?:{_CLOCK})\s*(?:am|des|vom|on)\s+(?:{_DAY}))"
    rf"|(?P<date>(?:{_RANGE}|{_DAY})(?:{_TIME})?)){_ZONES}(?![\d/]|-\d)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+(?:\D{1,20}\d+){0,12}")
_LONGEST_LEAD: Final = 30
"""Characters that may stand before the first digit of a date: "Donnerstag, den", "September"."""
_AFTER: Final = 60
"""Characters of a date that may stand behind its digits: "(Brussels time)"."""
_VAGUE = re.compile(
    rf"\b(?P<lead>bis|until|by|frist:?|deadline:?)\s+(?:(?:zum|the)\s+)?"
    rf"(?:(?P<part>anfang|mitte|ende|end)\s+)?"
    rf"(?:des\s+|of\s+|in\s+)?(?:(?P<month>{_MONTHS})\s+)?(?P<year>20\d\d)\b(?![-.]\d)",
    re.IGNORECASE,
)
_VAGUE_MONTH = re.compile(
    rf"\b(?:bis|until|by)\s+(?:zum\s+|the\s+)?(?P<part>anfang|mitte|ende|end)\s+"
    rf"(?:des\s+|of\s+)?(?P<month>{_MONTHS})(?!\s*\d)",
    re.IGNORECASE,
)
# The words from here to _HELD are searched in small letters: without IGNORECASE the patterns are
# many times faster.
_STRONG = re.compile(
    r"frist\b|fristen\b|fristende|schluss\b|stichtag|deadline|closing date|closes\b|spätestens|"
    r"at the latest|no later than|einzureichen|eingereicht|einreichung|einreichen|due\b|"
    r"apply\b|submit|submission|applications?\b|bewerb|antr[aä]g|anmeld|registr|verlängert|"
    r"extended|läuft|open until|teilnahme|abgabe|skizzen|vorlagetermin"
)
_CERTAIN = re.compile(
    r"(?:bewerbungs|einreichungs|antrags|ausschluss|anmelde|abgabe|melde|angebots|teilnahme)?frist|"
    r"(?:vorlage|einreichungs|abgabe|antrags|bewerbungs)termin|"
    r"(?:einsende|bewerbungs|anmelde|abgabe|melde|annahme|einreichungs|redaktions)schluss|"
    r"stichtag|deadline|closing date|\bcloses\b|spätestens|no later than|at the latest|"
    r"verlängert|extended"
)
_UNTIL = re.compile(
    r"(?:\bbis(?:\s+(?:zum|einschl(?:ießlich|\.)|spätestens|inkl\.))*|"
    r"\buntil|\btill|\bby|\bdue(?:\s+(?:on|by))?|"
    r"\bto)[\s:]*(?:(?:den|dem|the)\s+)?$",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"(?:\bstatt|ursprünglich|bisher(?:ige\w*)?|bislang|previously|instead of|originally|\bvom|"
    r"\bseit|\bstand|veröffentlicht|published|\bab|\bfrom|\bsince|starting|inkrafttreten)"
    r"[\s:(am]*(?:dem\s+|den\s+)?$"
)
_ACTION = re.compile(
    r"anmeld|registr|bewerb|einreich|einzureich|mitmach|teilnehm|teilnahme|beteilig|abstimm|abgeb|"
    r"vorleg|vorzuleg|antr[aä]g|aufruf|ausschreib|skizze|apply|submit|application|proposal|\bcall\b|"
    r"take part|\bvote\b|stellungnahme|einwendung"
)
"""What somebody has to do until a date."""
_LASTS = re.compile(
    r"laufzeit|zeitraum|geschlossen|gesperrt|sperrung|ferien|öffnungszeit|baustelle|urlaub|umbau|"
    r"gültig|gilt|closed|\bvalid\b"
)
"""What goes on until a date without anybody having to do anything."""
_BEGINNING = re.compile(r"\b(?:vom|ab|from|starting)\s+(?:dem\s+|den\s+)?$")
_LONGER = re.compile(r"verlänger|extended|extension|\bneue\s+frist")
_PAST = re.compile(r"\b(?:war|waren|endete|endeten|lief|hatten|was|were|ended)\b")
"""What is told of a due date that is over."""
_HELD = re.compile(
    r"kongress|konferenz|conference|congress|workshop|tagung|seminar|webinar|messe\b|schulung|"
    r"treffen|sitzung|meeting|forum\b|festival|sprechstunde|stammtisch|fachtag|exkursion|"
    r"vortrag|führung|konzert|ausstellung|workcamp|hackathon|barcamp|summit|symposium|training|"
    r"veranstaltung|lesung|feier|\bfest\b|woche\b|tage?\b|dialog|markt\b|gipfel"
)
_UNTIL_CLOCK = re.compile(r"\s+bis\s+(?=\d{1,2}(?:[:.]\d{2})?\s*uhr\s*$)", re.IGNORECASE)
_AT_DAY = re.compile(r"^(.*?)\s+(?:am|des|vom|on)\s+(?=\D*\d)(?!m\b)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:[^\d\s]{3,}[.!?]\s+(?=[A-ZÄÖÜ])|\n\s*\n|[;•])")


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a text.

    Attributes:
        written: What it means.
        words: How it is written.
        begin: Where.
        end: Where what was written ends.
        dated: Whether it says its year.
    """

    written: Written
    words: str
    begin: int
    end: int
    dated: bool


def find(title: str, text: str, *, today: date | None, zone: str) -> Deadline | None:
    """Return the due date that a title or a text names, the likeliest one.

    Args:
        title: Counts more: what stands behind a ``|`` is a due date in itself.
        text: Plain text.
        today: From when on a date without year is meant; ``None`` leaves such dates out.
        zone: The IANA zone of times without one.
    """
    found = [*_of(title, today, zone, in_title=True), *_of(text[:_LONGEST], today, zone)]
    if staged := _staged(found, today):
        return staged
    best = max(found, key=lambda one: (one.confidence, one.due.moment.order), default=None)
    if best is None:
        return None
    rivals = [one for one in found if one.confidence > best.confidence - _RIVAL]
    days = {one.due.moment.day for one in rivals}
    if len(days) > 1 and not _LONGER.search(f"{title} {text[:_LONGEST]}".lower()):
        best = _next([one for one in rivals if one.confidence >= best.confidence], today)
    timed = [one for one in found if one.due.moment.day in days and not one.due.moment.is_day]
    if len(days) == 1 and timed and best.due.moment.is_day:
        exact = max(timed, key=lambda one: one.confidence)
        best = replace(exact, confidence=best.confidence)  # the day is as sure as said elsewhere
    sure = best.confidence - (_DOUBT if len(days) > 1 else 0)
    return replace(best, confidence=max(round(sure, 2), 0.0))


def _next(those: Sequence[Deadline], today: date | None) -> Deadline:
    """Return the next one that is due, or the last one if all are over."""
    ordered = sorted(those, key=lambda one: one.due.moment.order)
    ahead = (one for one in ordered if today and one.due.moment.day >= today)
    return next(ahead, ordered[-1])


def _staged(found: Sequence[Deadline], today: date | None) -> Deadline | None:
    """Return the next of several stages, outlines first and applications then."""
    sure = [one for one in found if one.stage and one.confidence >= _STAGED]
    stages = {one.stage: one for one in reversed(sure)}
    days = [one.due.moment.day for one in stages.values()]
    if len(stages) < 2 or len({one.due for one in sure}) != len(set(days)) != len(days):  # noqa: PLR2004 # two stages
        return None
    ordered = sorted(stages.values(), key=lambda one: one.due.moment.order)
    best = _next(ordered, today)
    return replace(best, later=tuple(ordered[ordered.index(best) + 1 :]))


def is_about(title: str) -> bool:
    """Tell whether a title names something due, such as "Bewerbungsschluss"."""
    low = title.lower()
    return _CERTAIN.search(low) is not None and "verlänger" not in low


def is_held(title: str) -> bool:
    """Tell whether a title names something that takes place, such as a congress."""
    return _HELD.search(title.lower()) is not None


def dates(text: str, *, today: date | None) -> Iterator[Found]:
    """Yield the dates that a text names, in their order; ambiguous ones are left out."""
    for match in islice(_whens(text), _MOST):
        found = _found(match, today)
        if found is not None:
            yield found


@lru_cache(maxsize=2048)
def _read(words: str, today: date) -> Written | None:
    try:
        return datetimes.read(words, today=today)
    except UserError:
        return None


def _found(match: re.Match[str], today: date | None) -> Found | None:
    bare = re.sub(r"[()]", " ", match["before"] or match["date"])
    bare = _UNTIL_CLOCK.sub(" um ", bare)
    if match["before"]:
        bare = _AT_DAY.sub(r"\1 ", bare)
    written = _read(bare, today or _SOME_DAY)
    dated = _FULL_YEAR.search(bare) is not None or (
        _read(bare, _SOME_DAY) == _read(bare, _OTHER_DAY)
    )
    if written is None or (not dated and today is None):
        return None
    return Found(written, match[0].strip(" ,("), match.start(), match.end(), dated)


def _of(text: str, today: date | None, zone: str, *, in_title: bool = False) -> Iterator[Deadline]:
    for match in islice(_candidates(text, any_=in_title), _MOST):
        one = _found(match, today)
        if one is None:
            continue
        before = _sentence(text[max(one.begin - _BEFORE, 0) : one.begin])
        after = text[one.end : one.end + _BEFORE]
        sure = _confidence(one, before, after, text if in_title else "")
        if sure <= 0:
            continue
        last, first = one.written.end or one.written.start, one.written.start
        shift = re.search(r"\b(?:utc|gmt)\b", one.words, re.IGNORECASE) is not None
        due = _when(last, zone, in_utc=shift)
        start = When(first, precision=_precision(first)) if one.written.end else None
        words = _lead(before) + one.words
        yield Deadline(due, start, words, round(sure, 2), stage_of(before))
    if "20" in text:
        yield from _vague(text, in_title=in_title)
    if today is not None:
        yield from _vague_months(text, today)


def _candidates(text: str, *, any_: bool) -> Iterator[re.Match[str]]:
    """Yield what may be a date; without *any_* only where the words before it speak of one due."""
    for match in _whens(text):
        before = text[max(match.start() - _BEFORE, 0) : match.start()]
        if any_ or _STRONG.search(before.lower()) or _UNTIL.search(before):
            yield match


def _whens(text: str) -> Iterator[re.Match[str]]:
    """Yield what is written like a date. Only the surroundings of digits are looked at."""
    done = 0
    for near in _DIGITS.finditer(text):
        place = max(near.start() - _LONGEST_LEAD, done)
        while place < near.end() and (match := _WHEN.search(text, place, near.end() + _AFTER)):
            if match.start() >= near.end():
                break  # the next digits find it, with all that stands behind them
            yield match
            place = done = match.end()


def _sentence(before: str) -> str:
    return _SENTENCE.split(before)[-1]


def _lead(before: str) -> str:
    found = _UNTIL.search(before)
    return before[found.start() :] if found else ""


def _confidence(one: Found, before: str, after: str, title: str) -> float:
    """Return how sure it is that this date is a due date: judged, not measured."""
    is_range, is_until = one.written.end is not None, _UNTIL.search(before) is not None
    ends_title = title and not title[one.end :].strip(" ).")
    before, after, head = before.lower(), after.lower(), title[: one.begin].lower()
    title = title.lower()
    if _PAST.search(before[-40:]) or (is_until and _PAST.match(after.strip()[:20])):
        return 0.0
    if _FORMER.search(before) and not (is_range and _BEGINNING.search(before)):
        return 0.0
    after = _SENTENCE.split(after)[0]
    if ends_title and re.search(r"[|–—]\s*$", before):
        sure = 0.9 if not _HELD.search(head) else 0.0
    elif _CERTAIN.search(before):
        sure = 0.95 if is_until or re.search(r"[:\s]\s*$", before) else 0.85
    elif _LASTS.search(before) or (_HELD.search(before) and not _ACTION.search(before)):
        sure = 0.0
    elif _STRONG.search(before):
        bounded = is_range and re.search(r"bis|to|until", one.words, re.IGNORECASE)
        sure = 0.9 if is_until else 0.85 if bounded else 0.6 if title else 0.4
    elif is_until:
        due = _STRONG.search(after) or one.written.inclusive or "schließlich" in before[-30:]
        sure = 0.9 if due else 0.75 if _ACTION.search(f"{title or before} {after}") else 0.4
    elif title and is_range and not _HELD.search(title) and not _LASTS.search(title):
        sure = 0.6
    else:
        sure = 0.0
    return sure if one.dated or not sure else sure - 0.15


def _when(moment: Moment, zone: str, *, in_utc: bool) -> When:
    if in_utc and not moment.is_day:
        local = moment.local.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        return When.of(local.replace(tzinfo=None))
    return When(moment, precision=_precision(moment))


def _precision(moment: Moment) -> Precision:
    return Precision.DAY if moment.is_day else Precision.MINUTE


def _vague(text: str, *, in_title: bool) -> Iterator[Deadline]:
    """Yield due dates that are known to the month or the year: "bis Ende März 2027"."""
    for number, match in enumerate(_VAGUE.finditer(text)):
        if number >= _MOST:
            return
        before = _sentence(text[max(match.start() - _BEFORE, 0) : match.start()])
        month = month_number(match["month"]) if match["month"] else None
        strong = _STRONG.search(before.lower()) is not None
        if (match["month"] and month is None) or not (strong or in_title):
            continue
        year, part = int(match["year"]), (match["part"] or "").casefold()
        precision = Precision.MONTH if month else Precision.YEAR
        day = _PARTS.get(part, monthrange(year, month or 12)[1])
        due = When(Moment(day=date(year, month or 12, day)), precision=precision)
        yield Deadline(due, None, match[0], 0.7 if strong else LIKELY)


def _vague_months(text: str, today: date) -> Iterator[Deadline]:
    """Yield what is due in a part of the next month of that name: "bis Ende Februar"."""
    for match in islice(_VAGUE_MONTH.finditer(text), _MOST):
        month = month_number(match["month"])
        before = _sentence(text[max(match.start() - _BEFORE, 0) : match.start()]).lower()
        after = _SENTENCE.split(text[match.end() : match.end() + _BEFORE])[0].lower()
        if month is None or _LASTS.search(before) or not _STRONG.search(f"{before}\n{after}"):
            continue
        year = today.year + (month < today.month)
        day = _PARTS.get(match["part"].casefold(), monthrange(year, month)[1])
        due = When(Moment(day=date(year, month, day)), precision=Precision.MONTH)
        yield Deadline(due, None, match[0], LIKELY)
