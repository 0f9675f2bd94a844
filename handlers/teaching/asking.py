"""What an editor was asked about the knowledge base, whose next message is the answer."""

from typing import Any

from bot.dispatch.context import Context
from bot.errors import UserError
from bot.services import dialogs


async def ask(context: Context, subject: str, **content: Any) -> None:
    """Take the next message of this person for the answer."""
    await dialogs.ask(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        subject=subject,
        content=content,
        now=context.now,
    )


async def asked(context: Context, subject: str) -> dict[str, Any]:
    """Return what was found out so far; empty if nothing of this *subject* is open."""
    dialog = await dialogs.asked(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        now=context.now,
    )
    if dialog is None or dialog.subject != subject:
        return {}
    content: dict[str, Any] = dialog.content
    return content


async def stop_asking(context: Context) -> None:
    """Ask nothing more."""
    await dialogs.end(context.session, address=context.chat.address, member_id=context.member.id)


def only_words(context: Context) -> None:
    """Make sure that no file was sent.

    Raises:
        UserError: One was.
    """
    if context.upload is not None:
        raise UserError("teach-only-text")


def must_be_direct(context: Context, *, de: str, en: str) -> None:
    """Make sure that a command that asks step by step is used where nobody else writes.

    Raises:
        UserError: Others write here.
    """
    if not context.is_direct:
        name = en if context.language == "en" else de
        raise UserError("direct-only", command=context.prefix + name)
