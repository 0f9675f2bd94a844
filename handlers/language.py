"""The language in which the bot speaks to a member."""

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.services import chats, members
from bot.text import catalogue
from bot.text.document import Document

router = Router()


@router.command(
    de="sprache",
    en="language",
    about="command-language",
    bare=lambda argument: not argument or members.language_named(argument) is not None,
)
async def language(command: Command, context: Context) -> Reply:
    """Offer the languages, or take the one that was named."""
    if command.argument:
        return await _choose(command.argument, context)
    buttons = [
        context.button(f"language-name-{code}", f"language:{code}") for code in catalogue.LANGUAGES
    ]
    return context.say("language-choose").with_buttons(buttons)


@router.button("language")
async def pressed(rest: str, context: Context) -> Reply:
    """Take the language of the button; *rest* is its code."""
    return Edit(await _choose(rest, context))


async def _choose(wanted: str, context: Context) -> Document:
    code = await members.choose_language(
        context.session, member_id=context.member.id, wanted=wanted
    )
    if context.is_direct:  # in a room others read as well
        await chats.speak(context.session, chat=context.chat, language=code, now=context.now)
    return catalogue.document(code, "language-set")
