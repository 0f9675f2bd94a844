"""Making an entry, or a phrasing, of what an editor has answered."""

from bot.dispatch.context import Context, Edit, Reply
from bot.services import entry_words, inbox_learning, teaching
from bot.text.document import Document
from handlers.inbox import linking
from handlers.inbox.asking import SUBJECT, ask, asked, stop_asking, where_to_write


async def begin(number: int, _argument: str, context: Context) -> Reply:
    """Ask where the answer comes from."""
    title = await inbox_learning.title(context.session, number=number)
    await ask(context, step="source", number=number)
    said = context.say("inbox-ask-source") + where_to_write(context)
    # Somebody may have written it to the bot alone, with what is nobody else's business.
    said += context.say("inbox-title-is", title=title, command=context.prefix + _entry(context))
    button = context.button("inbox-no-source", f"{SUBJECT}:bare:{number}")
    return Edit(said.with_buttons([button]))


def _entry(context: Context) -> str:
    return "entry" if context.language == "en" else "eintrag"


async def sourced(number: int, text: str, context: Context) -> Reply:
    """Make an entry of the answer, with its source."""
    entry = await _taken(number, teaching.named_source(text) or None, context)
    await stop_asking(context)
    return entry


async def without_source(number: int, _argument: str, context: Context) -> Reply:
    """Make an entry of the answer, without a source."""
    entry = await _taken(number, None, context)
    if await asked(context, step="source", number=number):
        await stop_asking(context)
    return Edit(entry)


async def _taken(number: int, source: str | None, context: Context) -> Document:
    entry = await inbox_learning.take_over(
        context.session,
        context.knowledge,
        number=number,
        origin=source,
        language=context.language,
        by=context.member.id,
        now=context.now,
    )
    return context.say("inbox-taken", title=entry_words.label(entry.questions[0]), entry=entry.id)


async def declined(number: int, _argument: str, context: Context) -> Reply:
    """Keep the answer out of the knowledge base."""
    return Edit(context.say("inbox-not-taken", number=number))


async def as_phrasing(number: int, argument: str, context: Context) -> Reply:
    """Add the words of the question to an entry that is there already."""
    entry = linking.referred(argument, context)
    if entry is None:
        return context.say("button-gone")
    found = await inbox_learning.adopt(
        context.session,
        context.knowledge,
        number=number,
        entry=entry,
        by=context.member.id,
        now=context.now,
    )
    return Edit(context.say("inbox-adopted", title=entry_words.label(found.questions[0])))
