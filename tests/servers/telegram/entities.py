"""Text entities: finding them, checking those that a bot sends, and measuring in UTF-16.

Source: https://core.telegram.org/bots/api#messageentity
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from tests.servers.telegram.chats import Entity
from tests.servers.telegram.errors import bad_request

MAX_ENTITIES = 100
"""Telegram silently drops every entity of a message after this one."""

FOUND_BY_TELEGRAM = frozenset(
    {
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bank_card",
    }
)
REQUIRED_FIELDS: dict[str, str | None] = {
    "bold": None,
    "italic": None,
    "underline": None,
    "strikethrough": None,
    "spoiler": None,
    "blockquote": None,
    "expandable_blockquote": None,
    "code": None,
    "pre": None,
    "text_link": "url",
    "text_mention": "user",
    "custom_emoji": "custom_emoji_id",
    "date_time": "unix_time",
}
OPAQUE = frozenset({"code", "pre", "text_link", "text_mention"})
"""Inside these Telegram finds no entities of its own."""

_FOUND = re.compile(
    r"(?P<url>(?:https?://|(?<![\w@.]))(?:[a-z0-9-]+\.)+(?:de|org|com|net|eu|info|test)\b"
    r"(?::\d+)?(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]])?(?![@\w]))"
    r"|(?P<email>(?<![\w.+-])[\w.+-]+@(?:[A-Za-z0-9-]+\.)+[a-z]{2,})"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{2,31})"
    r"|(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{2,31})?(?![\w/]))"
    r"|(?P<hashtag>(?<!\w)\#\w*[^\W\d_]\w*)",
    re.IGNORECASE,
)

_WORD = re.compile(r"\S*[@#/.]\w\S*")
"""Cheap to search for; whatever Telegram finds lies within one of these words."""


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 code units, in which Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def detect(text: str) -> list[Entity]:
    """Return the entities that Telegram finds by itself."""
    found: list[Entity] = []
    at = offset = 0
    for word in _WORD.finditer(text):
        for match in _FOUND.finditer(text, word.start(), word.end()):
            offset += utf16_length(text[at : match.start()])
            at = match.start()
            length = utf16_length(match[0])
            found.append({"type": str(match.lastgroup), "offset": offset, "length": length})
    return found


def cut(text: str, entity: Entity) -> str:
    """Return what an entity covers."""
    start, length = int(entity["offset"]), int(entity["length"])
    units = text.encode("utf-16-le")[2 * start : 2 * (start + length)]
    return units.decode("utf-16-le", errors="replace")


def check(text: str, given: Sequence[Any]) -> list[Entity]:
    """Check the ``entities`` that a bot sent with *text*.

    What Telegram finds by itself (mentions, addresses …) is dropped here, as there.

    Raises:
        ApiError: An entity is malformed or does not lie on the text's characters.
    """
    boundaries = _boundaries(text)
    return [
        entity
        for entity in (_checked(candidate, boundaries) for candidate in given)
        if entity is not None
    ]


def _boundaries(text: str) -> Sequence[int]:
    """Return the UTF-16 offsets at which a character begins, in order, and the end."""
    if text.isascii() or max(text, default="") <= "\uffff":
        return range(len(text) + 1)
    widths = (2 if character > "\uffff" else 1 for character in text)
    return list(accumulate(widths, initial=0))


def _checked(entity: Any, boundaries: Sequence[int]) -> Entity | None:
    if not isinstance(entity, dict):
        raise bad_request("can't parse MessageEntity: expected an Object")
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if not isinstance(offset, int) or not isinstance(length, int):
        raise bad_request('can\'t parse MessageEntity: Field "offset" must be of type Number')
    if kind in FOUND_BY_TELEGRAM:
        return None
    if kind not in REQUIRED_FIELDS:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    required = REQUIRED_FIELDS[kind]
    if required is not None and required not in entity:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{required}\"")
    _check_span(offset, length, boundaries)
    return dict(entity)


def _check_span(offset: int, length: int, boundaries: Sequence[int]) -> None:
    if offset < 0:
        raise bad_request(f"receive an entity with incorrect offset {offset}")
    if length < 1:
        raise bad_request(f"receive an entity with incorrect length {length}")
    end = boundaries[-1]
    if offset + length > end:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
            f"at UTF-16 offset {end}"
        )
    if offset not in boundaries:
        raise bad_request("entity begins in a middle of a UTF-16 symbol")
    if offset + length not in boundaries:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol"
        )


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Strip the whitespace around *text* as Telegram does, and move the entities along."""
    kept = text.rstrip()
    left = utf16_length(kept) - utf16_length(kept.lstrip())
    if len(kept) == len(text) and not left:
        return text, entities
    kept = kept.lstrip()
    end = utf16_length(kept)
    moved: list[Entity] = []
    for entity in entities:
        start = max(entity["offset"] - left, 0)
        stop = min(entity["offset"] + entity["length"] - left, end)
        if stop > start:
            moved.append({**entity, "offset": start, "length": stop - start})
    return kept, moved


def complete(text: str, given: list[Entity]) -> list[Entity]:
    """Add what Telegram finds in *text* to what the bot marked, in reading order."""
    found = detect(text)
    if not found:
        given.sort(key=_place)
        return given[:MAX_ENTITIES]
    closed = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in given
        if entity["type"] in OPAQUE
    ]
    kept = [
        entity
        for entity in found
        if not any(
            start < entity["offset"] + entity["length"] and entity["offset"] < stop
            for start, stop in closed
        )
    ]
    return sorted([*given, *kept], key=_place)[:MAX_ENTITIES]


def _place(entity: Entity) -> tuple[int, int]:
    return int(entity["offset"]), -int(entity["length"])
