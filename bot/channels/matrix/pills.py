"""The mentions within formatted text. Pure.

Read without regular expressions and without :mod:`html.parser`: what strangers write makes both
go over the same text again and again, and while they do, nobody else is answered. Here the text
is cut at its tags and each piece is looked at once.
"""

import html
from dataclasses import dataclass, field
from urllib.parse import unquote

MOST_CHARACTERS = 16_384
"""Mentions further down are not seen; the plain text beside it is read to its end."""

_MOST_TARGET, _MOST_WORDS = 1_000, 200
_LINK = 'href="https://matrix.to/#/'
_BEFORE_A_PILL = {"p", "span"}


@dataclass(frozen=True, slots=True)
class Pill:
    """A link to a user, as clients make it of a mention.

    Attributes:
        target: The user's id.
        words: What the pill shows.
        leads: Whether nothing stands before it.
    """

    target: str
    words: str
    leads: bool


@dataclass(slots=True)
class _Reader:
    found: list[Pill] = field(default_factory=list)
    target: str | None = None
    words: list[str] = field(default_factory=list)
    quoted: bool = False
    untouched: bool = True

    def tag(self, name: str, attributes: str) -> None:
        if name in {"mx-reply", "/mx-reply"}:
            self.quoted = name == "mx-reply"
        elif self.quoted:
            return
        elif name == "a":
            self.target, self.words = _target(attributes), []
        elif name == "/a":
            self._close()
        if name not in _BEFORE_A_PILL | {"a", "mx-reply", "/mx-reply"} and self.target is None:
            self.untouched = False

    def _close(self) -> None:
        if self.target is not None:
            words = html.unescape("".join(self.words)[:_MOST_WORDS]).strip()
            self.found.append(Pill(self.target, words, self.untouched))
        self.target, self.untouched = None, False

    def say(self, words: str) -> None:
        if self.quoted:
            return
        if self.target is not None:
            self.words.append(words)
        elif words.strip():
            self.untouched = False


def pills_in(formatted: str) -> list[Pill]:
    """Return the mentions in *formatted*, in their order; those in a quoted message don't count.

    Args:
        formatted: HTML as clients write it, or anything else.

    Source: https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions
    """
    reader = _Reader()
    before, *pieces = formatted[:MOST_CHARACTERS].split("<")
    reader.say(before)
    for piece in pieces:
        tag, _, words = piece.partition(">")
        name, attributes = (*tag.split(None, 1), "", "")[:2]
        reader.tag(name.lower(), attributes)
        reader.say(words)
    return reader.found


def _target(attributes: str) -> str | None:
    _, _, link = attributes.partition(_LINK)
    target = link.partition('"')[0].partition("?")[0][:_MOST_TARGET]
    return unquote(html.unescape(target)) or None
