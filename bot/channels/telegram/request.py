"""The way to the Bot API: PTB's transport on aiohttp, with errors that say what is known.

PTB's own transport (httpx) does a third of the messages per second, and its errors can't tell a
request that never left from one whose answer was lost.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import BytesPayload
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.payload import decode_object, is_integer, readable

_Data = dict[str, str] | aiohttp.FormData
"""What a request carries."""

Scrub = Callable[[str], str]
"""Takes the secrets out of a text."""

IDLE = 15.0
"""Seconds that an unused connection is kept: less than servers and proxies usually do. A request
on a connection that the other side is just closing may or may not arrive, and nothing tells."""

_CHUNK = 64 * 1024
_ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def _without_bodies(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


# At debug level PTB's Bot logs its URL with the token, and every message's text. A filter holds
# whatever level anybody sets later.
logging.getLogger("telegram.Bot").addFilter(_without_bodies)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    Attributes:
        connect: For a connection, waiting for a free one included.
        answer: For the answer to an ordinary request, once it has left.
        margin: For the answer to a poll beyond the time that Telegram was asked to hold it.
        upload: For the answer to a request that carries a file, the way there included.
        courtesy: For Telegram to accept the answer to a button press.
        commit: For the commit that a webhook call waits for; Telegram gives up after 60.
    """

    connect: float = 10.0
    answer: float = 30.0
    upload: float = 45.0
    margin: float = 10.0
    courtesy: float = 3.0
    commit: float = 20.0


class NotSentError(NetworkError):
    """The request surely did not arrive."""


class AnswerLostError(NetworkError):
    """The request may have arrived: it had left when the connection broke or the time was up."""


class TooLargeError(NetworkError):
    """There is more to download than wanted."""


class GoneError(NetworkError):
    """There is nothing to download any more."""


class RefusedError(TelegramError):
    """The service answered, and the answer was no.

    It stands for all of PTB's own classes, which put 401 and 404 into one, rewrite the text and
    warn about ``retry_after`` unless ``PTB_TIMEDELTA`` is set in the environment.

    Attributes:
        status: The HTTP status.
        description: In the service's words, without secrets.
        migrate_to: The group's new id, if it became a supergroup.
        retry_after: How long to wait, if it said so.

    Source: https://core.telegram.org/bots/api#making-requests
    """

    def __init__(self, status: int, answer: Mapping[str, Any], scrub: Scrub) -> None:
        parameters = answer.get("parameters")
        facts = parameters if isinstance(parameters, dict) else {}
        seconds, moved = facts.get("retry_after"), facts.get("migrate_to_chat_id")
        self.status = status
        self.description = scrub(str(answer.get("description") or _phrase(status)))
        self.migrate_to: int | None = moved if is_integer(moved) else None
        self.retry_after = _pause(seconds) if is_integer(seconds) else None
        super().__init__("")
        self.message = f"{self.description} ({status})"  # PTB would rewrite it

    def says(self, *phrases: str) -> bool:
        """Tell whether the description holds one of the *phrases*, given in lower case."""
        words = self.description.lower()
        return any(phrase in words for phrase in phrases)


