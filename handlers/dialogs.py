"""Ending what the bot has asked."""

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.services import dialogs

router = Router()


@router.command("abbruch", de="abbrechen", en="cancel", about="command-cancel", always=True)
async def cancel(_command: Command, context: Context) -> Reply:
    """Forget what was asked; nothing is kept of it."""
    ended = await dialogs.end(
        context.session, address=context.chat.address, member_id=context.member.id
    )
    return context.say("dialog-ended" if ended else "dialog-none")
