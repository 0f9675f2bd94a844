"""The page of one event."""

from datetime import datetime
from typing import Any, Final

from bot.events import words
from bot.events.event import Event
from bot.events.occurrences import Occurrence, first, following, occurrences
from bot.pages import lines
from bot.pages.months import Month
from bot.pages.public import PublicCalendar, Shown, Visit
from bot.pages.rendering import Here, page, plain_line
from bot.pages.structured import structured, written
from bot.text import catalogue, laender
from bot.text.links import safe_link
from bot.text.renderers import to_plain

_MOST_DATES: Final = 20
_LONGEST_DESCRIPTION: Final = 200


def event_page(calendar: PublicCalendar, shown: Shown, visit: Visit) -> str:
    """Return the page of an event as HTML."""
    here = Here(calendar, visit, lines.path(shown))
    event, language = shown.event, visit.language
    date = _date(event, visit.now)
    when = said_when(calendar, event, date, language)
    return page(
        "event.html",
        here,
        event=event,
        shown=shown,
        mark=words.mark(event, language),
        when=when,
        datetime=written(date.start, event.tz),
        stages=[to_plain(words.stages([one], language)) for one in event.stages],
        note=_note(calendar, event, date, language),
        facts=_facts(event, language),
        topics_of=[one for one in calendar.topics if one.slug in shown.topics],
        dates=_dates(event, language, visit.now),
        sources=_sources(event),
        month=Month.of(date.start.day),
        description=_description(event, when),
        structured=structured(shown, url=here.links.whole(here.path), now=visit.now),
    )


def said_when(calendar: PublicCalendar, event: Event, date: Occurrence, language: str) -> str:
    """Say when an event is, as the chats say it."""
    zone = calendar.publisher.zone
    return to_plain(words.when(event, language, start=date.start, end=date.end, zone=zone))


def _date(event: Event, now: datetime) -> Occurrence:
    """Return the date in question: of a series the next one, if there is one."""
    return (following(event, now=now) if event.series else None) or first(event)


def _note(calendar: PublicCalendar, event: Event, date: Occurrence, language: str) -> str:
    land = calendar.publisher.land
    return to_plain(words.note(event, date.start, language, laender=(land,) if land else ()))


def _facts(event: Event, language: str) -> list[str]:
    facts = [catalogue.text(language, "event-fact-kind", value=words.kind(event, language))]
    if event.laender:
        names = ", ".join(laender.name(one, language) for one in event.laender)
        facts.append(catalogue.text(language, "event-fact-land", value=names))
    if event.staffeln:
        years = ", ".join(map(str, event.staffeln))
        facts.append(catalogue.text(language, "event-fact-staffel", value=years))
    return [plain_line(fact) for fact in facts]


def _dates(event: Event, language: str, now: datetime) -> list[dict[str, Any]] | None:
    """Return the next dates of a series; ``None`` for what is none."""
    if event.series is None:
        return None
    return [
        {"text": words.date(one, language), "datetime": written(one.start, event.tz)}
        for one in occurrences(event, after=now, limit=_MOST_DATES)
    ]


def _sources(event: Event) -> list[dict[str, str | None]]:
    return [{"name": words.short(one), "url": safe_link(one)} for one in words.addresses(event)]


def _description(event: Event, when: str) -> str:
    """Return what is shown of the page where somebody names it elsewhere."""
    told = plain_line(" · ".join(part for part in (when, event.place, event.text) if part))
    if len(told) <= _LONGEST_DESCRIPTION:
        return told
    return told[: _LONGEST_DESCRIPTION - 1].rstrip() + "…"
