"""Questions: answered, offered a choice, or kept for the inbox."""

import re
from typing import Any

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import answering, dialogs, entry_words
from bot.services.answering import Answer, Answered, Chatter, Rated, Suggested, Unanswered
from bot.text.document import Button, Document

router = Router()

_LONGEST_LABEL = 60
_MISSING = "missing"
"""The name of the question what was missing in an answer."""


@router.question
async def question(text: str, context: Context) -> Reply:
    """Answer what is neither a command nor a button."""
    answer = await answering.ask(
        context.session,
        context.knowledge,
        text=text,
        chat=context.chat,
        message=context.message,
        member_id=context.member.id,
        language=context.language,
        ambient=context.ambient,
        now=context.now,
    )
    return _worded(answer, context) if answer is not None else None


@router.command(de="frage", en="ask", about="command-ask", bare=never)
async def ask(command: Command, context: Context) -> Reply:
    """Answer the question behind the command."""
    if not command.argument:
        return context.say("ask-usage")
    return await question(command.argument, context)


@router.button("faq-entry")
async def choose(rest: str, context: Context) -> Reply:
    """Give the suggested entry that was chosen; *rest* is ``question:place``."""
    number, place = _numbers(rest, 2)
    answer = await answering.choose(
        context.session,
        context.knowledge,
        number=number,
        place=place,
        address=context.chat.address,
    )
    return Edit(_worded(answer, context)) if answer else context.say("button-gone")


@router.button("faq-none")
async def none_of_these(rest: str, context: Context) -> Reply:
    """Keep the question for the inbox, as no suggestion was meant."""
    (number,) = _numbers(rest, 1)
    answer = await answering.reject(
        context.session,
        context.knowledge,
        number=number,
        address=context.chat.address,
        now=context.now,
    )
    return Edit(_worded(answer, context)) if answer else context.say("button-gone")


@router.button("faq-withdraw")
async def withdraw(rest: str, context: Context) -> Reply:
    """Take the question out of the inbox."""
    (number,) = _numbers(rest, 1)
    withdrawn = await answering.withdraw(
        context.session,
        number=number,
        member_id=context.member.id,
        address=context.chat.address,
    )
    if withdrawn is None:
        return context.say("button-gone")
    return Edit(context.say("withdrawn", number=withdrawn))


@router.button("faq-rate")
async def rate(rest: str, context: Context) -> Reply:
    """Keep whether the answer helped; *rest* is ``question:1`` or ``question:0``."""
    number, helpful = _numbers(rest, 2)
    answer = await answering.rate(
        context.session,
        context.knowledge,
        number=number,
        member_id=context.member.id,
        helpful=bool(helpful),
        address=context.chat.address,
        now=context.now,
    )
    if answer is None:
        return context.say("button-gone")
    if answer.item is None and not context.is_direct:
        return None  # in a room others may want to rate as well, and nobody to read thanks
    rating = [] if context.is_direct else [_rating(number, context)]
    thanks = await _thanks(answer, context)
    shown = await _rated(answer, context)
    if shown is None:
        return thanks
    return Edit((shown + thanks).with_buttons(*rating, *thanks.buttons), typed=thanks)


async def _thanks(answer: Rated, context: Context) -> Document:
    """Thank for a rating; ask who was not helped what was missing."""
    if answer.item is None:
        return context.say("feedback-thanks")
    thanks = context.say("feedback-sorry", number=answer.item)
    if not answer.ask:
        return thanks
    await dialogs.ask(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        subject=_MISSING,
        content={"question": answer.number},
        now=context.now,
    )
    asked = context.say("missing-ask" if context.is_direct else "missing-ask-room")
    skip = context.button("missing-skip", f"faq-skip:{answer.number}")
    return (thanks + asked).with_buttons([skip])


async def _rated(answer: Rated, context: Context) -> Document | None:
    """Return what is shown of a rated answer: the entry, or what an editor wrote."""
    if answer.entry is not None:
        return entry_words.answer(answer.entry, context.language)
    if not context.is_direct:
        return None
    shown = await answering.shown(
        context.session, address=context.chat.address, message=context.message
    )
    return shown.with_buttons() if shown else None


@router.dialog(_MISSING)
async def missed(text: str, content: Any, context: Context) -> Reply:
    """Keep what was missing in an answer, or answer what is another question."""
    if not text:
        raise UserError("missing-only-text")
    kept = await answering.miss(
        context.session,
        context.knowledge,
        number=int(content["question"]),
        member_id=context.member.id,
        text=text,
        address=context.chat.address,
    )
    await _stop_asking(context)
    return context.say("missing-thanks") if kept else await question(text, context)


@router.button("faq-skip")
async def skip(rest: str, context: Context) -> Reply:
    """Ask no longer what was missing."""
    (number,) = _numbers(rest, 1)
    asked = await dialogs.asked(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        now=context.now,
    )
    if asked is not None and asked.subject == _MISSING and asked.content["question"] == number:
        await _stop_asking(context)
    elif not context.is_direct:
        return None  # of somebody else
    shown = await answering.shown(
        context.session, address=context.chat.address, message=context.message
    )
    if shown is None:
        return context.say("missing-skipped")
    rows = [row for row in shown.buttons if all(one.value != f"faq-skip:{rest}" for one in row)]
    body = shown.model_copy(update={"blocks": shown.blocks[:-1]})
    return Edit(body.with_buttons(*rows), typed=context.say("missing-skipped"))


async def _stop_asking(context: Context) -> None:
    await dialogs.end(context.session, address=context.chat.address, member_id=context.member.id)


def _numbers(rest: str, count: int) -> tuple[int, ...]:
    """Read the numbers of a button; what was tampered with reads as a question nobody asked."""
    parts = rest.split(":")
    if len(parts) != count or not all(re.fullmatch(r"[0-9]{1,15}", part) for part in parts):
        return (0,) * count
    return tuple(int(part) for part in parts)


def _worded(answer: Answer, context: Context) -> Document:
    match answer:
        case Answered(number, entry):
            return entry_words.answer(entry, context.language).with_buttons(
                _rating(number, context)
            )
        case Suggested(number, entries):
            choices = [
                [
                    Button(
                        label=entry_words.short(entry.questions[0], _LONGEST_LABEL),
                        value=f"faq-entry:{number}:{place}",
                    )
                ]
                for place, entry in enumerate(entries)
            ]
            none = [context.button("suggest-none", f"faq-none:{number}")]
            intro = context.say("suggest-intro" if len(entries) > 1 else "suggest-one")
            return intro.with_buttons(*choices, none)
        case Chatter():
            return context.say("small-talk") + context.help_hint
        case Unanswered(number, item):
            button = context.button("withdraw", f"faq-withdraw:{number}")
            empty = not context.knowledge.entries
            said = context.say("knowledge-empty" if empty else "nothing-fits", number=item)
            return said.with_buttons([button])


def _rating(number: int, context: Context) -> list[Button]:
    return [
        context.button("answer-helpful", f"faq-rate:{number}:1"),
        context.button("answer-not-helpful", f"faq-rate:{number}:0"),
    ]
