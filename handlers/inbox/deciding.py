"""What editors do about an item: answer it, give an entry, say that it is none for them, wait."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import (
    entry_words,
    inbox,
    inbox_answers,
    inbox_learning,
    inbox_revising,
    inbox_words,
)
from bot.services.inbox_answers import Reached
from bot.services.members import Role
from bot.text.document import Button, Document
from handlers.inbox import linking, taking
from handlers.inbox.asking import SUBJECT, ask, show, stop_asking, where_to_write

router = Router()

Verb = Callable[[int, str, Context], Awaitable[Reply]]


@router.button(SUBJECT, role=Role.EDITOR)
async def pressed(rest: str, context: Context) -> Reply:
    """Do what a button says; *rest* is ``verb:number`` and what belongs to the verb."""
    verb, _, behind = rest.partition(":")
    number, _, argument = behind.partition(":")
    act = VERBS.get(verb)
    if act is None or not (number.isascii() and number.isdecimal()):
        return context.say("button-gone")
    return await act(int(number), argument, context)


@router.reply(SUBJECT, role=Role.EDITOR)
async def replied(text: str, rest: str, context: Context) -> Reply:
    """Take what was said in reply to an item's message for its answer."""
    if not (rest.isascii() and rest.isdecimal()):
        return None
    answer = await _answer(int(rest), text, context)
    await stop_asking(context)  # of something else: whoever replies says what they mean
    return answer


@router.dialog(SUBJECT)
async def answered(text: str, content: Any, context: Context) -> Reply:
    """Take the answer to what was asked about an item."""
    context.require(Role.EDITOR)
    number = int(content["number"])
    if content["step"] == "source":
        return await taking.sourced(number, text, context)
    if content["step"] == "revise":
        return await _revised(number, text, context)
    if refusal := await _refusal(number, context):
        # A refusal would leave the question open, and every message be refused like this one.
        await stop_asking(context)
        return refusal
    if content["step"] == "link":
        return await linking.searched(number, text, context)
    reply = await _answer(number, text, context)
    await stop_asking(context)
    return reply


async def _refusal(number: int, context: Context) -> Document | None:
    """Say why an item can't be decided any more, if that is so."""
    try:
        await inbox.locked(context.session, number)
    except UserError as error:
        return context.say(error.message, **error.values)
    return None


async def _answer(number: int, text: str, context: Context) -> Document:
    if context.upload is not None:
        raise UserError("inbox-only-text")
    reached = await inbox_answers.answer(
        context.session, number=number, text=text, by=context.member.id, now=context.now
    )
    await show(number, context)
    return await _sent(reached, context)


async def _sent(reached: Reached, context: Context) -> Document:
    """Say whom the answer reached, and offer to keep it."""
    if reached.people:
        said = context.say("inbox-sent", count=reached.people)
    else:
        said = context.say("inbox-sent-nobody")
    if reached.people and reached.lost:
        said += context.say("inbox-sent-lost", count=reached.lost)
    number = reached.number
    rows = [
        [
            context.button("inbox-new-entry", f"{SUBJECT}:new:{number}"),
            context.button("inbox-no", f"{SUBJECT}:no:{number}"),
        ]
    ]
    near = await inbox_learning.near(context.session, context.knowledge, number=number)
    if near is not None:
        title = entry_words.label(near.title)
        text = context.text("inbox-as-phrasing", title=title)
        value = f"{SUBJECT}:also:{number}:{entry_words.reference(near.entry)}"
        rows.append([Button(label=text, value=value)])
    if reached.people:
        rows.append([inbox_words.revising(number, context.language)])
    return said.with_buttons(*rows)


async def _ask_answer(number: int, _argument: str, context: Context) -> Reply:
    await inbox.locked(context.session, number)
    await ask(context, step="answer", number=number)
    return context.say("inbox-ask-answer", number=number) + where_to_write(context)


async def _revise(number: int, _argument: str, context: Context) -> Reply:
    item = await inbox_revising.to_revise(context.session, number)
    await ask(context, step="revise", number=number)
    asked = context.say("inbox-ask-revised", number=number) + where_to_write(context)
    return asked + inbox_answers.read(item.answer or "")


async def _revised(number: int, text: str, context: Context) -> Document:
    if context.upload is not None:
        raise UserError("inbox-only-text")
    changed = await inbox_revising.revise(
        context.session, number=number, text=text, by=context.member.id, now=context.now
    )
    await stop_asking(context)
    await show(number, context)
    return context.say("inbox-revised", count=changed)


async def _dismiss(number: int, _argument: str, context: Context) -> Reply:
    await inbox_answers.dismiss(
        context.session, number=number, by=context.member.id, now=context.now
    )
    await show(number, context)
    return None  # the message itself says so


async def _later(number: int, _argument: str, context: Context) -> Reply:
    zone = context.settings.hub.zone
    await inbox_answers.postpone(context.session, number=number, zone=zone, now=context.now)
    await show(number, context)
    return None


VERBS: dict[str, Verb] = {
    "answer": _ask_answer, "revise": _revise, "dismiss": _dismiss, "later": _later,
    "link": linking.begin, "learn": linking.toggled, "pick": linking.picked,
    "give": linking.given,
    "new": taking.begin, "bare": taking.without_source, "no": taking.declined,
    "also": taking.as_phrasing,
}  # fmt: skip
"""What the buttons do."""
