"""Telegram channels: looked at and subscribed from an admin's direct chat.

Nobody can write to the bot in a channel, so the commands of a chat are given for it from afar.
"""

import re
from dataclasses import replace

from bot.dispatch import commands
from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Afar, Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import broadcasts, subscriptions
from bot.services.broadcasts import Broadcast
from bot.services.members import Role
from bot.services.topics import name_of
from bot.text.document import Document, Listing, Span
from bot.timing.times import echo
from handlers.subscriptions import choosing, preferring, wording

router = Router()

_ACTS = {
    fold(name): handler
    for bound in (choosing.router, preferring.router)
    for spec, handler in bound.commands
    if spec.role is Role.MODERATOR
    for name in spec.all_names
}
"""What can be done for a channel: all that moderators can do for a room."""

_BARE = (choosing.stop, choosing.mine)
"""What needs nothing behind it; the others would show buttons, which carry no chat."""

_WANTED = re.compile(
    r"(?:(?:nr|no)\.?\s*)?([0-9]{1,15})(?:\s+(\S+)(?:\s+(.*))?)?", re.IGNORECASE | re.DOTALL
)


@router.command(
    de="kanaele",
    en="channels",
    about="command-channels",
    role=Role.ADMIN,
    where=ChatKind.DIRECT,
)
async def show(_command: Command, context: Context) -> Reply:
    """List the channels in which the bot may post, with what each has subscribed to."""
    _must_be_direct(context, "kanaele", "channels")
    known = await broadcasts.known(context.session)
    if not known:
        return context.say("channels-none")
    items = tuple([(Span(text=await _line(one, context)),) for one in known])
    hint = context.say("channels-hint", command=_typed(context, known[0].number))
    return context.say("channels-title") + Document.of(Listing(items=items)) + hint


async def _line(one: Broadcast, context: Context) -> str:
    held = await subscriptions.held(context.session, chat=one.chat, now=context.now)
    named = []
    for each in held:
        narrow = wording.narrowing(each.laender, each.staffeln, each.kinds, context)
        name = name_of(each.topic, context.language)
        named.append(f"{name} ({narrow})" if narrow else name)
    topics = ", ".join(named) or context.text("channel-nothing")
    return context.text("channel-line", number=one.number, title=one.title, topics=topics)


def _typed(context: Context, number: int) -> str:
    return f"{context.prefix}{_command(context, number)}"


def _command(context: Context, number: int) -> str:
    return f"channel {number}" if context.language == "en" else f"kanal {number}"


def _must_be_direct(context: Context, german: str, english: str) -> None:
    if not context.is_direct:
        name = english if context.language == "en" else german
        raise UserError("direct-only", command=context.prefix + name)


@router.command(
    de="kanal",
    en="channel",
    about="command-channel",
    role=Role.ADMIN,
    where=ChatKind.DIRECT,
    bare=never,
)
async def act(command: Command, context: Context) -> Reply:
    """Do for a channel what a command says: ``number command argument``."""
    _must_be_direct(context, "kanal", "channel")
    found = _WANTED.fullmatch(command.argument)
    if found is None:
        raise UserError("channel-usage", command=_typed(context, 3))
    channel = await broadcasts.find(context.session, number=int(found[1]))
    afar = Afar(context.chat.address.channel, _command(context, channel.number))
    wanted = Command(fold(found[2] or ""), (found[3] or "").strip())
    done = await _obey(wanted, replace(context, chat=channel.chat, afar=afar))
    title = context.say("channel-title", number=channel.number, title=channel.title)
    return title + done


async def _obey(wanted: Command, context: Context) -> Document:
    handler = _ACTS.get(wanted.name, choosing.mine if not wanted.name else None)
    if handler is None:
        raise _unknown(wanted.name)
    if handler not in _BARE and not wanted.argument:
        handler = choosing.mine
    reply = await handler(wanted, context)
    document = reply if isinstance(reply, Document) else Document()
    if isinstance(reply, Edit):
        document = reply.as_message
    if not document.buttons:
        return document
    # A button would be pressed in this chat and mean this chat.
    return document.with_buttons() + context.say("channel-again")


def _unknown(name: str) -> UserError:
    nearest = commands.nearest(name, _ACTS)
    if nearest is None:
        return UserError("channel-act-unknown", typed=echo(name))
    return UserError("channel-act-nearest", typed=echo(name), nearest=nearest)
