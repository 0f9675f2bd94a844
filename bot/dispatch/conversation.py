"""Reading what was said: a button, a number that stands for one, a command, or a question."""

from bot.delivery import outbox
from bot.dispatch import commands
from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import RoutingTable
from bot.errors import UserError
from bot.messages import ButtonPress, IncomingMessage
from bot.storage.engine import Session
from bot.text.document import Document

_LONGEST = 4096
"""Characters of a message that is read; Telegram has no longer ones."""
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
        handler, rest = found
        return await handler(rest, context)

    def _command(self, event: IncomingMessage) -> Command | None:
        """Read a command; where the bot is meant anyway, its bare name is enough."""
        command = commands.parse(event.text)
        if command is not None:
            return command
        name = commands.fold(event.text.strip())
        known = self._table.command(name)
        return Command(name) if known and known[0].bare else None

    async def _obey(self, command: Command, context: Context) -> Reply:
        known = self._table.command(command.name)
        if known is None:
            return self._unknown(command, context)
        spec, handler = known
        if context.member.role < spec.role:
            raise UserError("admin-only")
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


async def _chosen(session: Session, event: IncomingMessage) -> str | None:
    """Read a bare number as a button: of the message it replies to, or of our newest one."""
    text = event.text.strip().rstrip(".)")
    if not (text.isascii() and text.isdigit() and len(text) == 1):
        return None
    message, address = event.reply_to, event.chat.address
    if message is None:
        message = await outbox.newest(session, address=address)
    if message is None:
        return None
    shown = await outbox.shown(session, address=address, message=message)
    return _value_of(shown, int(text))


def _value_of(shown: Document | None, number: int) -> str | None:
    button = shown.button(number) if shown else None
    return button.value if button else None
