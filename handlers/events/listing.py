"""The list of events or deadlines, a page at a time."""

import re
from dataclasses import dataclass

from bot.dispatch.context import Context
from bot.errors import UserError
from bot.events import filters
from bot.services import events
from bot.services.events import Listed
from bot.text.document import Button, Document, Listing, Span
from bot.text.moments import format_line
from handlers.events.details import mark, zone_name

_ON_A_PAGE = 5
_LONGEST_LABEL = 40
_LONGEST_FILTER = 36
"""Bytes; a button's value holds 64, the numbers beside it included."""
_PAGE = re.compile(r"([ed]):([0-9]{1,4}):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """A place in a list; as text it fits into a button.

    Attributes:
        deadlines: Deadlines, or else events.
        wanted: The filter, as it was typed.
        offset: How many come before.
    """

    deadlines: bool
    wanted: str = ""
    offset: int = 0

    def __str__(self) -> str:
        return f"{'d' if self.deadlines else 'e'}:{self.offset}:{self.wanted}"

    def at(self, offset: int) -> "Page":
        """Return another page of the same list."""
        return Page(self.deadlines, self.wanted, offset)

    @classmethod
    def parse(cls, text: str) -> "Page | None":
        """Read what :meth:`__str__` wrote; ``None`` for what was tampered with."""
        found = _PAGE.fullmatch(text)
        return cls(found[1] == "d", found[3], int(found[2])) if found else None


async def page(wanted: Page, context: Context) -> Document:
    """Return a page of the list, with a button for each entry."""
    if len(wanted.wanted.encode()) > _LONGEST_FILTER:
        raise UserError("events-filter-long")
    chosen = filters.parse(wanted.wanted, deadlines=wanted.deadlines)
    found = await events.choose(context.session, wanted=chosen, now=context.now)
    if not found:
        return _nothing(wanted, context)
    offset = min(wanted.offset, (len(found) - 1) // _ON_A_PAGE * _ON_A_PAGE)
    shown = found[offset : offset + _ON_A_PAGE]
    here = wanted.at(offset)
    listing = Listing(items=tuple(_item(one, context) for one in shown), start=1)
    rows = [[_button(one, here)] for one in shown]
    turning = _turning(here, len(found), context)
    document = _title(wanted, context, past=chosen.past) + Document(blocks=(listing,))
    if turning:
        pages = (len(found) - 1) // _ON_A_PAGE + 1
        number = offset // _ON_A_PAGE + 1
        document += context.say("events-page", page=number, pages=pages, count=len(found))
    return document.with_buttons(*rows, *([turning] if turning else []))


def _title(wanted: Page, context: Context, *, past: bool) -> Document:
    if past:
        title = context.say("deadlines-past-title" if wanted.deadlines else "events-past-title")
    else:
        title = context.say("deadlines-title" if wanted.deadlines else "events-title")
    return title + context.say("events-filter", filter=wanted.wanted) if wanted.wanted else title


def _nothing(wanted: Page, context: Context) -> Document:
    name = "fristen" if wanted.deadlines else "termine"
    if context.language == "en":
        name = "deadlines" if wanted.deadlines else "events"
    command = context.prefix + name
    if wanted.wanted:
        return context.say("events-none-fitting", filter=wanted.wanted, command=command)
    past = f"{command} {context.text('events-past-word')}"
    return context.say("deadlines-none" if wanted.deadlines else "events-none", command=past)


def _item(one: Listed, context: Context) -> tuple[Span, ...]:
    occurrence, event = one.occurrence, one.occurrence.event
    when = format_line(occurrence.start, occurrence.end, context.language)
    zone = zone_name(event, context)
    words = [event.title, *([event.place] if event.place else [])]
    spans = [
        Span(text=f"{when} ({zone})" if zone else when, bold=True),
        Span(text=f": {' · '.join(words)}"),
    ]
    if note := mark(event, context, cancelled=occurrence.cancelled):
        spans.append(Span(text=f" · {note}", bold=True))
    return tuple(spans)


def _button(one: Listed, here: Page) -> Button:
    title = one.occurrence.event.title
    short = title if len(title) <= _LONGEST_LABEL else f"{title[: _LONGEST_LABEL - 1].rstrip()}…"
    return Button(label=short, value=f"event:{one.number}:{here}")


def _turning(here: Page, count: int, context: Context) -> list[Button]:
    buttons = []
    if here.offset:
        value = here.at(max(here.offset - _ON_A_PAGE, 0))
        buttons.append(context.button("events-previous", f"events:{value}"))
    if here.offset + _ON_A_PAGE < count:
        buttons.append(
            context.button("events-next", f"events:{here.at(here.offset + _ON_A_PAGE)}")
        )
    return buttons
