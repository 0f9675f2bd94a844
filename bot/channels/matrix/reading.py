"""The receiving side of one session: batches in, things that happened out."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.channels.matrix.background import Background
from bot.channels.matrix.decrypting import Decryption, Undecrypted, Waiting, opened
from bot.channels.matrix.invitations import Invitations
from bot.channels.matrix.json_tree import (
    Tree,
    event_id_in,
    room_id_in,
    text,
    tree,
    trees,
)
from bot.channels.matrix.membership import Membership
from bot.channels.matrix.refusals import BROKEN_CONNECTION, STORE_FAILURES, RefusalError
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.sync import Batch, Sync
from bot.channels.matrix.translating import Translator
from bot.channels.port import Received
from bot.clock import Clock
from bot.messages import ChatChange, Incoming

log = structlog.get_logger(__name__)

TOMBSTONE = "m.room.tombstone"
ENCRYPTION, ENCRYPTED = "m.room.encryption", "m.room.encrypted"
SHORTEST_WAIT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Parts:
    """What reading is made of."""

    user_id: str
    sync: Sync
    rooms: Rooms
    translator: Translator
    invitations: Invitations
    membership: Membership
    decryption: Decryption
    undecrypted: Undecrypted


def _by_room(batch: Batch, membership: str) -> list[tuple[str, Tree]]:
    rooms = tree(batch.news, "rooms", membership)
    return [(room_id, tree(rooms, room_id)) for room_id in rooms if room_id_in(room_id)]


@contextmanager
def _skipping(room_id: str, event: Tree) -> Iterator[None]:
    """Go on after an event that breaks us: its batch would come again and again."""
    try:
        yield
    except (RefusalError, *BROKEN_CONNECTION, *STORE_FAILURES):
        raise
    except Exception as error:  # noqa: BLE001 - whatever strangers wrote, it costs only itself
        name = event_id_in(event, "event_id")
        log.warning("matrix.event_skipped", chat=room_id, message=name, error=type(error).__name__)


class Reading:
    """Walks through sync responses itself: nio's callbacks lose the rest of a failed batch."""

    def __init__(self, parts: Parts, clock: Clock, *, wait: timedelta) -> None:
        self._parts = parts
        self._clock = clock
        self._wait = wait

    async def events(
        self, cursor: str | None, background: Background
    ) -> AsyncGenerator[Received, None]:
        """Yield what happens after *cursor*, forever.

        The files beside the store are written before the cursor that covers them is yielded.
        """
        first = True
        while True:
            batch = await self._next(cursor, first=first, background=background)
            async with aclosing(self._walk(batch, everything=first)) as walk:
                async for event in walk:
                    yield Received(event, None)
            # Without news too: the reader sees by it that the homeserver still answers.
            yield Received(None, batch.cursor)
            cursor, first = batch.cursor, False

    async def _next(self, cursor: str | None, *, first: bool, background: Background) -> Batch:
        parts = self._parts
        if first:
            parts.rooms.ask_all_again()
            await parts.sync.catch_up()
            await parts.rooms.load_direct()
        for pending in parts.invitations.take_due():
            background.start(parts.invitations.attempt(pending))
        until = parts.invitations.until_next()
        wait = self._wait if until is None else max(min(self._wait, until), SHORTEST_WAIT)
        batch = await parts.sync.fetch(cursor, wait=wait, full=first)
        background.start(parts.sync.run_errands())
        return batch

    async def _walk(self, batch: Batch, *, everything: bool) -> AsyncGenerator[Incoming, None]:
        parts = self._parts
        for data in trees(batch.news, "account_data", "events"):
            if text(data, "type") == "m.direct":
                parts.rooms.set_direct(tree(data, "content"))
        for room_id, news in _by_room(batch, "join"):
            async with aclosing(self._room(batch, room_id, news)) as events:
                async for event in events:
                    yield event
        for room_id, news in _by_room(batch, "leave"):
            changes: list[ChatChange] = []
            with _skipping(room_id, {}):
                changes = parts.membership.left(room_id, news)
            for change in changes:
                yield change
        for room_id, news in _by_room(batch, "invite"):
            with _skipping(room_id, {}):
                parts.invitations.consider(room_id, news)
        async with aclosing(self._late(batch, everything=everything)) as late:
            async for event in late:
                yield event
        parts.invitations.save()
        parts.undecrypted.save()

    # Joined rooms

    async def _room(
        self, batch: Batch, room_id: str, news: Tree
    ) -> AsyncGenerator[Incoming, None]:
        timeline = await self._timeline(batch, room_id, news)
        state = trees(news, "state", "events")
        if any(text(event, "type") == ENCRYPTION for event in [*state, *timeline]):
            self._parts.rooms.ask_again(room_id)
        is_our_join = self._parts.membership.is_our_join
        joins = [place for place, event in enumerate(timeline) if is_our_join(event)]
        if joins:
            change: ChatChange | None = None
            with _skipping(room_id, timeline[joins[-1]]):
                change = await self._parts.membership.arrive(room_id, timeline[joins[-1]])
            if change is not None:
                yield change
            # What was said before we came was not said to us.
            timeline = timeline[joins[-1] + 1 :]
        for event in timeline:
            if self._parts.invitations.leaving(room_id):
                return
            incoming: list[Incoming] = []
            with _skipping(room_id, event):
                incoming = await self._read(room_id, event, batch.clear)
            for one in incoming:
                yield one

    async def _timeline(self, batch: Batch, room_id: str, news: Tree) -> list[Tree]:
        timeline = trees(news, "timeline", "events")
        limited = tree(news, "timeline").get("limited") is True
        complete = any(self._parts.membership.is_our_join(event) for event in timeline)
        if batch.since is None or not limited or complete:
            return timeline
        before = text(news, "timeline", "prev_batch")
        return [*await self._parts.sync.gap(room_id, before, batch.since), *timeline]

    async def _read(self, room_id: str, event: Tree, known: dict[str, Tree]) -> list[Incoming]:
        name = event_id_in(event, "event_id")
        if not name:
            return []
        if event.get("state_key") == "":
            change = await self._changed(room_id, event)
            return [] if change is None else [change]
        if text(event, "type") == ENCRYPTED:
            payload = known.get(name)
            if payload is None:
                clear = self._parts.decryption.clear(room_id, event)
            else:
                clear = opened(event, payload)
            if clear is None:
                self._keep(room_id, event)
                return []
            event = clear
        return await self._parts.translator.translate(room_id, event)

    async def _changed(self, room_id: str, state: Tree) -> ChatChange | None:
        if text(state, "type") == TOMBSTONE:
            return await self._parts.membership.moved(room_id, state)
        if text(state, "type") == ENCRYPTION:
            return await self._parts.membership.encrypted(room_id, state)
        return None

    # Events without a key

    def _keep(self, room_id: str, event: Tree) -> None:
        readable = text(event, "content", "ciphertext") and text(event, "content", "session_id")
        if not readable or text(event, "sender") == self._parts.user_id:
            return
        if self._parts.undecrypted.add(room_id, event):
            log.info("matrix.key_missing", chat=room_id, message=text(event, "event_id"))
            self._parts.decryption.request_key(room_id, event)

    async def _late(self, batch: Batch, *, everything: bool) -> AsyncGenerator[Incoming, None]:
        """Yield what can be read now that a key came; after a restart everything is tried."""
        waiting = self._parts.undecrypted.for_sessions(None if everything else batch.sessions)
        for item in waiting:
            incoming: list[Incoming] = []
            with _skipping(item.room, {"event_id": item.event_id}):
                incoming = await self._retry(item)
            for one in incoming:
                yield one
            if incoming:
                self._parts.undecrypted.drop(item.event_id)

    async def _retry(self, waiting: Waiting) -> list[Incoming]:
        event = await self._parts.decryption.fetch(waiting)
        clear = self._parts.decryption.clear(waiting.room, event) if event else None
        if clear is None:
            if event is None or "ciphertext" not in tree(event, "content"):
                self._parts.undecrypted.drop(waiting.event_id)
            return []
        incoming = await self._parts.translator.translate(waiting.room, clear)
        if not incoming:
            self._parts.undecrypted.drop(waiting.event_id)
        return incoming
