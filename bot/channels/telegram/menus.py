"""Command menus, per language and sort of chat.

Source: https://core.telegram.org/bots/api#setmycommands
"""

import re
from collections.abc import Sequence

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)

from bot.channels.port import Menu

MAX_ENTRIES = 100
"""Commands per language and scope."""

MAX_DESCRIPTION = 256
"""Characters."""

_NAME = re.compile(r"[a-z0-9_]{1,32}")


def check(menus: Sequence[Menu]) -> None:
    """Find what Telegram would refuse.

    Raises:
        ValueError: A name, a description or the length of a menu is out of bounds.
    """
    for menu in menus:
        if len(menu.entries) > MAX_ENTRIES:
            raise ValueError(f"a menu has at most {MAX_ENTRIES} commands")
        for entry in menu.entries:
            if not _NAME.fullmatch(entry.name):
                raise ValueError(f"{entry.name!r} is no command: 1 to 32 of a-z, 0-9 and _")
            if not 1 <= len(entry.description) <= MAX_DESCRIPTION:
                raise ValueError(
                    f"/{entry.name}: 1 to {MAX_DESCRIPTION} characters to describe it"
                )


async def publish(bot: Bot, menu: Menu) -> None:
    """Set one menu, unless Telegram already shows it: setting is limited more than asking.

    Raises:
        TelegramError: Whatever the transport raises.
    """
    scope = BotCommandScopeAllPrivateChats() if menu.direct else BotCommandScopeAllGroupChats()
    wanted = tuple(BotCommand(entry.name, entry.description) for entry in menu.entries)
    if await bot.get_my_commands(scope=scope, language_code=menu.language) != wanted:
        await bot.set_my_commands(wanted, scope=scope, language_code=menu.language)