class AiohttpRequest(BaseRequest):
    """One pool of connections to the Bot API; opened by :meth:`initialize`."""

    def __init__(
        self, base_url: str, *, connections: int, timeouts: Timeouts, scrub: Scrub
    ) -> None:
        self._base_url = base_url
        self._connections = connections
        self._timeouts = timeouts
        self._scrub = scrub
        self._session: aiohttp.ClientSession | None = None
        self._posts: aiohttp.ClientSession | None = None
        self._date: str | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take when the caller does not say."""
        return self._timeouts.answer

    @property
    def served_at(self) -> datetime | None:
        """The service's clock at its last answer to :meth:`do_request`, in whole seconds."""
        return _instant(self._date)

    async def initialize(self) -> None:
        """Make the pool; safe to call again."""
        if self._session is None:
            pool = aiohttp.TCPConnector(
                limit=self._connections, ttl_dns_cache=60, keepalive_timeout=IDLE
            )
            self._session = self._client(pool, trace_configs=[_tracing_departures()])
            # The same pool, with all that one post has in common with the next said once.
            self._posts = self._client(
                pool,
                connector_owner=False,
                timeout=_timeout(None, self._timeouts.connect, None),
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            )

    def _client(
        self,
        pool: aiohttp.TCPConnector,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        **settings: Any,
    ) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=pool,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT, **headers},
            proxy=_proxy_to(self._base_url),
            **settings,
        )

    async def shutdown(self) -> None:
        """Close every connection; safe to call twice and before :meth:`initialize`."""
        sessions, self._posts, self._session = (self._posts, self._session), None, None
        for session in sessions:
            if session is not None:
                await session.close()

    async def do_request(  # *_ and **__ take PTB's other timeouts, which nobody here sets
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        *_: Any,
        **__: Any,
    ) -> tuple[int, bytes]:
        """Send a request once.

        Raises:
            NotSentError: It surely did not arrive.
            AnswerLostError: It may have arrived.
            RefusedError: The status is not 2xx.
        """
        wait = read_timeout if isinstance(read_timeout, int | float) else self.read_timeout
        data = None if request_data is None else _encoded(request_data)
        return await self._ask(method, url, data, wait)

    async def post_json(self, url: str, body: bytes) -> dict[str, Any]:
        """Send a request whose arguments are written already; return the answer.

        Raises:
            AnswerLostError: Also when something else than the Bot API answered.
            NotSentError, RefusedError: As in :meth:`do_request`.
        """
        if self._posts is None:
            raise NotSentError("the channel is not open")
        parcel = _Parcel(body, content_type="application/json")
        patience = self._timeouts.connect + self.read_timeout
        try:
            # One clock for the whole way: aiohttp's own for the answer is wound up anew by each
            # thing that arrives, which takes a tenth of the request.
            async with (
                asyncio.timeout(patience),
                self._posts.post(url, data=parcel, allow_redirects=False) as response,
            ):
                status, answer = response.status, await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(error, patience, left=parcel.left) from None
        if status // 100 == HTTPStatus.OK // 100:
            return self.parse_json_payload(answer)
        raise RefusedError(status, decode_object(answer), self._scrub)

    async def _ask(
        self, method: str, url: str, data: _Data | None, wait: float
    ) -> tuple[int, bytes]:
        journey = _Journey()
        try:
            status, payload = await self._exchange(method, url, data, wait, journey)
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(error, wait, left=journey.left) from None
        if status // 100 == HTTPStatus.OK // 100:
            return status, payload
        raise RefusedError(status, decode_object(payload), self._scrub)

    async def download(self, url: str, *, limit: int) -> bytes:
        """Get a file, and never hold more than *limit* bytes of it.

        Raises:
            TooLargeError: There is more.
            GoneError: There is nothing.
            RefusedError: The status is another one than 200.
            NetworkError: The service can't be reached, or took longer than an ordinary answer.
        """
        if self._session is None:
            raise NotSentError("the channel is not open")
        timeout = aiohttp.ClientTimeout(total=self.read_timeout, connect=self._timeouts.connect)
        journey = _Journey()
        try:
            async with self._session.get(
                url, timeout=timeout, allow_redirects=False, trace_request_ctx=journey
            ) as response:
                if response.status in _ABSENT:
                    raise GoneError("nothing is there")
                if response.status != HTTPStatus.OK:
                    raise RefusedError(response.status, {}, self._scrub)
                return await _at_most(limit, response)
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(error, self.read_timeout, left=journey.left) from None

    async def _exchange(
        self,
        method: str,
        url: str,
        data: _Data | None,
        wait: float,
        journey: "_Journey",
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise NotSentError("the channel is not open")
        async with self._session.request(
            method,
            url,
            data=data,
            timeout=self._patience(wait),
            allow_redirects=False,
            trace_request_ctx=journey,
        ) as response:
            self._date = response.headers.get("Date")
            return response.status, await response.read()

    def _patience(self, wait: float) -> aiohttp.ClientTimeout:
        # The connection has its own, shorter limit, so the total can only run out after the
        # request has left.
        connect = self._timeouts.connect
        return _timeout(connect + wait, connect, wait)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read a 2xx answer; PTB's own version writes what it can't read to the log.

        Raises:
            AnswerLostError: Something else than the Bot API answered.
        """
        answer = decode_object(payload)
        if "result" not in answer:
            raise AnswerLostError("the answer is not the Bot API's")
        return answer


class UpdatesRequest(AiohttpRequest):
    """The pool for ``getUpdates``: one update that can't be read must not hold up the rest."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read a batch; an update that PTB can't read keeps only its number.

        Raises:
            AnswerLostError: Something else than the Bot API answered.
        """
        answer = AiohttpRequest.parse_json_payload(payload)
        try:
            return answer | {"result": [readable(update) for update in answer["result"]]}
        except (TypeError, ValueError):
            raise AnswerLostError("the answer is not the Bot API's") from None


@lru_cache(maxsize=16)
def _timeout(total: float | None, connect: float, read: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=total, connect=connect, sock_read=read)


def _proxy_to(url: str) -> str | None:
    """Return the proxy that the environment names; in many networks there is no other way out.

    aiohttp could look for it by itself (``trust_env``), but does so for every request, in a
    thread, which takes longer than the request.
    """
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)


def _encoded(request: RequestData) -> dict[str, str] | aiohttp.FormData:
    """Return what to send: a form, of several parts if it carries a file.

    Source: https://core.telegram.org/bots/api#sending-files
    """
    if not request.contains_files:
        return request.json_parameters
    # Names are UTF-8 as they are, which Telegram reads; escaped, members would see the escapes.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in request.multipart_data.items():
        form.add_field(name, content, filename=_unquoted(filename), content_type=mime)
    return form


def _unquoted(filename: str) -> str:
    # In a header a quotation mark or a line break would end the name, or worse, the header.
    return "".join(sign for sign in filename if sign.isprintable() and sign not in '"\\')


async def _at_most(limit: int, response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > limit:
            raise TooLargeError("more than wanted")
    return bytes(content)


class _Journey:
    """How far one request has come.

    Attributes:
        left: Whether the first byte may be on its way. A tunnel through a proxy, TLS and the
            wait for a free connection come before.
    """

    def __init__(self) -> None:
        self.left = False


class _Parcel(BytesPayload):
    """A body that knows whether it is on its way; it is written with the headers before it.

    Cheaper than a trace, which costs a dozen calls for each request.

    Attributes:
        left: As in :class:`_Journey`.
    """

    left = False

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        """Write it to the connection."""
        self.left = True
        await super().write_with_length(writer, content_length)


def _tracing_departures() -> aiohttp.TraceConfig:
    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(_depart)  # comes right before the first byte
    return config


async def _depart(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.left = True


def _failure(error: Exception, wait: float, *, left: bool) -> NetworkError:
    # Only the errors' names: their words tell addresses and may quote the URL.
    name = type(error).__name__
    if not left:
        return NotSentError(name)
    return AnswerLostError(
        f"no answer within {wait:g} s" if isinstance(error, TimeoutError) else name
    )


def _pause(seconds: int) -> timedelta | None:
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        return None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _instant(date: str | None) -> datetime | None:
    try:
        served = None if date is None else parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return served and served.replace(tzinfo=served.tzinfo or UTC)
