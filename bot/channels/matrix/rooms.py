"""What is known of the rooms: which are direct, which are encrypted, and what they are called."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from nio import MatrixRoom

from bot.channels.matrix.client import Client
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, event_id_in, room_id_in, text, texts, tree
from bot.channels.matrix.refusals import BROKEN_CONNECTION, RefusalError
from bot.messages import Address, Chat, ChatKind, Identity, Sender

CHANNEL = "matrix"
PAIR = 2
REMEMBERED_EVENTS = 5_000
PATIENCE_SECONDS = 2
"""How long a message may wait for what is good to know about its room."""


class Rooms:
    """The rooms of one session."""

    def __init__(self, client: Client, server: Homeserver) -> None:
        self._client = client
        self._server = server
        self._direct: dict[str, list[str]] = {}
        self._clear: set[str] = set()
        self._unanswered: set[str] = set()
        self._predecessors: dict[str, str] = {}
        self._writing = asyncio.Lock()

    def joined(self, room_id: str) -> MatrixRoom | None:
        """Return the room as the last sync left it, if we are in it."""
        return self._client.rooms.get(room_id)

    def chat(self, room_id: str, thread: str | None = None) -> Chat:
        """Describe a room, or one of its threads, without asking anybody."""
        room = self.joined(room_id)
        kind = self._kind(room_id, room)
        title = "" if kind is ChatKind.DIRECT or room is None else room.display_name
        return Chat(Address(CHANNEL, room_id, thread), kind, title or "")

    async def described(self, room_id: str, thread: str | None = None) -> Chat:
        """Describe a room, or one of its threads, and tell whether it is encrypted."""
        chat = self.chat(room_id, thread)
        return replace(chat, encrypted=await self._encrypted_if_known(room_id))

    def is_direct(self, room_id: str) -> bool:
        """Tell whether a room is of one person and us."""
        return self._kind(room_id, self.joined(room_id)) is ChatKind.DIRECT

    def _kind(self, room_id: str, room: MatrixRoom | None) -> ChatKind:
        listed = any(room_id in rooms for rooms in self._direct.values())
        # A third person makes a room of it, whatever the account data says.
        paired = room is None or room.member_count <= PAIR
        return ChatKind.DIRECT if listed and paired else ChatKind.ROOM

    def sender(self, room_id: str, user_id: str) -> Sender:
        """Describe a member."""
        room = self.joined(room_id)
        name = room.user_name(user_id) if room else None
        return Sender(Identity(CHANNEL, user_id), name or user_id)

    def own_name(self, room_id: str) -> str:
        """Return our display name in a room; empty if there is none."""
        room = self.joined(room_id)
        user = room.users.get(self._client.user_id) if room else None
        return (user.display_name or "") if user else ""

    async def is_member(self, room_id: str) -> bool:
        """Ask the homeserver whether we are in a room; who has left may still read its state."""
        path = api("rooms", room_id, "state", "m.room.member", self._client.user_id)
        return text(await self._server.find(path), "membership") == "join"

    def forget(self, room_id: str) -> None:
        """Drop a room that we are no longer in."""
        self._client.rooms.pop(room_id, None)
        self._client.invited_rooms.pop(room_id, None)
        self.ask_again(room_id)

    # Upgrades

    async def predecessor(self, room_id: str) -> str:
        """Return the room that one which we are in was made to succeed; empty if there is none.

        Who may upgrade a room may point from it to any other, also to one of strangers. Only the
        first event of the successor proves that its maker meant it.

        Source: https://spec.matrix.org/latest/client-server-api/#mroomcreate
        """
        if room_id not in self._predecessors:
            path = api("rooms", room_id, "state", "m.room.create", "")
            try:
                created = await self._server.call("GET", path)
            except RefusalError as refusal:
                if refusal.general:
                    raise
                return ""
            self._predecessors[room_id] = room_id_in(created, "predecessor", "room_id")
        return self._predecessors[room_id]

    # Direct rooms

    def _account_data(self) -> str:
        return api("user", self._client.user_id, "account_data", "m.direct")

    async def load_direct(self) -> None:
        """Ask which rooms are direct."""
        self.set_direct(await self._server.find(self._account_data()) or {})

    def set_direct(self, content: Tree) -> None:
        """Take over the ``m.direct`` account data.

        Source: https://spec.matrix.org/latest/client-server-api/#mdirect
        """
        self._direct = {user: texts(content, user) for user in content}

    async def record_direct(self, user_id: str, room_id: str) -> None:
        """Add a room to the account data; what other devices wrote there is kept."""
        async with self._writing:
            self._direct.setdefault(user_id, []).append(room_id)
            content = await self._server.find(self._account_data()) or {}
            if room_id not in texts(content, user_id):
                content[user_id] = [*texts(content, user_id), room_id]
                await self._server.call("PUT", self._account_data(), content)
            self.set_direct(content)

    # Encryption

    def ask_again(self, room_id: str) -> None:
        """Forget that a room was unencrypted, because ``m.room.encryption`` was seen."""
        self._clear.discard(room_id)
        self._unanswered.discard(room_id)

    def ask_all_again(self) -> None:
        """Forget it of every room, because no sync has shown the changes for a while."""
        self._clear.clear()
        self._unanswered.clear()

    async def encrypted(self, room_id: str) -> bool:
        """Tell whether a room is encrypted; asks the homeserver once per room.

        The sync may be behind: a room can be encrypted although no sync has shown it yet.
        """
        room = self.joined(room_id)
        if room is not None and room.encrypted:
            return True
        if room_id in self._clear:
            return False
        state = api("rooms", room_id, "state", "m.room.encryption", "")
        found = await self._server.find(state)
        self._unanswered.discard(room_id)
        if found is None:
            self._clear.add(room_id)
            return False
        self._mark_encrypted(room_id, room)
        return True

    async def _encrypted_if_known(self, room_id: str) -> bool | None:
        """Tell whether a room is encrypted; ``None`` if the homeserver does not say it soon.

        Nothing is kept waiting for it twice: the next thing that we send there asks again.
        """
        if room_id in self._unanswered:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self.encrypted(room_id)
        except (RefusalError, *BROKEN_CONNECTION):
            self._unanswered.add(room_id)
            return None

    def _mark_encrypted(self, room_id: str, room: MatrixRoom | None) -> None:
        self._client.encrypted_rooms.add(room_id)
        if self._client.store is not None:
            self._client.store.save_encrypted_rooms({room_id})
        olm: Any = self._client.olm
        if room is not None and olm is not None:
            room.encrypted = True
            olm.update_tracked_users(room)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sent an event, and into which thread."""

    sender: str
    thread: str | None


