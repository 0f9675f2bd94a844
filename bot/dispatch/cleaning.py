"""Making what people send safe to keep: nothing of it may be refused by a database.

PostgreSQL takes neither NUL nor half a character in a text, and nothing longer than its column.
An event that could not be kept could never be handled, and the channel would repeat it for ever.
"""

import hashlib
from dataclasses import replace

from bot.messages import (
    ButtonPress,
    Chat,
    ChatChange,
    Incoming,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Mirrored,
    Presence,
    Reacted,
    Said,
    Sender,
)
from bot.text.characters import whole
from bot.text.filenames import plain_name

_LONGEST_ID = 200
"""Characters; leaves room in the column for what is put before and behind an id."""
_LONGEST_LANGUAGE = 16
_LONGEST_TYPE = 100
"""Characters of a media type; RFC 6838 has at most 127 on each side, and nobody uses them."""

_LONGEST_EMOJI = 64
"""Characters; a family of four has eleven, and a reaction may be any text on Matrix."""


def clean(event: Incoming) -> Incoming:
    """Return *event* without NUL and half characters, and with an id that fits.

    A long id becomes its hash, so that the same event still has the same id.
    """
    name, chat = _fitting(event.id), _chat(event.chat)
    match event:
        case IncomingMessage():
            sender, text = _sender(event.sender), _plain(event.text)
            answered = event.reply_to if _is_sound(event.reply_to) else None
            file = event.file and _file(event.file)
            return replace(
                event,
                id=name,
                chat=chat,
                sender=sender,
                text=text,
                reply_to=answered,
                file=file,
                said=event.said and _said(event.said),
            )
        case ButtonPress():
            value = None if event.value is None else _plain(event.value)
            return replace(event, id=name, chat=chat, sender=_sender(event.sender), value=value)
        case ChatChange():
            sender_or_none = event.sender and _sender(event.sender)
            return replace(event, id=name, chat=chat, sender=sender_or_none)
        case _:
            return _mirrored(replace(event, id=name, chat=chat))


def _mirrored(event: Mirrored) -> Mirrored:
    match event:
        case MessageEdited():
            return replace(event, sender=_sender(event.sender), said=_said(event.said))
        case Reacted():
            added, removed = map(_emoji, (event.added, event.removed))
            return replace(event, sender=_sender(event.sender), added=added, removed=removed)
        case Presence():
            return replace(event, sender=_sender(event.sender))
        case MessageDeleted():
            return replace(event, sender=event.sender and _sender(event.sender))


def _emoji(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_plain(emoji) for emoji in given if len(emoji) <= _LONGEST_EMOJI)


def _said(said: Said) -> Said:
    # Its body was made of sound text by its channel: a document holds nothing else.
    return replace(said, file=said.file and _file(said.file))


def _plain(text: str) -> str:
    return whole(text).replace("\0", "")


def _fitting(name: str) -> str:
    plain = _plain(name)
    if plain == name and len(name) <= _LONGEST_ID:
        return name
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def _is_sound(name: str | None) -> bool:
    return name is None or _fitting(name) == name


def _chat(chat: Chat) -> Chat:
    address = chat.address
    if not _is_sound(address.thread):
        address = replace(address, thread=None)
    return replace(chat, address=address, title=_plain(chat.title))


def _file(file: IncomingFile) -> IncomingFile:
    # Its id is for its channel only, which made it, and goes nowhere else.
    mime = _plain(file.mime)[:_LONGEST_TYPE]
    return replace(file, name=plain_name(file.name), mime=mime)


def _sender(sender: Sender) -> Sender:
    language = sender.language and _plain(sender.language)[:_LONGEST_LANGUAGE]
    return replace(sender, name=_plain(sender.name), language=language)
