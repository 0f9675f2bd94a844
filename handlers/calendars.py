"""The private calendar of a chat: its address given out, made anew, switched off."""

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import calendars, subscriptions
from bot.services.calendars import Held
from bot.services.members import Role
from bot.text.dates import format_full_date
from bot.text.document import Document
from bot.timing.times import echo

router = Router()

_NEW = frozenset({"neu", "new"})
_OFF = frozenset({"aus", "off"})


@router.command(
    de="kalender",
    en="calendar",
    about="command-calendar",
    role=Role.MODERATOR,
    bare=lambda argument: not argument or fold(argument) in _NEW | _OFF,
)
async def calendar(command: Command, context: Context) -> Reply:
    """Give an address, or say that there is one; make it anew or switch it off."""
    word = fold(command.argument)
    if word in _OFF:
        return await _revoked(context)
    if word and word not in _NEW:
        raise UserError(
            "calendar-usage",
            typed=echo(command.argument),
            command=_typed(context),
            new=_typed(context, "neu", "new"),
            off=_typed(context, "aus", "off"),
        )
    _must_be_served(context)
    held = await calendars.held(context.session, chat=context.chat)
    if held is None or word in _NEW:
        return await _made(context)
    return _kept(held, context)


@router.button("calendar", role=Role.MODERATOR)
async def pressed(rest: str, context: Context) -> Reply:
    """Make a new address or switch it off; *rest* is ``new`` or ``off``."""
    if rest == "off":
        return Edit(await _revoked(context))
    _must_be_served(context)
    return Edit(await _made(context))


def _must_be_served(context: Context) -> None:
    if not calendars.is_served(context.settings):
        name = "events" if context.language == "en" else "termine"
        raise UserError("calendar-not-served", command=context.prefix + name)


async def _made(context: Context) -> Document:
    address = await calendars.make(
        context.session,
        chat=context.chat,
        member_id=context.member.id,
        settings=context.settings,
        now=context.now,
    )
    document = context.say("calendar-made", url=address.url, opening=address.opening)
    if not context.is_direct:
        document += context.say("calendar-room")
    if not await subscriptions.held(context.session, chat=context.chat, now=context.now):
        name = "subscribe" if context.language == "en" else "abo"
        document += context.say("calendar-empty", command=context.prefix + name)
    return _with_buttons(document, context).model_copy(update={"secret": True})


def _kept(held: Held, context: Context) -> Document:
    since = held.since.astimezone(context.settings.hub.zone).date()
    if held.read_on is None:
        read = context.text("calendar-unread")
    else:
        day = format_full_date(held.read_on, context.language)
        read = context.text("calendar-read", day=day)
    shown = format_full_date(since, context.language)
    return _with_buttons(context.say("calendar-held", since=shown, read=read), context)


def _with_buttons(document: Document, context: Context) -> Document:
    return document.with_buttons(
        [
            context.button("calendar-new", "calendar:new"),
            context.button("calendar-off", "calendar:off"),
        ]
    )


async def _revoked(context: Context) -> Document:
    done = await calendars.revoke(context.session, chat=context.chat, now=context.now)
    command = _typed(context)
    if not done:
        return context.say("calendar-none", command=command)
    return context.say("calendar-revoked", command=command)


def _typed(context: Context, german: str = "", english: str = "") -> str:
    name, word = ("calendar", english) if context.language == "en" else ("kalender", german)
    return f"{context.prefix}{name} {word}".strip()
