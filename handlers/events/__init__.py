"""Events and deadlines: listed, looked at, and kept by editors in one line."""

import re

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import events
from bot.services.events import Entry
from bot.services.members import Role
from bot.text.document import Button, Document
from handlers.events import editing
from handlers.events.details import calendar_button, details
from handlers.events.listing import Page, page

router = Router()

_VERBS = {
    "aendern": editing.change,
    "change": editing.change,
    "absagen": editing.cancel,
    "cancel": editing.cancel,
    "verlaengern": editing.extend,
    "extend": editing.extend,
    "verschieben": editing.postpone,
    "postpone": editing.postpone,
}
_NEW = {"neu", "new"}
_NUMBER = re.compile(r"(?:nr\.?\s*|(?!(?:19|20|21)\d\d$))([0-9]{1,15})", re.IGNORECASE)
"""A bare number of four digits that may be a year is one."""
_BUTTON = re.compile(r"([0-9]{1,15})(?::(.*))?", re.DOTALL)


@router.command("termin", "event", de="termine", en="events", about="command-events")
async def show_events(command: Command, context: Context) -> Reply:
    """List what takes place, or do what an editor's word says."""
    return await _obey(command, context, deadlines=False)


@router.command("frist", "deadline", de="fristen", en="deadlines", about="command-deadlines")
async def show_deadlines(command: Command, context: Context) -> Reply:
    """List what is due, or do what an editor's word says."""
    return await _obey(command, context, deadlines=True)


async def _obey(command: Command, context: Context, *, deadlines: bool) -> Reply:
    verb, _, rest = command.argument.partition(" ")
    act = _VERBS.get(fold(verb))
    if act is not None or fold(verb) in _NEW:
        _must_be_editor(context)
        new = editing.add_deadline if deadlines else editing.add_event
        return await (act or new)(rest.strip(), context)
    if number := _NUMBER.fullmatch(command.argument):
        entry = await events.find(context.session, number=int(number[1]))
        return _shown(entry, context)
    return await page(Page(deadlines=deadlines, wanted=command.argument), context)


@router.command(
    de="terminpflege", en="editevents", about="command-event-editing", role=Role.EDITOR, bare=never
)
async def explain_editing(_command: Command, context: Context) -> Reply:
    """Show what editors can write."""
    return editing.usage(context)


@router.button("events")
async def turn(rest: str, context: Context) -> Reply:
    """Turn to a page of a list; *rest* is ``kind:offset:filter``."""
    wanted = Page.parse(rest)
    return Edit(await page(wanted, context)) if wanted else context.say("button-gone")


@router.button("event")
async def look(rest: str, context: Context) -> Reply:
    """Show one event of a list; *rest* is ``number`` and the page to go back to."""
    found = _BUTTON.fullmatch(rest)
    back = Page.parse(found[2] or "") if found else None
    if found is None or back is None:
        return context.say("button-gone")
    entry = await events.find(context.session, number=int(found[1]))
    button = context.button("events-back", f"events:{back}")
    return Edit(_shown(entry, context, button))


@router.button("event-ics")
async def send_calendar_file(rest: str, context: Context) -> Reply:
    """Send an event for one's own calendar; *rest* is its number."""
    attachment = await events.calendar_file(context.session, number=_number(rest), now=context.now)
    return Document(attachment=attachment)


@router.button("event-save")
async def save(rest: str, context: Context) -> Reply:
    """Make a draft hold; *rest* is its number."""
    _must_be_editor(context)
    entry = await events.save(
        context.session, number=_number(rest), member_id=context.member.id, now=context.now
    )
    saved = context.say("event-saved", number=entry.number)
    return Edit(saved + details(entry.number, entry.event, context))


@router.button("event-drop")
async def drop(rest: str, context: Context) -> Reply:
    """Throw a draft away; *rest* is its number."""
    await events.drop(
        context.session, number=_number(rest), member_id=context.member.id, now=context.now
    )
    return Edit(context.say("event-dropped"))


def _shown(entry: Entry, context: Context, *back: Button) -> Document:
    """Return the details of an event that can be taken along."""
    shown = details(entry.number, entry.event, context)
    return shown.with_buttons([*back, calendar_button(entry.number, context)])


def _number(rest: str) -> int:
    found = _BUTTON.fullmatch(rest)
    return int(found[1]) if found else 0


def _must_be_editor(context: Context) -> None:
    if not context.member.may(Role.EDITOR):
        raise UserError("events-editors-only")
