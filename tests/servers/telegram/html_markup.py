"""``parse_mode=HTML``, as strict as the real one.

Source: https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final, NoReturn

from tests.servers.telegram.chats import Entity
from tests.servers.telegram.entities import utf16_length
from tests.servers.telegram.errors import bad_request

PLAIN: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
}
SPECIAL: Final = frozenset({"a", "span", "blockquote", "tg-emoji"})

_CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(
    r"\s*(?P<name>[^\s=>]+)(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'"
    r"|(?P<bare>[A-Za-z0-9.\-_]+)))?"
)
_LANGUAGE = "language-"


class _Tag:
    def __init__(self, name: str, at: int, offset: int, attributes: dict[str, str]) -> None:
        self.name, self.at, self.offset, self.attributes = name, at, offset, attributes


class HtmlParser:
    """One pass over the markup; collects the bare text and its entities."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._text: list[str] = []
        self._length = 0
        self._open: list[_Tag] = []
        self._entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        """Return the text and its entities.

        Raises:
            ApiError: The markup is broken.
        """
        at = 0
        while at < len(self._markup):
            opening = self._markup.find("<", at)
            if opening < 0:
                opening = len(self._markup)
            self._add(_CHARACTER.sub(_character, self._markup[at:opening]))
            if opening == len(self._markup):
                break
            ends = self._markup.startswith("</", opening)
            at = self._end(opening) if ends else self._start(opening)
        if self._open:
            self._refuse(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        self._entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self._text), self._entities

    def _add(self, text: str) -> None:
        self._text.append(text)
        self._length += utf16_length(text)

    def _bytes(self, at: int) -> int:
        return len(self._markup[:at].encode())

    def _refuse(self, problem: str) -> NoReturn:
        raise bad_request(f"can't parse entities: {problem}")

    def _start(self, opening: int) -> int:
        place = self._bytes(opening)
        match = _NAME.match(self._markup, opening + 1)
        name = match[0].lower() if match else ""
        if ">" not in self._markup[opening:]:
            self._refuse(f"Unclosed start tag at byte offset {place}")
        if name not in PLAIN and name not in SPECIAL:
            self._refuse(f'Unsupported start tag "{name}" at byte offset {place}')
        at, attributes = self._attributes(opening + 1 + len(name), name, place)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            self._refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {place}')
        self._open.append(_Tag(name, place, self._length, attributes))
        return at

    def _attributes(self, at: int, name: str, place: int) -> tuple[int, dict[str, str]]:
        found: dict[str, str] = {}
        while True:
            while at < len(self._markup) and self._markup[at].isspace():
                at += 1
            if at >= len(self._markup):
                self._refuse(f"Unclosed start tag at byte offset {place}")
            if self._markup[at] == ">":
                return at + 1, found
            match = _ATTRIBUTE.match(self._markup, at)
            if match is None:
                self._refuse(f'Empty attribute name in the tag "{name}" at byte offset {place}')
            value = match["double"] or match["single"] or match["bare"] or ""
            if self._markup[match.end() : match.end() + 1] == "=":
                self._refuse(f"Unexpected end of name token at byte offset {place}")
            found[match["name"].lower()] = _CHARACTER.sub(_character, value)
            at = match.end()

    def _end(self, opening: int) -> int:
        place = self._bytes(opening)
        match = _NAME.match(self._markup, opening + 2)
        name = match[0].lower() if match else ""
        at = opening + 2 + len(name)
        if not self._open:
            self._refuse(f"Unexpected end tag at byte offset {place}")
        while at < len(self._markup) and self._markup[at].isspace():
            at += 1
        if at >= len(self._markup) or self._markup[at] != ">":
            self._refuse(f"Unclosed end tag at byte offset {place}")
        tag = self._open.pop()
        if name not in ("", tag.name):
            self._refuse(
                f'Unmatched end tag at byte offset {place}, expected "</{tag.name}>", '
                f'found "</{name}>"'
            )
        self._close(tag)
        return at + 1

    def _close(self, tag: _Tag) -> None:
        length = self._length - tag.offset
        if length == 0:
            return
        entity: Entity = {"type": "", "offset": tag.offset, "length": length}
        if tag.name == "a":
            url = tag.attributes.get("href") or "".join(self._text)[-length:]
            if "." not in url and "://" not in url:
                return
            entity.update(type="text_link", url=url)
        elif tag.name == "span":
            entity["type"] = "spoiler"
        elif tag.name == "blockquote":
            wide = "expandable" in tag.attributes
            entity["type"] = "expandable_blockquote" if wide else "blockquote"
        elif tag.name == "tg-emoji":
            entity.update(type="custom_emoji", custom_emoji_id=tag.attributes.get("emoji-id", ""))
        else:
            entity["type"] = PLAIN[tag.name]
        self._join_language(tag, entity)
        self._entities.append(entity)

    def _join_language(self, tag: _Tag, entity: Entity) -> None:
        """Make ``<pre><code class="language-x">`` one ``pre`` entity with a language."""
        language = tag.attributes.get("class", "")
        if tag.name == "code" and language.startswith(_LANGUAGE):
            entity["language"] = language.removeprefix(_LANGUAGE)
            return
        if tag.name != "pre" or not self._entities:
            return
        inner = self._entities[-1]
        same = (inner["offset"], inner["length"]) == (entity["offset"], entity["length"])
        if same and inner["type"] == "code":
            self._entities.pop()
            if "language" in inner:
                entity["language"] = inner["language"]


def _character(match: re.Match[str]) -> str:
    return unescape(match[0])