def thread_of(content: Tree) -> str | None:
    """Return the root of the thread that *content* belongs to.

    Source: https://spec.matrix.org/latest/client-server-api/#threading
    """
    relation = tree(content, "m.relates_to")
    return (
        event_id_in(relation, "event_id") or None
        if relation.get("rel_type") == "m.thread"
        else None
    )


class Origins:
    """Remembers the last events, so that replies and reactions to ours are recognised."""

    def __init__(self, server: Homeserver) -> None:
        self._server = server
        self._known: OrderedDict[str, Origin] = OrderedDict()

    def remember(self, event_id: str, origin: Origin) -> None:
        """Note an event; the oldest ones are forgotten."""
        self._known[event_id] = origin
        self._known.move_to_end(event_id)
        while len(self._known) > REMEMBERED_EVENTS:
            self._known.popitem(last=False)

    def remember_event(self, event: Tree) -> None:
        """Note an event as the homeserver wrote it."""
        thread = thread_of(tree(event, "content"))
        self.remember(text(event, "event_id"), Origin(text(event, "sender"), thread))

    async def find(self, room_id: str, event_id: str) -> Origin | None:
        """Return an event's origin, asking the homeserver if need be; ``None`` if it is gone."""
        if event_id not in self._known:
            try:
                event = await self._server.call("GET", api("rooms", room_id, "event", event_id))
            except RefusalError as refusal:
                if refusal.general:
                    raise
                return None
            self.remember_event({**event, "event_id": event_id})
        return self._known[event_id]
