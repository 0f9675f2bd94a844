"""Questions: answered, offered a choice, or kept for the inbox."""

import re

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.services import answering, entry_words
from bot.services.answering import Answer, Answered, Chatter, Suggested, Unanswered
from bot.text.document import Button, Document

router = Router()

_LONGEST_LABEL = 60


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
    answer = await answering.reject(context.session, number=number, address=context.chat.address)
    return Edit(_worded(answer, context)) if answer else context.say("button-gone")


@router.button("faq-withdraw")
async def withdraw(rest: str, context: Context) -> Reply:
    """Take the question out of the inbox."""
    (number,) = _numbers(rest, 1)
    done = await answering.withdraw(
        context.session,
        number=number,
        member_id=context.member.id,
        address=context.chat.address,
    )
    return Edit(context.say("withdrawn", number=number)) if done else context.say("button-gone")


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
    if answer.reopened:
        thanks = context.say("feedback-sorry", number=number)
    elif context.is_direct:
        thanks = context.say("feedback-thanks")
    else:
        return None  # in a room others may want to rate as well, and nobody to read thanks
    rating = [] if context.is_direct else [_rating(number, context)]
    return Edit(
        (entry_words.answer(answer.entry, context.language) + thanks).with_buttons(*rating),
        typed=thanks,
    )


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
        case Unanswered(number):
            button = context.button("withdraw", f"faq-withdraw:{number}")
            if not context.knowledge.entries:
                return context.say("knowledge-empty")
            return context.say("nothing-fits", number=number).with_buttons([button])


def _rating(number: int, context: Context) -> list[Button]:
    return [
        context.button("answer-helpful", f"faq-rate:{number}:1"),
        context.button("answer-not-helpful", f"faq-rate:{number}:0"),
    ]
