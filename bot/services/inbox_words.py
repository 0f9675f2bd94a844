"""How the inbox speaks: to editors about what is asked, to members about what was answered."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.services.entry_words import short
from bot.services.inbox import InboxState, View
from bot.text import catalogue
from bot.text.dates import format_datetime, format_short_date, format_time
from bot.text.document import Button, Document
from bot.text.split import split_text

_LONGEST = 600
_LONGEST_MISSING = 300
_LONGEST_OTHER = 200
_MOST_OTHERS = 3
"""Of each kind; with these everything fits into one message of any network, which is edited."""
_VERBS = (
    ("inbox-answer", "answer"),
    ("inbox-link", "link"),
    ("inbox-dismiss", "dismiss"),
    ("inbox-later", "later"),
)
"""The catalogue's names of the buttons, and what each does."""


def item(view: View, language: str, zone: ZoneInfo, *, now: datetime) -> Document:
    """Word the message that shows an item to editors."""
    match view.state:
        case InboxState.CLOSED:
            return catalogue.document(language, "inbox-gone", number=view.number)
        case InboxState.DISMISSED:
            return _decided("inbox-was-dismissed", view, language)
        case InboxState.ANSWERED:
            return _decided("inbox-was-answered", view, language)
        case InboxState.OPEN if view.hidden_until is not None:
            when = format_datetime(view.hidden_until, language, zone)
            return catalogue.document(language, "inbox-hidden", number=view.number, when=when)
        case _:
            return _open(view, language, zone, now=now)


def moved(view: View, language: str) -> Document:
    """Word what is left of an item's message above a newer one."""
    return catalogue.document(language, "inbox-moved", number=view.number)


def elsewhere(view: View, language: str) -> Document:
    """Word what is left of an item's message where no editor reads it any more."""
    return catalogue.document(language, "inbox-with-editors", number=view.number)


def _decided(name: str, view: View, language: str) -> Document:
    text = short(view.text, _LONGEST_OTHER)
    title = catalogue.document(language, "inbox-decided", number=view.number, text=text)
    who = view.who or "?"
    if name == "inbox-was-dismissed":
        return title + catalogue.document(language, "inbox-was-dismissed", who=who)
    said = title + catalogue.document(language, "inbox-was-answered", who=who, count=view.people)
    return said.with_buttons([revising(view.number, language)]) if view.written else said


def revising(number: int, language: str) -> Button:
    """Return the button that changes an answer."""
    return Button(label=catalogue.text(language, "inbox-revise"), value=f"inbox:revise:{number}")


def _open(view: View, language: str, zone: ZoneInfo, *, now: datetime) -> Document:
    document = catalogue.document(
        language,
        "inbox-item",
        number=view.number,
        count=view.people,
        when=moment(view.asked_at, language, zone, now=now),
        text=_quoted(view.text, _LONGEST),
    )
    for other in view.others[:_MOST_OTHERS]:
        text = _quoted(other, _LONGEST_OTHER)
        document += catalogue.document(language, "inbox-also", text=text)
    if more := len(view.others[_MOST_OTHERS:]):
        document += catalogue.document(language, "inbox-also-more", count=more)
    for title in view.given[:_MOST_OTHERS]:
        text = _quoted(title, _LONGEST_OTHER)
        document += catalogue.document(language, "inbox-given", text=text)
    for missing in view.missing[:_MOST_OTHERS]:
        text = _quoted(missing, _LONGEST_MISSING)
        document += catalogue.document(language, "inbox-missing", text=text)
    percent = round(100 * view.nearest.confidence) if view.nearest else 0
    if view.nearest and percent and view.nearest.title not in view.given:
        document += catalogue.document(
            language,
            "inbox-nearest",
            text=_quoted(view.nearest.title, _LONGEST_OTHER),
            percent=percent,
        )
    buttons = [
        Button(label=catalogue.text(language, name), value=f"inbox:{verb}:{view.number}")
        for name, verb in _VERBS
    ]
    return document.with_buttons(buttons[:2], buttons[2:])


def _quoted(text: str, longest: int) -> str:
    """Return the beginning of *text* in so many UTF-16 code units, as networks count."""
    beginnings = split_text(text[:longest], limit=longest)
    return short(text, len(beginnings[0])) if beginnings else ""


def moment(value: datetime, language: str, zone: ZoneInfo, *, now: datetime) -> str:
    """Return when something was: ``heute 09:12``, ``gestern 17:40``, ``12.10.2026, 09:12``."""
    local, today = value.astimezone(zone).date(), now.astimezone(zone).date()
    time = format_time(value, language, zone)
    if local == today:
        return catalogue.text(language, "inbox-today", time=time)
    if local == today - timedelta(days=1):
        return catalogue.text(language, "inbox-yesterday", time=time)
    return f"{format_short_date(local, language)}, {time}"


def answer(text: str, written: Document, language: str, *, number: int) -> Document:
    """Word what who asked gets to read, with the buttons that ask whether it helped.

    Args:
        text: The question, as it was asked.
        written: The answer.
        language: Of who asked.
        number: The question's.
    """
    title = catalogue.document(language, "inbox-reply", text=short(text, _LONGEST_OTHER))
    rating = [
        Button(label=catalogue.text(language, name), value=f"faq-rate:{number}:{helpful}")
        for name, helpful in (("answer-helpful", 1), ("answer-not-helpful", 0))
    ]
    return (title + written).with_buttons(rating)


def dismissal(text: str, language: str) -> Document:
    """Word where to turn with a question that is none for this team."""
    return catalogue.document(language, "inbox-sorry", text=short(text, _LONGEST_OTHER))
