"""``/quellen``: what is read, how it goes, and every setting of a source in one line."""

import re

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import sources
from bot.services.members import Role
from bot.text.document import Button, Document, Listing, Span
from handlers.sources import adding
from handlers.sources.showing import SUBJECT, shown, state

router = Router()

_ON_A_PAGE = 8
_NEW = frozenset({"neu", "new", "add"})
_NUMBERED = re.compile(
    r"(?:nr\.?\s*)?([0-9]{1,15})(?:\s+(\S+)(?:\s+(.*))?)?", re.DOTALL | re.IGNORECASE
)
_DIGITS = re.compile(r"[0-9]{1,15}")
_NOTHING = frozenset({"", "-", "keine", "keins", "none", "alle", "all"})
_SETTINGS = {
    "name": "name",
    "thema": "topic", "topic": "topic",
    "land": "laender", "laender": "laender",
    "sprache": "language", "language": "language",
    "zeitzone": "zone", "zone": "zone",
    "modus": "mode", "mode": "mode",
    "alle": "every", "every": "every",
    "nur": "wanted", "only": "wanted",
    "ohne": "unwanted", "without": "unwanted",
    "vorlage": "template", "template": "template",
    "adresse": "address", "address": "address",
}  # fmt: skip
"""What can be changed, as people call it."""
_CLEARED = frozenset({"laender", "wanted", "unwanted", "template"})
"""What may be missing, and is taken away by a word that says so."""
_VERBS = {
    "pause": "pause", "anhalten": "pause", "stop": "pause",
    "weiter": "resume", "resume": "resume",
    "lesen": "read", "read": "read",
    "entfernen": "remove", "loeschen": "remove", "remove": "remove", "delete": "remove",
}  # fmt: skip


def _is_bare(argument: str) -> bool:
    return not argument or bool(_DIGITS.fullmatch(argument))


@router.command(
    "quelle", "source", de="quellen", en="sources", about="command-sources", role=Role.EDITOR,
    bare=_is_bare,
)  # fmt: skip
async def command(command: Command, context: Context) -> Reply:
    """List the sources, show or change one, or add a new one."""
    if not command.argument:
        return await _page(0, context)
    verb, _, rest = command.argument.partition(" ")
    if fold(verb) in _NEW:
        return await adding.begin(rest.strip(), context)
    found = _NUMBERED.fullmatch(command.argument)
    if found is None:
        raise UserError("source-usage", command=context.typed("quellen"))
    number, word, typed = int(found[1]), fold(found[2] or ""), (found[3] or "").strip()
    if not word:
        return await shown(await sources.find(context.session, number), context)
    if word in _VERBS and not typed:
        return await VERBS[_VERBS[word]](number, "", context)
    if word not in _SETTINGS:
        raise UserError("source-setting-unknown", typed=found[2], known=_known(context))
    return await _set(number, _SETTINGS[word], typed, context)


def _known(context: Context) -> str:
    """Name what can be changed, in one language."""
    german = ("name", "thema", "land", "sprache", "modus", "alle", "nur", "ohne", "vorlage")
    english = ("name", "topic", "land", "language", "mode", "every", "only", "without", "template")
    return ", ".join(english if context.language == "en" else german)


async def _set(number: int, what: str, typed: str, context: Context) -> Document:
    if what in _CLEARED and fold(typed) in _NOTHING:
        typed = ""
    row = await sources.change(
        context.session, number, what=what, typed=typed, member_id=context.member.id,
        now=context.now,
    )  # fmt: skip
    return await shown(row, context)


@router.button("sources-page", role=Role.EDITOR)
async def turn(rest: str, context: Context) -> Reply:
    """Turn to a page; *rest* is how many sources to pass over."""
    if not _DIGITS.fullmatch(rest):
        return context.say("button-gone")
    return Edit(await _page(int(rest), context))


@router.button(SUBJECT, role=Role.EDITOR)
async def pressed(rest: str, context: Context) -> Reply:
    """Do what a button says; *rest* is ``verb:number`` and what belongs to the verb."""
    verb, _, behind = rest.partition(":")
    number, _, argument = behind.partition(":")
    act = VERBS.get(verb)
    if act is None or not _DIGITS.fullmatch(number):
        return context.say("button-gone")
    return await act(int(number), argument, context)


async def _page(offset: int, context: Context) -> Document:
    total = await sources.count(context.session)
    found = await sources.listed(context.session, offset=offset, limit=_ON_A_PAGE)
    new = context.button("source-new", "source-add:new")
    if not found:
        return context.say("sources-none").with_buttons([new])
    lines = [
        context.text("sources-line", number=one.id, name=one.name, state=state(one, context))
        for one in found
    ]
    rows = [[Button(label=str(one.id), value=f"{SUBJECT}:open:{one.id}") for one in found]]
    turning = []
    if offset:
        before = max(offset - _ON_A_PAGE, 0)
        turning.append(context.button("inbox-before", f"sources-page:{before}"))
    if total > offset + len(found):
        turning.append(context.button("inbox-after", f"sources-page:{offset + _ON_A_PAGE}"))
    title = context.say("sources-title", count=total)
    body = title + Document.of(Listing(items=tuple((Span(text=line),) for line in lines)))
    return body.with_buttons(*rows, [*turning, new])


async def _open(number: int, _argument: str, context: Context) -> Reply:
    return await shown(await sources.find(context.session, number), context)


async def _mode(number: int, argument: str, context: Context) -> Reply:
    row = await sources.change(
        context.session, number, what="mode", typed=argument, member_id=context.member.id,
        now=context.now,
    )  # fmt: skip
    return Edit(await shown(row, context))


async def _pause(number: int, _argument: str, context: Context) -> Reply:
    row = await sources.pause(
        context.session, number, member_id=context.member.id, now=context.now
    )
    return Edit(await shown(row, context))


async def _resume(number: int, _argument: str, context: Context) -> Reply:
    row = await sources.resume(
        context.session, number, member_id=context.member.id, now=context.now
    )
    return Edit(await shown(row, context))


async def _read(number: int, _argument: str, context: Context) -> Reply:
    row = await sources.read_soon(context.session, number, now=context.now)
    return context.say("source-read-soon", number=number, name=row.name)


async def _remove(number: int, _argument: str, context: Context) -> Reply:
    row = await sources.find(context.session, number)
    question = context.say("source-remove-sure", number=number, name=row.name)
    yes = context.button("source-remove-yes", f"{SUBJECT}:gone:{number}")
    no = context.button("source-remove-no", f"{SUBJECT}:open:{number}")
    return question.with_buttons([yes, no])


async def _gone(number: int, _argument: str, context: Context) -> Reply:
    row = await sources.remove(
        context.session, number, member_id=context.member.id, now=context.now
    )
    return Edit(context.say("source-removed", number=number, name=row.name))


VERBS = {
    "open": _open,
    "mode": _mode,
    "pause": _pause,
    "resume": _resume,
    "read": _read,
    "remove": _remove,
    "gone": _gone,
}
