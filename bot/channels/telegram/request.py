"""The way to the Bot API: PTB's transport on aiohttp, with errors that say what is known.

PTB's own transport (httpx) does a third of the messages per second, and its errors can't tell a
request that never left from one whose answer was lost.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp
from telegram import Update
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

Scrub = Callable[[str], str]
"""Takes the secrets out of a text."""

_NEVER_LEFT = (
    aiohttp.ClientConnectorError,  # refused, unreachable, DNS, TLS
    aiohttp.ConnectionTimeoutError,  # also while waiting for a connection of the pool
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)


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
        courtesy: For the answer to a button press; updates wait behind it.
        commit: For the commit that a webhook call waits for; Telegram gives up after 60.
    """

    connect: float = 10.0
    answer: float = 30.0
    margin: float = 10.0
    courtesy: float = 3.0
    commit: float = 20.0


class NotSentError(NetworkError):
    """The request surely did not arrive."""


class AnswerLostError(NetworkError):
    """The request may have arrived: it had left when the connection broke or the time was up."""


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
        parameters = answer.get("parameters") or {}
        seconds = parameters.get("retry_after")
        self.status = status
        self.description = scrub(str(answer.get("description") or _phrase(status)))
        self.migrate_to: int | None = parameters.get("migrate_to_chat_id")
        self.retry_after = None if seconds is None else timedelta(seconds=seconds)
        super().__init__("")
        self.message = f"{self.description} ({status})"  # PTB would rewrite it

    def says(self, *phrases: str) -> bool:
        """Tell whether the description holds one of the *phrases*, given in lower case."""
        words = self.description.lower()
        return any(phrase in words for phrase in phrases)


class AiohttpRequest(BaseRequest):
    """One pool of connections to the Bot API; opened by :meth:`initialize`.

    Attributes:
        served_at: The service's clock at its last answer, in whole seconds.
    """

    def __init__(self, *, connections: int, timeouts: Timeouts, scrub: Scrub) -> None:
        self._connections = connections
        self._timeouts = timeouts
        self._scrub = scrub
        self._session: aiohttp.ClientSession | None = None
        self.served_at: datetime | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take when the caller does not say."""
        return self._timeouts.answer

    async def initialize(self) -> None:
        """Make the pool; safe to call again."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                trust_env=True,  # many municipal networks reach the outside through a proxy only
            )

    async def shutdown(self) -> None:
        """Close every connection; safe to call twice and before :meth:`initialize`."""
        session, self._session = self._session, None
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
        data = None if request_data is None else request_data.json_parameters
        try:
            status, payload = await self._exchange(method, url, data, wait)
        except _NEVER_LEFT as error:
            raise NotSentError(self._words(error)) from None
        except TimeoutError:
            raise AnswerLostError(f"no answer within {wait:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise AnswerLostError(self._words(error)) from None
        if status // 100 == HTTPStatus.OK // 100:
            return status, payload
        raise RefusedError(status, _object(payload), self._scrub)

    async def _exchange(
        self, method: str, url: str, data: dict[str, str] | None, wait: float
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise NotSentError("the channel is not open")
        connect = self._timeouts.connect
        # The connection has its own, shorter limit, so the total can only run out after the
        # request has left.
        timeout = aiohttp.ClientTimeout(total=connect + wait, connect=connect, sock_read=wait)
        async with self._session.request(
            method, url, data=data, timeout=timeout, allow_redirects=False
        ) as response:
            self.served_at = _instant(response.headers.get("Date"))
            return response.status, await response.read()

    def _words(self, error: Exception) -> str:
        return self._scrub(f"{type(error).__name__}: {error}")

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read a 2xx answer; PTB's own version writes what it can't read to the log.

        Raises:
            AnswerLostError: Something else than the Bot API answered.
        """
        answer = _object(payload)
        if "result" not in answer:
            raise AnswerLostError("the answer is not the Bot API's")
        return answer


class UpdatesRequest(AiohttpRequest):
    """The pool for ``getUpdates``: one update that can't be read must not hold up the rest."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read a batch; an update that PTB can't read keeps only its number."""
        answer = AiohttpRequest.parse_json_payload(payload)
        if isinstance(answer["result"], list):
            answer["result"] = [readable(update) for update in answer["result"]]
        return answer


def readable(update: Any) -> dict[str, Any]:
    """Return *update* if PTB can read it, else an empty update of the same number.

    Raises:
        AnswerLostError: It is no update at all.
    """
    if not (isinstance(update, dict) and isinstance(update.get("update_id"), int)):
        raise AnswerLostError("the answer is not the Bot API's")
    try:
        Update.de_json(dict(update), None)
    except Exception:  # noqa: BLE001 - whatever is wrong with it will be wrong for ever
        return {"update_id": update["update_id"]}
    return update


def _object(payload: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(payload)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _instant(date: str | None) -> datetime | None:
    try:
        return None if date is None else parsedate_to_datetime(date)
    except ValueError:
        return None
