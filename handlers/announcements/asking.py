"""What an announcer was asked, whose next message is the answer."""

from typing import Any

from bot.dispatch.context import Context
from bot.services import dialogs

SUBJECT = "announcement"


async def ask(context: Context, *, step: str, number: int = 0, **more: Any) -> None:
    """Take the next message of this person for the answer to *step*."""
    await dialogs.ask(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        subject=SUBJECT,
        content={"step": step, "number": number, **more},
        now=context.now,
    )


async def stop_asking(context: Context) -> None:
    """Ask nothing more."""
    await dialogs.end(context.session, address=context.chat.address, member_id=context.member.id)
