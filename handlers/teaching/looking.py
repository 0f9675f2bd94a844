"""Looking at entries and after them: searched, shown, reviewed, given to an owner."""

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.knowledge.entry import Entry
from bot.services import entries, entry_words, teaching
from bot.services.entries import Looked
from bot.services.members import Role
from bot.text.dates import format_short_date
from bot.text.document import Button, Document, Listing, Span
from handlers.teaching import phrasing
from handlers.teaching.asking import ask, only_words, stop_asking

router = Router()

Verb = Callable[[str, Context], Awaitable[Reply]]

_SUBJECT = "entry"
_DUE = frozenset({"faellig", "ueberfaellig", "due", "overdue", "stale", "pruefen"})
_OWNER = re.compile(r"(\S+)\s+(?:zuständig|zustaendig|owner)(?:\s*:)?\s+(\S.*)", re.IGNORECASE)
_PACE = re.compile(r"(\S+)\s+(?:pr(?:ü|ue)fen alle|review every)(?:\s*:)?\s+(\S.*)", re.IGNORECASE)
_MYSELF = frozenset({"ich", "me", "mir", "mich", "i"})
_MOST_ECHOED = 80
_MOST_LISTED = 10
_MOST_PHRASINGS = 15


@router.command(de="eintrag", en="entry", about="command-entry", role=Role.EDITOR, bare=never)
async def look(command: Command, context: Context) -> Reply:
    """Show an entry, search for one, list what is overdue, or say who looks after one."""
    words = command.argument
    if not words:
        return context.say("entry-usage", prefix=context.prefix)
    if fold(words) in _DUE:
        return _due(context)
    if words not in context.knowledge.engine.entries:
        if found := _OWNER.fullmatch(words):
            return await _assigned(found[1], found[2], context)
        if found := _PACE.fullmatch(words):
            return await _paced(found[1], found[2], context)
    return await _searched(words, context)


async def _searched(words: str, context: Context) -> Document:
    found = await entries.search(context.session, context.knowledge, words)
    if len(found) == 1:
        return await shown(found[0].id, context)
    if not found:
        raise UserError("entry-unknown", entry=words[:_MOST_ECHOED])
    return context.say("entry-which").with_buttons(*choices(found))


def choices(found: Sequence[Entry]) -> list[list[Button]]:
    """Return a button for each entry that shows it."""
    return [
        [
            Button(
                label=entry_words.label(entry.questions[0]),
                value=f"{_SUBJECT}:show:{entry_words.reference(entry.id)}",
            )
        ]
        for entry in found
    ]


def _due(context: Context) -> Document:
    stale = entries.stale(context.knowledge, settings=context.settings, now=context.now)
    if not stale:
        return context.say("entry-none-due")
    document = context.say("entry-due", count=len(stale))
    return document.with_buttons(*choices(stale[:_MOST_LISTED]))


async def _assigned(entry: str, owner: str, context: Context) -> Document:
    if fold(owner) in _MYSELF:
        owner = await entries.account(context.session, member_id=context.member.id)
    account = await entries.assign(
        context.session,
        context.knowledge,
        entry=entry,
        owner=owner,
        by=context.member.id,
        now=context.now,
    )
    return context.say("entry-assigned", entry=entry, account=account)


async def _paced(entry: str, every: str, context: Context) -> Document:
    interval = await entries.pace(
        context.session,
        context.knowledge,
        entry=entry,
        every=every,
        by=context.member.id,
        now=context.now,
    )
    return context.say("entry-paced", entry=entry, count=interval.days)


async def shown(name: str, context: Context) -> Document:
    """Show an entry with everything that editors want to know of it, and what can be done."""
    found = await entries.look(
        context.session, context.knowledge, entry=name, settings=context.settings, now=context.now
    )
    document = entry_words.answer(found.entry, context.language) + _facts(found, context)
    return document.with_buttons(*_buttons(found, context))


def _facts(found: Looked, context: Context) -> Document:
    entry = found.entry
    lines = [context.text("entry-id", entry=entry.id)]
    lines.append(context.text("entry-owner", owner=entry.owner or context.text("entry-nobody")))
    if entry.reviewed is None:
        lines.append(context.text("entry-never-reviewed"))
    else:
        lines.append(context.text("entry-reviewed", day=_day(entry.reviewed, context)))
    if found.due is not None:
        lines.append(context.text("entry-next-review", day=_day(found.due, context)))
    if entry.expires is not None:
        lines.append(context.text("entry-expires", day=_day(entry.expires, context)))
    if found.overdue is not None:
        lines.append(context.text("entry-overdue", day=_day(found.overdue, context)))
    if found.place is None:
        lines.append(context.text("entry-of-chat"))
    else:
        lines.append(context.text("entry-of-file", place=found.place))
    return _list(lines) + _phrasings(entry, context)


