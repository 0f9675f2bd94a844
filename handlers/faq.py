"""Questions: answered, offered a choice, or kept for the inbox."""

import re
from urllib.parse import urlsplit

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.knowledge.entry import Entry
from bot.services import answering
from bot.services.answering import Answer, Answered, Chatter, Suggested, Unanswered
from bot.text import catalogue, markdown
from bot.text.dates import format_short_date
from bot.text.document import Button, Document, Paragraph, Span
from bot.text.links import safe_link

router = Router()

_LONGEST_LABEL = 60
_LONGEST_LINK = 40


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
    return Edit((_entry(answer.entry, context) + thanks).with_buttons(*rating), typed=thanks)


def _numbers(rest: str, count: int) -> tuple[int, ...]:
    """Read the numbers of a button; what was tampered with reads as a question nobody asked."""
    parts = rest.split(":")
    if len(parts) != count or not all(re.fullmatch(r"[0-9]{1,15}", part) for part in parts):
        return (0,) * count
    return tuple(int(part) for part in parts)


def _worded(answer: Answer, context: Context) -> Document:
    match answer:
        case Answered(number, entry):
            return _entry(entry, context).with_buttons(_rating(number, context))
        case Suggested(number, entries):
            choices = [
                [Button(label=_short(entry.questions[0]), value=f"faq-entry:{number}:{place}")]
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


def _entry(entry: Entry, context: Context) -> Document:
    """Return the entry's title, its answer, and where that comes from."""
    title = Paragraph(spans=(Span(text=entry.questions[0], bold=True),))
    document = Document.of(title) + markdown.parse(entry.answer)
    if entry.language != context.language:
        document += context.say("answer-other-language", language=_language(entry, context))
    if entry.valid_for:
        document += context.say("answer-valid-for", scope=", ".join(entry.valid_for))
    for line in _origin(entry, context):
        document += line
    return document


def _language(entry: Entry, context: Context) -> str:
    known = entry.language in catalogue.LANGUAGES
    return context.text(f"in-language-{entry.language}") if known else entry.language


def _origin(entry: Entry, context: Context) -> list[Document]:
    """Return a line for each source; the last one has the review date."""
    date = format_short_date(entry.reviewed, context.language) if entry.reviewed else None
    sources = [part for part in re.split(r"\s*;\s+|\s+;\s*", entry.source or "") if part.strip()]
    if not sources:
        return [context.say("answer-reviewed", date=date)] if date else []
    *others, last = sources
    return [_source(other, None, context) for other in others] + [_source(last, date, context)]


def _source(source: str, date: str | None, context: Context) -> Document:
    """Name a source; a web address becomes a link with a short text."""
    address, space, remark = source.partition(" ")
    shown, url = source, safe_link(address) or ""
    if url:
        parts = urlsplit(url)
        bare = parts.netloc.removeprefix("www.") + parts.path.rstrip("/")
        shown = _short(bare, _LONGEST_LINK) + space + remark
    if date is None:
        return context.say("answer-source", source=shown, url=url)
    return context.say("answer-source-reviewed", source=shown, url=url, date=date)


def _short(text: str, longest: int = _LONGEST_LABEL) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
