"""What a room has pinned: one list for all who may.

Source: https://spec.matrix.org/latest/client-server-api/#mroompinned_events
"""

from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import texts

_PINNED = "pinned"


async def pin(server: Homeserver, room_id: str, event_id: str, *, pinned: bool) -> None:
    """Let a room have an event pinned, or not; the others keep their places.

    Repeated it changes nothing. The list is read and written in two steps, for Matrix has no
    better way: what somebody else pins in between is lost.

    Raises:
        RefusalError: The homeserver does not let us.
        aiohttp.ClientError: It can't be reached.
    """
    path = api("rooms", room_id, "state", "m.room.pinned_events")
    content = await server.find(path) or {}
    known = texts(content, _PINNED)
    if (event_id in known) == pinned:
        return
    wanted = [*known, event_id] if pinned else [one for one in known if one != event_id]
    await server.call("PUT", path, {**content, _PINNED: wanted})
