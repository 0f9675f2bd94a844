"""Somebody in unencrypted rooms, by plain requests: much cheaper than a whole client."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from tests.servers.matrix_content import message_content, replacement_content, room_creation
from tests.servers.synapse import Account, Synapse

_transactions = count()


class Person:
    """Does what :class:`Member` does, as far as that needs no keys."""

    def __init__(self, homeserver: Synapse, account: Account) -> None:
        self._homeserver = homeserver
        self._account = account

    async def _request(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return await self._homeserver.request(
            self._account, method, f"/_matrix/client/v3/{path}", body
        )

    async def create_room(self, *, invite: Sequence[str], version: str | None = None) -> str:
        body = room_creation(
            encrypted=False, invite=invite, name=None, direct=False, version=version
        )
        return str((await self._request("POST", "createRoom", body))["room_id"])

    async def invite(self, room: str, user_id: str) -> None:
        await self._request("POST", f"rooms/{room}/invite", {"user_id": user_id})

    async def kick(self, room: str, user_id: str) -> None:
        await self._request("POST", f"rooms/{room}/kick", {"user_id": user_id})

    async def upgrade_room(self, room: str, version: str) -> str:
        body = {"new_version": version}
        answer = await self._request("POST", f"rooms/{room}/upgrade", body)
        return str(answer["replacement_room"])

    async def say(self, room: str, text: str, *, notice: bool = False) -> str:
        content = message_content(
            text, mention=(), reply_to=None, thread=None, notice=notice, html=None
        )
        return await self._send(room, content)

    async def edit(self, room: str, event_id: str, text: str) -> str:
        return await self._send(room, replacement_content(event_id, text, html=None))

    async def _send(self, room: str, content: dict[str, Any]) -> str:
        path = f"rooms/{room}/send/m.room.message/{next(_transactions)}"
        return str((await self._request("PUT", path, content))["event_id"])
