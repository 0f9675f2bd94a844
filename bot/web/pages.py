"""Public pages, feeds and pictures over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import structlog
from aiohttp import web

from bot.errors import StorageError
from bot.events.calendar import Kept, Title, to_calendar
from bot.events.ics import to_ics
from bot.pages import event_page, feeds, month_page, picture, rendering, sitemap, topic_page
from bot.pages.months import Month
from bot.pages.public import PublicCalendar, PublicTopic, Shown, Visit
from bot.services import public
from bot.services.public import Version
from bot.web import asked
from bot.web.asked import RefusedError
from bot.web.conditional import Content, answer
from bot.web.shelf import Shelf
from bot.web.site import Site

_log = structlog.get_logger(__name__)

_LOOK_AGAIN: Final = timedelta(seconds=5)
"""For how long the database is not asked whether something has changed."""
_FRESH: Final = timedelta(minutes=5)
_STALE: Final = timedelta(days=1)
_FOR_EVER: Final = timedelta(days=365)
_HTML: Final = "text/html; charset=utf-8"
_CALENDAR: Final = "text/calendar; charset=utf-8"
_STRICT: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be made, unless it is there already.

    Attributes:
        place: Names it, language included where that matters.
        media: Its type.
        make: Makes it.
        language: In which it is; empty if it is in none.
        name: Of the file, if it is one to be saved.
    """

    place: Hashable
    media: str
    make: Callable[[], bytes]
    language: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A request, and what it is answered from."""

    request: web.Request
    calendar: PublicCalendar
    visit: Visit

    def wanted(self, media: str, make: Callable[..., Any], *args: Hashable) -> _Wanted:
        """Want what is made of the calendar, *args* and who reads it."""
        language = self.visit.language
        place = (make.__name__, *args, language, self.visit.chosen)
        filled = partial(make, self.calendar, *args, self.visit)
        return _Wanted(place, media, lambda: _encoded(filled()), language)

    def shown(self) -> Shown:
        """Return the event that the path names.

        Raises:
            RefusedError: It is not published.
        """
        return _there(self.calendar.event(int(self.request.match_info["number"])))

    def topic(self) -> PublicTopic:
        """Return the topic that the path names.

        Raises:
            RefusedError: It is not offered.
        """
        return _there(self.calendar.topic(self.request.match_info["slug"]))

    def month(self) -> Month:
        """Return the month that the path names.

        Raises:
            RefusedError: There is none, or it is too far away.
        """
        month = _there(Month.parse(self.request.match_info["month"]))
        if not month_page.is_shown(month, self.visit.now):
            raise RefusedError(unknown=True)
        return month


_Handler = Callable[[_Reading], _Wanted]


def routes(site: Site) -> Sequence[web.RouteDef]:
    """Return the pages; none unless the operator wants them. The last takes every path."""
    if not site.settings.web.public_pages:
        return ()
    pages = _Pages(site)
    served = {
        "/month/{month:[0-9]{4}-[0-9]{2}}": _month,
        "/month/{month:[0-9]{4}-[0-9]{2}}.png": _month_picture,
        "/events/{number:[0-9]{1,15}}{slug:(?:-[^/.]*)?}": _event,
        "/events/{number:[0-9]{1,15}}.ics": _event_file,
        "/topics": _topics,
        "/topics/{slug:[a-z0-9-]{1,40}}": _topic,
        "/topics/{slug:[a-z0-9-]{1,40}}.ics": _topic_calendar,
        "/topics/{slug:[a-z0-9-]{1,40}}.atom": _topic_atom,
        "/topics/{slug:[a-z0-9-]{1,40}}.json": _topic_json,
        "/sitemap.xml": _sitemap,
    }
    return [
        web.get("/", pages.serving(_start)),
        *(web.get(path, pages.serving(handler)) for path, handler in served.items()),
        web.get(f"/{rendering.stylesheet_name()}", _stylesheet),
        web.get("/robots.txt", pages.robots),
        web.get("/{rest:.*}", pages.serving(_nothing)),
    ]


class _Pages:
    """Answers from what is published, which is read again when it has changed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._shelf = Shelf()
        self._version: Version | None = None
        self._calendar: PublicCalendar | None = None
        self._looked_at: datetime | None = None
        self._looking = asyncio.Lock()

    def serving(self, handler: _Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return a handler for requests that answers with what *handler* wants."""

        async def serve(request: web.Request) -> web.StreamResponse:
            now = self._site.clock.now()
            calendar = await self._current(now)
            reading = _Reading(request, calendar, asked.visit(request, calendar, now))
            try:
                wanted = handler(reading)
            except RefusedError as error:
                return await self._refuse(reading, error)
            return _answered(request, await self._made(wanted, reading), wanted)

        return serve

    async def robots(self, request: web.Request) -> web.Response:
        """Tell programs what they may read: all but private calendars."""
        address = self._site.settings.web.public("/sitemap.xml")
        text = f"User-agent: *\nDisallow: /calendar/\nSitemap: {address}\n"
        return answer(request, Content(text.encode(), "text/plain; charset=utf-8"))

    async def _current(self, now: datetime) -> PublicCalendar:
        """Return what is published; what was last known while the database is away.

        Raises:
            HTTPServiceUnavailable: The database is away, and nothing is known yet.
        """
        async with self._looking:
            if self._is_late(now):
                # Also if it fails: who comes next is not to wait for the same failure.
                self._looked_at = now
                try:
                    await self._look()
                except StorageError as error:
                    _log.warning("pages.unread", error=str(error))
        if self._calendar is None:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "60"})
        return self._calendar

    def _is_late(self, now: datetime) -> bool:
        return self._looked_at is None or not abs(now - self._looked_at) < _LOOK_AGAIN

    async def _look(self) -> None:
        async with self._site.database.begin(snapshot=True) as session:
            version = await public.version(session)
            if version != self._version:
                self._calendar = await public.calendar(session, self._site.settings)
                self._version = version

    async def _made(self, wanted: _Wanted, reading: _Reading) -> Content:
        now = reading.visit.now
        # What is next, and which day is today, changes with the time.
        state = (self._version, int(now.timestamp() // _FRESH.total_seconds()))
        return await self._shelf.get(wanted.place, state, wanted.make, media=wanted.media, now=now)

    async def _refuse(self, reading: _Reading, error: RefusedError) -> web.StreamResponse:
        made = topic_page.unknown_page if error.unknown else topic_page.wrong_page
        wanted = reading.wanted(_HTML, made)
        content = await self._made(wanted, reading)
        status = 404 if error.unknown else 400
        headers = {"Content-Type": _HTML, "Cache-Control": "public, max-age=60"}
        response = web.Response(status=status, body=content.body, headers=headers)
        return _headed(response, wanted)


def _answered(request: web.Request, content: Content, wanted: _Wanted) -> web.StreamResponse:
    response: web.Response = answer(request, content)
    if _is_unchanged(request, content):
        response = web.Response(status=304, headers=response.headers)
    response.headers["Cache-Control"] = (
        f"public, max-age={int(_FRESH.total_seconds())}, "
        f"stale-while-revalidate={int(_STALE.total_seconds())}"
    )
    return _headed(response, wanted)


def _is_unchanged(request: web.Request, content: Content) -> bool:
    """Tell whether a reader that only knows times has it already.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.3
    """
    since = request.if_modified_since
    if since is None or "If-None-Match" in request.headers or content.changed_at is None:
        return False
    return content.changed_at.replace(microsecond=0) <= since


def _headed(response: web.Response, wanted: _Wanted) -> web.Response:
    response.headers.update(_STRICT)
    response.headers["Vary"] = "Accept-Encoding"
    if wanted.language:
        response.headers["Content-Language"] = wanted.language
        response.headers["Vary"] = "Accept-Encoding, Accept-Language"
    if wanted.name:
        response.headers["Content-Disposition"] = f'inline; filename="{wanted.name}"'
    return response


async def _stylesheet(request: web.Request) -> web.Response:
    content = Content(rendering.stylesheet(), "text/css; charset=utf-8", max_age=_FOR_EVER)
    response = answer(request, content)
    response.headers["Cache-Control"] += ", immutable"
    return response


def _start(reading: _Reading) -> _Wanted:
    """Want the present month, by the hub's clocks."""
    zone = reading.calendar.publisher.zone
    month = Month.of(reading.visit.now.astimezone(zone).date())
    choice = asked.choice(reading.request, reading.calendar)
    return reading.wanted(_HTML, month_page.month_page, month, choice)


def _month(reading: _Reading) -> _Wanted:
    choice = asked.choice(reading.request, reading.calendar)
    return reading.wanted(_HTML, month_page.month_page, reading.month(), choice)


def _month_picture(reading: _Reading) -> _Wanted:
    choice = asked.choice(reading.request, reading.calendar)
    return reading.wanted("image/png", picture.month_picture, reading.month(), choice)


def _event(reading: _Reading) -> _Wanted:
    return reading.wanted(_HTML, event_page.event_page, reading.shown())


def _event_file(reading: _Reading) -> _Wanted:
    shown = reading.shown()
    return _Wanted(
        ("event-file", shown.number),
        _CALENDAR,
        partial(to_ics, shown.event, changed_at=shown.changed_at, version=shown.version),
        name=f"event-{shown.number}.ics",
    )


def _topics(reading: _Reading) -> _Wanted:
    return reading.wanted(_HTML, topic_page.topics_page)


def _topic(reading: _Reading) -> _Wanted:
    return reading.wanted(_HTML, topic_page.topic_page, reading.topic())


def _topic_calendar(reading: _Reading) -> _Wanted:
    topic, publisher = reading.topic(), reading.calendar.publisher
    events = [
        Kept(one.event, one.version, one.changed_at)
        for one in reading.calendar.of_topic(topic.slug)
    ]
    title = Title(f"{topic.name(publisher.language)} – {publisher.name}", publisher.zone.key)
    place = ("topic-calendar", topic)
    name = f"{topic.slug}.ics"
    return _Wanted(place, _CALENDAR, partial(to_calendar, events, title), name=name)


def _topic_atom(reading: _Reading) -> _Wanted:
    return reading.wanted("application/atom+xml; charset=utf-8", feeds.atom, reading.topic())


def _topic_json(reading: _Reading) -> _Wanted:
    return reading.wanted("application/feed+json", feeds.json_feed, reading.topic())


def _sitemap(reading: _Reading) -> _Wanted:
    make = partial(sitemap.sitemap, reading.calendar, reading.visit.now)
    return _Wanted("sitemap", "application/xml; charset=utf-8", make)


def _nothing(_reading: _Reading) -> _Wanted:
    raise RefusedError(unknown=True)


def _there(found: _T | None) -> _T:
    if found is None:
        raise RefusedError(unknown=True)
    return found


def _encoded(made: str | bytes) -> bytes:
    return made.encode() if isinstance(made, str) else made
