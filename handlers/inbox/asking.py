"""What an editor was asked about an item, whose next message is the answer."""

from typing import Any

from bot.dispatch.context import Context
from bot.services import dialogs, inbox_posts
from bot.text.document import Document

SUBJECT = "inbox"


async def ask(context: Context, *, step: str, number: int, **more: Any) -> None:
    """Take the next message of this person for the answer to *step*."""
    await dialogs.ask(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        subject=SUBJECT,
        content={"step": step, "number": number, **more},
        now=context.now,
    )


async def asked(context: Context, *, step: str, number: int) -> dict[str, Any]:
    """Return what was found out so far about *step*; empty if that was not asked."""
    dialog = await dialogs.asked(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        now=context.now,
    )
    if dialog is None or dialog.subject != SUBJECT:
        return {}
    content: dict[str, Any] = dialog.content
    return content if (content["step"], content["number"]) == (step, number) else {}


async def stop_asking(context: Context) -> None:
    """Ask nothing more."""
    await dialogs.end(context.session, address=context.chat.address, member_id=context.member.id)


def where_to_write(context: Context) -> Document:
    """Say how the answer reaches the bot in a room, where people talk to each other."""
    return Document() if context.is_direct else context.say("inbox-by-reply")


async def show(number: int, context: Context) -> None:
    """Let all editors see how an item is now."""
    await inbox_posts.show_waiting(
        context.session,
        number,
        knowledge=context.knowledge,
        settings=context.settings,
        now=context.now,
    )
