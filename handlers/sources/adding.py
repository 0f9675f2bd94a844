"""Adding a source: its address, then the topic whose subscribers hear of it."""

from typing import Any

from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.services import dialogs, sources, topics
from bot.services.members import Role
from bot.services.sources import Wish
from bot.text.document import Button, Document
from handlers.sources.showing import shown

router = Router()

_SUBJECT = "source-add"


async def begin(typed: str, context: Context) -> Document:
    """Ask for what is missing of a new source; *typed* is its address, or empty."""
    if not typed:
        await _ask(context, step="address")
        return context.say("source-ask-address") + _where_to_write(context)
    return await _ask_topic(typed, context)


async def _ask_topic(address: str, context: Context) -> Document:
    await sources.check_new(context.session, address)
    await _ask(context, step="topic", address=address)
    offered = await topics.offered(context.session)
    labels = [
        Button(label=topics.name_of(one, context.language), value=f"{_SUBJECT}:topic:{one.id}")
        for one in offered
    ]
    pairs = [labels[place : place + 2] for place in range(0, len(labels), 2)]
    return context.say("source-ask-topic").with_buttons(*pairs)


@router.button(_SUBJECT, role=Role.EDITOR)
async def pressed(rest: str, context: Context) -> Reply:
    """Begin, or take the topic that was chosen; *rest* is ``new`` or ``topic:number``."""
    verb, _, value = rest.partition(":")
    if verb == "new":
        return await begin("", context)
    dialog = await dialogs.asked(
        context.session, address=context.chat.address, member_id=context.member.id,
        now=context.now,
    )  # fmt: skip
    known = dialog is not None and dialog.subject == _SUBJECT and dialog.content["step"] == "topic"
    topic = await topics.by_id(context.session, int(value)) if value.isdecimal() else None
    if dialog is None or not known or topic is None:
        return context.say("source-add-again", command=context.typed("quellen neu"))
    return Edit(await _add(dialog.content["address"], topic.name_de, context))


@router.dialog(_SUBJECT)
async def answered(text: str, content: Any, context: Context) -> Reply:
    """Take an address, or the name of a topic."""
    context.require(Role.EDITOR)
    if content["step"] == "address":
        return await _ask_topic(text.strip(), context)
    return await _add(content["address"], text, context)


async def _add(address: str, topic: str, context: Context) -> Document:
    row = await sources.add(
        context.session,
        Wish(address, topic, {}),
        member_id=context.member.id,
        settings=context.settings,
        now=context.now,
    )
    await dialogs.end(context.session, address=context.chat.address, member_id=context.member.id)
    return context.say("source-added") + await shown(row, context)


async def _ask(context: Context, **content: str) -> None:
    await dialogs.ask(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        subject=_SUBJECT,
        content=content,
        now=context.now,
    )


def _where_to_write(context: Context) -> Document:
    return Document() if context.is_direct else context.say("inbox-by-reply")
