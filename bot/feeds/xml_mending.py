"""XML of feeds, mended where programs break it and defused. Linear in time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from itertools import islice, zip_longest
from typing import Final
from xml.parsers import expat

_OPENS, _CLOSES = "<![CDATA[", "]]>"
_LONGEST_TEXT: Final = 20_000
"""Characters of one text that are handed on; an article is cut to a quarter of it later."""
_LONGEST_HEAD: Final = 50_000
"""Characters of what a feed says about itself."""
_DEEPEST: Final = 100
"""Elements inside each other; parsers take quadratic time for thousands."""
_REFERENCE = re.compile(
    r"&(?:#(?P<dec>\d{1,7});|#[xX](?P<hex>[0-9a-fA-F]{1,6});|(?P<name>[A-Za-z][A-Za-z0-9]{1,31});)?"
)
_XML_NAMES: Final = {"amp", "lt", "gt", "quot", "apos"}
_LEGAL: Final = ((9, 10), (13, 13), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
"""Characters of XML 1.0."""
_LONG_RUN = re.compile(r">[^<]{20000,}")
_ITEM = re.compile(r"<((?:[A-Za-z][\w.-]{0,40}:)?(?:item|entry))(?=[\s>])", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z_][\w:.-]{0,80})(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*?(/?)>")
_STRAY = re.compile(r"<(?!!\[CDATA\[|!--)")
_QUICK_TAG = re.compile(r"<(/?)[A-Za-z][^<>]*?(/?)>")
_PREFIX = re.compile(r"(?<=[<\s/])([A-Za-z_][\w.-]{0,40}):[\w.-]+(?=[\s>/=])")
_DECLARED = re.compile(r"xmlns:([A-Za-z_][\w.-]{0,40})\s*=")
_ROOT = re.compile(
    r"<(?:(?:[A-Za-z][\w.-]{0,20}:)?(?:rss|feed|RDF)|channel)(?=[\s>])", re.IGNORECASE
)
_UNREAD = re.compile(
    r"<((?:itunes:(?!summary|subtitle)|podcast:|googleplay:|spotify:|media:|wfw:|slash:|psc:)[\w-]+"
    r"|category|dc:creator)(?=[\s/>])(?:[^<>]*/>|[^<>]*>(?:[^<]|<!\[CDATA\[[^\]]{0,2000}\]\]>)*</\1\s*>)"
)
_MOST_TAGS: Final = 6000
"""Tags of one item; more are a trap, or a text of which only the beginning is read anyway."""
_XML: Final = '<?xml version="1.0" encoding="utf-8"?>'
_MOST_PREFIXES: Final = 50
"""Prefixes that are declared of those that nobody did; parsers ask all of them for every tag."""
_SPACES: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "atom": "http://www.w3.org/2005/Atom",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "ev": "http://purl.org/rss/1.0/modules/event/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
}


@dataclass(frozen=True, slots=True)
class Mended:
    """A feed's XML, taken apart.

    Attributes:
        head: Up to the first item.
        items: Each from its tag to the end of its element, or of the file.
        tail: What closes what the head has opened.
        notes: What was mended that somebody should know.
        frame: What the head opens and the tail closes, without the rest of the head.
    """

    head: str
    items: tuple[str, ...]
    tail: str
    notes: tuple[str, ...]
    frame: str = ""

    def alone(self, item: str) -> str:
        """Return a document with nothing but an item and what has to be around it."""
        return f"{self.frame}{item}{self.tail}"

    def with_items(self, items: tuple[str, ...] | list[str]) -> str:
        """Return a document with these items only."""
        return "".join((self.head, *items, self.tail))


def root(text: str) -> re.Match[str] | None:
    """Return where a feed begins, if there is one."""
    return _ROOT.search(text)


def first_item(text: str) -> re.Match[str] | None:
    """Return where the first item of a feed begins, if there is one."""
    return _ITEM.search(text)


def mend(text: str) -> Mended:
    """Take a feed apart: without declarations of entities, each reference one that XML knows.

    Texts are cut to what anybody reads. What is not closed stays so.
    """
    notes = []
    begin = root(text) or first_item(text)
    start = begin.start() if begin else 0
    prolog = text[:start]
    if "<!ENTITY" in prolog.upper():
        notes.append("it declares entities; they are not expanded")
    body = "".join(_pieces(text[start:]))
    masked = _masked(body)
    spans = list(_spans(masked))
    first = spans[0][0] if spans else len(body)
    head, masked_head = body[:first][:_LONGEST_HEAD], masked[:first][:_LONGEST_HEAD]
    if not spans and len(body) < _LONGEST_HEAD and well_formed(body):
        return Mended(_declared(body, _prefixed(body, masked)[1]), (), "", tuple(notes))
    tags = _opened(masked_head)
    opened = [(head[tag.start() : tag.end()], tag[2]) for tag in tags]
    if begin is None or _ITEM.match(text, start):
        opened = [("<rss version='2.0'>", "rss"), ("<channel>", "channel")]
        head = "".join(tag for tag, _ in opened)
        notes.append("the beginning of the feed is missing")
    tail = "".join(f"</{name}>" for _, name in reversed(opened))
    body, missing = _prefixed(body, masked)
    return Mended(
        _XML + _declared(head, missing),
        tuple(body[one:other] for one, other in spans),
        tail,
        tuple(notes),
        _XML + _declared("".join(tag for tag, _ in opened), missing),
    )


def slim(item: str) -> str:
    """Return an item without what nobody reads here: numbers of podcasts, pictures, categories."""
    return _UNREAD.sub("", item)


def weight(item: str) -> int:
    """Return how many tags an item has outside of its sections; parsers take time for each."""
    first, *sections = item.split(_OPENS)
    return first.count("<") + sum(one.partition(_CLOSES)[2].count("<") for one in sections)


def lightened(item: str) -> str:
    """Return an item up to where it has more tags than any text, of one that has."""
    if item.count("<") <= _MOST_TAGS or weight(item) <= _MOST_TAGS:
        return item
    place = next(islice(re.finditer("<", item), _MOST_TAGS, None)).start()
    return item[:place]


def well_formed(document: str) -> bool:
    """Tell whether a strict parser reads a document to its end."""
    if len(shallow(document)) < len(document):
        return False
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(document.encode(), True)  # noqa: FBT003 # expat's signature
    except (expat.ExpatError, UnicodeEncodeError):
        return False
    return True


def shallow(document: str) -> str:
    """Return a document up to where more elements are inside each other than any feed has."""
    depth = 0
    for tag in _QUICK_TAG.finditer(document):
        depth += -1 if tag[1] else 0 if tag[2] else 1
        if depth > _DEEPEST:
            return document[: tag.start()]
    return document


def balanced(item: str) -> str:
    """Return an item in which everything is closed that was opened, and nothing else.

    An end that fits nothing ends what was opened last, since it is mostly misspelt. Half a tag
    at the end is left out, any other ``<`` that begins no tag stays as a letter.
    """
    opened = item.rfind(_OPENS)
    if opened >= 0 and item.find(_CLOSES, opened) < 0:
        item += _CLOSES
    elif item.rfind("<") > item.rfind(">"):
        item = item[: item.rfind("<")]
    pieces: list[str] = []
    stack: list[str] = []
    place = 0
    for tag in _TAG.finditer(_masked(item)):
        pieces.append(_letters(item[place : tag.start()]))
        pieces.append(_fitting(tag, item[tag.start() : tag.end()], stack))
        place = tag.end()
    pieces.append(_letters(item[place:]))
    return "".join((*pieces, *(f"</{name}>" for name in reversed(stack))))


def _letters(text: str) -> str:
    """Escape each ``<`` between two tags, unless it begins a section or comment."""
    return _STRAY.sub("&lt;", text)


def _fitting(tag: re.Match[str], written: str, stack: list[str]) -> str:
    """Return a tag as it fits what is open, and note what it opens or closes."""
    if not tag[1]:
        if not tag[3]:
            stack.append(tag[2])
        return written
    if tag[2] not in stack:
        return f"</{stack.pop()}>" if len(stack) > 1 else ""
    ends = ""
    while stack:
        name = stack.pop()
        ends += f"</{name}>"
        if name == tag[2]:
            break
    return ends


def _pieces(text: str) -> Iterator[str]:
    """Yield the text with its references mended, and its CDATA sections shortened."""
    place = 0
    while (begin := text.find(_OPENS, place)) >= 0:
        end = text.find(_CLOSES, begin)
        if end < 0:
            break
        yield _referenced(text[place:begin])
        yield text[begin : min(end, begin + _LONGEST_TEXT)] + _CLOSES
        place = end + len(_CLOSES)
    yield _referenced(text[place:])


def _referenced(text: str) -> str:
    return _LONG_RUN.sub(_shortened, _REFERENCE.sub(_reference, text) if "&" in text else text)


def _shortened(run: re.Match[str]) -> str:
    head = run[0][:_LONGEST_TEXT]
    cut = head.rfind("&", len(head) - 12)
    return head[:cut] if cut >= 0 else head


def _reference(found: re.Match[str]) -> str:
    if name := found["name"]:
        known = html5.get(f"{name};")
        if name in _XML_NAMES:
            return found[0]
        return "".join(f"&#{ord(one)};" for one in known) if known else f"&amp;{name};"
    if found["dec"] or found["hex"]:
        number = int(found["dec"] or found["hex"], 10 if found["dec"] else 16)
        return found[0] if any(low <= number <= high for low, high in _LEGAL) else ""
    return "&amp;"


def _masked(body: str) -> str:
    """Return a text of the same length in which sections and comments hold no tags."""
    kept: list[str] = []
    for opening, closing in ((_OPENS, _CLOSES), ("<!--", "-->")):
        text = body if not kept else "".join(kept)
        kept, place = [], 0
        while (begin := text.find(opening, place)) >= 0:
            end = text.find(closing, begin + len(opening))
            if end < 0:
                break
            kept += [text[place:begin], " " * (end + len(closing) - begin)]
            place = end + len(closing)
        kept.append(text[place:])
    return "".join(kept)


def _spans(masked: str) -> Iterator[tuple[int, int]]:
    """Yield where each item begins and ends."""
    begins = list(_ITEM.finditer(masked))
    for one, after in zip_longest(begins, begins[1:]):
        limit = after.start() if after else len(masked)
        closing = f"</{one[1]}"
        end = masked.find(closing, one.start(), limit)
        if end < 0:
            end = masked.lower().find(closing.lower(), one.start(), limit) if after is None else -1
        ends = masked.find(">", end, limit) + 1 if end >= 0 else 0
        yield one.start(), ends or limit


def _opened(masked: str) -> list[re.Match[str]]:
    """Return the tags of the elements that are open at the end, outermost first."""
    stack: list[re.Match[str]] = []
    for tag in _TAG.finditer(masked):
        if tag[1]:
            if stack and stack[-1][2] == tag[2]:
                stack.pop()
        elif not tag[3]:
            stack.append(tag)
    return stack


def _prefixed(body: str, masked: str) -> tuple[str, list[str]]:
    """Return the prefixes that nobody declared; where they are very many, a text without them."""
    used = dict.fromkeys(_PREFIX.findall(masked))
    known = {"xml", "xmlns", *_DECLARED.findall(masked)}
    missing = [one for one in used if one not in known and one.casefold() != "http"]
    declared = {*known, *missing[:_MOST_PREFIXES]}
    if len(missing) <= _MOST_PREFIXES:
        return body, missing
    pieces, place = [], 0
    for found in _PREFIX.finditer(masked):
        if found[1] not in declared:
            pieces.append(body[place : found.end(1)] + "-")
            place = found.end(1) + 1
    return "".join((*pieces, body[place:])), missing[:_MOST_PREFIXES]


def _declared(head: str, missing: list[str]) -> str:
    """Return the head with prefixes declared that are used anywhere."""
    begin = re.match(r"<[A-Za-z_][\w:.-]*", head)
    if not missing or begin is None:
        return head
    spaces = "".join(f' xmlns:{one}="{_SPACES.get(one, "urn:unknown:" + one)}"' for one in missing)
    return head[: begin.end()] + spaces + head[begin.end() :]
