"""How binding a deadline is, and of which stage it is: only where words say so plainly."""

import enum
import re
from typing import Final

_LONGEST: Final = 6000
"""Characters of a text that are searched."""
_NEAR: Final = 80
# All of it is searched in small letters.
_CUT_OFF = re.compile(r"ausschlussfrist|materielle\w*\s+ausschluss|cut-off\s+date")
_NO_CUT_OFF = re.compile(r"(?:nicht\s+als|keine|nicht\s+um\s+eine)\s+(?:\w+\s+)?ausschlussfrist")
_KEY_DATE = re.compile(r"stichtag|key\s+date")
_DATE = re.compile(r"(?:vorlage|einreichungs|abgabe|antrags|bewerbungs|einreich)termin")
_ROLLING = re.compile(
    r"(?:fort)?laufend\s+(?:\w+\s+){0,3}(?:gestellt|eingereicht|beantragt|möglich|angenommen|entgegen)"
    r"|(?:antr[aä]g|bewerbung|skizze|einreichung|projektvorschl)\w*\s+(?:\w+\s+){0,4}"
    r"(?:(?:fort)?laufend|jederzeit)\b"
    r"|jederzeit\s+(?:\w+\s+){0,2}(?:gestellt|eingereicht|beantragt)"
    r"|bis\s+zur\s+(?:vollständigen\s+)?aus(?:schöpfung|lastung)\s+der\s+\w*mittel"
    r"|(?:bis|solange)\s+(?:die\s+)?\w*mittel\s+(?:aufgebraucht|ausgeschöpft|verfügbar)"
    r"|on\s+a\s+rolling\s+basis|(?:applications|proposals)\s+(?:\w+\s+){0,3}at\s+any\s+time"
)
_NOT = re.compile(r"\b(?:nicht|not|no)\s+(?:mehr\s+)?$")
_STAGES: Final = (
    ("outline", re.compile(r"skizzen?\b|interessenbekundung|outlines?\b|pre-?proposal|stage\s+1")),
    ("application", re.compile(r"(?:voll|förder|form)?antr[aä]ge?n?\b|full\s+proposal|stage\s+2")),
    ("registration", re.compile(r"registrierung|registration|anmeldung")),
)


class DeadlineKind(enum.StrEnum):
    """How binding a deadline is, by the names of :class:`bot.events.event.DeadlineKind`."""

    CUT_OFF = "cut-off"
    DATE = "date"
    KEY_DATE = "key-date"
    ROLLING = "rolling"


def kind_of(title: str, text: str, words: str = "") -> DeadlineKind | None:
    """Return the kind of deadline that a title and a text name; ``None`` if they name none.

    Args:
        title: Of the item.
        text: Plain text.
        words: How the due date is written: what is a "Stichtag" has to stand just before it.
    """
    whole = f"{title}\n{text[:_LONGEST]}".lower()
    if _CUT_OFF.search(whole) and not _NO_CUT_OFF.search(whole):
        return DeadlineKind.CUT_OFF
    place = whole.find(words.lower()) if words else -1
    near = whole[max(place - _NEAR, 0) : place] if place >= 0 else ""
    if _KEY_DATE.search(near):
        return DeadlineKind.KEY_DATE
    if _DATE.search(near):
        return DeadlineKind.DATE
    rolling = _ROLLING.search(whole)
    if not words and rolling and not _NOT.search(whole[: rolling.start()]):
        return DeadlineKind.ROLLING
    return None


def stage_of(before: str) -> str:
    """Return which stage the words before a date name last: ``outline``, ``application`` …."""
    low = before.lower()
    places = [(found.end(), name) for name, form in _STAGES for found in form.finditer(low)]
    return max(places)[1] if places else ""
