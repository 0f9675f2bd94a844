"""Receiving by webhook: Telegram calls, and gets its 200 only after the commit.

Source: https://core.telegram.org/bots/api#setwebhook
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from http import HTTPStatus

from telegram import Update

from bot.channels.port import Received
from bot.channels.telegram.credentials import SECRET_HEADER, Credentials
from bot.channels.telegram.payload import decode, readable
from bot.channels.telegram.reception import Reception
from bot.clock import Clock
from bot.errors import ChannelUnavailableError


class _Call:
    """One call of Telegram's that waits for its answer."""

    def __init__(self, update: Update) -> None:
        self.update = update
        self.committed = asyncio.get_running_loop().create_future()

    def answer(self, *, committed: bool) -> None:
        if not self.committed.done():
            self.committed.set_result(committed)


class Webhook:
    """Hands updates from HTTP calls to the one generator that is consumed.

    Any status but 200 makes Telegram repeat the update, so whatever goes wrong here costs a
    repeat and never a message.

    Args:
        clock: What tells the time.
        reception: What updates are handed to.
        credentials: They prove that a call is Telegram's.
        patience: Seconds that a call waits for its commit.

    Attributes:
        last_contact: When Telegram last called with the right secret.
    """

    def __init__(
        self, clock: Clock, reception: Reception, credentials: Credentials, *, patience: float
    ) -> None:
        self._clock = clock
        self._reception = reception
        self._credentials = credentials
        self._patience = patience
        self._open = False
        self._queue: asyncio.Queue[_Call | None] = asyncio.Queue()
        self._waiting: set[_Call] = set()
        self.last_contact: datetime | None = None

    def open(self) -> None:
        """Let calls in; safe to call again."""
        if not self._open:
            self._open = True
            self._queue = asyncio.Queue()

    def close(self) -> None:
        """Turn away the calls that wait and those to come; end the generator."""
        if self._open:
            self._open = False
            self._turn_away()
            self._queue.put_nowait(None)

    async def accept(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Take one call and return the HTTP status to answer with.

        200 after the commit; 403 for a wrong secret; 400 for what is no update; 503 when the
        commit does not come in time or the channel is closing.
        """
        if not self._credentials.proves(_header(headers, SECRET_HEADER)):
            return HTTPStatus.FORBIDDEN
        if not self._open:
            return HTTPStatus.SERVICE_UNAVAILABLE
        update = _parse(body)
        if update is None:
            return HTTPStatus.BAD_REQUEST
        self.last_contact = self._clock.now()
        committed = await self._hand_over(_Call(update))
        return HTTPStatus.OK if committed else HTTPStatus.SERVICE_UNAVAILABLE

    async def receive(self) -> AsyncGenerator[Received]:
        """Yield one thing per call; there is no cursor, for Telegram keeps what it must repeat.

        Raises:
            ChannelUnavailableError: The channel is not open, or was closed meanwhile.
        """
        if not self._open:
            raise ChannelUnavailableError("the channel is not open")
        queue = self._queue
        async with self._reception.presses() as presses:
            try:
                while True:
                    call = await queue.get()
                    if call is None:
                        raise ChannelUnavailableError("the channel was closed")
                    if not call.committed.done():  # else it was turned away meanwhile
                        for event in self._reception.events(call.update):
                            yield Received(event, None)
                        call.answer(committed=True)
                        presses.settle(call.update)
            finally:
                self._turn_away()

    async def _hand_over(self, call: _Call) -> bool:
        self._waiting.add(call)
        self._queue.put_nowait(call)
        try:
            async with asyncio.timeout(self._patience):
                return bool(await call.committed)
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(call)

    def _turn_away(self) -> None:
        for call in self._waiting:
            call.answer(committed=False)


def _parse(body: bytes) -> Update | None:
    try:
        return Update.de_json(readable(decode(body)), None)
    except ValueError:
        return None


def _header(headers: Mapping[str, str], name: str) -> str:
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")
