"""What holds for an item, from the words of its title and text."""

import re
from typing import Final

from bot.feeds.item import Status

_LONGEST: Final = 600
"""Characters at the beginning of a text: what was called off says so first."""
_SUBJECT = (
    r"(?:veranstaltung|termin|treffen|sitzung|workshop|kurs|konferenz|kongress|tagung|seminar|webinar|"
    r"schulung|sprechstunde|vortrag|stammtisch|führung|konzert|event|meeting|conference|session|training)\w*"
)
_OFF = (
    r"(?:abgesagt|entfällt|entfallen|fällt\s+(?:\w{1,20}\s+)?aus|ausgefallen|storniert|"
    r"findet\s+(?:leider\s+)?nicht\s+statt|cancell?ed|called\s+off)"
)
_LATER = r"(?:verschoben|verlegt|postponed|rescheduled|neuer\s+termin)"
_LONGER = r"(?:verlängert|fristverlängerung|extended|extension)"
_NOT = re.compile(r"\b(?:nicht|not|nie|never|un)\s*$", re.IGNORECASE)
_TITLE_MARK = (
    r"(?:^[\W_]*{0}\b|[(\[|:–—!*-]\s*(?:leider\s+|wird\s+|wurde\s+)?{0}\b|\b{0}[\s)\]!.*]*$)"
)


def _compiled(*forms: str) -> re.Pattern[str]:
    return re.compile("|".join(forms), re.IGNORECASE)


# In small letters: without IGNORECASE the pattern is many times faster.
_ANY = re.compile(
    r"abgesagt|absage|entf[aä]ll|fällt|ausgefallen|nicht\s+statt|storniert|cancel|called\s+off|"
    r"verschoben|verlegt|postponed|rescheduled|neuer\s+termin|verlänger|exten"
)
"""What has to be there for anything to be said: most items say nothing."""
_CANCELLED = _compiled(_TITLE_MARK.format(rf"(?:{_OFF}|absage)"))
_POSTPONED = _compiled(
    _TITLE_MARK.format(_LATER),
    r"\b(?:verschoben|verlegt)\s+(?:auf|vom|in)\b",
    r"\bpostponed\s+(?:to|until)\b",
    r"\brescheduled\s+(?:to|for)\b",
)
_EXTENDED = _compiled(
    _TITLE_MARK.format(_LONGER),
    r"\bverlängert\s+(?:bis|auf|um|worden)\b",
    r"\bextended\s+(?:to|until|till|by)\b",
    r"\b(?:frist|schluss|deadline)\w*\s+(?:\w+\s+){0,3}(?:verlängert|extended)\b",
    r"\bfristverlängerung\b",
)
_ANYWHERE = _compiled(rf"\b{_OFF}\b")
_TEXT_CANCELLED = _compiled(
    rf"^[\W_]*(?:{_OFF}|absage)\b",
    rf"\b{_SUBJECT}\s+(?:[^.!?\n]{{0,60}}\s)?{_OFF}\b",
    r"\b(?:müssen|must|mussten|had\s+to)\s[^.!?\n]{{0,60}}\b(?:absagen|cancel)\b",
)
_TEXT_POSTPONED = _compiled(
    rf"^[\W_]*{_LATER}\b",
    rf"\b{_SUBJECT}\s+(?:[^.!?\n]{{0,60}}\s)?(?:verschoben|verlegt|postponed|rescheduled)\b",
    r"\bverschoben\s+auf\b",
    r"\bpostponed\s+(?:to|until)\b",
)
_TEXT_EXTENDED = _compiled(
    r"\bverlängert\s+bis\b",
    r"\b\w*(?:frist|schluss|deadline)\w*\s+(?:[^!?\n]{0,60}\s)?(?:verlängert|extended)\b",
    r"\bextended\s+(?:to|until|till)\b",
)


def find(title: str, text: str, *, takes_place: bool) -> Status | None:
    """Return what the words say; ``None`` if they say nothing about it.

    Args:
        title: Read first.
        text: Only its beginning is read, and more strictly.
        takes_place: Whether it is surely about something with a time; then a word such as
            "entfällt" counts anywhere in the title.
    """
    head = text[:_LONGEST]
    if not _ANY.search(title.lower()) and not _ANY.search(head.lower()):
        return None
    off = (_CANCELLED, _ANYWHERE) if takes_place else (_CANCELLED,)
    for status, forms, where in (
        (Status.POSTPONED, (_POSTPONED,), title),
        (Status.CANCELLED, off, title),
        (Status.EXTENDED, (_EXTENDED,), title),
        (Status.CANCELLED, (_TEXT_CANCELLED,), head),
        (Status.POSTPONED, (_TEXT_POSTPONED,), head),
        (Status.EXTENDED, (_TEXT_EXTENDED,), head),
    ):
        if any(_holds(form, where) for form in forms):
            return status
    return None


def _holds(form: re.Pattern[str], text: str) -> bool:
    """Tell whether *form* is there without "nicht" before its last word."""
    for found in form.finditer(text):
        last = found[0].rstrip(" )]!.*").split()[-1:]
        head = text[: found.start() + found[0].rfind(last[0])] if last else ""
        if not _NOT.search(head):
            return True
    return False
