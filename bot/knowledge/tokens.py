"""From chat text to n-grams, and what the shape of a message tells.

Everything here is bounded: a message is cut before anything else looks at it, so that hostile
input costs no more than an ordinary long message.
"""

import re
import unicodedata
from typing import Final, Literal

LONGEST_MESSAGE: Final = 300
"""Characters of a message that are looked at; a question is shorter."""

LONGEST_ENTRY: Final = 6_000
"""Characters of an entry (phrasings, answer and tags) that are indexed."""

SIZES: Final = (2, 3, 4)
"""Lengths of the character n-grams."""

_DIGRAPHS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("ß", "ss"))
_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
"""Those of the Latin script, which are the usual ones and quickly taken off."""

WORD: Final = re.compile(r"\w+")
"""Letters, digits and underscores without a gap."""

_QUESTION_WORD: Final = re.compile(
    r"\b(?:wer|wie|wieviele?|was|wo|wann|warum|wieso|weshalb|weswegen|welche[rsmn]?|wofür|wofuer"
    r"|worum|worüber|woran|worauf|woher|wohin|womit|wodurch|wozu|wovon|wem|wen|wessen"
    r"|who|what|when|where|why|how|which|whose|whom)\b",
    re.IGNORECASE,
)
_ENGLISH_WAS: Final = re.compile(
    r"\b(?:the|that|this|it|he|she|i|there)\b[^?]*?\bwas\b", re.IGNORECASE
)
"""Where "was" is no German question word."""

_VERB_FIRST: Final = re.compile(
    r"\W*(?:(?:und|aber|also|oder|and|so|but|hallo|hi|hey|hello)\b\W*)?"
    r"(?:ist|sind|gibt'?s?|kann|könn\w+|koenn\w+|darf|dürf\w+|duerf\w+|muss|müss\w+|muess\w+|soll"
    r"|sollen|sollte\w*|hat|haben|habt|wird|werden|zähl\w+|gilt|gelten|braucht?|brauchen|bekomm\w+"
    r"|läuft|fällt|fallen|is|are|can|could|do|does|did|may|must|should|will|would|has|have)\b",
    re.IGNORECASE,
)
_REQUEST: Final = re.compile(
    r"\b(?:ich (?:brauche|bräuchte|suche|möchte|moechte|will|würde|hätte gern)|wüsste gern"
    r"|wir (?:brauchen|suchen|möchten|wollen)|bitte|info\w*|zeig\w*|sag\w*|nenne?n?|erklär\w*"
    r"|hilf|hilfe|tell me|show me|explain|please|i (?:need|want|would like|am looking))\b",
    re.IGNORECASE,
)
_TELLING: Final = re.compile(
    r"\b(?:war|waren|hatten?|fand|fanden|wurden?|ging|kam|gab|bin|habe|haben|hab|sind|ist|wird"
    r"|werden|echt|toll\w*|super|danke|leider|gestern|doch|wir|ich|er|sie|du|euch|uns|unsere?"
    r"|was|were|had|went|i|we|he|she|they|really|great|thanks)\b",
    re.IGNORECASE,
)
_ODD: Final = re.compile(r"[@#!…]|https?:|[\U0001F300-\U0001FAFF]")
_GERMAN: Final = re.compile(
    r"\b(?:der|die|das|ein|eine|einen|einem|ist|sind|wie|was|wann|wo|wer|wir|ich|du|es|und|oder|für"
    r"|von|zu|im|in|auf|mit|kann|muss|müssen|nicht|welche|den|dem|zum|bei|habt|gibt|man|mich|uns"
    r"|unser)\b",
    re.IGNORECASE,
)
_ENGLISH: Final = re.compile(
    r"\b(?:the|that|a|is|are|do|does|did|can|could|how|what|when|where|who|why|which|we|you|i|our"
    r"|your|my|it|to|of|for|in|on|at|and|or|need|must|have|has|be|get|with|about|from|this|not)\b",
    re.IGNORECASE,
)
"""Words that nearly every sentence has one of; those that both languages have tell nothing."""

SHORTEST_STATEMENT: Final = 4
"""Words; what is shorter may be keywords."""


def clean(text: str, *, limit: int = LONGEST_MESSAGE) -> str:
    """The first *limit* characters of *text* in NFKC, without lone surrogates.

    NFKC can make eighteen characters of one, so the result is cut a second time.
    """
    cut = text[:limit].encode("utf-8", "ignore").decode("utf-8")
    return unicodedata.normalize("NFKC", cut)[:limit]


def fold(text: str, *, limit: int = LONGEST_MESSAGE) -> str:
    """The words of *text* without case, accents and punctuation, joined by single spaces.

    ``ä``, ``ae`` and ``a`` become the same letter, since members type all three; so do ``ß``
    and ``ss``. ``fold("Verlängerung?") == fold("VERLAENGERUNG")``.
    """
    plain = clean(text, limit=limit).casefold()
    if not plain.isascii():
        plain = _ACCENTS.sub("", unicodedata.normalize("NFD", plain))
    if not plain.isascii():
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    for pair, letter in _DIGRAPHS:
        plain = plain.replace(pair, letter)
    return " ".join(WORD.findall(plain))[:limit]


def word_grams(word: str) -> set[str]:
    """The character n-grams of one folded *word*, word ends included."""
    padded = f" {word} "
    return {padded[at : at + size] for size in SIZES for at in range(len(padded) - size + 1)}


def is_question(text: str) -> bool:
    """Whether *text* clearly asks: a question mark, a question word or a verb in front."""
    text = _ENGLISH_WAS.sub(" ", text[:LONGEST_MESSAGE])
    return "?" in text or bool(_QUESTION_WORD.search(text) or _VERB_FIRST.match(text))


def is_statement(text: str) -> bool:
    """Whether *text* tells something ("Die Konferenz war echt toll") instead of asking.

    Keywords and requests ("ich brauche das Formular") are neither question nor statement.
    """
    text = text[:LONGEST_MESSAGE]
    if is_question(text) or _REQUEST.search(text):
        return False
    return len(text.split()) >= SHORTEST_STATEMENT and bool(_TELLING.search(text))


def language(text: str) -> Literal["de", "en"] | None:
    """The language of *text* by its small words; ``None`` when they don't tell."""
    text = text[:LONGEST_MESSAGE]
    english, german = len(_ENGLISH.findall(text)), len(_GERMAN.findall(text))
    return None if english == german else "en" if english > german else "de"


def is_odd(text: str) -> bool:
    """Whether *text* has what questions to a knowledge base lack: mentions, links, pictures."""
    return bool(_ODD.search(text[:LONGEST_MESSAGE]))
