"""What each network's own command menu shows."""

from collections.abc import Sequence

from bot.channels.port import Menu, MenuEntry
from bot.dispatch.registry import CommandSpec
from bot.messages import ChatKind
from bot.services.members import Role
from bot.text import catalogue


def menus(specs: Sequence[CommandSpec]) -> list[Menu]:
    """Return a menu for each language, and one for everybody else, in each sort of chat.

    Commands that need a role are left out: the menu is the same for all members of a chat. Alone
    with the bot everybody decides for the chat.
    """
    languages = (None, *catalogue.LANGUAGES)
    return [_menu(specs, language, direct=way) for language in languages for way in (True, False)]


def _menu(specs: Sequence[CommandSpec], language: str | None, *, direct: bool) -> Menu:
    code = language or catalogue.LANGUAGES[0]
    kind = ChatKind.DIRECT if direct else ChatKind.ROOM
    shown = {Role.MEMBER, Role.MODERATOR} if direct else {Role.MEMBER}
    entries = tuple(
        MenuEntry(spec.names[code], catalogue.text(code, spec.about))
        for spec in specs
        if spec.role in shown and spec.where in {None, kind} and " " not in spec.names[code]
    )
    return Menu(language, direct, entries)
