"""The text or caption of a call: parsed, checked and measured."""

from __future__ import annotations

from typing import Final

from tests.servers.telegram.chats import Entity
from tests.servers.telegram.entities import check, complete, trim, utf16_length
from tests.servers.telegram.errors import bad_request
from tests.servers.telegram.html_markup import HtmlParser
from tests.servers.telegram.markdown_markup import MarkdownParser
from tests.servers.telegram.params import Params

MAX_TEXT: Final = 4096
MAX_CAPTION: Final = 1024


def _readable(text: str) -> str:
    """Refuse what is no text: JSON can smuggle in halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    return text


def _formatted(params: Params, text: str, entities: str) -> tuple[str, list[Entity]]:
    mode = (params.text("parse_mode") or "").lower()
    if mode == "html":
        return HtmlParser(text).parse()
    if mode == "markdownv2":
        return MarkdownParser(text).parse()
    if mode:
        raise bad_request("unsupported parse_mode")
    given = params.array(entities)
    return text, check(text, given) if given else []


def read_text(params: Params) -> tuple[str, list[Entity]]:
    """Return the text of a message and its entities.

    The length counts UTF-16 code units, the stricter reading of "characters".

    Raises:
        ApiError: There is no text, too much of it, or its markup is broken.
    """
    raw = params.text("text")
    if not raw:
        raise bad_request("message text is empty")
    text, entities = trim(*_formatted(params, _readable(raw), "entities"))
    if not text:
        raise bad_request("text must be non-empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return text, complete(text, entities)


def read_caption(params: Params) -> tuple[str, list[Entity]]:
    """Return the caption of a photo or document, which may be empty.

    Raises:
        ApiError: The caption is too long or its markup is broken.
    """
    raw = params.text("caption")
    if not raw:
        return "", []
    text, entities = trim(*_formatted(params, _readable(raw), "caption_entities"))
    if utf16_length(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return text, complete(text, entities)
