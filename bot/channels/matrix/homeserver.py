"""Requests that nio has no word for, or makes less carefully."""

import json
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientResponse

from bot.channels.matrix.client import REQUEST_SECONDS, Client
from bot.channels.matrix.json_tree import Tree, text, tree
from bot.channels.matrix.refusals import RefusalError, TooLargeError, wait
from bot.clock import Clock

OK_STATUSES = range(200, 300)
UPLOAD_SECONDS = 45
"""A send with all that belongs to it has a minute."""
_CHUNK = 64 * 1024
Query = Sequence[tuple[str, str]]


def api(*parts: str, query: Query = (), prefix: str = "/_matrix/client/v3") -> str:
    """Build a path; every part is quoted, so a room id or a key may hold any character."""
    path = "/".join([prefix, *(quote(part, safe="") for part in parts)])
    return f"{path}?{urlencode(query)}" if query else path


class Homeserver:
    """The client API of one homeserver, with the login of one client.

    Attributes:
        skew: How far the homeserver's clock was ahead of ours at the last answer.
        limited: Whether it ever asked for fewer requests.
    """

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self.skew: timedelta | None = None
        self.limited = False

    @property
    def token(self) -> str:
        """The access token; empty before the login."""
        return str(self._client.access_token)

    @token.setter
    def token(self, token: str) -> None:
        self._client.access_token = token

    async def call(
        self, method: str, path: str, body: Any = None, *, seconds: float = REQUEST_SECONDS
    ) -> Tree:
        """Make one request and return its JSON; never repeats it.

        Args:
            method: The HTTP method.
            path: As :func:`api` builds it.
            body: What to send as JSON.
            seconds: How long it may take.

        Raises:
            RefusalError: The answer is no success.
            aiohttp.ClientError: The homeserver can't be reached.
            TimeoutError: It took too long.
        """
        data = None if body is None else json.dumps(body)
        headers = self._headers("application/json")
        return await self._answer(method, path, data, headers, seconds)

    async def upload(self, path: str, content: bytes, *, mime: str) -> Tree:
        """Post *content* as it is; everything else as in :meth:`call`."""
        return await self._answer("POST", path, content, self._headers(mime), UPLOAD_SECONDS)

    async def download(self, path: str, *, limit: int) -> bytes:
        """Get what is no JSON, and never hold more than *limit* bytes of it.

        Raises:
            TooLargeError: There is more.
            RefusalError: The answer is no success.
            aiohttp.ClientError: The homeserver can't be reached.
            TimeoutError: It took too long.
        """
        headers = self._headers("application/json")
        response = await self._client.send("GET", path, None, headers, timeout=REQUEST_SECONDS)
        async with response:
            self._observe(response)
            if response.status != HTTPStatus.OK:
                raise self._refusal(response, _object(await response.text()))
            return await _at_most(limit, response)

    def _headers(self, mime: str) -> dict[str, str]:
        headers = {"Content-Type": mime}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    async def _answer(
        self,
        method: str,
        path: str,
        data: str | bytes | None,
        headers: dict[str, str],
        seconds: float,
    ) -> Tree:
        response = await self._client.send(method, path, data, headers, timeout=seconds)
        async with response:
            answer = _object(await response.text())
        self._observe(response)
        if response.status not in OK_STATUSES:
            raise self._refusal(response, answer)
        return answer

    async def find(self, path: str) -> Tree | None:
        """Get something that may be absent: ``None`` if the homeserver says that it is."""
        try:
            return await self.call("GET", path)
        except RefusalError as refusal:
            if refusal.missing:
                return None
            raise

    def _refusal(self, response: ClientResponse, answer: Tree) -> RefusalError:
        header = response.headers.get("Retry-After", "")
        seconds = timedelta(seconds=int(header)) if header.isdecimal() else None
        asked = wait(answer.get("retry_after_ms")) or seconds
        refusal = RefusalError(response.status, text(answer, "errcode"), asked, body=answer)
        self.limited = self.limited or refusal.limited
        return refusal

    def _observe(self, response: ClientResponse) -> None:
        date = response.headers.get("Date")
        try:
            if date:
                self.skew = parsedate_to_datetime(date) - self._clock.now()
        except (ValueError, TypeError):
            self.skew = None


async def _at_most(limit: int, response: ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > limit:
            response.close()  # else leaving would read the rest
            raise TooLargeError
    return bytes(content)


def _object(body: str) -> Tree:
    try:
        return tree(json.loads(body))
    except ValueError:
        return {}
