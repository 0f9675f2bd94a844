"""HTML as plain text, for what other people's programs wrote. Linear in time; nothing raises."""

import re
from html import unescape
from typing import Final

from bot.text.links import safe_link, written_out

_LONGEST: Final = 200_000
"""Characters that are looked at; nobody reads more."""
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})(?=[\s/>])([^<>]*)>")
_DECLARATION = re.compile(r"<[!?][^<>]*>")
_BLOCKS: Final = {
    *("p", "div", "br", "li", "ul", "ol", "tr", "table", "hr", "blockquote", "pre", "dl", "dt"),
    *("dd", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer"),
}
_SILENT: Final = ("script", "style", "template", "noscript", "head")
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|shy|[aou]uml|szlig|[nm]dash|#x?[0-9a-f]{1,6});", re.IGNORECASE
)
_ROUNDS: Final = 3
"""How often something may have been escaped."""
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\u00ad\ud800-\udfff]"
)


def plain(html: str) -> str:
    """Return the words of *html* without markup, a line for each block.

    Entities are resolved, also where a text was escaped twice; addresses of links follow their
    words in brackets. Control characters, scripts and comments are left out. A ``<`` that begins
    no tag stays, so plain text passes as it is.
    """
    text = html[:_LONGEST]
    if text.isprintable() and "<" not in text and "&" not in text:
        return " ".join(text.split())
    for _ in range(_ROUNDS):
        if not _TAG.search(text) and not _ENTITY.search(text) and "<!" not in text:
            break
        text = unescape(_without_tags(text))
    return _tidy(text)


def line(html: str) -> str:
    """Return the words of *html* as one line."""
    return " ".join(plain(html).split())


def _without_tags(html: str) -> str:
    text = _without(html, "<!--", "-->")
    for name in _SILENT:
        text = _without_element(text, name)
    pieces: list[str] = []
    link, since, place = "", 0, 0
    for tag in _TAG.finditer(text):
        pieces.append(text[place : tag.start()])
        place = tag.end()
        name, closes = tag[2].lower(), bool(tag[1])
        if name in _BLOCKS:
            pieces.append("\n- " if name == "li" and not closes else "\n")
        elif name == "a" and closes and link:
            words = "".join(pieces[since:])
            pieces[since:] = [written_out(words, link)]
            link = ""
        elif name == "a" and not closes:
            link, since = _address(tag[3]), len(pieces)
    pieces.append(text[place:])
    return _DECLARATION.sub("", "".join(pieces))


def _address(attributes: str) -> str:
    found = _HREF.search(attributes)
    address = unescape(found[1] or found[2] or found[3] or "").strip() if found else ""
    return address if safe_link(address) else ""


def _without_element(text: str, name: str) -> str:
    if f"<{name}" not in text.lower():
        return text
    found = re.compile(rf"<{name}(?=[\s>])", re.IGNORECASE)
    ends = re.compile(rf"</{name}[^<>]*>", re.IGNORECASE)
    kept, place = [], 0
    while begin := found.search(text, place):
        end = ends.search(text, begin.end())
        if end is None:
            break
        kept.append(text[place : begin.start()])
        place = end.end()
    return "".join((*kept, text[place:]))


def _without(text: str, opening: str, closing: str) -> str:
    kept, place = [], 0
    while (begin := text.find(opening, place)) >= 0:
        end = text.find(closing, begin + len(opening))
        if end < 0:
            break
        kept.append(text[place:begin])
        place = end + len(closing)
    return "".join((*kept, text[place:]))


def _tidy(text: str) -> str:
    """Set lines and spaces as people do: none at the ends, never two blank lines."""
    text = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [" ".join(one.split()) for one in text.split("\n")]
    lines = [one for one in lines if one != "-"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
