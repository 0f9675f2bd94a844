"""Follow-ups: a message that can only be understood with the question before it."""

import re
from typing import Final

from bot.knowledge.tokens import LONGEST_MESSAGE

MOST_WORDS: Final = 8
"""A longer message says by itself what it is about."""

_LINK: Final = re.compile(
    r"\W*(?:(?:ok|okay|aha|danke|gut|ach so|schade|super|ah|thanks|great)\b\W*)?"
    r"(?:und|aber|oder|sowie|and|but|or)\b\W*",
    re.IGNORECASE,
)
_POINTING: Final = re.compile(
    r"\b(?:das|die|der|den|dem|da|dann|davon|dafür|dafuer|dort|auch|denn|noch|nochmal|so|sowas|es"
    r"|danach|dazu|damit|dabei|it|that|this|there|they|then|also|too)\b",
    re.IGNORECASE,
)
SHORT: Final = 5
"""Words up to which a message may lean on the one before without saying so."""


def is_follow_up(text: str) -> bool:
    """Whether *text* leans on what was said before: "und für Phase B?", "was kostet das?"."""
    words = text[:LONGEST_MESSAGE].split()
    if not words or len(words) > MOST_WORDS:
        return False
    return leans(text) or len(words) <= SHORT


def leans(text: str) -> bool:
    """Whether words of *text* say that it goes on: "und", "davon", "auch"."""
    return bool(_LINK.match(text) or _POINTING.search(text[:LONGEST_MESSAGE]))


def joined(before: str, text: str) -> str:
    """The two as one question, without what only links them."""
    rest = _LINK.sub("", text[:LONGEST_MESSAGE], count=1)
    return f"{before.rstrip(' ?!.')} {rest}"[:LONGEST_MESSAGE]
