"""What a member has read: a room's events folded into messages."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]


@dataclass
class Message:
    """One message as its reader sees it.

    An edit is a message of its own, related to the first one by ``m.replace``, with the new text
    as its body; the first one also learns about it.

    Attributes:
        event_id: The id of the event.
        room: The room it was said in.
        sender: The user id of who said it.
        body: The plain text; empty if refused or redacted.
        formatted_body: The HTML, if there is any.
        msgtype: ``m.text``, ``m.notice`` …; for anything but a message the type of the event,
            such as ``m.poll.start``.
        relates_to: The relation (reply, thread, edit), or an empty dict.
        encrypted: It was end-to-end encrypted.
        trusted: The device that encrypted it is signed by its owner's identity.
        content: The whole content; empty if refused or redacted.
        reactions: Who reacted with each key, in the order of arrival.
        edited_body: The text of the sender's latest edit.
        redacted: It was removed.
    """

    event_id: str
    room: str
    sender: str
    body: str
    formatted_body: str | None
    msgtype: str
    relates_to: dict[str, Any]
    encrypted: bool
    trusted: bool
    content: dict[str, Any] = field(repr=False)
    reactions: dict[str, list[str]]
    edited_body: str | None = None
    redacted: bool = False

    @property
    def refused(self) -> bool:
        """Encrypted by an unsigned device: the reader gets to see that, but not what it says."""
        return self.encrypted and not self.trusted

    @property
    def replaces(self) -> str | None:
        """The id of the message that this one edits."""
        if self.relates_to.get("rel_type") == "m.replace":
            return str(self.relates_to["event_id"])
        return None


class History:
    """Every message read so far, in the order of arrival."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}
        self._reactions: dict[str, dict[str, list[str]]] = defaultdict(dict)
        self._reaction_events: dict[str, tuple[str, str, str]] = {}

    def __iter__(self) -> Iterator[Message]:
        return iter(list(self._messages.values()))

    def add(self, event: Event, *, encrypted: bool, trusted: bool) -> None:
        """Take one event, decrypted if need be. The same event again replaces what it was."""
        match event["type"]:
            case "m.reaction":
                self._react(event)
            case "m.room.redaction":
                self._redact(event)
            case _ if event["content"]:
                self._say(event, encrypted=encrypted, trusted=trusted)
            case _:
                pass  # redacted before it was read

    def _say(self, event: Event, *, encrypted: bool, trusted: bool) -> None:
        refused = encrypted and not trusted
        content: dict[str, Any] = {} if refused else event["content"]
        relation = content.get("m.relates_to") or {}
        edit = relation.get("rel_type") == "m.replace"
        shown: dict[str, Any] = content.get("m.new_content", content) if edit else content
        message = Message(
            event_id=event["event_id"],
            room=event["room_id"],
            sender=event["sender"],
            body=shown.get("body", ""),
            formatted_body=shown.get("formatted_body"),
            msgtype=str(shown.get("msgtype", event["type"])),
            relates_to=relation,
            encrypted=encrypted,
            trusted=trusted,
            content=content,
            reactions=self._reactions[event["event_id"]],
        )
        self._messages[message.event_id] = message
        self._apply_edit(message)

    def _apply_edit(self, edit: Message) -> None:
        original = self._messages.get(edit.replaces or "")
        if original and (original.sender, original.room) == (edit.sender, edit.room):
            original.edited_body = edit.body

    def _react(self, event: Event) -> None:
        relation = event["content"].get("m.relates_to")
        if relation:
            target, key = relation["event_id"], relation["key"]
            self._reactions[target].setdefault(key, []).append(event["sender"])
            self._reaction_events[event["event_id"]] = (target, key, event["sender"])

    def _redact(self, event: Event) -> None:
        # Room version 11 moved the field into the content.
        target = event["content"].get("redacts") or event.get("redacts", "")
        if message := self._messages.get(target):
            message.redacted = True
            message.body, message.formatted_body, message.edited_body = "", None, None
            message.content = {}
        if reaction := self._reaction_events.pop(target, None):
            message_id, key, sender = reaction
            senders = self._reactions[message_id][key]
            senders.remove(sender)
            if not senders:
                del self._reactions[message_id][key]
