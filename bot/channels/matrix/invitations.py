"""Joins that are still to be made: invitations, and the successors of upgraded rooms.

The homeserver shows an invitation once, so what is to be done about it is kept in a file until
it is done, over restarts too.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.channels.matrix.files import read_json, write_json
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, event_id_in, room_id_in, text, tree, trees
from bot.channels.matrix.refusals import (
    BROKEN_CONNECTION,
    SERVER_ERROR,
    RefusalError,
)
from bot.channels.matrix.rooms import Rooms
from bot.clock import Clock

log = structlog.get_logger(__name__)

JOIN_SECONDS = 90
"""A join over federation asks other servers and takes its time."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 3600))
"""Between the attempts; the last one repeats."""
PATIENCE = timedelta(days=7)


@dataclass(slots=True)
class Pending:
    """A join (or the refusal of an invitation) that is to be made.

    Attributes:
        room: Where to.
        since: When it was noted, ISO 8601.
        due: When to try next, ISO 8601.
        via: Servers that are in the room.
        inviter: Who invited us; empty for a successor that nobody allowed has invited us to.
        direct: Whether it was meant as a direct conversation.
        reject: Whether the invitation is refused.
        attempts: How often it failed.
        done: Whether it was made; kept until the sync shows it.
        moved_from: The room that says that this one succeeds it.
        held: Whether it waits for an invitation, since who upgraded may not bring us anywhere.
        moved_event: The event that said so.
        moved_by: Who upgraded.
    """

    room: str
    since: str
    due: str
    via: list[str]
    inviter: str = ""
    direct: bool = False
    reject: bool = False
    attempts: int = 0
    done: bool = False
    moved_from: str = ""
    moved_event: str = ""
    moved_by: str = ""
    held: bool = False

    @property
    def idle(self) -> bool:
        """Whether nothing is to be done about it now."""
        return self.done or self.held


def server_of(user_id: str) -> str:
    """Return the homeserver's name within a user id."""
    return user_id.partition(":")[2]


