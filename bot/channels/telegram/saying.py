"""Everything that a message of Telegram's says, as a mirror needs it.

Source: https://core.telegram.org/bots/api#message
"""

from collections.abc import Callable
from typing import Any

from telegram import (
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
    PhotoSize,
    Sticker,
)

from bot.channels.telegram.fields import size_in, text_in
from bot.messages import ContentKind, Identity, IncomingFile, Said
from bot.text.described import contact, place, poll
from bot.text.document import Document
from bot.text.from_entities import from_entities
from bot.text.renderers import Entity
from bot.text.spans import literal, mentions_in, sound

_OGG, _MP4, _WEBP = "audio/ogg", "video/mp4", "image/webp"


def said(message: Message) -> Said | None:
    """Return what *message* says; ``None`` for service messages, and for what has no words."""
    for read in (_file, _described):
        if (found := read(message)) is not None:
            return found
    return _said(message, words(message)) if message.text else None


def words(message: Message) -> Document:
    """Return the text or the caption with its marks."""
    text = message.text or message.caption
    if not text:
        return Document()
    entities = message.entities if message.text else message.caption_entities
    return from_entities(text_in(text), map(_entity, entities))


def _entity(entity: MessageEntity) -> Entity:
    user = None if entity.user is None else str(entity.user.id)
    return Entity(str(entity.type), entity.offset, entity.length, url=entity.url, user=user)


def _said(
    message: Message,
    body: Document,
    kind: ContentKind = ContentKind.TEXT,
    file: IncomingFile | None = None,
) -> Said:
    return Said(
        body=body,
        kind=kind,
        file=file,
        album=message.media_group_id,
        mentions=tuple(map(Identity.parse, mentions_in(body))),
        forwarded=_origin(message),
    )


def _origin(message: Message) -> str | None:
    match message.forward_origin:
        case MessageOriginUser(sender_user=user):
            name: Any = user.full_name
        case MessageOriginHiddenUser(sender_user_name=name):
            pass
        case MessageOriginChat(sender_chat=chat) | MessageOriginChannel(chat=chat):
            name = chat.title or chat.username or ""
        case _:
            return None
    return sound(text_in(name))


# Files


def _file(message: Message) -> Said | None:
    if message.sticker is not None:
        return _sticker(message, message.sticker)
    for kind, read in _FILES:
        if (file := read(message)) is not None:
            return _said(message, words(message), kind, file)
    return None


def _media(media: Any, mime: str) -> IncomingFile | None:
    if media is None:
        return None
    return IncomingFile(
        text_in(media.file_id),
        text_in(getattr(media, "file_name", None) or ""),
        text_in(getattr(media, "mime_type", None) or mime),
        size_in(media.file_size),
    )


def photo(message: Message) -> IncomingFile | None:
    """Return the photo, of which Telegram keeps several sizes and no name.

    Source: https://core.telegram.org/bots/api#photosize
    """
    if not message.photo:
        return None
    largest: PhotoSize = max(message.photo, key=lambda size: size.width * size.height)
    return _media(largest, "image/jpeg")


def document(message: Message) -> IncomingFile | None:
    """Return the document; an animation is one as well."""
    return _media(message.document, "")


_FILES: tuple[tuple[ContentKind, Callable[[Message], IncomingFile | None]], ...] = (
    (ContentKind.PICTURE, photo),
    (ContentKind.VIDEO, lambda message: _media(message.animation, _MP4)),
    (ContentKind.VIDEO, lambda message: _media(message.video, _MP4)),
    (ContentKind.VIDEO, lambda message: _media(message.video_note, _MP4)),
    (ContentKind.VOICE, lambda message: _media(message.voice, _OGG)),
    (ContentKind.AUDIO, lambda message: _media(message.audio, "audio/mpeg")),
    (ContentKind.DOCUMENT, document),
)
"""In this order: an animation is a document too."""


def _sticker(message: Message, sticker: Sticker) -> Said:
    """Return a picture, of one that moves its preview, and its emoji for who sees no picture."""
    moving = sticker.is_animated or sticker.is_video
    shown = sticker.thumbnail if moving else sticker
    file = _media(shown, "image/jpeg" if moving else _WEBP)
    return _said(message, literal(text_in(sticker.emoji or "")), ContentKind.STICKER, file)


# What is not written


def _described(message: Message) -> Said | None:
    if message.venue is not None:
        venue = message.venue
        name = ", ".join(filter(None, (text_in(venue.title), text_in(venue.address))))
        there = place(venue.location.latitude, venue.location.longitude, name)
        return _said(message, there, ContentKind.LOCATION)
    if message.location is not None:
        there = place(message.location.latitude, message.location.longitude)
        return _said(message, there, ContentKind.LOCATION)
    if message.poll is not None:
        options = [text_in(option.text) for option in message.poll.options]
        asked = poll(text_in(message.poll.question), options, message.link)
        return _said(message, asked, ContentKind.POLL)
    if message.contact is not None:
        person = message.contact
        name = " ".join(filter(None, (person.first_name, person.last_name)))
        return _said(message, contact(text_in(name), text_in(person.phone_number)))
    return None if message.dice is None else _said(message, literal(text_in(message.dice.emoji)))
