"""Events of the timeline as what crosses the port."""

from dataclasses import replace

from bot.channels.matrix.json_tree import Tree, event_id_in, instant, text, tree
from bot.channels.matrix.media import caption, incoming
from bot.channels.matrix.mentions import Spoken, understand
from bot.channels.matrix.reactions import number_of
from bot.channels.matrix.rooms import Origins, Rooms, thread_of
from bot.channels.matrix.saying import MESSAGE, POLLS, STICKER, said
from bot.messages import (
    ButtonPress,
    Chat,
    ChatKind,
    Incoming,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    MessageId,
    Presence,
    Reacted,
    Said,
)

MEMBER = "m.room.member"


class Translator:
    """Makes what crosses the port out of events that are in clear by now.

    Leaves out our own events, notices (which bots send), and redacted events; in a direct chat
    everything that nobody answers, too.
    """

    def __init__(self, user_id: str, rooms: Rooms, origins: Origins) -> None:
        self._user_id = user_id
        self._rooms = rooms
        self._origins = origins

    async def translate(self, room_id: str, event: Tree) -> list[Incoming]:
        """Translate one event, if it is for us to read.

        A reaction to a message of ours is both: a press of a button, and a reaction.

        Raises:
            RefusalError: The message that it refers to could not be looked up.
        """
        self._origins.remember_event(event)
        if text(event, "type") == MEMBER:
            return await self._presence(room_id, event)
        if text(event, "sender") == self._user_id or "state_key" in event:
            return []
        match text(event, "type"):
            case kind if kind in {MESSAGE, STICKER, *POLLS}:
                return await self._message(room_id, event)
            case "m.reaction":
                return await self._reaction(room_id, event)
            case "m.room.redaction":
                return await self._deleted(room_id, event)
            case _:
                return []

    async def _message(self, room_id: str, event: Tree) -> list[Incoming]:
        content = tree(event, "content")
        if text(content, "m.relates_to", "rel_type") == "m.replace":
            return await self._edited(room_id, event)
        chat = await self._rooms.described(room_id, thread_of(content))
        whole = self._said(room_id, event, content) if chat.kind is ChatKind.ROOM else None
        file = incoming(content) if text(event, "type") == MESSAGE else None
        if file is None and text(content, "msgtype") != "m.text":
            return [] if whole is None else [self._heard(chat, event, whole)]
        if file is not None:
            content = caption(content)
        spoken = understand(content, user_id=self._user_id, name=self._rooms.own_name(room_id))
        addressed = chat.kind is ChatKind.DIRECT or await self._addressed(
            room_id, spoken, _replied(content)
        )
        heard = self._heard(chat, event, whole)
        return [replace(heard, text=spoken.text, addressed=addressed, file=file)]

    def _said(self, room_id: str, event: Tree, content: Tree) -> Said | None:
        event_id = text(event, "event_id")
        return said(text(event, "type"), content, room_id=room_id, event_id=event_id)

    def _heard(self, chat: Chat, event: Tree, whole: Said | None) -> IncomingMessage:
        """Return a message that only a mirror understands."""
        return IncomingMessage(
            id=text(event, "event_id"),
            message=MessageId(text(event, "event_id")),
            chat=chat,
            sender=self._rooms.sender(chat.address.chat, text(event, "sender")),
            text="",
            addressed=False,
            sent_at=instant(event),
            reply_to=_replied(tree(event, "content")),
            said=whole,
        )

    async def _addressed(self, room_id: str, spoken: Spoken, reply_to: MessageId | None) -> bool:
        if spoken.addressed or reply_to is None:
            return spoken.addressed
        origin = await self._origins.find(room_id, reply_to)
        return origin is not None and origin.sender == self._user_id

    async def _edited(self, room_id: str, event: Tree) -> list[Incoming]:
        """Return what an edit says; only who wrote a message may edit it.

        Source: https://spec.matrix.org/latest/client-server-api/#event-replacements
        """
        content = tree(event, "content")
        target = event_id_in(content, "m.relates_to", "event_id")
        whole = self._said(room_id, event, tree(content, "m.new_content"))
        if not target or whole is None:
            return []
        origin = await self._origins.find(room_id, target)
        if origin is None or origin.sender != text(event, "sender"):
            return []
        chat = await self._rooms.described(room_id, origin.thread)
        if chat.kind is not ChatKind.ROOM:
            return []
        return [
            MessageEdited(
                id=text(event, "event_id"),
                message=MessageId(target),
                chat=chat,
                sender=self._rooms.sender(room_id, text(event, "sender")),
                sent_at=instant(event),
                said=whole,
            )
        ]

    async def _deleted(self, room_id: str, event: Tree) -> list[Incoming]:
        """Return what a redaction takes away; rooms differ in where that stands.

        Source: https://spec.matrix.org/latest/client-server-api/#mroomredaction
        """
        target = event_id_in(event, "content", "redacts") or event_id_in(event, "redacts")
        chat = await self._rooms.described(room_id)
        if not target or chat.kind is not ChatKind.ROOM:
            return []
        return [
            MessageDeleted(
                id=text(event, "event_id"),
                message=MessageId(target),
                chat=chat,
                sent_at=instant(event),
                sender=self._rooms.sender(room_id, text(event, "sender")),
            )
        ]

    async def _reaction(self, room_id: str, event: Tree) -> list[Incoming]:
        relation = tree(event, "content", "m.relates_to")
        target, key = event_id_in(relation, "event_id"), text(relation, "key")
        if not target or not key or relation.get("rel_type") != "m.annotation":
            return []
        origin = await self._origins.find(room_id, target)
        if origin is None:
            return []
        name = text(event, "event_id")
        chat = await self._rooms.described(room_id, origin.thread)
        sender, when = self._rooms.sender(room_id, text(event, "sender")), instant(event)
        about, number = MessageId(target), number_of(key)
        found: list[Incoming] = []
        if chat.kind is ChatKind.ROOM:
            own = MessageId(name)
            mirrored = Reacted(f"{name}.r", about, chat, sender, when, added=(key,), own=own)
            found.append(mirrored)
        if number is not None and origin.sender == self._user_id:
            found.append(ButtonPress(name, about, chat, sender, when, number=number))
        return found

    async def _presence(self, room_id: str, event: Tree) -> list[Incoming]:
        """Return who came or left; a change of name or picture is neither."""
        who = text(event, "state_key")
        now = text(event, "content", "membership")
        before = text(event, "unsigned", "prev_content", "membership")
        if who == self._user_id or not who or (now == "join") == (before == "join"):
            return []
        chat = await self._rooms.described(room_id)
        if chat.kind is not ChatKind.ROOM:
            return []
        sender = self._rooms.sender(room_id, who)
        joined = now == "join"
        return [Presence(text(event, "event_id"), chat, sender, instant(event), joined=joined)]


def _replied(content: Tree) -> MessageId | None:
    """Return the message that this one answers; within a thread a fallback is no answer."""
    relation = tree(content, "m.relates_to")
    if relation.get("is_falling_back") is True:
        return None
    return MessageId(event_id_in(relation, "m.in_reply_to", "event_id")) or None
