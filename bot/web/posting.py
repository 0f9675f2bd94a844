"""Sources that send by themselves: ``POST /sources/<number>/items``.

Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web

from bot.errors import StorageError
from bot.feeds import posted
from bot.services import source_posting
from bot.services.source_posting import LONGEST_KEY, Answer, Posted
from bot.web.limits import Limit
from bot.web.site import Site

_log = structlog.get_logger(__name__)

_EACH: Final = (60, timedelta(seconds=1))
"""Requests that a source may send at once, and then one in that time."""
_FAILED: Final = (30, timedelta(seconds=10))
"""The same for wrong tokens, all together: somebody is guessing."""
_EVERYBODY: Final = ""
_PROBLEM: Final = "application/problem+json"
_UNKNOWN: Final = 401
_PAUSE: Final = "30"


class _Serving:
    """Takes items."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._each = Limit(*_EACH)
        self._failed = Limit(*_FAILED)

    async def take(self, request: web.Request) -> web.Response:
        number, now = request.match_info["number"], self._site.clock.now()
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        key = _key(request)
        if not (self._failed.is_open(_EVERYBODY, now) and self._each.take(number, now)):
            return _answered(Answer(429, {"title": "Too many requests"}))
        if len(key) > LONGEST_KEY:
            title = f"The Idempotency-Key has more than {LONGEST_KEY} characters"
            return _answered(Answer(400, {"title": title}))
        bearer = token.strip() if scheme.casefold() == "bearer" else ""
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _answered(Answer(413, {"title": "The request is too large; please send less"}))
        answer = await self._received(Posted(int(number), bearer, key, body))
        if answer.status == _UNKNOWN:
            self._failed.take(_EVERYBODY, now)
        return _answered(answer)

    async def _received(self, sent: Posted) -> Answer:
        site = self._site
        try:
            return await source_posting.receive(
                site.database, sent, settings=site.settings, clock=site.clock
            )
        except StorageError as error:
            _log.error("posted.unreadable", source=sent.number, error=str(error))
            return Answer(503, {"title": "Nothing was taken; please send it again"})


async def _schema(_request: web.Request) -> web.Response:
    return web.json_response(posted.schema(), content_type="application/schema+json")


def routes(site: Site) -> Sequence[web.RouteDef]:
    """Return where programs send items, and where the form of these is described."""
    serving = _Serving(site)
    return [
        web.post(r"/sources/{number:[0-9]{1,15}}/items", serving.take),
        web.get("/sources/items.schema.json", _schema),
    ]


def _key(request: web.Request) -> str:
    """Return the key, which the draft writes in quotes and many programs without."""
    return request.headers.get("Idempotency-Key", "").strip().strip('"')


def _answered(answer: Answer) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if answer.status == _UNKNOWN:
        headers["WWW-Authenticate"] = "Bearer"
    if answer.status in {429, 503}:
        headers["Retry-After"] = _PAUSE
    if answer.status >= 400:  # noqa: PLR2004 # where errors begin
        tree = {"type": "about:blank", "status": answer.status, **answer.tree}
        return web.json_response(
            tree, status=answer.status, headers=headers, content_type=_PROBLEM
        )
    return web.json_response(dict(answer.tree), status=answer.status, headers=headers)
