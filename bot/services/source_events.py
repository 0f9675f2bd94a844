"""Items of a source as events: composed, compared with what was made before, kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from bot.events.event import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    DeadlineKind,
    Deviation,
    Event,
    Kind,
    Series,
    Stage,
    Status,
)
from bot.events.occurrences import check_rule, following
from bot.feeds import deadlines
from bot.feeds.deadline_kinds import DeadlineKind as ItemDeadline
from bot.feeds.finishing import shortened
from bot.feeds.item import Item
from bot.feeds.item import Kind as ItemKind
from bot.feeds.item import Status as ItemStatus
from bot.feeds.when import When, instant_of
from bot.places import fold
from bot.services.topics import Topic
from bot.storage.source_models import Source, SourceKind
from bot.text import catalogue
from bot.text.links import safe_link
from bot.text.moments import DAY_MINUTES, Moment

_LONGEST = 500
_LONGEST_SLUG = 40
_DATES = 400
"""Single dates of one series that are kept; a weekly one for eight years."""
_MOVED = {Status.CONFIRMED, Status.EXTENDED, Status.POSTPONED}
"""The statuses beside which it may be said what held before."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an editor said about when something is due.

    Attributes:
        words: For which words of the source it holds; when they change, it is asked again.
        due: When.
    """

    words: str
    due: Moment


def is_sure(item: Item, ruling: Ruling | None) -> bool:
    """Tell whether an item may be told without anybody having looked at it."""
    if item.kind is not ItemKind.DEADLINE or item.deadline is None:
        return True
    if ruling is not None and ruling.words == item.deadline.words:
        return True
    return item.deadline.confidence >= deadlines.SURE


def slug(topic: Topic) -> str:
    """Return by what events name a topic; :mod:`bot.services.reminders` finds it by that."""
    names = (fold(topic.name_de), fold(topic.name_en), topic.key or "")
    fitting = (one for one in names if re.fullmatch(r"[a-z0-9-]{1,40}", one))
    return next(fitting, "")


def compose(
    item: Item,
    parts: Sequence[Item],
    *,
    uid: str,
    source: Source,
    topic: str,
    ruling: Ruling | None = None,
) -> Event | None:
    """Return the event that an item is; ``None`` if it has no time that can be kept.

    What does not fit (an end before the start, a rule that nobody can read) is left out rather
    than the whole.

    Args:
        item: The item, of a series its first date.
        parts: Its dates that are not as the rule says.
        uid: The event's.
        source: Where it stands.
        topic: The slug of the source's topic.
        ruling: What an editor said about when it is due.
    """
    start = _start(item, ruling)
    if start is None:
        return None
    facts = {
        **_facts(item, source),
        "uid": uid,
        "start": start,
        "topic": topic[:_LONGEST_SLUG],
        "stages": tuple(_stages(item, start, source.language)),
    }
    end = item.end.moment if item.end is not None and item.due is None else None
    series = _series(item, parts)
    for extra in ({"end": end, "series": series}, {"series": series}, {"end": end}, {}):
        event = _event({**facts, **extra})
        if event is not None:
            return event
    return None


def _event(facts: dict[str, object]) -> Event | None:
    try:
        event = Event.model_validate(facts)
        check_rule(event)
    except (ValidationError, ValueError, OverflowError):
        return None
    return event


def _start(item: Item, ruling: Ruling | None) -> Moment | None:
    if item.kind is ItemKind.DEADLINE:
        if ruling is not None and item.deadline and ruling.words == item.deadline.words:
            return ruling.due
        return item.due.moment if item.due else None
    return item.start.moment if item.kind is ItemKind.EVENT and item.start else None


def _facts(item: Item, source: Source) -> dict[str, object]:
    link = item.url if len(item.url) <= _LONGEST and safe_link(item.url) else ""
    return {
        "kind": Kind.DEADLINE if item.kind is ItemKind.DEADLINE else Kind.EVENT,
        "deadline": _how_binding(item),
        "title": shortened(item.title, LONGEST_TITLE) or source.name,
        "text": _text(item, source.language),
        "zone": item.zone,
        "place": shortened(item.place, _LONGEST),
        "link": link,
        "laender": tuple(source.laender.split()),
        "status": Status(item.status.value),
        "source": source.name if link or source.kind != SourceKind.FEED else source.address[:1000],
    }


def _how_binding(item: Item) -> DeadlineKind | None:
    """Return how binding a deadline is, if its source says so.

    A rolling one begins at its start, of which feeds say nothing; its end is what is kept.
    """
    if item.kind is not ItemKind.DEADLINE or item.deadline_kind in {None, ItemDeadline.ROLLING}:
        return None
    assert item.deadline_kind is not None, "asked before"  # noqa: S101 # for mypy
    return DeadlineKind(item.deadline_kind.value)


def _text(item: Item, language: str) -> str:
    """Return the text, and behind it the words of the source about when it is due."""
    words = item.deadline.words if item.deadline else ""
    if not words or words in item.title:
        return shortened(item.text, LONGEST_TEXT)
    wording = catalogue.text(language, "source-wording", words=words)
    text = shortened(item.text, LONGEST_TEXT - len(wording) - 2)
    return f"{text}\n\n{wording}" if text else wording


def _stages(item: Item, start: Moment, language: str) -> Iterator[Stage]:
    """Yield what is due before an event, if that is read surely."""
    found = item.deadline
    if item.kind is not ItemKind.EVENT or found is None or item.series is not None:
        return
    if found.confidence >= deadlines.SURE and found.due.moment.day <= start.day:
        title = catalogue.text(language, "source-stage")
        yield Stage(title=title, due=found.due.moment)


def _series(item: Item, parts: Sequence[Item]) -> Series | None:
    if item.series is None or item.start is None or not item.series.rule:
        return None
    dates = {one.original.order: one for one in _deviations(item, parts)}
    kept = [dates[order] for order in sorted(dates)][-_DATES:]
    return Series(rule=item.series.rule[:_LONGEST], deviations=tuple(kept))


def _deviations(item: Item, parts: Sequence[Item]) -> Iterator[Deviation]:
    """Yield what is not as the rule says; of one date the last word counts."""
    assert item.series is not None, "asked before"  # noqa: S101 # for mypy
    for excluded in item.series.excluded:
        yield Deviation(original=excluded.moment)
    for added in item.series.added:
        yield Deviation(original=added.moment, start=added.moment)
    for part in parts:
        if part.original is not None and part.start is not None:
            off = part.status is ItemStatus.CANCELLED
            yield Deviation(
                original=part.original.moment,
                start=part.start.moment,
                end=part.end.moment if part.end else None,
                cancelled=off,
            )


def is_over(item: Item, now: datetime) -> bool:
    """Tell whether an item is past, as far as that can be told quickly; of news never."""
    last = item.end if item.end is not None and item.due is None else item.when
    if last is None or (item.series is not None and not _ended(item, now)):
        return False
    return _end_of(last, item) <= now


def _ended(item: Item, now: datetime) -> bool:
    """Tell whether the rule of a series says that it ended before."""
    assert item.series is not None, "asked before"  # noqa: S101 # for mypy
    until = re.search(r"UNTIL=(\d{8})", item.series.rule.upper())
    ahead = any(_end_of(one, item) > now for one in item.series.added)
    return until is not None and until[1] < f"{now:%Y%m%d}" and not ahead


def _end_of(when: When, item: Item) -> datetime:
    if when.moment.is_day or item.due is None:
        when = When(Moment(day=when.moment.day, minute=DAY_MINUTES))
    return instant_of(when, item.zone)


def lies_ahead(event: Event, now: datetime) -> bool:
    """Tell whether an event has a date that is not over."""
    return following(event, now=now) is not None


# What was made before


def merged(made: Event | None, new: Event, kept: Event) -> Event:
    """Return an event as it is to be kept, after its source has changed.

    Args:
        made: What was made of the source the last time.
        new: What the source says now.
        kept: The event as it is, maybe changed in chat since: that stays where the source says
            nothing new.
    """
    ours = kept.model_dump()
    theirs = new.model_dump()
    if made is not None:
        before = made.model_dump()
        theirs = {
            name: ours[name] if theirs[name] == before[name] else theirs[name] for name in theirs
        }
    theirs |= {"uid": kept.uid, "previous": kept.previous}
    try:
        event = Event.model_validate(theirs)
    except ValidationError:  # a start of ours beside an end of theirs
        event = new.model_copy(update={"uid": kept.uid, "previous": kept.previous})
    return _with_previous(event, kept)


def _with_previous(event: Event, kept: Event) -> Event:
    """Say what held before, where it is at another time now."""
    if event.status not in _MOVED or event.series is not None:
        return event
    if event.start != kept.start:
        later = event.is_deadline and event.start.order > kept.start.order
        status = Status.EXTENDED if later else Status.POSTPONED
        return event.model_copy(update={"status": status, "previous": kept.start})
    if kept.previous is not None and event.status is Status.CONFIRMED:
        return event.model_copy(update={"status": kept.status, "previous": kept.previous})
    return event
