"""When and how messages come: by typed commands and by buttons, both read alike."""

from dataclasses import dataclass

from bot import places
from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.services import subscriptions
from bot.services.members import Role
from bot.services.preferences import CHANGES, Preferences
from bot.text import catalogue
from bot.text.document import Button, Document
from handlers.subscriptions import wording
from handlers.subscriptions.board import author, board, linked, rows

router = Router()

_LEADS = ("30d 14d 1d", "14d 3d", "7d 1d", "1d", "3b", "aus")
_QUIET = ("20-8 mit Sonntagen", "22-7 mit Sonntagen", "20-8 ohne Sonntage", "aus")
_DIGESTS = ("sofort", "täglich um 8", "täglich um 16", "montags um 8", "freitags um 12")


@dataclass(frozen=True, slots=True)
class Menu:
    """What is offered for one preference.

    Attributes:
        intro: The message that says what can be typed.
        command: The German and the English command.
        options: What the buttons stand for, as it would be typed.
    """

    intro: str
    command: tuple[str, str]
    options: tuple[str, ...] = ()


_MENUS = {
    "land": Menu("menu-land", ("land", "land"), tuple(f"~{code}" for code in places.LAENDER)),
    "leads": Menu("menu-leads", ("erinnern", "lead"), _LEADS),
    "quiet": Menu("menu-quiet", ("ruhe", "quiet"), _QUIET),
    "digest": Menu("menu-digest", ("sammeln", "digest"), _DIGESTS),
    "pause": Menu("menu-pause", ("pause", "pause"), ("7d", "14d", "28d", "aus")),
    "silent": Menu("menu-silent", ("leise", "silent"), ("an", "aus")),
    "zone": Menu("menu-zone", ("zeitzone", "timezone")),
    "language": Menu("menu-language", ("meldesprache", "newslanguage"), catalogue.LANGUAGES),
}
_MORE = ("pause", "silent", "language", "zone")


async def _typed(name: str, command: Command, context: Context) -> Reply:
    """Take what was typed; without anything show what can be chosen."""
    if not command.argument:
        return await _menu(name, context)
    changed = await subscriptions.change(
        context.session,
        author(context),
        settings=context.settings,
        name=name,
        text=command.argument,
    )
    return context.say("preferences-kept") + wording.summary(changed, context)


@router.command("laender", de="land", en="land", about="command-land", role=Role.MODERATOR)
async def land(command: Command, context: Context) -> Reply:
    """Choose whose news and holidays count."""
    return await _typed("land", command, context)


@router.command(de="erinnern", en="lead", about="command-lead", role=Role.MODERATOR)
async def leads(command: Command, context: Context) -> Reply:
    """Choose how long before a date to be reminded."""
    return await _typed("leads", command, context)


@router.command(de="ruhe", en="quiet", about="command-quiet", role=Role.MODERATOR)
async def quiet(command: Command, context: Context) -> Reply:
    """Choose when nothing arrives."""
    return await _typed("quiet", command, context)


@router.command(de="sammeln", en="digest", about="command-digest", role=Role.MODERATOR)
async def digest(command: Command, context: Context) -> Reply:
    """Choose between messages at once and a digest."""
    return await _typed("digest", command, context)


@router.command(de="pause", en="pause", about="command-pause", role=Role.MODERATOR)
async def pause(command: Command, context: Context) -> Reply:
    """Hold everything until a day."""
    return await _typed("pause", command, context)


@router.command(de="leise", en="silent", about="command-silent", role=Role.MODERATOR)
async def silent(command: Command, context: Context) -> Reply:
    """Choose whether messages ring."""
    return await _typed("silent", command, context)


@router.command(de="zeitzone", en="timezone", about="command-timezone", role=Role.MODERATOR)
async def zone(command: Command, context: Context) -> Reply:
    """Choose whose wall time counts."""
    return await _typed("zone", command, context)


@router.command(
    de="meldesprache", en="newslanguage", about="command-news-language", role=Role.MODERATOR
)
async def language(command: Command, context: Context) -> Reply:
    """Choose the language of messages that come by themselves."""
    return await _typed("language", command, context)


@router.button("set", role=Role.MODERATOR)
async def pressed(rest: str, context: Context) -> Reply:
    """Show a menu or take a choice; *rest* is ``name``, ``name:choice``, ``more`` or ``back``."""
    name, _, choice = rest.partition(":")
    if name == "back":
        return Edit(await board(context))
    if name == "more":
        return Edit(await _more(context))
    if name not in CHANGES:
        return context.say("button-gone")
    if not choice:
        return Edit(await _menu(name, context))
    await subscriptions.change(
        context.session, author(context), settings=context.settings, name=name, text=choice
    )
    # Several Länder may be chosen one after the other; everything else is one choice.
    return Edit(await (_menu(name, context) if name == "land" else board(context)))


async def _more(context: Context) -> Document:
    labels = {
        "pause": context.text("change-pause"),
        "silent": context.text("change-silent"),
        "language": context.text("change-language"),
        "zone": context.text("change-zone"),
    }
    buttons = [Button(label=labels[name], value=f"set:{name}") for name in _MORE]
    if await linked(context) is not None:
        buttons.append(context.button("change-network", "link:state"))
    return context.say("menu-more").with_buttons(*rows(buttons), [_back(context)])


def _back(context: Context) -> Button:
    return context.button("back", "set:back")


async def _menu(name: str, context: Context) -> Document:
    """Return what can be chosen for one preference."""
    menu = _MENUS[name]
    present = await subscriptions.preferences_of(
        context.session, chat=context.chat, settings=context.settings, now=context.now
    )
    buttons = [
        Button(label=_label(name, option, present, context), value=f"set:{name}:{option}")
        for option in menu.options
    ]
    if name == "land":
        buttons.append(context.button("land-all", "set:land:alle"))
    typed = context.prefix + menu.command[context.language == "en"]
    intro = catalogue.document(context.language, menu.intro, command=typed)
    width = 1 if name in {"leads", "quiet", "digest"} else 2
    return intro.with_buttons(*rows(buttons, width), [_back(context)])


def _label(name: str, option: str, present: Preferences, context: Context) -> str:
    """Return what a choice would lead to, in the same words as everywhere."""
    if name == "land":
        code = option[1:]
        mark = "✓ " if code in present.laender else ""
        return mark + places.land_name(code, context.language)
    wanted = CHANGES[name](present, option, context.now)
    return _WORDED[name](wanted, context)


def _sound(wanted: Preferences, context: Context) -> str:
    return context.text("silent-on" if wanted.silent else "silent-off")


def _language_name(wanted: Preferences, context: Context) -> str:  # noqa: ARG001 # as the others
    return catalogue.text(wanted.language, f"language-name-{wanted.language}")


_WORDED = {
    "leads": wording.leads,
    "quiet": wording.quiet,
    "digest": wording.digest,
    "pause": wording.pause,
    "silent": _sound,
    "language": _language_name,
}
