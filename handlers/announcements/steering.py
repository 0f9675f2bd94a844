"""Announcements that are on their way or out: looked at, halted, changed, taken back."""

from collections.abc import Awaitable, Callable

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import announcement_words, announcements, dialogs, publishing, steering
from bot.services.announcements import IMPORTANCES, LATE, Announcement, State
from bot.services.members import Role
from bot.services.targeting import Wanted
from bot.text.dates import format_datetime
from bot.text.document import Document, Listing, Span
from handlers.announcements import releasing, targets
from handlers.announcements.asking import ask, stop_asking
from handlers.announcements.previewing import actor, preview, preview_again

router = Router()

_LISTED = 8
_REASONS = 8
_LONGEST = 60
_STATES = {
    State.DRAFT: "state-draft",
    State.AWAITING: "state-awaiting",
    State.SCHEDULED: "state-scheduled",
    State.SENDING: "state-sending",
    State.PAUSED: "state-paused",
    State.SENT: "state-sent",
    State.RECALLING: "state-recalling",
    State.RECALLED: "state-recalled",
    State.MISSED: "state-missed",
}


@router.command(
    de="ankuendigungen",
    en="announcements",
    about="command-announcements",
    role=Role.ANNOUNCER,
    where=ChatKind.DIRECT,
)
async def show_all(_command: Command, context: Context) -> Reply:
    """List the newest announcements."""
    if not context.is_direct:
        raise UserError("announcement-direct")
    rows = await announcements.newest(context.session, _LISTED)
    if not rows:
        return context.say("announcements-none", prefix=context.prefix)
    items = tuple((Span(text=_line(row, context)),) for row in rows)
    hint = context.say("announcements-hint", prefix=context.prefix)
    return context.say("announcements-title") + Document.of(Listing(items=items)) + hint


def _line(row: Announcement, context: Context) -> str:
    text = announcements.first_line(row)
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    state = context.text(_STATES[State(row.state)])
    return context.text("announcement-line", number=row.id, state=state, text=short)


async def shown(row: Announcement, context: Context) -> Document:
    """Show an announcement with what can be done about it now."""
    state = State(row.state)
    if state is State.DRAFT:
        return await preview(row, context)
    if state in {State.SCHEDULED, State.AWAITING, State.MISSED}:
        zone = context.settings.hub.zone
        when = format_datetime(row.send_at or context.now, context.language, zone)
        name = context.text(_STATES[state])
        document = context.say("announcement-stands", number=row.id, state=name, when=when)
        return document.with_buttons([context.button("announcement-back", f"ann:back:{row.id}")])
    return await report(row, context)


async def report(row: Announcement, context: Context) -> Document:
    """Say how far an announcement is."""
    await context.session.flush()
    found = await publishing.report(context.session, row, now=context.now)
    return announcement_words.report(found, context.language, context.settings.hub.zone)


Verb = Callable[[int, str, Context], Awaitable[Reply]]


@router.button("ann", role=Role.ANNOUNCER)
async def pressed(rest: str, context: Context) -> Reply:
    """Do what a button says; *rest* is ``verb:number`` and what belongs to the verb."""
    verb, _, behind = rest.partition(":")
    number, _, argument = behind.partition(":")
    act = VERBS.get(verb)
    if act is None or not (number.isascii() and number.isdecimal()):
        return context.say("button-gone")
    return await act(int(number), argument, context)


# A draft