class Invitations:
    """Decides about invitations and makes the joins."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        server: Homeserver,
        rooms: Rooms,
        user_id: str,
        allowed: tuple[str, ...],
    ) -> None:
        self._path = path
        self._clock = clock
        self._server = server
        self._rooms = rooms
        self._user_id = user_id
        self._allowed = frozenset(allowed or (server_of(user_id),))
        self._pending: dict[str, Pending] = {}
        self._running: set[str] = set()
        self._written: list[Tree] = []

    def load(self) -> None:
        """Read what is still to be done; a damaged list is empty."""
        saved = read_json(self._path)
        for item in saved if isinstance(saved, list) else []:
            try:
                pending = Pending(**item)
            except TypeError:
                continue
            self._pending[pending.room] = pending
        self._written = [asdict(pending) for pending in self._pending.values()]

    def save(self) -> None:
        """Write down what is still to be done, without what has failed for too long."""
        oldest = self._clock.now() - PATIENCE
        for pending in list(self._pending.values()):
            if datetime.fromisoformat(pending.since) < oldest:
                self.drop(pending.room)
        pending_now = [asdict(pending) for pending in self._pending.values()]
        if pending_now != self._written:
            write_json(self._path, pending_now)
            self._written = pending_now

    def drop(self, room_id: str) -> None:
        """Forget a join."""
        self._pending.pop(room_id, None)

    def find(self, room_id: str) -> Pending | None:
        """Return the join that is noted for a room."""
        return self._pending.get(room_id)

    def consider(self, room_id: str, invitation: Tree) -> None:
        """Accept or reject an invitation, by who sent it.

        An entry is a user id, a server name or ``*``.
        """
        ours = [
            event
            for event in trees(invitation, "invite_state", "events")
            if text(event, "type") == "m.room.member" and text(event, "state_key") == self._user_id
        ]
        if not ours:
            return
        inviter = text(ours[-1], "sender")
        direct = tree(ours[-1], "content").get("is_direct") is True
        allowed = self._allows(inviter)
        known = self._pending.get(room_id)
        pending = self._new(room_id, [server_of(inviter)])
        if known is not None and known.moved_from and (allowed or not known.held):
            # We were told of this room by the one that it succeeds, and only now may join it.
            known.due, known.via = pending.due, [*pending.via, *known.via]
            known.done = known.held = False
            if allowed:
                known.inviter, known.direct, known.reject = inviter, direct, False
            return
        pending.inviter, pending.direct, pending.reject = inviter, direct, not allowed
        log.info("matrix.invited", chat=room_id, accepted=not pending.reject)
        self._pending[room_id] = pending

    def follow(self, room_id: str, tombstone: Tree) -> None:
        """Note that a room says that it has a successor; the last word of each room counts.

        Who may not invite us can't make us join by an upgrade either, but what they say is kept
        in case that somebody else invites us. An invitation stays what it is.

        Source: https://spec.matrix.org/latest/client-server-api/#room-upgrades
        """
        sender = text(tombstone, "sender")
        successor = room_id_in(tombstone, "content", "replacement_room")
        for other in list(self._pending.values()):
            if other.moved_from == room_id and other.room != successor and not other.inviter:
                self.drop(other.room)
        known = self._pending.get(successor)
        if known is not None and known.reject:
            return
        pending = known or self._new(successor, [server_of(sender)])
        pending.held = (known is None or known.held) and not self._allows(sender)
        if pending.moved_from in {"", room_id}:
            pending.moved_from, pending.moved_by = room_id, sender
            pending.moved_event = event_id_in(tombstone, "event_id")
        self._pending[successor] = pending

    def leave(self, room_id: str) -> None:
        """Note that we leave a room again, where we should not have come."""
        pending = self._pending.get(room_id) or self._new(room_id, [])
        pending.reject, pending.done, pending.held = True, False, False
        pending.due = self._clock.now().isoformat()
        self._pending[room_id] = pending

    def leaving(self, room_id: str) -> bool:
        """Tell whether we leave a room again, so that nothing in it is for us."""
        pending = self._pending.get(room_id)
        return pending is not None and pending.reject

    def _allows(self, user_id: str) -> bool:
        return bool(self._allowed & {"*", user_id, server_of(user_id)})

    def _new(self, room_id: str, via: list[str]) -> Pending:
        now = self._clock.now().isoformat()
        return Pending(room_id, now, now, via)

    def until_next(self) -> timedelta | None:
        """Return how long it is until the next attempt; ``None`` if none is to be made."""
        waits = [
            datetime.fromisoformat(pending.due) - self._clock.now()
            for pending in self._pending.values()
            if not pending.idle and pending.room not in self._running
        ]
        return min(waits, default=None)

    def take_due(self) -> list[Pending]:
        """Return the joins whose time has come; each is to be given to :meth:`attempt`."""
        now = self._clock.now()
        due = [
            pending
            for pending in self._pending.values()
            if not pending.idle
            and pending.room not in self._running
            and datetime.fromisoformat(pending.due) <= now
        ]
        self._running.update(pending.room for pending in due)
        return due

    async def attempt(self, pending: Pending) -> None:
        """Make a join; if it fails, it is due again later."""
        try:
            await self._make(pending)
        except RefusalError as refusal:
            self._failed(pending, refusal)
        except BROKEN_CONNECTION:
            self._postpone(pending, None)
        finally:
            self._running.discard(pending.room)
        self.save()

    async def _make(self, pending: Pending) -> None:
        if pending.reject:
            await self._server.call("POST", api("rooms", pending.room, "leave"), {})
            pending.done = True
            return
        if pending.direct:
            # First, so that the room is known as direct when its first message comes.
            await self._rooms.record_direct(pending.inviter, pending.room)
        # Room ids of version 12 name no server, so the request has to.
        via = [("via", server) for server in pending.via]
        older = [("server_name", server) for server in pending.via]
        path = api("join", pending.room, query=[*via, *older])
        await self._server.call("POST", path, {}, seconds=JOIN_SECONDS)
        pending.done = not pending.reject  # a sync may have shown meanwhile that it was a trap

    def _failed(self, pending: Pending, refusal: RefusalError) -> None:
        log.info("matrix.join_refused", chat=pending.room, status=refusal.status)
        gone = (refusal.forbidden or refusal.missing) and not pending.moved_from
        if gone or (pending.reject and refusal.status < SERVER_ERROR and not refusal.limited):
            self.drop(pending.room)  # the invitation was withdrawn
        else:
            self._postpone(pending, refusal.retry_after)

    def _postpone(self, pending: Pending, asked: timedelta | None) -> None:
        pause = PAUSES[min(pending.attempts, len(PAUSES) - 1)]
        pending.attempts += 1
        pending.due = (self._clock.now() + max(pause, asked or pause)).isoformat()
