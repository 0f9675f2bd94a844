"""What editors decide about items that wait: together, one by one, and when something is due."""

import re
from typing import Any

from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.services import dialogs, source_holding, source_posts, source_views, source_words
from bot.services.members import Role
from bot.services.source_holding import Decided, Decision
from bot.text import datetimes
from bot.text.document import Button, Document

router = Router()

_CORRECTING = "source-correct"
_ENDED = {
    Decision.PUBLISH: "source-decided-publish",
    Decision.CALENDAR: "source-decided-calendar",
    Decision.DROP: "source-decided-drop",
}
_PAIR = re.compile(r"([0-9]{1,15}):(\w{1,40})")
_PLACE = re.compile(r"([0-9]{1,15})(?::([0-9]{1,9}))?")


# Everything in a batch


@router.button("source-publish", role=Role.EDITOR)
async def publish(rest: str, context: Context) -> Reply:
    """Tell everything that waits; *rest* is the batch and its version."""
    return await _decide(rest, Decision.PUBLISH, context)


@router.button("source-calendar", role=Role.EDITOR)
async def keep(rest: str, context: Context) -> Reply:
    """Keep the events without telling anybody."""
    return await _decide(rest, Decision.CALENDAR, context)


@router.button("source-drop", role=Role.EDITOR)
async def drop(rest: str, context: Context) -> Reply:
    """Make nothing of what waits."""
    return await _decide(rest, Decision.DROP, context)


async def _decide(rest: str, decision: Decision, context: Context) -> Reply:
    found = _PAIR.fullmatch(rest)
    if found is None or not found[2].isdecimal():
        return context.say("button-gone")
    decided = await source_holding.decide(
        context.session,
        int(found[1]),
        decision,
        version=int(found[2]),
        member_id=context.member.id,
        settings=context.settings,
        now=context.now,
    )
    await _show(decided.batch, context)
    return _result(decided, decision, context)


def _result(decided: Decided, decision: Decision, context: Context) -> Document:
    count = {
        Decision.PUBLISH: decided.told,
        Decision.CALENDAR: decided.kept,
        Decision.DROP: decided.items,
    }[decision]
    document = context.say(_ENDED[decision], count=count)
    if decision is Decision.PUBLISH and decided.kept:
        document += context.say("source-decided-calendar", count=decided.kept)
    if decided.asked:
        document += context.say("source-decided-asked", count=decided.asked)
    return document


async def _show(batch: int, context: Context) -> None:
    """Let the editors' messages show at once how a batch is now."""
    await source_posts.show(context.session, batch, settings=context.settings, now=context.now)


# One by one


@router.button("source-show", role=Role.EDITOR)
async def look(rest: str, context: Context) -> Reply:
    """Show the items one by one; *rest* is the batch, and how many of them to pass over."""
    found = _PLACE.fullmatch(rest)
    if found is None:
        return context.say("button-gone")
    page = await _page(int(found[1]), int(found[2] or 0), context)
    return Edit(page) if found[2] else page


async def _page(batch: int, offset: int, context: Context) -> Document:
    found, total = await source_views.items(context.session, batch, offset=offset, limit=1)
    if not found and offset:
        found, total = await source_views.items(context.session, batch, offset=0, limit=1)
        offset = 0
    if not found:
        return context.say("source-all-decided")
    body = source_words.item(found[0], context.language)
    head = context.say("source-item-place", place=offset + 1, count=total)
    turning = []
    if offset:
        turning.append(_turn("source-item-before", batch, offset - 1, context))
    if offset + 1 < total:
        turning.append(_turn("source-item-after", batch, offset + 1, context))
    buttons = [*body.buttons, *([tuple(turning)] if turning else [])]
    return (head + body).with_buttons(*buttons)


def _turn(name: str, batch: int, offset: int, context: Context) -> Button:
    return context.button(name, f"source-show:{batch}:{offset}")


@router.button("source-item-publish", role=Role.EDITOR)
async def publish_item(rest: str, context: Context) -> Reply:
    """Tell one item; *rest* is its number and which version of it was shown."""
    return await _decide_item(rest, Decision.PUBLISH, context)


@router.button("source-item-calendar", role=Role.EDITOR)
async def keep_item(rest: str, context: Context) -> Reply:
    """Keep one event without telling anybody."""
    return await _decide_item(rest, Decision.CALENDAR, context)


@router.button("source-item-drop", role=Role.EDITOR)
async def drop_item(rest: str, context: Context) -> Reply:
    """Make nothing of one item."""
    return await _decide_item(rest, Decision.DROP, context)


async def _decide_item(rest: str, decision: Decision, context: Context) -> Reply:
    decided = await _decided(rest, decision, context)
    if decided is None:
        return context.say("button-gone")
    said = _result(decided, decision, context)
    return Edit(said + await _page(decided.batch, 0, context))


async def _decided(rest: str, decision: Decision, context: Context) -> Decided | None:
    """Decide about the item that a button names; ``None`` if it names none."""
    found = _PAIR.fullmatch(rest)
    if found is None:
        return None
    decided = await source_holding.decide_item(
        context.session,
        int(found[1]),
        decision,
        seen=found[2],
        member_id=context.member.id,
        settings=context.settings,
        now=context.now,
    )
    await _show(decided.batch, context)
    return decided


# When something is due


@router.button("source-confirm", role=Role.EDITOR)
async def confirm(rest: str, context: Context) -> Reply:
    """Say that a due date was read rightly; *rest* is the item and which version was shown."""
    decided = await _decided(rest, Decision.PUBLISH, context)
    return await _after(decided, context) if decided else context.say("button-gone")


@router.button(_CORRECTING, role=Role.EDITOR)
async def correct(rest: str, context: Context) -> Reply:
    """Ask when it is due instead."""
    found = _PAIR.fullmatch(rest)
    if found is None:
        return context.say("button-gone")
    await dialogs.ask(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        subject=_CORRECTING,
        content={"number": int(found[1]), "seen": found[2]},
        now=context.now,
    )
    asked = context.say("source-ask-right-due")
    return asked if context.is_direct else asked + context.say("inbox-by-reply")


@router.dialog(_CORRECTING)
async def corrected(text: str, content: Any, context: Context) -> Reply:
    """Take the right due date."""
    context.require(Role.EDITOR)
    due = datetimes.read(text, today=context.today)
    decided = await source_holding.correct(
        context.session,
        content["number"],
        due.end or due.start,
        seen=content["seen"],
        member_id=context.member.id,
        settings=context.settings,
        now=context.now,
    )
    await dialogs.end(context.session, address=context.chat.address, member_id=context.member.id)
    await _show(decided.batch, context)
    return await _after(decided, context)


async def _after(decided: Decided, context: Context) -> Document:
    said = _result(decided, Decision.PUBLISH, context)
    _, total = await source_views.items(context.session, decided.batch, offset=0, limit=1)
    return said + await _page(decided.batch, 0, context) if total else said
