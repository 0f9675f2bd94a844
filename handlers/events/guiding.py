"""Keeping events in a few guided steps, for editors who do it twice a year."""

from typing import Any

from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.events.event import LONGEST_TITLE
from bot.services import dialogs, events
from bot.services.events import Entry
from bot.services.members import Role
from bot.text import datetimes
from bot.text.document import Button, Document
from handlers.events import editing

router = Router()

_SUBJECT = "event"


async def begin(context: Context, *, deadlines: bool) -> Document:
    """Ask for the first thing about a new event."""
    await _ask(context, step="title", deadlines=deadlines)
    if deadlines:
        return context.say("guide-deadline-title")
    return context.say("guide-event-title")


def buttons(entry: Entry, context: Context) -> list[Button]:
    """Return what an editor can do about an event; nothing for others, or where others read."""
    if not (context.is_direct and context.member.may(Role.EDITOR)):
        return []
    later = "extend" if entry.event.is_deadline else "postpone"
    labels = {
        "change": context.text("guide-change"),
        later: context.text("guide-extend" if later == "extend" else "guide-postpone"),
        "cancel": context.text("guide-cancel"),
    }
    return [
        Button(label=label, value=f"event-edit:{verb}:{entry.number}")
        for verb, label in labels.items()
    ]


async def _ask(context: Context, **content: Any) -> None:
    await dialogs.ask(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        subject=_SUBJECT,
        content=content,
        now=context.now,
    )


async def _end(context: Context) -> None:
    await dialogs.end(context.session, address=context.chat.address, member_id=context.member.id)


@router.dialog(_SUBJECT)
async def answered(text: str, content: Any, context: Context) -> Reply:
    """Take the answer to what was asked, and ask for the next thing or show what it makes."""
    context.require(Role.EDITOR)
    match content["step"]:
        case "title":
            return await _titled(text, content, context)
        case "when":
            return await _dated(text, content, context)
        case "more":
            return await _complete(content, text, context)
        case _:
            reply = await _changed(content, text, context)
            await _end(context)
            return reply


async def _titled(text: str, content: Any, context: Context) -> Document:
    title = " ".join(text.replace(";", ",").split())
    if not 0 < len(title) <= LONGEST_TITLE:
        raise UserError("guide-title-long", limit=LONGEST_TITLE)
    await _ask(context, **{**content, "step": "when", "title": title})
    return context.say("guide-when")


async def _dated(text: str, content: Any, context: Context) -> Document:
    zone = context.settings.hub.zone
    datetimes.read(text, today=context.now.astimezone(zone).date())  # or it says what is wrong
    await _ask(context, **{**content, "step": "more", "when": text.replace(";", ",")})
    done = context.button("guide-done", "event-guide:done")
    return context.say("guide-more").with_buttons([done])


@router.button("event-guide", role=Role.EDITOR)
async def done(_rest: str, context: Context) -> Reply:
    """Show what has been said so far; nothing more is to be said."""
    asked = await dialogs.asked(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        now=context.now,
    )
    if asked is None or asked.subject != _SUBJECT or asked.content["step"] != "more":
        return context.say("button-gone")
    return await _complete(asked.content, "", context)


async def _complete(content: Any, more: str, context: Context) -> Document:
    line = "; ".join(part for part in (content["title"], content["when"], more) if part)
    add = editing.add_deadline if content["deadlines"] else editing.add_event
    document = await add(line, context)
    await _end(context)
    return document


@router.button("event-edit", role=Role.EDITOR)
async def edit(rest: str, context: Context) -> Reply:
    """Do what a button below an event says; *rest* is ``verb:number``."""
    verb, _, number = rest.partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) <= len("100000000000000")):
        return context.say("button-gone")
    entry = await events.find(context.session, number=int(number))
    if verb == "cancel":
        return await editing.cancel(number, context)
    questions = {
        "change": context.say("guide-ask-change", title=entry.event.title),
        "extend": context.say("guide-ask-until", title=entry.event.title),
        "postpone": context.say("guide-ask-onto", title=entry.event.title),
    }
    if verb not in questions:
        return context.say("button-gone")
    await _ask(context, step=verb, number=entry.number)
    return questions[verb]


async def _changed(content: Any, text: str, context: Context) -> Document:
    number = content["number"]
    match content["step"]:
        case "extend":
            return await editing.extend(f"{number} bis {text}", context)
        case "postpone":
            return await editing.postpone(f"{number} auf {text}", context)
        case _:
            return await editing.change(f"{number}; {text}", context)
