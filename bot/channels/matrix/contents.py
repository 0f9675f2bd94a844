"""The content of what we send. Pure."""

import hashlib
import json

from bot.channels.matrix.json_tree import Tree, text
from bot.channels.matrix.pictures import size_of
from bot.text.characters import whole
from bot.text.document import Attachment, Document, FileKind
from bot.text.renderers import to_html, to_plain
from bot.text.spans import mentions_in, user_of

MARK = "de.stadtfunk.key"
"""By which a message is recognised as that of a delivery, also in an encrypted room."""
_IMAGE, _AUDIO = "m.image", "m.audio"
_VOICE: Tree = {"org.matrix.msc3245.voice": {}, "org.matrix.msc1767.audio": {}}
"""Tells clients to show a recording as a voice message.

Source: https://github.com/matrix-org/matrix-spec-proposals/pull/3245
"""
NOTICE, TEXT = "m.notice", "m.text"
EVERYONE = "@room "
MOST_BYTES = 45_000
"""Of a content. Encrypted it grows by a third, and a whole event has at most 65,536.

Source: https://spec.matrix.org/latest/client-server-api/#size-limits
"""
BRIEF = 200
"""Characters of an edit for clients that know no edits, if there is no room for more."""


def message(document: Document, *, msgtype: str, ring: bool = False) -> Tree:
    """Return the content of an ``m.room.message``.

    ``m.mentions`` names only whom the document mentions by their identity: other names in our
    texts must not ring. A text that is too long for both bodies goes without the formatted one,
    which says nothing that the plain one doesn't.

    Args:
        document: What to say.
        msgtype: ``m.notice`` or ``m.text``.
        ring: Whether it mentions the whole room. The words ``@room`` alone ring only in old
            clients, the mention alone is not seen by the reader, so it takes both.

    Source: https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
    and https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions
    """
    call = EVERYONE if ring else ""
    plain: Tree = {
        "msgtype": msgtype,
        "body": call + whole(to_plain(document, numbered=True)),
        "m.mentions": mentions(document) | ({"room": True} if ring else {}),
    }
    html = call + whole(to_html(document, numbered=True))
    both = {**plain, "format": "org.matrix.custom.html", "formatted_body": html}
    return both if _fits(both) else plain


def mark(key: str) -> str:
    """Return what stands for the key of a delivery; it tells nobody what that was."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def mentions(document: Document) -> Tree:
    """Return whom a document rings for."""
    users = [user for one in mentions_in(document) if (user := user_of(one, "matrix"))]
    return {"user_ids": users} if users else {}


def attached(
    attachment: Attachment, content: bytes, *, source: Tree, caption: Document | None = None
) -> Tree:
    """Return the content of an ``m.room.message`` that carries a file.

    Args:
        attachment: What the file is called, and what it is.
        content: Its bytes, for the size of a picture.
        source: Where it is: ``{"url": …}`` or ``{"file": …}``.
        caption: What is said of it.

    Source: https://spec.matrix.org/latest/client-server-api/#mimage
    """
    info: Tree = {"mimetype": attachment.mime, "size": len(content)}
    msgtype = _msgtype(attachment)
    picture = msgtype == _IMAGE
    size = size_of(content) if picture else None
    if size is not None:
        info |= {"w": size[0], "h": size[1]}
    voice = _VOICE if attachment.kind is FileKind.VOICE and msgtype == _AUDIO else {}
    named = {"msgtype": msgtype, **_captioned(whole(attachment.name), caption or Document())}
    return {**named, "info": info, **voice, **source}


def _msgtype(attachment: Attachment) -> str:
    """Return what sort of message carries a file; a media type that is another's is a file."""
    kind, main = attachment.kind, attachment.mime.partition("/")[0]
    if kind in {FileKind.VOICE, FileKind.AUDIO} and main == "audio":
        return _AUDIO
    if kind is FileKind.VIDEO and main == "video":
        return "m.video"
    return _IMAGE if main == "image" and kind is not FileKind.DOCUMENT else "m.file"


def _captioned(name: str, caption: Document) -> Tree:
    """Return how a file is called and what is said of it.

    Source: https://spec.matrix.org/latest/client-server-api/#media-captions
    """
    if not caption.blocks:
        return {"body": name, "filename": name, "m.mentions": {}}
    shown = message(caption.model_copy(update={"buttons": ()}), msgtype="")
    return {**{key: shown[key] for key in shown if key != "msgtype"}, "filename": name}


def carries_file(content: Tree) -> bool:
    """Tell whether a message of ours carries a file."""
    return "url" in content or "file" in content


def recaptioned(old: Tree, caption: Document, *, event_id: str) -> Tree:
    """Return the content that gives a file of ours another caption, and mentions nobody.

    Args:
        old: The content of the message that is edited.
        caption: What is said of the file now.
        event_id: That message.

    Source: https://spec.matrix.org/latest/client-server-api/#event-replacements
    """
    kept = {key: old[key] for key in old if key not in _REPLACED}
    name = text(old, "filename") or text(old, "body")
    return _replacing({**kept, **_captioned(name, caption)}, event_id)


_REPLACED = {"m.relates_to", "m.new_content", "m.mentions", "body", "format", "formatted_body"}


def _fits(content: Tree) -> bool:
    return len(json.dumps(content, ensure_ascii=False).encode()) <= MOST_BYTES


def relation(*, thread: str | None, reply_to: str | None) -> Tree:
    """Return the ``m.relates_to`` part of a message, empty if it has none.

    Clients without threads show an answer in one as a reply.

    Source: https://spec.matrix.org/latest/client-server-api/#fallback-for-unthreaded-clients
    """
    related: Tree = {}
    if thread:
        related = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": reply_to is None}
    if thread or reply_to:
        related["m.in_reply_to"] = {"event_id": reply_to or thread}
    return {"m.relates_to": related} if related else {}


def replacement(document: Document, *, event_id: str, msgtype: str) -> Tree:
    """Return the content that replaces *event_id*; it mentions nobody, whatever that one did.

    Source: https://spec.matrix.org/latest/client-server-api/#event-replacements
    """
    return _replacing(message(document, msgtype=msgtype), event_id)


def _replacing(new: Tree, event_id: str) -> Tree:
    related: Tree = {"m.relates_to": {"rel_type": "m.replace", "event_id": event_id}}
    bodies: Tree = {key: f"* {new[key]}" for key in ("body", "formatted_body") if key in new}
    edit: Tree = {**new, **bodies, "m.mentions": {}, "m.new_content": new, **related}
    if _fits(edit):
        return edit
    brief = {"msgtype": new["msgtype"], "body": f"* {new['body'][:BRIEF]}…", "m.mentions": {}}
    return {**brief, "m.new_content": new, **related}


def annotation(event_id: str, key: str) -> Tree:
    """Return the content of an ``m.reaction``.

    Source: https://spec.matrix.org/latest/client-server-api/#event-annotations-and-reactions
    """
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}
