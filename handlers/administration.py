"""What admins set for a room."""

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import audit, chats
from bot.services.members import Role

router = Router()

_SWITCHES = {"an": True, "ein": True, "on": True, "aus": False, "off": False}


@router.command(
    "ambient",
    de="mitreden",
    en="overhear",
    about="command-ambient",
    role=Role.ADMIN,
    where=ChatKind.ROOM,
    bare=lambda argument: fold(argument) in _SWITCHES,
)
async def ambient(command: Command, context: Context) -> Reply:
    """Switch answers to questions that nobody addressed to the bot on or off."""
    if context.chat.kind is not ChatKind.ROOM:
        raise UserError("ambient-direct")
    on = _SWITCHES.get(fold(command.argument))
    if on is None:
        raise UserError("ambient-usage")
    number = await chats.set_ambient(context.session, chat=context.chat, on=on, now=context.now)
    await audit.note(
        context.session,
        action="ambient-on" if on else "ambient-off",
        subject=f"chat:{number}",
        member_id=context.member.id,
        now=context.now,
        room=context.chat.title or context.chat.address.chat,
    )
    reply = context.say("ambient-on" if on else "ambient-off")
    if on and context.chat.address.network == "telegram":
        return reply + context.say("ambient-on-telegram")
    return reply
