"""Where the bot is: rooms that it comes to, that move, and that it leaves."""

import structlog

from bot.channels.matrix.invitations import Invitations, Pending
from bot.channels.matrix.json_tree import Tree, instant, room_id_in, text, trees
from bot.channels.matrix.rooms import Rooms
from bot.messages import Change, ChatChange

log = structlog.get_logger(__name__)

MEMBER = "m.room.member"


class Membership:
    """Makes changes of chats out of state events.

    A room has moved if both ends say so: the tombstone of the old one, which anybody with the
    power to upgrade may write, and the creation of its successor.
    """

    def __init__(self, user_id: str, rooms: Rooms, invitations: Invitations) -> None:
        self._user_id = user_id
        self._rooms = rooms
        self._invitations = invitations

    def is_our_join(self, event: Tree) -> bool:
        """Tell whether we came into a room by *event*."""
        return (
            self._is_ours(event)
            and text(event, "content", "membership") == "join"
            # A change of name or picture is a join as well, after a join.
            and text(event, "unsigned", "prev_content", "membership") != "join"
        )

    def _is_ours(self, event: Tree) -> bool:
        return text(event, "type") == MEMBER and text(event, "state_key") == self._user_id

    async def arrive(self, room_id: str, join: Tree) -> ChatChange | None:
        """Tell what our *join* means: a new chat, or one that moved here.

        Where nothing but a forged upgrade has brought us, we leave again.
        """
        invitations = self._invitations
        if invitations.leaving(room_id):
            return None
        pending = invitations.find(room_id) or Pending(room_id, "", "", [])
        predecessor = await self._rooms.predecessor(room_id)
        upgraded = bool(predecessor) and predecessor == pending.moved_from
        if pending.moved_from and not upgraded and not pending.inviter:
            log.warning("matrix.upgrade_forged", chat=pending.moved_from)
            invitations.leave(room_id)
            return None
        change = await self._joined(pending, join, predecessor=predecessor, upgraded=upgraded)
        invitations.drop(room_id)
        return change

    async def _joined(
        self, pending: Pending, join: Tree, *, predecessor: str, upgraded: bool
    ) -> ChatChange | None:
        rooms, room_id = self._rooms, pending.room
        if upgraded:
            return ChatChange(
                id=pending.moved_event,
                chat=rooms.chat(pending.moved_from),
                change=Change.MOVED,
                sent_at=instant(join),
                moved_to=room_id,
                sender=rooms.sender(pending.moved_from, pending.moved_by),
            )
        old = rooms.joined(predecessor)
        if old is not None and old.replacement_room == room_id:
            return None  # told as a move already
        inviter = pending.inviter
        return ChatChange(
            id=text(join, "event_id"),
            chat=await rooms.described(room_id),
            change=Change.JOINED,
            sent_at=instant(join),
            sender=rooms.sender(room_id, inviter) if inviter else None,
        )

    async def encrypted(self, room_id: str, encryption: Tree) -> ChatChange:
        """Tell that a room was encrypted, which nobody else might say for weeks."""
        return ChatChange(
            id=text(encryption, "event_id"),
            chat=await self._rooms.described(room_id),
            change=Change.JOINED,
            sent_at=instant(encryption),
        )

    async def moved(self, room_id: str, tombstone: Tree) -> ChatChange | None:
        """Tell that a room moved to one that we are in; note to join one that we are not in."""
        successor = room_id_in(tombstone, "content", "replacement_room")
        if not successor or successor == room_id:
            return None
        rooms = self._rooms
        if rooms.joined(successor) is None:
            self._invitations.follow(room_id, tombstone)
            return None
        if await rooms.predecessor(successor) != room_id:
            log.warning("matrix.upgrade_forged", chat=room_id)
            return None
        return ChatChange(
            id=text(tombstone, "event_id"),
            chat=rooms.chat(room_id),
            change=Change.MOVED,
            sent_at=instant(tombstone),
            moved_to=successor,
            sender=rooms.sender(room_id, text(tombstone, "sender")),
        )

    def left(self, room_id: str, news: Tree) -> list[ChatChange]:
        """Tell that we are no longer in a room, if anybody knew that we were."""
        rooms = self._rooms
        if self._invitations.leaving(room_id):
            self._invitations.drop(room_id)
            rooms.forget(room_id)
            return []
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
