"""What editors write in one line; what was understood is shown before it is saved."""

import re
from datetime import date

from bot.dispatch.context import Context
from bot.errors import UserError
from bot.events import oneline
from bot.events.event import Event, Status
from bot.events.fields import NAMES, FieldError
from bot.services import event_changes, events
from bot.services.events import Draft, Entry
from bot.text import datetimes
from bot.text.document import Document
from handlers.events.details import details

_MOST_ECHOED = 60
_NUMBERED = re.compile(r"(?:nr\.?\s*)?([0-9]{1,15})[\s;:,.]*(.*)", re.IGNORECASE | re.DOTALL)
_UNTIL = re.compile(r"(?:bis|auf|until|to|zum)\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_ONTO = re.compile(
    r"(?:(?:vom|am|from|on)?\s*(.+?)\s+)?(?:auf|to)\s+(.+)", re.IGNORECASE | re.DOTALL
)
_MOVES = {Status.EXTENDED: "event-extended", Status.POSTPONED: "event-postponed"}


def usage(context: Context) -> Document:
    """Return what can be written."""
    return context.say("event-usage", prefix=context.prefix, year=context.now.year + 1)


async def add_event(text: str, context: Context) -> Document:
    """Read a new event; without anything to be read, show what can be written."""
    return await _add(text, context, is_deadline=False)


async def add_deadline(text: str, context: Context) -> Document:
    """Read a new deadline, likewise."""
    return await _add(text, context, is_deadline=True)


async def _add(text: str, context: Context, *, is_deadline: bool) -> Document:
    if not text:
        return usage(context)
    today = _today(context)
    try:
        event = oneline.new(
            text,
            uid=events.new_uid(),
            is_deadline=is_deadline,
            today=today,
            zone=context.settings.hub.timezone,
        )
    except FieldError as error:
        raise _worded(error, context) from None
    draft = await events.draft_new(
        context.session, event=event, member_id=context.member.id, now=context.now
    )
    return await _shown(draft, None, context)


async def change(text: str, context: Context) -> Document:
    """Replace the fields that are named."""
    entry, rest = await _entry(text, context)
    try:
        event = oneline.changed(entry.event, rest, today=_today(context))
    except FieldError as error:
        raise _worded(error, context) from None
    return await _drafted(entry, event, context)


async def cancel(text: str, context: Context) -> Document:
    """Call an event off, or one date of a series."""
    entry, rest = await _entry(text, context)
    if not rest:
        event = entry.event.model_copy(update={"status": Status.CANCELLED})
        return await _drafted(entry, event, context)
    _must_be_series(entry)
    day = datetimes.read(rest, today=_today(context)).start.day
    return await _drafted(entry, oneline.without(entry.event, day), context)


async def extend(text: str, context: Context) -> Document:
    """Put a deadline off."""
    entry, rest = await _entry(text, context)
    if not entry.event.is_deadline:
        raise UserError("event-no-deadline", number=entry.number, prefix=context.prefix)
    until = _UNTIL.fullmatch(rest)
    if not rest or (until and not until[1]):
        raise UserError("event-date-missing", number=entry.number, prefix=context.prefix)
    written = datetimes.read(until[1] if until else rest, today=_today(context))
    event = oneline.moved(entry.event, written, Status.EXTENDED)
    if event.start.order <= entry.event.start.order:
        raise UserError("event-not-later", words=written.words[:_MOST_ECHOED])
    return await _drafted(entry, event, context)


async def postpone(text: str, context: Context) -> Document:
    """Move an event to another date, or one date of a series."""
    entry, rest = await _entry(text, context)
    onto = _ONTO.fullmatch(rest)
    if onto is None:
        raise UserError("event-date-missing", number=entry.number, prefix=context.prefix)
    today = _today(context)
    written = datetimes.read(onto[2], today=today)
    if entry.event.series is None and not onto[1]:
        event = oneline.moved(entry.event, written, Status.POSTPONED)
        return await _drafted(entry, event, context)
    _must_be_series(entry)
    if not onto[1]:
        raise UserError("event-series-which", number=entry.number, prefix=context.prefix)
    day = datetimes.read(onto[1], today=today).start.day
    return await _drafted(entry, oneline.moved_once(entry.event, day, written), context)


async def _entry(text: str, context: Context) -> tuple[Entry, str]:
    """Return the event whose number stands first, and what stands behind it."""
    found = _NUMBERED.fullmatch(text)
    if found is None:
        raise UserError("event-number-missing", prefix=context.prefix)
    entry = await events.find(context.session, number=int(found[1]))
    return entry, found[2].strip()


def _must_be_series(entry: Entry) -> None:
    if entry.event.series is None:
        raise UserError("event-no-series", number=entry.number)


async def _drafted(entry: Entry, event: Event, context: Context) -> Document:
    draft = await events.draft_change(
        context.session, entry=entry, event=event, member_id=context.member.id, now=context.now
    )
    return await _shown(draft, entry.number, context)


async def _shown(draft: Draft, number: int | None, context: Context) -> Document:
    if number is None:
        document = context.say("event-draft-new")
    else:
        document = context.say("event-draft-change", number=number)
    document += details(None, draft.event, context)
    if draft.twin is not None:
        document += context.say("event-twin", number=draft.twin)
    heard = await event_changes.heard_by(
        context.session, before=draft.before, event=draft.event, number=number, now=context.now
    )
    document += context.say("event-not-told") if heard is None else _heard(heard, context)
    buttons = [
        context.button("event-save", f"event-save:{draft.number}"),
        context.button("event-drop", f"event-drop:{draft.number}"),
    ]
    if number is None and heard:
        buttons.append(context.button("event-keep", f"event-keep:{draft.number}"))
    return document.with_buttons(buttons)


def _heard(count: int, context: Context) -> Document:
    """Say who hears of it as soon as it is saved."""
    if not count:
        return context.say("event-told-nobody")
    return context.say("event-told", count=count)


def deed(entry: Entry) -> str:
    """Return what the audit log calls the change that has just been saved."""
    event, before = entry.event, entry.before
    if before is None:
        return "event-saved"
    if event.status is Status.CANCELLED and before.status is not Status.CANCELLED:
        return "event-cancelled"
    if event.start == before.start:
        return "event-saved"
    return _MOVES.get(event.status, "event-saved")


def _today(context: Context) -> date:
    return context.now.astimezone(context.settings.hub.zone).date()


def _worded(error: FieldError, context: Context) -> UserError:
    """Return the refusal of a field, by the name that it has in the member's language."""
    names = NAMES.get(error.field, (error.field,))
    name = names[0] if context.language == "de" else names[-1]
    return UserError("event-field-wrong", field=name.title(), prefix=context.prefix)
