"""``parse_mode=MarkdownV2``, as strict as the real one.

Source: https://core.telegram.org/bots/api#markdownv2-style
"""

from __future__ import annotations

from typing import Final, NoReturn

from tests.servers.telegram.chats import Entity
from tests.servers.telegram.entities import utf16_length
from tests.servers.telegram.errors import bad_request

RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!")
LAST_ESCAPABLE: Final = "~"

_MARKS: Final = (
    ("```", "pre"),
    ("`", "code"),
    ("__", "underline"),
    ("||", "spoiler"),
    ("![", "custom_emoji"),
    ("*", "bold"),
    ("_", "italic"),
    ("~", "strikethrough"),
    ("[", "text_link"),
)
_ENDS: Final = {kind: mark for mark, kind in _MARKS} | {"text_link": "]", "custom_emoji": "]"}
_NAMES: Final = {
    "pre": "Pre",
    "code": "Code",
    "underline": "Underline",
    "spoiler": "Spoiler",
    "custom_emoji": "CustomEmoji",
    "bold": "Bold",
    "italic": "Italic",
    "strikethrough": "Strikethrough",
    "text_link": "TextUrl",
}


class _Mark:
    def __init__(self, kind: str, at: int, offset: int, language: str = "") -> None:
        self.kind, self.at, self.offset, self.language = kind, at, offset, language


class MarkdownParser:
    """One pass over the markup; collects the bare text and its entities."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._at = 0
        self._text: list[str] = []
        self._length = 0
        self._open: list[_Mark] = []
        self._entities: list[Entity] = []
        self._quote: int | None = None

    def parse(self) -> tuple[str, list[Entity]]:
        """Return the text and its entities.

        Raises:
            ApiError: The markup is broken.
        """
        while self._at < len(self._markup):
            self._step()
        if self._open:
            mark = self._open[-1]
            name = _NAMES[mark.kind]
            self._refuse(f"Can't find end of {name} entity at byte offset {self._bytes(mark.at)}")
        self._end_quote()
        self._entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self._text), self._entities

    def _step(self) -> None:
        character = self._markup[self._at]
        following = self._markup[self._at + 1 : self._at + 2]
        if character == "\\" and "\0" < following <= LAST_ESCAPABLE:
            self._add(following)
            self._at += 2
        elif self._open and self._markup.startswith(self._end_mark(), self._at):
            self._close()
        elif self._open and self._open[-1].kind in {"code", "pre"}:
            if character == "`" and self._open[-1].kind == "code":
                self._reserved(character)
            self._take(character)
        elif character == "\n":
            self._line_break()
        elif character == ">" and self._line_starts():
            self._quote = self._length if self._quote is None else self._quote
            self._at += 1
        elif character in RESERVED:
            self._begin(character)
        else:
            self._take(character)

    def _end_mark(self) -> str:
        kind = self._open[-1].kind
        if kind == "italic" and self._markup.startswith("__", self._at):
            return "\0"
        return _ENDS[kind]

    def _take(self, character: str) -> None:
        self._add(character)
        self._at += 1

    def _add(self, text: str) -> None:
        self._text.append(text)
        self._length += utf16_length(text)

    def _line_starts(self) -> bool:
        return self._at == 0 or self._markup[self._at - 1] == "\n"

    def _line_break(self) -> None:
        if self._quote is not None and not self._markup.startswith("\n>", self._at):
            self._end_quote()
        self._take("\n")

    def _end_quote(self) -> None:
        if self._quote is not None and self._length > self._quote:
            span = {"offset": self._quote, "length": self._length - self._quote}
            self._entities.append({"type": "blockquote", **span})
        self._quote = None

    def _begin(self, character: str) -> None:
        for mark, kind in _MARKS:
            if self._markup.startswith(mark, self._at):
                opened = _Mark(kind, self._at, self._length)
                self._at += len(mark)
                if kind == "pre":
                    opened.language = self._language()
                self._open.append(opened)
                return
        self._reserved(character)

    def _language(self) -> str:
        line, found, _ = self._markup[self._at :].partition("\n")
        if not found or "`" in line or " " in line:
            return ""
        self._at += len(line) + 1
        return line

    def _close(self) -> None:
        mark = self._open.pop()
        self._at += len(_ENDS[mark.kind])
        entity: Entity = {
            "type": mark.kind,
            "offset": mark.offset,
            "length": self._length - mark.offset,
        }
        if mark.kind in {"text_link", "custom_emoji"}:
            target = self._target()
            if mark.kind == "text_link" and "." not in target and "://" not in target:
                return
            if mark.kind == "text_link":
                entity["url"] = target
            else:
                entity["custom_emoji_id"] = target.rpartition("id=")[2]
        elif mark.language:
            entity["language"] = mark.language
        if entity["length"]:
            self._entities.append(entity)

    def _target(self) -> str:
        if not self._markup.startswith("(", self._at):
            return ""
        place, target = self._at, ""
        self._at += 1
        while self._at < len(self._markup) and self._markup[self._at] != ")":
            if self._markup[self._at] == "\\" and self._at + 1 < len(self._markup):
                self._at += 1
            target += self._markup[self._at]
            self._at += 1
        if self._at >= len(self._markup):
            self._refuse(f"Can't find end of a URL at byte offset {self._bytes(place)}")
        self._at += 1
        return target

    def _bytes(self, at: int) -> int:
        return len(self._markup[:at].encode())

    def _reserved(self, character: str) -> NoReturn:
        self._refuse(
            f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
        )

    def _refuse(self, problem: str) -> NoReturn:
        raise bad_request(f"can't parse entities: {problem}")
