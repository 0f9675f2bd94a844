"""Reading what was said: a button, a number that stands for one, a command, or a question."""

from bot.delivery import outbox
from bot.dispatch import commands
from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.registry import CommandSpec
from bot.dispatch.router import RoutingTable
from bot.errors import UserError
from bot.messages import ButtonPress, IncomingMessage
from bot.services.members import Role
from bot.storage.engine import Session
from bot.text.document import Document

_LONGEST = 4096
"""Characters of a message that is read; Telegram has no longer ones."""
_DIGITS = 2
"""Of a number that stands for a button; nobody asks in two digits, and years have four."""
_MOST_ECHOED = 40
"""Characters of a typed name that are repeated to its author."""


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
        if len(event.text) > _LONGEST:
            raise UserError("message-too-long", limit=_LONGEST)
        chosen = await _chosen(context.session, event)
        if chosen is not None:
            return await self._press(chosen, context)
        command = self._command(event)
        if command is not None:
            return await self._obey(command, context)
        return await self._table.question(event.text.strip(), context)

    async def _overheard(self, event: IncomingMessage, context: Context) -> Reply:
        if len(event.text) > _LONGEST:
            return None
        return await self._table.question(event.text.strip(), context)

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
        if isinstance(event, IncomingMessage) and not event.addressed:
            return False
        command = self._known_command(event)
        if command is not None:
            return command.asks_standing
        if isinstance(event, ButtonPress) and event.value:
            value: str | None = event.value
        elif isinstance(event, IncomingMessage) and _digit(event) is None:
            return False
        elif session is None:
            return None
        elif isinstance(event, ButtonPress):
            value = await _value(session, event)
        else:
            value = await _chosen(session, event)
        found = self._table.button(value) if value else None
        return found is not None and found[0] is Role.MODERATOR

    def is_always(self, event: IncomingMessage | ButtonPress) -> bool:
        """Tell whether this is obeyed however late it comes and however much came before."""
        command = self._known_command(event)
        return command is not None and command.always

    def _known_command(self, event: IncomingMessage | ButtonPress) -> CommandSpec | None:
        if isinstance(event, ButtonPress) or not event.addressed or len(event.text) > _LONGEST:
            return None
        command = self._command(event)
        known = self._table.command(command.name) if command else None
        return known[0] if known else None

    def _command(self, event: IncomingMessage) -> Command | None:
        """Read a command; where the bot is meant anyway, its bare name is enough."""
        command = commands.parse(event.text)
        if command is not None:
            return command
        name = commands.fold(event.text.strip(" \t\n.!"))
        known = self._table.command(name)
        return Command(name) if known and known[0].bare else None

    async def _obey(self, command: Command, context: Context) -> Reply:
        known = self._table.command(command.name)
        if known is None:
            return self._unknown(command, context)
        spec, handler = known
        context.require(spec.role)
        return await handler(command, context)

    def _unknown(self, command: Command, context: Context) -> Reply:
        """Propose the nearest command; in rooms only when it is hardly meant for another bot."""
        names = self._table.command_names
        nearest = commands.nearest(command.name, names, sure=not context.is_direct)
        typed = context.prefix + command.name[:_MOST_ECHOED]
        if nearest is not None:
            near = context.prefix + nearest
            proposed = context.say("unknown-command-nearest", command=typed, nearest=near)
            return proposed + context.help_hint
        if not context.is_direct:
            return None
        return context.say("unknown-command", command=typed) + context.help_hint


async def _value(session: Session, press: ButtonPress) -> str | None:
    """Return what a pressed number stands for; ``None`` if the message has no such button."""
    if press.number is None:
        return None
    shown = await outbox.shown(session, address=press.chat.address, message=press.message)
    return _value_of(shown, press.number)


def _digit(event: IncomingMessage) -> int | None:
    """Read a bare number of a button."""
    text = event.text.strip().rstrip(".)")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


async def _chosen(session: Session, event: IncomingMessage) -> str | None:
    """Read a bare number as a button: of the message it replies to, or of our newest one."""
    number = _digit(event)
    if number is None:
        return None
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
