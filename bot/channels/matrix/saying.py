"""Everything that an event says, as a mirror needs it. Pure."""

import re
from typing import Any

from bot.channels.matrix.json_tree import Tree, text, texts, tree, trees
from bot.channels.matrix.media import caption, carried
from bot.channels.matrix.mentions import without_reply_fallback
from bot.messages import ContentKind, Identity, Said
from bot.text.described import place, poll
from bot.text.document import Document, Paragraph, Span
from bot.text.from_html import from_html
from bot.text.spans import literal, mentions_in

NAME = "matrix"
MESSAGE, STICKER = "m.room.message", "m.sticker"
POLLS = {
    "m.poll.start": "m.poll",
    "org.matrix.msc3381.poll.start": "org.matrix.msc3381.poll.start",
}
"""Both names of the event, and what its content is called.

Source: https://github.com/matrix-org/matrix-spec-proposals/blob/main/proposals/3381-polls.md
"""
_VOICE = ("org.matrix.msc3245.voice", "m.voice")
_FILES = {
    "m.image": ContentKind.PICTURE,
    "m.file": ContentKind.DOCUMENT,
    "m.audio": ContentKind.AUDIO,
    "m.video": ContentKind.VIDEO,
}
_GEO = re.compile(r"geo:(-?\d{1,3}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)(?:[,;?].*)?")
_USER = re.compile(r"@[!-~]{1,200}:[!-~]{1,200}")
"""Whoever writes it, what is no user id is nobody's name.

Source: https://spec.matrix.org/latest/appendices/#user-identifiers
"""
_MOST_MENTIONS = 100
_ROOM = "https://matrix.to/#/{}/{}"


def said(kind: str, content: Tree, *, room_id: str, event_id: str) -> Said | None:
    """Return what an event says; ``None`` for notices, which bots send, and for what is unknown.

    Args:
        kind: Its type.
        content: Its content, or of an edit the new one.
        room_id: Where it was said.
        event_id: Its id, to link to a poll.
    """
    if kind in POLLS:
        link = _ROOM.format(room_id, event_id)
        return Said(_poll(tree(content, POLLS[kind]), link), ContentKind.POLL)
    if kind == STICKER:
        return _said(content, literal(text(content, "body")), ContentKind.STICKER)
    return _spoken(content)


def _spoken(content: Tree) -> Said | None:
    match text(content, "msgtype"):
        case "m.text":
            return _said(content, _body(content))
        case "m.emote":
            return _said(content, _emote(_body(content)))
        case "m.location":
            return _said(content, _place(content), ContentKind.LOCATION)
        case msgtype if msgtype in _FILES:
            return _file(content, _FILES[msgtype])
        case _:
            return None


def _file(content: Tree, kind: ContentKind) -> Said:
    if kind is ContentKind.AUDIO and any(name in content for name in _VOICE):
        kind = ContentKind.VOICE
    return _said(content, _body(caption(content)), kind)


def _said(content: Tree, body: Document, kind: ContentKind = ContentKind.TEXT) -> Said:
    users = texts(content, "m.mentions", "user_ids")[:_MOST_MENTIONS]
    named = [f"{NAME}:{user}" for user in users if _USER.fullmatch(user)]
    everybody = dict.fromkeys([*named, *mentions_in(body)])
    mentions = tuple(map(Identity.parse, everybody))
    file = None if kind in {ContentKind.TEXT, ContentKind.LOCATION} else carried(content)
    return Said(body=body, kind=kind, file=file, mentions=mentions)


def _body(content: Tree) -> Document:
    formatted = text(content, "formatted_body")
    if formatted and text(content, "format") == "org.matrix.custom.html":
        read = from_html(formatted)
        if read is not None and read.blocks:
            return read
    body = text(content, "body")
    if tree(content, "m.relates_to", "m.in_reply_to"):
        body = without_reply_fallback(body)
    return literal(body.strip())


def _emote(body: Document) -> Document:
    """Return what somebody does, marked as clients without emotes do."""
    first, *rest = body.blocks or (Paragraph(spans=()),)
    if not isinstance(first, Paragraph):
        return Document(blocks=(Paragraph(spans=(Span(text="*"),)), *body.blocks))
    marked = Paragraph(spans=(Span(text="* "), *first.spans))
    return Document(blocks=(marked, *rest))


def _place(content: Tree) -> Document:
    """Describe a place; without readable coordinates its words are all there is.

    Source: https://spec.matrix.org/latest/client-server-api/#mlocation
    """
    words = text(content, "body")
    found = _GEO.fullmatch(text(content, "geo_uri"))
    if found is None:
        return literal(words)
    named = text(content, "org.matrix.msc3488.location", "description")
    # Clients that have no name for a place write the coordinates into a sentence of their own.
    return place(float(found[1]), float(found[2]), named or ("" if "geo:" in words else words))


def _poll(content: Tree, link: str) -> Document:
    answers = [_words(answer) for answer in trees(content, "answers")]
    return poll(_words(tree(content, "question")), answers, link)


def _words(value: Any) -> str:
    written = [text(one, "body") for one in trees(value, "m.text")]
    return next(
        filter(None, [*written, text(value, "org.matrix.msc1767.text"), text(value, "body")]), ""
    )
