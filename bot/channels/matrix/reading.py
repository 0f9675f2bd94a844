"""The receiving side of one session: batches in, things that happened out."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.channels.matrix.background import Background
from bot.channels.matrix.decrypting import Decryption, Undecrypted, Waiting, opened
from bot.channels.matrix.invitations import Invitations
from bot.channels.matrix.json_tree import Tree, instant, text, tree, trees
from bot.channels.matrix.refusals import BROKEN_CONNECTION, RefusalError
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.sync import Batch, Sync
from bot.channels.matrix.translating import Translator
from bot.channels.port import Received
from bot.clock import Clock
from bot.messages import Change, ChatChange, Incoming

log = structlog.get_logger(__name__)

MEMBER, TOMBSTONE = "m.room.member", "m.room.tombstone"
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
    decryption: Decryption
    undecrypted: Undecrypted


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
        rooms = tree(batch.news, "rooms")
        for room_id, news in tree(rooms, "join").items():
            async with aclosing(self._room(batch, room_id, tree(news))) as events:
                async for event in events:
                    yield event
        for room_id, news in tree(rooms, "leave").items():
            for change in self._left(room_id, tree(news)):
                yield change
        for room_id, news in tree(rooms, "invite").items():
            parts.invitations.consider(room_id, tree(news))
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
        joins = [place for place, event in enumerate(timeline) if self._is_our_join(event)]
        if joins:
            change = self._joined(room_id, [*state, *timeline], timeline[joins[-1]])
            if change is not None:
                yield change
            self._parts.invitations.drop(room_id)
            # What was said before we came was not said to us.
            timeline = timeline[joins[-1] + 1 :]
        for event in timeline:
            incoming = await self._read(room_id, event, batch.clear.get(text(event, "event_id")))
            if incoming is not None:
                yield incoming

    async def _timeline(self, batch: Batch, room_id: str, news: Tree) -> list[Tree]:
        timeline = trees(news, "timeline", "events")
        limited = tree(news, "timeline").get("limited") is True
        complete = any(self._is_our_join(event) for event in timeline)
        if batch.since is None or not limited or complete:
            return timeline
        before = text(news, "timeline", "prev_batch")
        return [*await self._parts.sync.gap(room_id, before, batch.since), *timeline]

    def _is_our_join(self, event: Tree) -> bool:
        return (
            self._is_ours(event)
            and text(event, "content", "membership") == "join"
            # A change of name or picture is a join as well, after a join.
            and text(event, "unsigned", "prev_content", "membership") != "join"
        )

    def _is_ours(self, event: Tree) -> bool:
        return text(event, "type") == MEMBER and text(event, "state_key") == self._parts.user_id

    def _joined(self, room_id: str, known: list[Tree], join: Tree) -> ChatChange | None:
        rooms, pending = self._parts.rooms, self._parts.invitations.find(room_id)
        if pending is not None and pending.moved_from:
            return ChatChange(
                id=pending.moved_event,
                chat=rooms.chat(pending.moved_from),
                change=Change.MOVED,
                sent_at=instant(join),
                moved_to=room_id,
                sender=rooms.sender(pending.moved_from, pending.moved_by),
            )
        created = next((event for event in known if text(event, "type") == "m.room.create"), {})
        predecessor = text(created, "content", "predecessor", "room_id")
        if predecessor and rooms.joined(predecessor) is not None:
            return None  # told as a move already
        inviter = pending.inviter if pending else ""
        return ChatChange(
            id=text(join, "event_id"),
            chat=rooms.chat(room_id),
            change=Change.JOINED,
            sent_at=instant(join),
            sender=rooms.sender(room_id, inviter) if inviter else None,
        )

    async def _read(self, room_id: str, event: Tree, payload: Tree | None) -> Incoming | None:
        if text(event, "type") == TOMBSTONE and text(event, "state_key") == "":
            return self._moved(room_id, event)
        if text(event, "type") == ENCRYPTED:
            if payload is None:
                clear = self._parts.decryption.clear(room_id, event)
            else:
                clear = opened(event, payload)
            if clear is None:
                self._keep(room_id, event)
                return None
            event = clear
        return await self._translate(room_id, event)

    async def _translate(self, room_id: str, event: Tree) -> Incoming | None:
        try:
            return await self._parts.translator.translate(room_id, event)
        except (RefusalError, *BROKEN_CONNECTION):
            raise
        except Exception:
            # The same event would come again and again, and nothing after it would be read.
            log.exception("matrix.event_skipped", chat=room_id, message=text(event, "event_id"))
            return None

    def _moved(self, room_id: str, tombstone: Tree) -> ChatChange | None:
        successor = text(tombstone, "content", "replacement_room")
        if not successor:
            return None
        rooms = self._parts.rooms
        if rooms.joined(successor) is None:
            self._parts.invitations.follow(room_id, tombstone)
            return None
        return ChatChange(
            id=text(tombstone, "event_id"),
            chat=rooms.chat(room_id),
            change=Change.MOVED,
            sent_at=instant(tombstone),
            moved_to=successor,
            sender=rooms.sender(room_id, text(tombstone, "sender")),
        )

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
            incoming = await self._retry(item)
            if incoming is not None:
                yield incoming
                self._parts.undecrypted.drop(item.event_id)

    async def _retry(self, waiting: Waiting) -> Incoming | None:
        event = await self._parts.decryption.fetch(waiting)
        clear = self._parts.decryption.clear(waiting.room, event) if event else None
        if clear is None:
            if event is None or "ciphertext" not in tree(event, "content"):
                self._parts.undecrypted.drop(waiting.event_id)
            return None
        incoming = await self._translate(waiting.room, clear)
        if incoming is None:
            self._parts.undecrypted.drop(waiting.event_id)
        return incoming

    # Rooms left

    def _left(self, room_id: str, news: Tree) -> list[ChatChange]:
        rooms = self._parts.rooms
        known = rooms.joined(room_id) is not None
        events = [*trees(news, "state", "events"), *trees(news, "timeline", "events")]
        ours = [event for event in events if self._is_ours(event)]
        if not ours:
            return []
        before = text(ours[-1], "unsigned", "prev_content", "membership")
        change = ChatChange(
            id=text(ours[-1], "event_id"),
            chat=rooms.chat(room_id),
            change=Change.LEFT,
            sent_at=instant(ours[-1]),
            sender=rooms.sender(room_id, text(ours[-1], "sender")),
        )
        rooms.forget(room_id)
        # A withdrawn invitation shows up here too.
        return [change] if before == "join" or (known and not before) else []
