"""Adding phrasings to entries and taking them back."""

import re
from typing import Any

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import entries, entry_words, teaching
from bot.services.members import Role
from bot.text.document import Button, Document
from handlers.teaching.asking import ask, must_be_direct, only_words, stop_asking

router = Router()

_SUBJECT = "phrasing"
_MOST_ECHOED = 80
_NUMBER = re.compile(r"[0-9]{1,15}")


@router.command(
    "formulierungen", de="formulierung", en="phrasing", about="command-phrasing",
    role=Role.EDITOR, bare=never,
)  # fmt: skip
async def add(command: Command, context: Context) -> Reply:
    """Add a phrasing: ``entry | phrasing``; or ask for what is missing of that."""
    name, bar, text = (part.strip() for part in command.argument.partition("|"))
    if bar and not (name and text):
        raise UserError("phrasing-usage", prefix=context.prefix)
    if bar:
        return await _added(name, text, context)
    must_be_direct(context, de="formulierung", en="phrasing")
    if name:
        return await _found(name, context)
    await ask(context, _SUBJECT, step="entry")
    return context.say("phrasing-ask-entry")


@router.dialog(_SUBJECT)
async def answered(text: str, content: Any, context: Context) -> Reply:
    """Take the entry or its new phrasing."""
    context.require(Role.EDITOR)
    only_words(context)
    if content["step"] == "entry":
        return await _found(text, context)
    reply = await _added(str(content["entry"]), text, context)
    await stop_asking(context)
    return reply


async def _found(words: str, context: Context) -> Reply:
    """Go on with the entry that is meant, or offer those that may be."""
    found = await entries.search(context.session, context.knowledge, words)
    if not found:
        raise UserError("entry-unknown", entry=words[:_MOST_ECHOED])
    if len(found) == 1:
        return await begin(found[0].id, context)
    await ask(context, _SUBJECT, step="entry")
    rows = [
        [
            Button(
                label=entry_words.label(entry.questions[0]),
                value=f"{_SUBJECT}:to:{entry_words.reference(entry.id)}",
            )
        ]
        for entry in found
    ]
    return context.say("phrasing-which").with_buttons(*rows)


async def begin(name: str, context: Context) -> Document:
    """Ask for a new phrasing of an entry."""
    entry = await teaching.find(context.session, context.knowledge, entry=name)
    await ask(context, _SUBJECT, step="text", entry=entry.id)
    document = context.say("phrasing-ask-text", title=entry_words.label(entry.questions[0]))
    return document.with_buttons(*await _removing(name, context))


async def removable(name: str, context: Context) -> Document:
    """Show the phrasings of an entry that were taught in chat, each with a button."""
    rows = await _removing(name, context)
    if not rows:
        return context.say("phrasing-none-taught")
    return context.say("phrasing-remove-which").with_buttons(*rows)


async def _removing(name: str, context: Context) -> list[list[Button]]:
    return [
        [
            Button(
                label=entry_words.label(context.text("phrasing-remove", text=one.text)),
                value=f"{_SUBJECT}:remove:{one.number}",
            )
        ]
        for one in await teaching.phrasings(context.session, entry=name)
    ]


@router.button(_SUBJECT, role=Role.EDITOR)
async def pressed(rest: str, context: Context) -> Reply:
    """Go on with an entry, or take a phrasing back; *rest* is ``verb:which``."""
    verb, _, which = rest.partition(":")
    if verb == "remove" and _NUMBER.fullmatch(which):
        entry = await teaching.remove_phrasing(
            context.session, number=int(which), by=context.member.id, now=context.now
        )
        return Edit(context.say("phrasing-removed", entry=entry))
    name = await entries.referred(context.session, context.knowledge, which)
    if verb != "to" or name is None:
        return context.say("button-gone")
    return await begin(name, context)


async def _added(name: str, text: str, context: Context) -> Document:
    added = await teaching.add_phrasing(
        context.session,
        context.knowledge,
        entry=name,
        text=text,
        by=context.member.id,
        now=context.now,
    )
    entry = await teaching.find(context.session, context.knowledge, entry=name)
    title = entry_words.label(entry.questions[0])
    if not added:
        return context.say("phrasing-known", title=title)
    document = context.say("phrasing-added", title=title)
    other = entries.literal(context.knowledge, text, but=entry.id)
    if other is None:
        return document
    shown = entry_words.label(other.questions[0])
    return document + context.say("phrasing-of-other", title=shown, entry=other.id)
