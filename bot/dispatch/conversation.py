"""Reading what was said: a button, a number that stands for one, a command, or a question."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.delivery import outbox
from bot.dispatch import commands
from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.registry import CommandSpec, Glance
from bot.dispatch.router import CommandHandler, RoutingTable
from bot.errors import UserError
from bot.messages import LARGEST_FILE, Address, ButtonPress, Identity, IncomingMessage
from bot.services import dialogs
from bot.services.dialogs import Dialog
from bot.services.members import Role
from bot.storage.engine import Session
from bot.text.document import Document

_LONGEST = 4096
"""Characters of a message that is read; Telegram has no longer ones. An answer to something that
the bot asked may be longer: whoever asked says how long."""
_NUMBER = re.compile(r"[\[(]?([0-9]{1,2})[\]).]*")
"""Nobody asks in two digits, and years have four."""
_MEGABYTE = 1024 * 1024
_MOST_ECHOED = 40
"""Characters of a typed name that are repeated to its author."""

_Take = Callable[[str], Awaitable[Reply]]
"""Takes a text for the answer to something that the bot said or asked."""


class Conversation:
    """Takes each message and button to the handler that it is meant for."""

    def __init__(self, table: RoutingTable) -> None:
        self._table = table

    async def reply(self, event: IncomingMessage | ButtonPress, context: Context) -> Reply:
        """Return what the right handler answers.

        An edit refers to the message whose button was pressed; a number that was typed instead
        is answered by a new message, below what the member wrote.

        Raises:
            UserError: The handler refuses.
        """
        if isinstance(event, ButtonPress):
            value = event.value or await _value(context.session, event)
            return None if value is None else await self._press(value, context)
        if not event.addressed:
            return await self._overheard(event, context)
        return await self._spoken(event, context)

    async def _spoken(self, event: IncomingMessage, context: Context) -> Reply:
        take = await self._take(event, context)
        if take is not None and event.file is not None:
            return await self._take_file(event, take, context)
        if take is None and len(event.text) > _LONGEST:
            raise UserError("message-too-long", limit=_LONGEST)
        number = _number(event.text)
        if number is not None:
            return await self._choose(number, event, context, take)
        command = self._command(event, asked=take is not None)
        if command is not None:
            return await self._obey(command, context)
        if take is not None:
            return await take(event.text.strip())
        return await self._table.question(event.text.strip(), context)

    async def _replied(self, event: IncomingMessage, context: Context) -> _Take | None:
        """Return what takes a reply to the message of ours that *event* replies to."""
        bound = self._table.reply(await _source(context.session, event))
        if bound is None:
            return None
        role, handler, rest = bound

        async def take(text: str) -> Reply:
            context.require(role)
            return await handler(text, rest, context)

        return take

    async def _asked(self, context: Context) -> _Take | None:
        """Return what takes the answer to what the member was asked here."""
        dialog = await _dialog(context)
        handler = self._table.dialog(dialog.subject) if dialog else None
        if dialog is None or handler is None:  # of a newer or an older version of this program
            return None
        content = dialog.content

        async def take(text: str) -> Reply:
            return await handler(text, content, context)

        return take

    async def takes_reply(self, event: IncomingMessage, session: Session) -> bool:
        """Tell whether *event* replies to a message of ours to which one may reply."""
        return self._table.reply(await _source(session, event)) is not None

    async def _take_file(self, event: IncomingMessage, take: _Take, context: Context) -> Reply:
        """Hand a file over, with its caption; only a command in the caption is none of it."""
        command = self._command(event, asked=True)
        if command is not None:
            return await self._obey(command, context)
        if context.upload is None:
            raise UserError("file-unreadable", limit=LARGEST_FILE // _MEGABYTE)
        return await take(event.text.strip())

    async def _overheard(self, event: IncomingMessage, context: Context) -> Reply:
        if len(event.text) > _LONGEST:
            return None
        return await self._table.question(event.text.strip(), context)

    async def _choose(
        self, number: int, event: IncomingMessage, context: Context, take: _Take | None
    ) -> Reply:
        """Take a number for the button it stands for; alone it is no question either way."""
        chosen = await _chosen(context.session, event, number)
        if chosen is not None:
            return await self._press(chosen, context)
        if take is not None:
            return await take(event.text.strip())
        return context.say("no-choice") if context.is_direct else None

    async def _press(self, value: str, context: Context) -> Reply:
        found = self._table.button(value)
        if found is None:
            return context.say("button-gone")
        role, handler, rest = found
        context.require(role)
        return await handler(rest, context)

    async def asks_standing(
        self, event: IncomingMessage | ButtonPress, session: Session | None
    ) -> bool | None:
        """Tell whether it matters who moderates the room; ``None``: only a *session* can tell."""
        command = self._read(event)
        if command is not None:
            known = self._table.command(command.name) or self._nearest(command)
            return known is not None and known[0].asks_standing
        value = event.value if isinstance(event, ButtonPress) else None
        if not value:
            if _meant_number(event) is None:
                return False
            if session is None:
                return None
            value = await _meant_value(session, event)
        found = self._table.button(value) if value else None
        return found is not None and found[0] is Role.MODERATOR

    async def elsewhere(
        self, event: IncomingMessage | ButtonPress, session: Session, *, now: datetime
    ) -> Sequence[tuple[Address, Identity]]:
        """Return whose power in other chats the handler has to know."""
        command = self._read(event)
        if command is not None:
            known = self._table.obeying(command)
            ask, rest = known and known[0].elsewhere, command.argument
        else:
            value = await _meant_value(session, event)
            ask, rest = self._table.elsewhere(value) if value else (None, "")
        if ask is None:
            return ()
        return await ask(Glance(session, rest, event.sender.identity, now))

    def is_always(self, event: IncomingMessage | ButtonPress) -> bool:
        """Tell whether this is obeyed however late it comes and however much came before."""
        command = self._read(event)
        known = self._table.command(command.name) if command else None
        return known is not None and known[0].always

    def is_command(self, event: IncomingMessage) -> bool:
        """Tell whether this is for the bot alone, and no part of what people say to each other."""
        return self._read(event) is not None

    async def is_question(self, event: IncomingMessage, context: Context) -> bool:
        """Tell whether the answer is of use to everybody who reads the question."""
        if self.is_command(event) or _meant_number(event) is not None:
            return False
        return not event.addressed or await self._take(event, context) is None

    async def _take(self, event: IncomingMessage, context: Context) -> _Take | None:
        return await self._replied(event, context) or await self._asked(context)

    def _read(self, event: IncomingMessage | ButtonPress) -> Command | None:
        if isinstance(event, ButtonPress) or not event.addressed or len(event.text) > _LONGEST:
            return None
        return self._command(event)

    def _nearest(self, command: Command) -> tuple[CommandSpec, CommandHandler] | None:
        """Return what may be proposed instead in a room, if one may use it."""
        nearest = commands.nearest(command.name, self._table.names, sure=True)
        return self._table.command(nearest) if nearest else None

    def _command(self, event: IncomingMessage, *, asked: bool = False) -> Command | None:
        """Read a command; where the bot is meant anyway, it needs no prefix.

        Who was *asked* something answers with any word but those that are always obeyed.
        """
        command = commands.parse(event.text)
        if command is not None:
            return command
        name, _, argument = event.text.strip().rstrip("!.? \t\n").partition(" ")
        known = self._table.command(commands.fold(name))
        if known is None or not known[0].bare(argument.strip()):
            return None
        if asked and not known[0].always:
            return None
        if known[0].always and event.text.rstrip().endswith("?"):
            return None  # who asks "Stopp?" has not decided to end everything
        return Command(commands.fold(name), argument.strip())

    async def _obey(self, command: Command, context: Context) -> Reply:
        payload = self._table.payload(command)
        if payload is not None:
            start, rest = payload
            return await start(rest, context)
        known = self._table.obeying(command)
        if known is None:
            return self._unknown(command, context)
        spec, handler = known
        context.require(spec.role)
        return await handler(command, context)

    def _unknown(self, command: Command, context: Context) -> Reply:
        """Propose the nearest command; in rooms only when it is hardly meant for another bot."""
        names = self._table.names_for(context)
        nearest = commands.nearest(command.name, names, sure=not context.is_direct)
        typed = context.prefix + command.name[:_MOST_ECHOED]
        if nearest is not None:
            near = context.prefix + nearest
            proposed = context.say("unknown-command-nearest", command=typed, nearest=near)
            return proposed + context.help_hint
        if not context.is_direct:
            return None
        return context.say("unknown-command", command=typed) + context.help_hint


async def _source(session: Session, event: IncomingMessage) -> str | None:
    """Return what the message of ours tells about that *event* replies to, if it is one."""
    if event.reply_to is None:
        return None
    return await outbox.source_of(session, address=event.chat.address, message=event.reply_to)


async def _dialog(context: Context) -> Dialog | None:
    return await dialogs.asked(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        now=context.now,
    )


def _meant_number(event: IncomingMessage | ButtonPress) -> int | None:
    """Return the number of a button that was pressed or that was typed to us."""
    if isinstance(event, ButtonPress):
        return event.number
    return _number(event.text) if event.addressed else None


async def _meant_value(session: Session, event: IncomingMessage | ButtonPress) -> str | None:
    """Return the value of the button that was pressed, or that a number stands for."""
    if isinstance(event, ButtonPress):
        return event.value or await _value(session, event)
    number = _meant_number(event)
    return None if number is None else await _chosen(session, event, number)


async def _value(session: Session, press: ButtonPress) -> str | None:
    """Return what a pressed number stands for; ``None`` if the message has no such button."""
    if press.number is None:
        return None
    shown = await outbox.shown(session, address=press.chat.address, message=press.message)
    return _value_of(shown, press.number)


def _number(text: str) -> int | None:
    """Read a bare number as people write one that they see: ``2``, ``2.``, ``[2]``, ``(2)``."""
    match = _NUMBER.fullmatch(text.strip())
    return int(match[1]) if match else None


async def _chosen(session: Session, event: IncomingMessage, number: int) -> str | None:
    """Return the button's value: of the message that is replied to, or of our newest one."""
    message, address = event.reply_to, event.chat.address
    if message is None:
        message = await outbox.newest(session, address=address)
    if message is None:
        return None
    shown = await outbox.shown(session, address=address, message=message)
    return _value_of(shown, number)


def _value_of(shown: Document | None, number: int) -> str | None:
    button = shown.button(number) if shown else None
    return button.value if button else None
