"""Work that an answer must not wait for: joins, keys, receipts, typing."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from nio.exceptions import ProtocolError

from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.refusals import (
    BROKEN_CONNECTION,
    STORE_FAILURES,
    RefusalError,
    store_trouble,
)
from bot.messages import Incoming, IncomingMessage

log = structlog.get_logger(__name__)

TYPING_MILLISECONDS = 20_000
"""How long members see us typing if the end of it is lost."""


class Background:
    """Tasks that live as long as one reader; none of their failures ends the reading."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* beside the reading."""
        task = self._group.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # What was stopped before it began would complain that nobody awaited it.
        task.add_done_callback(lambda _: work.close())

    def stop(self) -> None:
        """Cancel what is still running."""
        for task in list(self._tasks):
            task.cancel()


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except RefusalError as refusal:
        log.info("matrix.background_refused", status=refusal.status, errcode=refusal.errcode)
    except (*BROKEN_CONNECTION, ProtocolError) as error:
        log.info("matrix.background_failed", error=type(error).__name__)
    except STORE_FAILURES as error:
        log.warning("matrix.store_failed", error=store_trouble(error))
    except Exception:
        # A mistake of ours; what it belonged to is best effort, the reading is not.
        log.exception("matrix.background_broken")


class Courtesies:
    """Typing while an addressed message is handled, and a read receipt afterwards."""

    def __init__(self, server: Homeserver, user_id: str, background: Background) -> None:
        self._server = server
        self._user_id = user_id
        self._background = background

    def begin(self, event: Incoming | None) -> asyncio.Event:
        """Show that *event* is being handled; set the returned flag when it was."""
        handled = asyncio.Event()
        if isinstance(event, IncomingMessage) and event.addressed:
            self._background.start(self._accompany(event, handled))
        return handled

    async def _accompany(self, message: IncomingMessage, handled: asyncio.Event) -> None:
        room_id = message.chat.address.chat
        path = api("rooms", room_id, "typing", self._user_id)
        await self._server.call("PUT", path, {"typing": True, "timeout": TYPING_MILLISECONDS})
        await handled.wait()
        await self._server.call("PUT", path, {"typing": False})
        receipt = api("rooms", room_id, "receipt", "m.read", message.message)
        await self._server.call("POST", receipt, {})