async def _to(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.editable(context.session, number)
    await ask(context, step="audience", number=number)
    return Edit(await targets.board(row, context))


async def _menu(number: int, argument: str, context: Context) -> Reply:
    what, _, page = argument.partition(":")
    row = await announcements.editable(context.session, number)
    if what not in targets.MENUS:
        return context.say("button-gone")
    return Edit(await targets.menu(row, what, _page(page), context))


async def _toggle(number: int, argument: str, context: Context) -> Reply:
    what, _, rest = argument.partition(":")
    page, _, value = rest.partition(":")
    row = await announcements.editable(context.session, number)
    try:
        wanted = Wanted.of(row.audience).toggled(what, value)
    except (KeyError, ValueError):
        return context.say("button-gone")
    row.audience = wanted.stored()
    return Edit(await targets.menu(row, what, _page(page), context))


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("10000") else 0


async def _preview(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.editable(context.session, number)
    await stop_asking(context)
    return Edit(await preview(row, context))


async def _importance(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.editable(context.session, number)
    row.importance = IMPORTANCES[(IMPORTANCES.index(row.importance) + 1) % len(IMPORTANCES)]
    return Edit(await preview_again(row, context))


async def _late(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.editable(context.session, number)
    row.late = LATE[(LATE.index(row.late) + 1) % len(LATE)]
    return Edit(await preview_again(row, context))


async def _everyone(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.editable(context.session, number)
    row.everyone = not row.everyone
    return Edit(await preview_again(row, context))


async def _text(number: int, _argument: str, context: Context) -> Reply:
    await announcements.editable(context.session, number)
    await ask(context, step="rewrite", number=number)
    return context.say("announcement-ask-text")


async def _time(number: int, _argument: str, context: Context) -> Reply:
    await announcements.editable(context.session, number)
    await ask(context, step="time", number=number)
    return context.say("announcement-ask-time")


async def _test(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.editable(context.session, number)
    await announcements.test(context.session, actor(context), row)
    return None


async def _drop(number: int, _argument: str, context: Context) -> Reply:
    await announcements.discard(context.session, actor(context), number)
    await stop_asking(context)
    return Edit(context.say("announcement-dropped"))


async def _back(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.take_back(context.session, actor(context), number)
    return Edit(await preview(row, context))


# On its way


async def _pause(number: int, _argument: str, context: Context) -> Reply:
    await steering.pause(context.session, actor(context), number)
    return await _reported(number, context)


async def _resume(number: int, _argument: str, context: Context) -> Reply:
    await steering.resume(context.session, actor(context), number)
    return await _reported(number, context)


async def _cancel(number: int, _argument: str, context: Context) -> Reply:
    await steering.cancel(context.session, actor(context), number)
    return await _reported(number, context)


async def _retry(number: int, _argument: str, context: Context) -> Reply:
    await steering.retry(context.session, actor(context), number)
    return await _reported(number, context)


async def _reported(number: int, context: Context) -> Reply:
    row = await announcements.find(context.session, number)
    return Edit(await report(row, context))


async def _recall(number: int, _argument: str, context: Context) -> Reply:
    """Ask once more; meanwhile nothing further is sent."""
    row = await announcements.find(context.session, number)
    if row.state == State.SENDING:
        await steering.pause(context.session, actor(context), number)
    return context.say("recall-sure", number=number).with_buttons(
        [
            context.button("recall-yes", f"ann:recall-yes:{number}"),
            context.button("recall-no", f"ann:recall-no:{number}"),
        ]
    )


async def _recall_now(number: int, _argument: str, context: Context) -> Reply:
    await steering.recall(context.session, actor(context), number)
    return Edit(context.say("recall-begun", number=number))


async def _recall_not(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.find(context.session, number)
    if row.state == State.PAUSED:
        return Edit(context.say("recall-not-paused", number=number))
    return Edit(context.say("recall-not", number=number))


async def _edit(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.locked(context.session, number, *announcements.OUT)
    await ask(context, step="edit", number=number, version=row.version)
    document = context.say("announcement-ask-edit", number=number)
    return document + announcements.body(row, context.language).with_attachment(None)


async def rewritten(number: int, text: str, context: Context, *, version: int) -> Document:
    """Show how a *version* of an announcement will read before it is changed for everybody."""
    if context.upload is not None:
        raise UserError("edit-no-file")
    row = await announcements.find(context.session, number)
    texts = announcements.read_texts(text, row.language)
    await ask(context, step="edit", number=number, texts=texts, version=version)
    document = context.say("edit-preview", number=number)
    for written in texts.values():
        document += announcements.read_body(written)
    return document.with_buttons(
        [
            context.button("edit-yes", f"ann:edit-yes:{number}"),
            context.button("edit-no", f"ann:edit-no:{number}"),
        ]
    )


async def _edit_now(number: int, _argument: str, context: Context) -> Reply:
    asked = await dialogs.asked(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        now=context.now,
    )
    texts = asked.content.get("texts") if asked and asked.content["number"] == number else None
    if asked is None or not texts:
        return context.say("button-gone")
    version = int(asked.content["version"])
    row = await announcements.find(context.session, number)
    if row.version != version:
        await stop_asking(context)
        return context.say("announcement-elsewhere", number=number)
    await steering.edit(context.session, actor(context), number, texts, version=version)
    await stop_asking(context)
    return Edit(context.say("edit-begun", number=number))


async def _edit_not(number: int, _argument: str, context: Context) -> Reply:
    await stop_asking(context)
    return Edit(context.say("edit-not", number=number))


async def _details(number: int, _argument: str, context: Context) -> Reply:
    row = await announcements.find(context.session, number)
    reasons = await publishing.reasons(context.session, row, limit=_REASONS)
    if not reasons:
        return context.say("details-none", number=number)
    items = tuple((Span(text=f"{count}: {error}"),) for error, count in reasons)
    return context.say("details-title", number=number) + Document.of(Listing(items=items))


async def _send(number: int, _argument: str, context: Context) -> Reply:
    document = await releasing.release(number, None, context)
    await stop_asking(context)
    return Edit(document)


VERBS: dict[str, Verb] = {
    "to": _to, "menu": _menu, "toggle": _toggle, "preview": _preview,
    "importance": _importance, "late": _late, "everyone": _everyone,
    "text": _text, "time": _time, "test": _test, "drop": _drop, "send": _send, "back": _back,
    "pause": _pause, "resume": _resume, "cancel": _cancel, "retry": _retry,
    "recall": _recall, "recall-yes": _recall_now, "recall-no": _recall_not,
    "edit": _edit, "edit-yes": _edit_now, "edit-no": _edit_not, "details": _details,
}  # fmt: skip
"""What the buttons do."""
