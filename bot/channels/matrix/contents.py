"""The content of what we send. Pure."""

import hashlib
import json

from bot.channels.matrix.json_tree import Tree
from bot.channels.matrix.pictures import size_of
from bot.text.characters import whole
from bot.text.document import Attachment, Document
from bot.text.renderers import to_html, to_plain

MARK = "de.stadtfunk.key"
"""By which a message is recognised as that of a delivery, also in an encrypted room."""
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

    ``m.mentions`` names nobody on purpose: names in our texts must not ring. A text that is too
    long for both bodies goes without the formatted one, which says nothing that the plain one
    doesn't.

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
        "m.mentions": {"room": True} if ring else {},
    }
    html = call + whole(to_html(document, numbered=True))
    both = {**plain, "format": "org.matrix.custom.html", "formatted_body": html}
    return both if _fits(both) else plain


def mark(key: str) -> str:
    """Return what stands for the key of a delivery; it tells nobody what that was."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def attached(attachment: Attachment, content: bytes, *, source: Tree) -> Tree:
    """Return the content of an ``m.room.message`` that carries a file.

    Args:
        attachment: What the file is called, and what it is.
        content: Its bytes, for the size of a picture.
        source: Where it is: ``{"url": …}`` or ``{"file": …}``.

    Source: https://spec.matrix.org/latest/client-server-api/#mimage
    """
    info: Tree = {"mimetype": attachment.mime, "size": len(content)}
    picture = attachment.mime.startswith("image/")
    size = size_of(content) if picture else None
    if size is not None:
        info |= {"w": size[0], "h": size[1]}
    name = whole(attachment.name)
    msgtype = "m.image" if picture else "m.file"
    named = {"msgtype": msgtype, "body": name, "filename": name, "m.mentions": {}}
    return {**named, "info": info, **source}


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
    new = message(document, msgtype=msgtype)
    related: Tree = {"m.relates_to": {"rel_type": "m.replace", "event_id": event_id}}
    bodies: Tree = {key: f"* {new[key]}" for key in ("body", "formatted_body") if key in new}
    edit: Tree = {**new, **bodies, "m.new_content": new, **related}
    if _fits(edit):
        return edit
    brief = {"msgtype": msgtype, "body": f"* {new['body'][:BRIEF]}…", "m.mentions": {}}
    return {**brief, "m.new_content": new, **related}


def annotation(event_id: str, key: str) -> Tree:
    """Return the content of an ``m.reaction``.

    Source: https://spec.matrix.org/latest/client-server-api/#event-annotations-and-reactions
    """
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}