def _phrasings(entry: Entry, context: Context) -> Document:
    others = entry.questions[1:]
    if not others:
        return context.say("entry-one-phrasing")
    title = context.say("entry-phrasings", count=len(others))
    lines = list(others[:_MOST_PHRASINGS])
    if len(others) > len(lines):
        lines.append(context.text("entry-more", count=len(others) - len(lines)))
    return title + _list(lines)


def _list(lines: Sequence[str]) -> Document:
    return Document.of(Listing(items=tuple((Span(text=line),) for line in lines)))


def _day(day: Any, context: Context) -> str:
    return format_short_date(day, context.language)


def _buttons(found: Looked, context: Context) -> list[list[Button]]:
    reference = entry_words.reference(found.entry.id)

    def button(label: str, verb: str) -> Button:
        return Button(label=label, value=f"{_SUBJECT}:{verb}:{reference}")

    first = [
        button(context.text("entry-is-right"), "reviewed"),
        button(context.text("entry-add-phrasing"), "phrase"),
    ]
    if found.added:
        first.append(button(context.text("entry-remove-phrasing"), "phrasings"))
    if not found.is_taught:
        return [first]
    return [
        first,
        [
            button(context.text("teach-change"), "change"),
            button(context.text("entry-retire"), "retire"),
        ],
    ]


@router.button(_SUBJECT, role=Role.EDITOR)
async def pressed(rest: str, context: Context) -> Reply:
    """Do what a button below an entry says; *rest* is ``verb:reference``."""
    verb, _, reference = rest.partition(":")
    name = await entries.referred(context.session, context.knowledge, reference)
    if name is None:
        return context.say("button-gone")
    act = _VERBS.get(verb)
    return await act(name, context) if act else context.say("button-gone")


async def _asks_again(field: str, name: str, context: Context) -> Reply:
    await _must_be_taught(name, context)
    await ask(context, _SUBJECT, step=field, entry=name)
    return _asks(field, context)


async def _retired(name: str, context: Context) -> Reply:
    await teaching.retire(context.session, entry=name, by=context.member.id, now=context.now)
    return Edit(context.say("entry-retired", entry=name))


async def _reviewed(name: str, context: Context) -> Reply:
    await entries.review(
        context.session,
        context.knowledge,
        entry=name,
        by=context.member.id,
        settings=context.settings,
        now=context.now,
    )
    return Edit(await shown(name, context), typed=context.say("entry-now-reviewed", entry=name))


async def _ask_change(name: str, context: Context) -> Reply:
    await _must_be_taught(name, context)
    reference = entry_words.reference(name)
    fields = {"question": "teach-question", "answer": "teach-answer", "source": "teach-source"}
    buttons = [
        Button(label=context.text(label), value=f"{_SUBJECT}:{field}:{reference}")
        for field, label in fields.items()
    ]
    return context.say("teach-change-what").with_buttons(buttons)


async def _ask_retire(name: str, context: Context) -> Reply:
    await _must_be_taught(name, context)
    value = f"{_SUBJECT}:retire-yes:{entry_words.reference(name)}"
    button = context.button("entry-retire-yes", value)
    return context.say("entry-ask-retire", entry=name).with_buttons([button])


async def _must_be_taught(name: str, context: Context) -> None:
    """Make sure that an entry can be changed in chat.

    Raises:
        UserError: It is one of a file, which is named.
    """
    found = await entries.look(
        context.session, context.knowledge, entry=name, settings=context.settings, now=context.now
    )
    if found.place is not None:
        raise UserError("entry-in-file", place=found.place)


def _asks(field: str, context: Context) -> Document:
    match field:
        case "question":
            return context.say("teach-ask-question")
        case "answer":
            return context.say("teach-ask-answer")
        case _:
            return context.say("teach-ask-source")


@router.dialog(_SUBJECT)
async def answered(text: str, content: Any, context: Context) -> Reply:
    """Take the new question, answer or source of a taught entry."""
    context.require(Role.EDITOR)
    only_words(context)
    name, field = str(content["entry"]), content["step"]
    if not await teaching.is_taught(context.session, context.knowledge, entry=name):
        # A refusal would leave the question open, and every message be refused like this one.
        await stop_asking(context)
        return context.say("entry-not-taught")
    await teaching.change(
        context.session,
        entry=name,
        question=text if field == "question" else None,
        answer=text if field == "answer" else None,
        source=teaching.named_source(text) if field == "source" else None,
        by=context.member.id,
        now=context.now,
    )
    await stop_asking(context)
    return context.say("entry-changed") + await shown(name, context)


_VERBS: dict[str, Verb] = {
    "show": shown,
    "reviewed": _reviewed,
    "phrase": phrasing.begin,
    "phrasings": phrasing.removable,
    "change": _ask_change,
    "retire": _ask_retire,
    "retire-yes": _retired,
    **{field: partial(_asks_again, field) for field in ("question", "answer", "source")},
}
