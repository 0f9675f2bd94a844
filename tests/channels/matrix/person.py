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

    async def create_room(
        self, *, invite: Sequence[str], version: str | None = None, encrypted: bool = False
    ) -> str:
        body = room_creation(
            encrypted=encrypted, invite=invite, name=None, direct=False, version=version
        )
        return str((await self._request("POST", "createRoom", body))["room_id"])

    async def invite(self, room: str, user_id: str) -> None:
        await self._request("POST", f"rooms/{room}/invite", {"user_id": user_id})

    async def kick(self, room: str, user_id: str) -> None:
        await self._request("POST", f"rooms/{room}/kick", {"user_id": user_id})

    async def empower(self, room: str, user_id: str, level: int) -> None:
        """Give somebody a power level."""
        levels = await self.levels(room)
        levels.setdefault("users", {})[user_id] = level
        await self.write_state(room, "m.room.power_levels", levels)

    async def levels(self, room: str) -> dict[str, Any]:
        return await self._request("GET", f"rooms/{room}/state/m.room.power_levels")

    async def write_state(self, room: str, kind: str, content: Any) -> None:
        await self._request("PUT", f"rooms/{room}/state/{kind}", content)

    async def pin(self, room: str, *events: str) -> None:
        """Let a room have these events pinned, and no others."""
        await self.write_state(room, "m.room.pinned_events", {"pinned": events})

    async def pinned(self, room: str) -> list[str]:
        """Return what a room has pinned."""
        path = f"rooms/{room}/state/m.room.pinned_events"
        return list((await self._request("GET", path))["pinned"])

    async def leave(self, room: str) -> None:
        await self._request("POST", f"rooms/{room}/leave", {})

    async def redact(self, room: str, event_id: str) -> None:
        await self._request("PUT", f"rooms/{room}/redact/{event_id}/{next(_transactions)}", {})

    async def upgrade_room(self, room: str, version: str) -> str:
        body = {"new_version": version}
        answer = await self._request("POST", f"rooms/{room}/upgrade", body)
        return str(answer["replacement_room"])

    async def say(self, room: str, text: str, *, notice: bool = False) -> str:
        content = message_content(
            text, mention=(), reply_to=None, thread=None, notice=notice, html=None
        )
        return await self._send(room, content)

    async def react(self, room: str, event_id: str, key: str) -> None:
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        path = f"rooms/{room}/send/m.reaction/{next(_transactions)}"
        await self._request("PUT", path, {"m.relates_to": relation})

    async def edit(self, room: str, event_id: str, text: str) -> str:
        return await self._send(room, replacement_content(event_id, text, html=None))

    async def _send(self, room: str, content: dict[str, Any]) -> str:
        path = f"rooms/{room}/send/m.room.message/{next(_transactions)}"
        return str((await self._request("PUT", path, content))["event_id"])
