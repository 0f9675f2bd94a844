"""Events and deadlines: listed, looked at, and kept by editors in one line."""

import re

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import audit, events
from bot.services.members import Role
from bot.text.document import Document
from handlers.events import editing, guiding, picturing
from handlers.events.details import details, looked_at
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
_PICTURE = {"bild", "grafik", "picture", "image"}
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
        if act is None and not rest.strip() and context.is_direct:
            return await guiding.begin(context, deadlines=deadlines)
        new = editing.add_deadline if deadlines else editing.add_event
        return await (act or new)(rest.strip(), context)
    if fold(verb) in _PICTURE and not deadlines:
        return await picturing.picture(rest, context)
    if number := _NUMBER.fullmatch(command.argument):
        entry = await events.find(context.session, number=int(number[1]))
        return await looked_at(entry, context, editing=guiding.buttons(entry, context))
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
    return Edit(await looked_at(entry, context, button, editing=guiding.buttons(entry, context)))


@router.button("event-ics")
async def send_calendar_file(rest: str, context: Context) -> Reply:
    """Send an event for one's own calendar; *rest* is its number."""
    attachment = await events.calendar_file(context.session, number=_number(rest), now=context.now)
    return Document(attachment=attachment)


@router.button("event-watch", role=Role.MODERATOR)
async def watch(rest: str, context: Context) -> Reply:
    """Be reminded of one event; *rest* is its number."""
    return await _wish(_number(rest), context, wanted=True)


@router.button("event-mute", role=Role.MODERATOR)
async def mute(rest: str, context: Context) -> Reply:
    """Be reminded of one event no more; *rest* is its number."""
    return await _wish(_number(rest), context, wanted=False)


async def _wish(number: int, context: Context, *, wanted: bool) -> Reply:
    entry = await events.find(context.session, number=number)
    await events.wish(
        context.session, chat=context.chat, number=number, wanted=wanted, now=context.now
    )
    title = entry.event.title
    if not wanted:
        return context.say("event-muted", title=title)
    return context.say("event-watched", title=title)


@router.button("event-save")
async def save(rest: str, context: Context) -> Reply:
    """Make a draft hold, and tell of it; *rest* is its number."""
    return await _save(rest, context, tell=True)


@router.button("event-keep")
async def keep(rest: str, context: Context) -> Reply:
    """Make a draft of a new event hold, and tell nobody before the reminders."""
    return await _save(rest, context, tell=False)


async def _save(rest: str, context: Context, *, tell: bool) -> Reply:
    _must_be_editor(context)
    entry = await events.save(
        context.session,
        number=_number(rest),
        member_id=context.member.id,
        now=context.now,
        tell=tell,
    )
    await audit.note(
        context.session,
        action=editing.deed(entry),
        subject=f"event:{entry.number}",
        member_id=context.member.id,
        now=context.now,
        number=entry.number,
        title=entry.event.title,
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


def _number(rest: str) -> int:
    found = _BUTTON.fullmatch(rest)
    return int(found[1]) if found else 0


def _must_be_editor(context: Context) -> None:
    if not context.member.may(Role.EDITOR):
        raise UserError("events-editors-only")
