"""The contents of events as a client such as Element writes them."""

from collections.abc import Sequence
from typing import Any

HTML = "org.matrix.custom.html"


def message_content(
    text: str,
    *,
    mention: Sequence[str] = (),
    reply_to: str | None = None,
    thread: str | None = None,
    notice: bool = False,
    html: str | None = None,
) -> dict[str, Any]:
    """Return the content of an ``m.room.message``."""
    content: dict[str, Any] = {"msgtype": "m.notice" if notice else "m.text", "body": text}
    if html is not None:
        content |= {"format": HTML, "formatted_body": html}
    # Current clients always send the field: an empty one says that nobody is meant.
    # https://spec.matrix.org/v1.15/client-server-api/#user-and-room-mentions
    content["m.mentions"] = {"user_ids": list(mention)} if mention else {}
    relation = _relation(reply_to=reply_to, thread=thread)
    if relation:
        content["m.relates_to"] = relation
    return content


def file_content(
    name: str,
    *,
    mime: str,
    size: int,
    source: dict[str, Any],
    caption: str | None = None,
    mention: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the content of an ``m.image`` or ``m.file``; *source* says where the bytes are.

    https://spec.matrix.org/v1.15/client-server-api/#media-captions
    """
    kinds = {"image": "m.image", "audio": "m.audio", "video": "m.video"}
    msgtype = kinds.get(mime.partition("/")[0], "m.file")
    words = {"body": name if caption is None else caption, "filename": name}
    mentions = {"m.mentions": {"user_ids": list(mention)} if mention else {}}
    info = {"info": {"mimetype": mime, "size": size}}
    return {"msgtype": msgtype, **words, **mentions, **info, **source}


def _relation(*, reply_to: str | None, thread: str | None) -> dict[str, Any]:
    answered = {"m.in_reply_to": {"event_id": reply_to or thread}}
    if thread is not None:
        # Clients without threads show a fallback: an answer to the latest message.
        # https://spec.matrix.org/v1.15/client-server-api/#threading
        falling_back = reply_to is None
        return {
            "rel_type": "m.thread",
            "event_id": thread,
            "is_falling_back": falling_back,
            **answered,
        }
    return answered if reply_to is not None else {}


def replacement_content(event_id: str, text: str, *, html: str | None = None) -> dict[str, Any]:
    """Return the content of an edit of *event_id*."""
    fallback = message_content(f"* {text}", html=None if html is None else f"* {html}")
    relation = {"rel_type": "m.replace", "event_id": event_id}
    return fallback | {"m.new_content": message_content(text, html=html), "m.relates_to": relation}


def room_creation(
    *,
    encrypted: bool,
    invite: Sequence[str],
    name: str | None,
    direct: bool,
    version: str | None,
) -> dict[str, Any]:
    """Return the body of a ``createRoom`` request for a private room."""
    encryption = {
        "type": "m.room.encryption",
        "state_key": "",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"},
    }
    body: dict[str, Any] = {
        "preset": "trusted_private_chat" if direct else "private_chat",
        "invite": list(invite),
        "is_direct": direct,
        "initial_state": [encryption] if encrypted else [],
    }
    optional = {"name": name, "room_version": version}
    return body | {key: value for key, value in optional.items() if value is not None}
