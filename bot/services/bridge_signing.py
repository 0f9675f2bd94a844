"""Who wrote where, as a copy says it: a name is data and can imitate nobody. Pure."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from bot.messages import Identity, Sender, network
from bot.text.document import Document, Paragraph, Span
from bot.text.lookalikes import look
from bot.text.plain import to_plain

NETWORKS = {"matrix": "Matrix", "telegram": "Telegram", "console": "Konsole"}
"""What the networks call themselves."""

_LONGEST = 40
"""Characters of a name that are shown."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control characters, marks that turn the direction of writing, halves of characters."""
_BLANK = frozenset(
    "\N{COMBINING GRAPHEME JOINER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
    "\N{HANGUL FILLER}\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}"
    "\N{KHMER VOWEL INHERENT AQ}\N{KHMER VOWEL INHERENT AA}"
)
"""Counted as letters, marks or signs, and shown as nothing."""
_HARMLESS = str.maketrans(
    {
        "(": "[",
        ")": "]",
        ":": " ",
        "\N{FULLWIDTH LEFT PARENTHESIS}": "[",
        "\N{FULLWIDTH RIGHT PARENTHESIS}": "]",
        "\N{FULLWIDTH COLON}": " ",
    }
)
"""What the sign itself is made of stands in no name."""
_MOST_MARKS = 2
"""Combining characters in a row: more of them would climb over other lines."""
_SIGN = re.compile(r"\(([^()]{1,60})\): ?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody as a copy names them.

    Attributes:
        name: What is shown.
        account: The account, shown behind the name where another's looks the same.
        channel: The network on which they wrote.
    """

    name: str
    account: str
    channel: str

    @property
    def look(self) -> str:
        """What the name looks like, as it is compared with others."""
        return look(self.name)

    @classmethod
    def of(cls, sender: Sender) -> "Author":
        """Return the author that a sender is."""
        identity = sender.identity
        name = visible(sender.name) or visible(identity.user) or "?"
        return cls(name, visible(identity.user), identity.channel)


def visible(name: str) -> str:
    """Return a name without what can't be seen, what turns writing around, and our own signs."""
    shown: list[str] = []
    marks = 0
    for sign in unicodedata.normalize("NFC", name):
        category = unicodedata.category(sign)
        marks = marks + 1 if category.startswith("M") else 0
        if category not in _INVISIBLE and sign not in _BLANK and marks <= _MOST_MARKS:
            shown.append(sign)
    words = " ".join("".join(shown).translate(_HARMLESS).split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def sign(author: Author, *, apart: bool) -> tuple[Span, ...]:
    """Return how a copy begins: who wrote, and on which network.

    Args:
        author: Who.
        apart: Whether the name looks like that of somebody else, so that the account is shown.
    """
    where = NETWORKS.get(network(author.channel), network(author.channel))
    behind = f"{where}, {author.account}" if apart else where
    return (Span(text=author.name, bold=True), Span(text=f" ({behind}): "))


def signed(body: Document, signature: tuple[Span, ...]) -> Document:
    """Return *body* with the sign before its first words, in a paragraph of its own if need be."""
    first, *rest = body.blocks or (Paragraph(spans=()),)
    if isinstance(first, Paragraph):
        blocks = (Paragraph(spans=signature + first.spans), *rest)
    else:
        blocks = (Paragraph(spans=signature), first, *rest)
    return body.model_copy(update={"blocks": blocks})


def digest(body: Document) -> str:
    """Return by what the same words are recognised, whoever repeats them.

    What another bridge puts before them is left out, as far as it ends in a sign like ours.
    """
    text = to_plain(body).strip()
    while (found := _SIGN.search(text)) is not None:
        text = found[2].strip()
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def is_signed(body: Document) -> bool:
    """Tell whether words carry a sign such as ours: they may be what we said ourselves."""
    found = _SIGN.search(to_plain(body))
    return found is not None and found[1].partition(",")[0] in NETWORKS.values()


def account(identity: Identity) -> str:
    """Return an account as the map keeps it."""
    return str(identity)
