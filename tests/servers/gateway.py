"""A reverse proxy before a homeserver, which fails as those of operators do."""

import asyncio
from typing import Literal, Self

import aiohttp
from aiohttp import web
from yarl import URL

Failure = Literal["bad_gateway", "drop_answer", "reset", "hang"]

_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
_LONGEST = 64 * 2**20


class Gateway:
    """Passes every request on, but for those that are to fail; an async context manager.

    Args:
        target: The homeserver's address.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._failures: list[tuple[Failure, float]] = []
        self._url = ""

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return self._url

    async def __aenter__(self) -> Self:
        # Bodies pass as they are, compressed or not.
        self._session = aiohttp.ClientSession(
            auto_decompress=False, timeout=aiohttp.ClientTimeout(total=120)
        )
        app = web.Application(client_max_size=_LONGEST)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    def fail(self, failure: Failure, *, times: int, seconds: float = 0.0) -> None:
        """Let so many of the next requests fail.

        Args:
            failure: ``drop_answer`` passes the request on and closes the connection without an
                answer; ``reset`` closes it at once, ``hang`` after *seconds*; ``bad_gateway``
                is a 502 with HTML.
            times: How many.
            seconds: How long a hang lasts.
        """
        self._failures += [(failure, seconds)] * times

    def heal(self) -> None:
        """Let nothing fail any more."""
        self._failures.clear()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        failure, seconds = self._failures.pop(0) if self._failures else (None, 0.0)
        if failure == "bad_gateway":
            return web.Response(status=502, text="<html>502</html>", content_type="text/html")
        if failure in {"reset", "hang"}:
            await asyncio.sleep(seconds)
            return _cut(request)
        try:
            answer = await self._passed_on(request)
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=502, text="<html>502</html>", content_type="text/html")
        return _cut(request) if failure == "drop_answer" else answer

    async def _passed_on(self, request: web.Request) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        address = f"{self._target}{request.raw_path}"
        body = await request.read()
        async with self._session.request(
            # Encoded already: a second time would make another address of it.
            request.method,
            URL(address, encoded=True),
            headers=headers,
            data=body,
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())


def _cut(request: web.Request) -> web.Response:
    """Close the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
