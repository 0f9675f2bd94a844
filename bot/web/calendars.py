"""Private calendars: ``/calendar/<token>.ics``. Whoever knows the address may read.

The address stands in no log and no metric: the server logs no requests, and what goes wrong is
logged without its path.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from aiohttp import web

from bot.errors import StorageError
from bot.services.calendar_contents import Calendar, Calendars, Missing
from bot.services.calendars import TOKEN, hash_of
from bot.web.conditional import Content, answer
from bot.web.limits import Limit
from bot.web.site import Site

_log = structlog.get_logger(__name__)

_MEDIA = "text/calendar; charset=utf-8"
_PRIVATE = {
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}
_UNCACHED = _PRIVATE | {"Cache-Control": "no-store"}
_FRESH = timedelta(minutes=15)
"""Programs ask about every hour; who asks again sooner wants to see what changed."""
_EACH = (30, timedelta(minutes=1))
"""One calendar may be asked for so often, and then once in that time; a family has devices."""
_UNKNOWN = (50, timedelta(seconds=1))
"""The same for addresses that nobody has, all together: somebody is guessing."""
_EVERYBODY = ""
_REMEMBERED = 10_000
"""Addresses that are answered also while somebody is guessing."""
_PAUSE = timedelta(minutes=5)


class _Serving:
    """Answers requests for calendars."""

    def __init__(self, site: Site) -> None:
        self._clock = site.clock
        self._base = site.settings.web.public("/calendar/") or ""
        self._calendars = Calendars(site.database, site.clock, site.settings)
        self._each = Limit(*_EACH)
        self._unknown = Limit(*_UNKNOWN)
        # By their hashes, so that no address stays in memory.
        self._known: OrderedDict[str, None] = OrderedDict()

    async def read(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        now, name = self._clock.now(), hash_of(token)
        guessing = name not in self._known and not self._unknown.is_open(_EVERYBODY, now)
        if guessing or not self._each.take(name, now):
            return _refused(429, "Too many requests", wait=_EACH[1])
        try:
            found = await self._calendars.read(token)
        except StorageError as error:
            _log.error("calendar.unreadable", error=str(error))
            return _refused(503, "The calendar can't be read just now", wait=_PAUSE)
        if isinstance(found, Missing):
            return self._missing(found, now)
        self._remember(name)
        return _found(request, found)

    def _missing(self, missing: Missing, now: datetime) -> web.Response:
        self._unknown.take(_EVERYBODY, now)
        if missing.known:
            return _refused(410, "This address was revoked")
        return _refused(404, "There is no such calendar")

    def _remember(self, name: str) -> None:
        self._known[name] = None
        self._known.move_to_end(name)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def open(self, request: web.Request) -> web.Response:
        """Lead to the program that the device has for calendars.

        Chats link no other addresses than those of the web.
        """
        token = request.match_info["token"]
        if not TOKEN.fullmatch(token):
            return _refused(404, "There is no such calendar")
        _, _, place = self._base.partition("://")
        headers = _UNCACHED | {"Location": f"webcal://{place}{token}.ics"}
        return web.Response(status=302, headers=headers)


def routes(site: Site) -> Sequence[web.RouteDef]:
    """Return where calendars are read and opened."""
    serving = _Serving(site)
    return [
        web.get("/calendar/{token}.ics", serving.read),
        web.get("/calendar/{token}/open", serving.open),
    ]


def _found(request: web.Request, calendar: Calendar) -> web.Response:
    content = Content(
        calendar.content, _MEDIA, changed_at=calendar.changed_at, max_age=_FRESH, private=True
    )
    response = answer(request, content)
    response.headers.update(_PRIVATE)
    return response


def _refused(status: int, words: str, *, wait: timedelta | None = None) -> web.Response:
    headers = dict(_UNCACHED)
    if wait is not None:
        headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return web.Response(status=status, text=f"{words}.\n", headers=headers)
