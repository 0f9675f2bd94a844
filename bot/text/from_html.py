"""What people write on Matrix as a document: the HTML subset of ``org.matrix.custom.html``.

Source: https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from justhtml import JustHTML

from bot.text.document import Block, CodeBlock, Document, Heading, Listing, Quote, Span
from bot.text.links import safe_link
from bot.text.matrix_html import PERSON
from bot.text.plain import indent, markers
from bot.text.spans import Spans, paragraphs, sound, trimmed

MOST_TAGS, MOST_CHARACTERS, DEEPEST = 400, 60_000, 100
"""Beyond them the plain text beside it is read instead.

What strangers write may make a parser that reads as browsers do go over the same text again and
again; with so few tags it can't for long.
"""

_FLAGS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "del", "strike"), "strike"),
    **dict.fromkeys(("code", "tt"), "code"),
}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PARTS = frozenset({"p", "div", "table", "tr", "details", "summary", "caption", "hr"})
_UNSEEN = frozenset({"mx-reply", "script", "style", "template", "head"})
_USER = re.compile(r"@[!-~]{1,200}:[!-~]{1,200}")
_WHITESPACE = re.compile(r"[ \t\n\r\f]+")


def from_html(html: str) -> Document | None:
    """Read formatted text; the quotation that a reply begins with is left out.

    Args:
        html: As clients write it, or anything else.

    Returns:
        ``None`` if it is longer or deeper than people write.
    """
    if len(html) > MOST_CHARACTERS or html.count("<") > MOST_TAGS:
        return None
    root = JustHTML(sound(html), fragment=True, sanitize=False).root
    reader = _Reader()
    try:
        reader.walk(_children(root), Span(text=""), 0)
    except _TooDeepError:
        return None
    reader.flush()
    return Document(blocks=tuple(reader.blocks))


class _TooDeepError(Exception):
    """Nobody nests like that."""


class _Reader:
    """Collects runs of text until a block ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._run: list[Span] = []

    def flush(self) -> None:
        """End a paragraph."""
        run, self._run = trimmed(_tidied(self._run)), []
        self.blocks += paragraphs(run)

    def walk(self, nodes: Iterable[Any], marks: Span, depth: int) -> None:
        """Read elements one after the other, with the marks of what they stand in."""
        if depth > DEEPEST:
            raise _TooDeepError
        for node in nodes:
            if node.name == "#text":
                text = _WHITESPACE.sub(" ", node.data or "")
                self._say(text, marks)
            elif node.name not in _UNSEEN and not node.name.startswith(("#", "!")):
                self._element(node, marks, depth + 1)

    def _say(self, text: str, marks: Span) -> None:
        self._run.append(marks.model_copy(update={"text": text}))

    def _element(self, node: Any, marks: Span, depth: int) -> None:
        name = node.name
        if name == "br":
            self._say("\n", marks)
        elif name == "img":
            self._say(_attribute(node, "alt") or _attribute(node, "title"), marks)
        elif name in _HEADINGS | {"blockquote", "ul", "ol", "pre"}:
            self.flush()
            self._block(node, marks, depth)
        elif name in _PARTS:
            self.flush()
            self.walk(_children(node), marks, depth)
            self.flush()
        else:
            self.walk(_children(node), _marked(node, marks), depth)
            if name in {"td", "th"}:
                self._say(" ", marks)

    def _block(self, node: Any, marks: Span, depth: int) -> None:
        if node.name == "pre":
            code = _words(node, depth).removesuffix("\n")
            self.blocks += [CodeBlock(text=code)] if code.strip() else []
        elif node.name in {"ul", "ol"}:
            self._listing(node, marks, depth)
        elif inside := _flat(node, marks, depth):
            kind = Quote if node.name == "blockquote" else Heading
            self.blocks.append(kind(spans=inside))

    def _listing(self, node: Any, marks: Span, depth: int) -> None:
        lines = [one for one in _children(node) if one.name == "li"]
        items = tuple(_flat(one, marks, depth) for one in lines)
        start = _attribute(node, "start")
        first = int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 1  # noqa: PLR2004 # digits of a number that every database keeps
        if any(items):
            self.blocks.append(Listing(items=items, start=first if node.name == "ol" else None))


def _flat(node: Any, marks: Span, depth: int) -> Spans:
    """Return what an element holds as one run; blocks in it become lines."""
    reader = _Reader()
    reader.walk(_children(node), marks, depth + 1)
    reader.flush()
    spans: list[Span] = []
    for block in reader.blocks:
        spans += [Span(text="\n")] if spans else []
        spans += _lines(block)
    return trimmed(spans)


def _lines(block: Block) -> list[Span]:
    match block:
        case CodeBlock():
            return [Span(text=block.text, code=True)]
        case Listing():
            spans: list[Span] = []
            for marker, item in zip(markers(block, "- "), block.items, strict=True):
                spans.append(Span(text=("\n" if spans else "") + marker))
                spans += [_indented(span, marker) for span in item]
            return spans
        case _:
            return list(block.spans)


def _indented(span: Span, marker: str) -> Span:
    return span.model_copy(update={"text": indent(span.text, marker)})


def _marked(node: Any, marks: Span) -> Span:
    if node.name in _FLAGS:
        return marks.model_copy(update={_FLAGS[node.name]: True})
    if node.name == "span" and "data-mx-spoiler" in (node.attrs or {}):
        return marks.model_copy(update={"spoiler": True})
    if node.name == "a":
        return _linked(_attribute(node, "href"), marks)
    return marks


def _linked(href: str, marks: Span) -> Span:
    target = unquote(href.removeprefix(PERSON).partition("?")[0])
    if href.startswith(PERSON) and _USER.fullmatch(target):
        return marks.model_copy(update={"mention": f"matrix:{target}"})
    return marks.model_copy(update={"link": safe_link(href)})


def _tidied(run: list[Span]) -> list[Span]:
    """Return *run* with the spaces that browsers show: one between words, none around lines."""
    tidy: list[Span] = []
    last = "\n"
    for span in run:
        text = span.text
        if last[-1] in " \n":
            text = text.lstrip(" ")
        if text.startswith("\n") and last == " ":
            tidy[-1] = tidy[-1].model_copy(update={"text": tidy[-1].text[:-1]})
        if text:
            last = text[-1]
            tidy.append(span.model_copy(update={"text": text}))
    return [
        _unindented(span, tidy[place - 1] if place else None) for place, span in enumerate(tidy)
    ]


def _unindented(span: Span, before: Span | None) -> Span:
    """Return *span* with plain spaces at the start of its line, where HTML needs other ones."""
    if before is None or not before.text.endswith("\n"):
        return span
    bare = span.text.lstrip("\xa0")
    return span.model_copy(update={"text": " " * (len(span.text) - len(bare)) + bare})


def _words(node: Any, depth: int) -> str:
    if depth > DEEPEST:
        raise _TooDeepError
    if node.name == "#text":
        return str(node.data or "")
    if node.name == "br":
        return "\n"
    return "".join(_words(child, depth + 1) for child in _children(node))


def _children(node: Any) -> list[Any]:
    return list(getattr(node, "children", None) or [])


def _attribute(node: Any, name: str) -> str:
    return str((node.attrs or {}).get(name) or "")
