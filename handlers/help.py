"""Greeting and help: what this person may do here."""

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.messages import Change, ChatKind
from bot.services import broadcasts
from bot.text.document import Document, Listing, Span

router = Router()


@router.command(de="start", en="start", about="command-start")
async def start(_command: Command, context: Context) -> Reply:
    """Greet somebody who meets the bot."""
    return context.say("welcome", hub=context.settings.hub.name) + context.help_hint


@router.command("hilfe", de="help", en="help", about="command-help", standing=True)
async def show_help(_command: Command, context: Context) -> Reply:
    """List the commands that this person may use in this chat."""
    intro = "help-intro-direct" if context.is_direct else "help-intro-room"
    items = tuple(
        spans
        for spec in context.commands
        if context.may(spec)
        for spans in _item(context, spec.names[context.language], spec.about)
    )
    title = context.say("help-title", hub=context.settings.hub.name)
    listing = Document(blocks=(Listing(items=items),))
    return title + context.say(intro) + listing + context.say("help-more")


def _item(context: Context, name: str, about: str) -> tuple[tuple[Span, ...], ...]:
    line = context.say(
        "help-command", command=context.prefix + name, description=context.text(about)
    )
    return tuple(block.spans for block in line.blocks if block.kind == "paragraph")


@router.change(Change.JOINED)
async def joined(context: Context) -> Reply:
    """Say how to ask, once, when the bot comes into a room.

    In a direct chat nothing is said before the person says something. In a Telegram channel
    nobody could ask; the admins are told of it instead.
    """
    if context.chat.kind is ChatKind.BROADCAST:
        await broadcasts.tell_admins(
            context.session,
            chat=context.chat,
            by=context.person,
            settings=context.settings,
            now=context.now,
        )
    if context.chat.kind is not ChatKind.ROOM:
        return None
    return context.say("room-greeting", hub=context.settings.hub.name) + context.help_hint
