"""Giving an entry that is there already to those who asked."""

from bot.dispatch.context import Context, Edit, Reply
from bot.knowledge.entry import Entry
from bot.services import entry_words, inbox, inbox_answers
from bot.text.document import Button, Document
from handlers.inbox.asking import SUBJECT, ask, asked, show, stop_asking, where_to_write


def referred(value: str, context: Context) -> str | None:
    """Return the id of the entry that a button means, if that is still there."""
    return entry_words.referred(value, context.knowledge.engine.entries)


async def begin(number: int, _argument: str, context: Context) -> Reply:
    """Offer the nearest entries, and take the next message for a search."""
    board = await _board(number, context)
    await ask(context, step="link", number=number)
    return board


async def searched(number: int, text: str, context: Context) -> Reply:
    """Offer the entries that fit what was typed."""
    board = await _board(number, context, words=text)
    await ask(context, step="link", number=number, words=text)
    return board


async def toggled(number: int, argument: str, context: Context) -> Reply:
    """Offer the same, with or without keeping the words of the question."""
    found = await asked(context, step="link", number=number)
    words = str(found.get("words", ""))
    return Edit(await _board(number, context, words=words, learn=argument == "1"))


async def _board(
    number: int, context: Context, *, words: str = "", learn: bool = True
) -> Document:
    entries = await inbox_answers.candidates(
        context.session, context.knowledge, number=number, words=words
    )
    rows = [[_choice(number, entry, learn=learn)] for entry in entries]
    name = "inbox-without-phrasing" if learn else "inbox-with-phrasing"
    rows.append([context.button(name, f"{SUBJECT}:learn:{number}:{int(not learn)}")])
    said = context.say("inbox-link-which", number=number)
    what = context.say("inbox-link-learns" if learn else "inbox-link-only")
    return (said + what + where_to_write(context)).with_buttons(*rows)


def _choice(number: int, entry: Entry, *, learn: bool) -> Button:
    value = f"{SUBJECT}:pick:{number}:{entry_words.reference(entry.id)}:{int(learn)}"
    return Button(label=entry_words.label(entry.questions[0]), value=value)


async def picked(number: int, argument: str, context: Context) -> Reply:
    """Show what would be sent, and to how many; *argument* as for :func:`given`."""
    chosen, _, learn = argument.partition(":")
    name = referred(chosen, context)
    if name is None:
        return context.say("button-gone")
    item = await inbox.locked(context.session, number)
    view = await inbox.view(context.session, context.knowledge, item)
    entry = context.knowledge.engine.entries[name]
    said = context.say("inbox-link-sure", count=view.people)
    said += entry_words.answer(entry, context.language)
    send = context.button("inbox-link-send", f"{SUBJECT}:give:{number}:{argument}")
    back = context.button("inbox-link-back", f"{SUBJECT}:learn:{number}:{learn}")
    return Edit(said.with_buttons([send, back]))


async def given(number: int, argument: str, context: Context) -> Reply:
    """Send the entry that was chosen; *argument* is its reference and whether to learn."""
    chosen, _, learn = argument.partition(":")
    entry = referred(chosen, context)
    if entry is None:
        return context.say("button-gone")
    reached, found = await inbox_answers.link(
        context.session,
        context.knowledge,
        number=number,
        entry=entry,
        learn=learn == "1",
        by=context.member.id,
        now=context.now,
        today=context.today,
    )
    if await asked(context, step="link", number=number):
        await stop_asking(context)
    await show(number, context)
    title = entry_words.label(found.questions[0])
    if not reached.people:
        return Edit(context.say("inbox-linked-nobody", title=title))
    said = context.say("inbox-linked", title=title, count=reached.people)
    if reached.lost:
        said += context.say("inbox-sent-lost", count=reached.lost)
    return Edit(said)
