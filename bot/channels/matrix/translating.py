"""Events of the timeline as what crosses the port."""

from bot.channels.matrix.json_tree import Tree, event_id_in, instant, text, tree
from bot.channels.matrix.media import caption, incoming
from bot.channels.matrix.mentions import Spoken, understand
from bot.channels.matrix.reactions import number_of
from bot.channels.matrix.rooms import Origins, Rooms, thread_of
from bot.messages import ButtonPress, ChatKind, IncomingMessage, MessageId


class Translator:
    """Makes messages and button presses out of events that are in clear by now.

    Leaves out what is never answered: our own events, notices (which bots send), edits, redacted
    events, and everything that is neither text nor a file nor a reaction to a message of ours.
    """

    def __init__(self, user_id: str, rooms: Rooms, origins: Origins) -> None:
        self._user_id = user_id
        self._rooms = rooms
        self._origins = origins

    async def translate(self, room_id: str, event: Tree) -> IncomingMessage | ButtonPress | None:
        """Translate one event, if it is for us to read.

        Raises:
            RefusalError: The message that it refers to could not be looked up.
        """
        self._origins.remember_event(event)
        if text(event, "sender") == self._user_id or "state_key" in event:
            return None
        match text(event, "type"):
            case "m.room.message":
                return await self._message(room_id, event)
            case "m.reaction":
                return await self._press(room_id, event)
            case _:
                return None

    async def _message(self, room_id: str, event: Tree) -> IncomingMessage | None:
        content = tree(event, "content")
        replaced = text(content, "m.relates_to", "rel_type") == "m.replace"
        file = incoming(content)
        if replaced or (file is None and text(content, "msgtype") != "m.text"):
            return None
        if file is not None:
            content = caption(content)
        chat = await self._rooms.described(room_id, thread_of(content))
        spoken = understand(content, user_id=self._user_id, name=self._rooms.own_name(room_id))
        reply_to = _replied(content)
        return IncomingMessage(
            id=text(event, "event_id"),
            message=MessageId(text(event, "event_id")),
            chat=chat,
            sender=self._rooms.sender(room_id, text(event, "sender")),
            text=spoken.text,
            addressed=chat.kind is ChatKind.DIRECT
            or await self._addressed(room_id, spoken, reply_to),
            sent_at=instant(event),
            reply_to=reply_to,
            file=file,
        )

    async def _addressed(self, room_id: str, spoken: Spoken, reply_to: MessageId | None) -> bool:
        if spoken.addressed or reply_to is None:
            return spoken.addressed
        origin = await self._origins.find(room_id, reply_to)
        return origin is not None and origin.sender == self._user_id

    async def _press(self, room_id: str, event: Tree) -> ButtonPress | None:
        relation = tree(event, "content", "m.relates_to")
        number = number_of(text(relation, "key"))
        target = event_id_in(relation, "event_id")
        if number is None or not target or relation.get("rel_type") != "m.annotation":
            return None
        origin = await self._origins.find(room_id, target)
        if origin is None or origin.sender != self._user_id:
            return None
        return ButtonPress(
            id=text(event, "event_id"),
            message=MessageId(target),
            chat=await self._rooms.described(room_id, origin.thread),
            sender=self._rooms.sender(room_id, text(event, "sender")),
            sent_at=instant(event),
            number=number,
        )


def _replied(content: Tree) -> MessageId | None:
    """Return the message that this one answers; within a thread a fallback is no answer."""
    relation = tree(content, "m.relates_to")
    if relation.get("is_falling_back") is True:
        return None
    return MessageId(event_id_in(relation, "m.in_reply_to", "event_id")) or None
