"""Who may decide for a room.

Source: https://spec.matrix.org/latest/client-server-api/#mroompower_levels
"""

from collections.abc import Callable
from typing import Any

from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, text, texts, tree
from bot.channels.matrix.refusals import RefusalError

MODERATOR = 50
"""The power level that clients call *Moderator*."""
_RINGS_ROOM = 50
"""The power that ``@room`` takes where a room does not say."""
_FIRST_WITHOUT_LEVELS_FOR_CREATORS = 12
"""From this room version on creators have endless power and stand in no list of levels."""


async def is_moderator(server: Homeserver, room_id: str, user_id: str) -> bool:
    """Tell whether a member has the power of a moderator.

    A room that we are not in, or that has no such state, tells nothing: nobody decides there.

    Raises:
        RefusalError: The homeserver does not say.
        aiohttp.ClientError: It can't be reached.
    """
    return await _reaches(server, room_id, user_id, lambda _levels: MODERATOR)


async def may_ring(server: Homeserver, room_id: str, user_id: str) -> bool:
    """Tell whether a member may mention the whole room; where there is doubt, it may not.

    Raises:
        RefusalError: The homeserver does not say.
        aiohttp.ClientError: It can't be reached.

    Source: https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions
    """
    return await _reaches(server, room_id, user_id, _ringing_level)


def _ringing_level(levels: Tree) -> int:
    return _number(tree(levels, "notifications").get("room"), default=_RINGS_ROOM)


async def _reaches(
    server: Homeserver, room_id: str, user_id: str, needed: Callable[[Tree], int]
) -> bool:
    """Tell whether a member has the power that the room's levels ask for."""
    try:
        levels = await server.find(api("rooms", room_id, "state", "m.room.power_levels"))
        if levels is not None and _level(levels, user_id) >= needed(levels):
            return True
        # The event, not only its content: it is the sender who made the room.
        path = api("rooms", room_id, "state", "m.room.create", query=[("format", "event")])
        creation = await server.find(path) or {}
    except RefusalError as refusal:
        if refusal.forbidden:
            return False
        raise
    return _has_made(creation, user_id, levels)


def _level(levels: Tree, user_id: str) -> int:
    users = tree(levels, "users")
    return _number(users[user_id] if user_id in users else levels.get("users_default"))


def _number(value: Any, *, default: int = 0) -> int:
    """Read a level; old rooms hold numbers as strings."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):  # 1e400 is read as infinity
        return default


def _has_made(creation: Tree, user_id: str, levels: Tree | None) -> bool:
    """Tell whether a creator's place is all the power that somebody needs.

    Before version 12 it is so only in a room that has no levels at all.
    """
    content = tree(creation, "content")
    version = _number(text(content, "room_version"))
    if version >= _FIRST_WITHOUT_LEVELS_FOR_CREATORS:
        return user_id in [text(creation, "sender"), *texts(content, "additional_creators")]
    return levels is None and text(creation, "sender") == user_id
