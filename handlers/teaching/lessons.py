"""Teaching a new entry: step by step, or in one message; saved only after a preview."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.knowledge.entry import Entry
from bot.services import entries, entry_words, teaching
from bot.services.members import Role
from bot.text.document import Button, Document
from handlers.teaching.asking import ask, asked, must_be_direct, only_words, stop_asking

router = Router()

Verb = Callable[[Any, Context], Awaitable[Reply]]

_SUBJECT = "teach"
_FIELDS = ("question", "answer", "source")
_SAVE = frozenset({"speichern", "ja", "save", "yes"})
_TOKEN = 10


@router.command("lerne", de="lehren", en="teach", about="command-teach", role=Role.EDITOR)
async def begin(command: Command, context: Context) -> Reply:
    """Ask for a question, its answer and the source; or read all of it: ``Q? | A | source``."""
    if command.argument:
        return await _in_one_message(command.argument, context)
    must_be_direct(context, de="lehren", en="teach")
    await ask(context, _SUBJECT, step="question")
    return context.say("teach-ask-question")


async def _in_one_message(text: str, context: Context) -> Document:
    parts = [part.strip() for part in text.split("|")]
    if len(parts) not in {2, 3}:
        raise UserError("teach-usage", prefix=context.prefix)
    question, answer, *source = parts
    return await _preview(
        {"question": question, "answer": answer, "source": teaching.named_source("".join(source))},
        context,
    )


@router.dialog(_SUBJECT)
async def answered(text: str, content: Any, context: Context) -> Reply:
    """Take the answer to what was asked, and ask for the next thing or show what it makes."""
    context.require(Role.EDITOR)
    only_words(context)
    match content["step"]:
        case "question":
            return await _questioned(text, context)
        case "answer":
            teaching.read_answer(text)
            await ask(context, _SUBJECT, **{**content, "step": "source", "answer": text})
            return _ask_source(context)
        case "preview" if fold(text) in _SAVE:
            return await _saved(content, context)
        case "preview":
            # With its buttons, since a number stands for those of the newest message.
            return context.say("teach-choose") + await _preview(content, context)
        case "source" | "again-source":
            return await _preview({**content, "source": teaching.named_source(text)}, context)
        case step:
            return await _preview({**content, step.removeprefix("again-"): text}, context)


async def _questioned(text: str, context: Context) -> Document:
    question = teaching.phrasing(text)
    await ask(context, _SUBJECT, step="answer", question=question)
    asks = context.say("teach-ask-answer")
    alike = entries.alike(context.knowledge, question)
    if alike is None:
        return asks
    document = context.say("teach-alike", title=_title(alike), entry=alike.id)
    document += context.say("teach-ask-answer-alike")
    return document.with_buttons([_as_phrasing(alike, question, context)])


def _ask_source(context: Context) -> Document:
    button = context.button("teach-no-source", f"{_SUBJECT}:bare")
    return context.say("teach-ask-source").with_buttons([button])


def _title(entry: Entry) -> str:
    return entry_words.label(entry.questions[0])


def _as_phrasing(entry: Entry, question: str, context: Context) -> Button:
    value = f"{_SUBJECT}:phrase:{_token(question)}:{entry_words.reference(entry.id)}"
    return context.button("teach-as-phrasing", value)


def _token(*texts: str) -> str:
    """Return what a button knows of a draft, so that it does nothing to a later one."""
    return sha256("\0".join(texts).encode()).hexdigest()[:_TOKEN]


def _token_of(content: Any) -> str:
    return _token(*(str(content.get(field, "")) for field in _FIELDS))


async def _preview(content: Any, context: Context) -> Document:
    """Show how the entry will look, and ask what to do with it."""
    draft = {
        "question": teaching.phrasing(content["question"]),
        "answer": teaching.read_answer(content["answer"]),
        "source": teaching.read_source(content["source"]) or "",
    }
    await ask(context, _SUBJECT, step="preview", **draft)
    entry = Entry(
        id="draft",
        questions=(draft["question"],),
        answer=draft["answer"],
        source=draft["source"] or None,
        language=context.language,
    )
    document = context.say("teach-preview") + entry_words.answer(entry, context.language)
    if not entry.source:
        document += context.say("teach-sourceless")
    token = _token_of(draft)
    rows = [
        [
            context.button("teach-save", f"{_SUBJECT}:save:{token}"),
            context.button("teach-change", f"{_SUBJECT}:change:{token}"),
            context.button("teach-drop", f"{_SUBJECT}:drop:{token}"),
        ]
    ]
    alike = entries.alike(context.knowledge, draft["question"])
    if alike is not None:
        document += context.say("teach-alike", title=_title(alike), entry=alike.id)
        rows.append([_as_phrasing(alike, draft["question"], context)])
    return document.with_buttons(*rows)


@router.button(_SUBJECT, role=Role.EDITOR)
async def pressed(rest: str, context: Context) -> Reply:
    """Do what a button says; *rest* is ``verb:token`` and what belongs to the verb."""
    verb, _, behind = rest.partition(":")
    token, _, argument = behind.partition(":")
    content = await asked(context, _SUBJECT)
    if verb == "bare" and content.get("step") == "source":
        return await _preview({**content, "source": ""}, context)
    if verb == "phrase" and token == _token(str(content.get("question", ""))):
        return await _phrased(argument, content, context)
    act = _VERBS.get(verb)
    if act is None or "source" not in content or token != _token_of(content):
        return context.say("teach-gone", prefix=context.prefix)
    return await act(content, context)


async def _save(content: Any, context: Context) -> Reply:
    return Edit(await _saved(content, context))


async def _drop(_content: Any, context: Context) -> Reply:
    await stop_asking(context)
    return Edit(context.say("teach-dropped"))


async def _change(content: Any, context: Context) -> Reply:
    token = _token_of(content)
    buttons = [
        context.button("teach-question", f"{_SUBJECT}:question:{token}"),
        context.button("teach-answer", f"{_SUBJECT}:answer:{token}"),
        context.button("teach-source", f"{_SUBJECT}:source:{token}"),
    ]
    return context.say("teach-change-what").with_buttons(buttons)


def _again(field: str) -> Verb:
    async def ask_again(content: Any, context: Context) -> Reply:
        await ask(context, _SUBJECT, **{**content, "step": f"again-{field}"})
        return _asks_again(field, context)

    return ask_again


def _asks_again(field: str, context: Context) -> Document:
    match field:
        case "question":
            return context.say("teach-ask-question")
        case "answer":
            return context.say("teach-ask-answer")
        case _:
            return context.say("teach-ask-source")


async def _saved(content: Any, context: Context) -> Document:
    entry = await teaching.teach(
        context.session,
        context.knowledge,
        question=content["question"],
        answer=content["answer"],
        source=content["source"] or None,
        language=context.language,
        by=context.member.id,
        now=context.now,
    )
    await stop_asking(context)
    return context.say("teach-saved", title=_title(entry), entry=entry.id)


async def _phrased(reference: str, content: Any, context: Context) -> Reply:
    """Add the question to the entry that was there already, in place of a new one."""
    name = await entries.referred(context.session, context.knowledge, reference)
    if name is None:
        return context.say("button-gone")
    added = await teaching.add_phrasing(
        context.session,
        context.knowledge,
        entry=name,
        text=content["question"],
        by=context.member.id,
        now=context.now,
    )
    await stop_asking(context)
    entry = await teaching.find(context.session, context.knowledge, entry=name)
    return Edit(context.say("phrasing-added" if added else "phrasing-known", title=_title(entry)))


_VERBS: dict[str, Verb] = {
    "save": _save,
    "drop": _drop,
    "change": _change,
    **{field: _again(field) for field in _FIELDS},
}
