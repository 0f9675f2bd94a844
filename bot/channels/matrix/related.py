"""What of ours hangs on a message of ours: its edits, and the reactions that are its buttons."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from http import HTTPStatus

from bot.channels.matrix.contents import MARK
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, event_id_in, text, trees
from bot.channels.matrix.reactions import BUTTONS, number_of
from bot.channels.matrix.refusals import RefusalError

PAGE_EVENTS = "100"
REPLACE = ("m.replace",)
"""Of every type of event: the edits of an encrypted message are ``m.room.encrypted``."""
MOST_PAGES = 20
"""Of our own messages in one room, a hundred each."""
_CLOCKS = timedelta(hours=1)
ANNOTATION = ("m.annotation", "m.reaction")


class Related:
    """Asks one homeserver for the relations of events; relations are never encrypted.

    Source: https://spec.matrix.org/latest/client-server-api/#relationships-api
    """

    def __init__(self, server: Homeserver, user_id: str) -> None:
        self._server = server
        self._user_id = user_id

    async def edits(self, room_id: str, event_id: str) -> list[str]:
        """Return the ids of our edits of a message that are left, the oldest first.

        Of a message that was redacted itself a homeserver need not tell any (Synapse does not).

        Raises:
            RefusalError: The homeserver does not say.
            aiohttp.ClientError: It can't be reached.
        """
        ours = [event async for event in self._ours(room_id, event_id, REPLACE)]
        newest_first = [found for event in ours if (found := event_id_in(event, "event_id"))]
        return newest_first[::-1]

    async def buttons(self, room_id: str, event_id: str) -> dict[int, str]:
        """Return the ids of our reactions to a message by their number; raises as above."""
        ours = [event async for event in self._ours(room_id, event_id, ANNOTATION)]
        numbered = {
            number_of(text(event, "content", "m.relates_to", "key")): text(event, "event_id")
            for event in ours
        }
        return {number: found for number, found in numbered.items() if number is not None}

    async def marked(self, room_id: str, mark: str, *, since: datetime) -> str | None:
        """Return our message with this mark; ``None`` if there is none, or we may not look.

        Looks at messages of the last hour before *since*, too, for clocks differ.

        Raises:
            RefusalError: The homeserver is busy.
            aiohttp.ClientError: It can't be reached.

        Source: https://spec.matrix.org/latest/client-server-api/#get_matrixclientv3roomsroomidmessages
        """
        oldest = (since - _CLOCKS).timestamp() * 1000
        only = {"senders": [self._user_id], "types": ["m.room.message", "m.room.encrypted"]}
        query = [("dir", "b"), ("limit", PAGE_EVENTS), ("filter", json.dumps(only))]
        token = ""
        for _ in range(MOST_PAGES):
            more = [("from", token)] if token else []
            path = api("rooms", room_id, "messages", query=[*query, *more])
            page = await self._history(path)
            events, token = trees(page, "chunk"), text(page, "end")
            for event in events:
                if text(event, "content", MARK) == mark:
                    return event_id_in(event, "event_id") or None
            last = events[-1].get("origin_server_ts") if events else None
            if not token or (isinstance(last, int) and last < oldest):
                break
        return None

    async def _history(self, path: str) -> Tree:
        try:
            return await self._server.call("GET", path)
        except RefusalError as refusal:
            if refusal.general:
                raise
            return {}

    async def reactions(self, room_id: str, event_id: str) -> dict[str, str]:
        """Return the ids of our reactions by their emoji, without buttons; raises as above."""
        ours = [event async for event in self._ours(room_id, event_id, ANNOTATION)]
        found = {text(event, "content", "m.relates_to", "key"): event for event in ours}
        return {key: text(event, "event_id") for key, event in found.items() if key not in BUTTONS}

    async def _ours(
        self, room_id: str, event_id: str, relation: tuple[str, ...]
    ) -> AsyncIterator[Tree]:
        """Yield our events with a *relation* to a message, page by page; none if it is unknown.

        Anybody may relate to our message as often as they like, so ours need not be on the first
        page.
        """
        parts = ("rooms", room_id, "relations", event_id, *relation)
        query, before, token = [("limit", PAGE_EVENTS)], None, ""
        while token != before:
            path = api(*parts, query=query, prefix="/_matrix/client/v1")
            page = await self._page(path)
            for event in trees(page, "chunk"):
                if text(event, "sender") == self._user_id:
                    yield event
            before, token = token, text(page, "next_batch") or token
            query = [("limit", PAGE_EVENTS), ("from", token)]

    async def _page(self, path: str) -> Tree:
        try:
            return await self._server.call("GET", path)
        except RefusalError as refusal:
            # Of a message that it does not know Synapse says M_UNKNOWN; servers that know no
            # relations say M_UNRECOGNIZED. A proxy's 404 has no code and proves nothing.
            if refusal.status == HTTPStatus.NOT_FOUND and refusal.errcode:
                return {}
            raise
