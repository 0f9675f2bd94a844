"""The receiving side of a member: sync responses in, readable messages out."""

import json
import logging
from typing import Any

from mautrix.client import Client
from mautrix.errors import MatrixError
from mautrix.types import (
    JSON,
    DeviceLists,
    DeviceOTKCount,
    EncryptedEvent,
    RoomID,
    SerializerError,
    SessionID,
    StateEvent,
    ToDeviceEvent,
)

from tests.servers.matrix_crypto import SIGNED_BY_OWNER, Keys, Rooms, StrictOlmMachine
from tests.servers.matrix_history import Event, History

log = logging.getLogger(__name__)

# The state that decides who gets room keys.
_STATE = frozenset({"m.room.member", "m.room.encryption"})


class Inbox:
    """Takes sync responses one after the other.

    mautrix' own syncer hands all events of a response out at the same time, so a message can
    overtake the key that decrypts it; here the order of the response is kept.

    Attributes:
        history: What could be read.
        unread: Encrypted events that could not, or not yet, be decrypted, and why, by event id.
        invitations: Rooms that the member was invited to.
    """

    def __init__(
        self, client: Client, machine: StrictOlmMachine, keys: Keys, rooms: Rooms
    ) -> None:
        self._client = client
        self._machine = machine
        self._keys = keys
        self._rooms = rooms
        self._again: dict[str, Event] = {}
        self._withheld: dict[str, str] = {}
        self.history = History()
        self.unread: dict[str, str] = {}
        self.invitations: list[str] = []

    async def take(self, answer: dict[str, Any]) -> None:
        """Take everything out of one sync response."""
        lists = answer.get("device_lists", {})
        changed = lists.get("changed", [])
        await self._machine.handle_device_lists(
            DeviceLists(changed=changed, left=lists.get("left", []))
        )
        to_device = answer.get("to_device", {}).get("events", [])
        for event in to_device:
            await self._take_to_device(event)
        await self._refill(answer)
        if to_device or changed:
            await self._try_again()
        rooms = answer.get("rooms", {})
        self.invitations += rooms.get("invite", {})
        for room, news in rooms.get("join", {}).items():
            await self._take_room(room, news)

    async def _refill(self, answer: dict[str, Any]) -> None:
        counts = answer.get("device_one_time_keys_count", {})
        available = DeviceOTKCount(signed_curve25519=counts.get("signed_curve25519", 0))
        await self._machine.handle_otk_count(available)

    async def _take_to_device(self, event: Event) -> None:
        try:
            match event["type"]:
                case "m.room.encrypted":
                    await self._machine.handle_to_device_event(
                        ToDeviceEvent.deserialize(JSON(event))
                    )
                case "m.room_key_request":
                    await self._machine.handle_room_key_request(
                        ToDeviceEvent.deserialize(JSON(event))
                    )
                case "m.room_key.withheld":
                    self._withheld[event["content"]["session_id"]] = event["content"]["code"]
                case _:
                    pass
        except (MatrixError, SerializerError):
            log.warning("unreadable to-device event from %s", event["sender"], exc_info=True)

    async def _take_room(self, room: str, news: dict[str, Any]) -> None:
        state = news.get("state", {}).get("events", [])
        for event in [*state, *news.get("timeline", {}).get("events", [])]:
            placed = {**event, "room_id": room}
            if "state_key" in event:
                await self._take_state(placed)
            elif event["type"] == "m.room.encrypted":
                await self._read(placed)
            else:
                self.history.add(placed, encrypted=False, trusted=False)

    async def _take_state(self, event: Event) -> None:
        if event["type"] in _STATE:
            parsed = StateEvent.deserialize(JSON(event))
            if event["type"] == "m.room.member":
                await self._machine.handle_member_event(parsed)
            await self._rooms.update_state(parsed)

    async def _try_again(self) -> None:
        for event in list(self._again.values()):
            await self._read(event)

    async def _read(self, event: Event) -> None:
        event_id = event["event_id"]
        if "ciphertext" not in event["content"]:
            return  # redacted before it was read
        self._again[event_id] = event
        try:
            clear = await self._machine.decrypt_megolm_event(
                EncryptedEvent.deserialize(JSON(event))
            )
        except (MatrixError, SerializerError) as error:
            code = self._withheld.get(event["content"]["session_id"])
            self.unread[event_id] = f"withheld: {code}" if code else str(error)
            return
        trusted = clear["mautrix"]["trust_state"] >= SIGNED_BY_OWNER
        self.unread.pop(event_id, None)
        self.history.add({**event, **await self._clear(event)}, encrypted=True, trusted=trusted)
        if trusted:
            del self._again[event_id]

    async def _clear(self, event: Event) -> Event:
        """Return type and content as they were sent.

        mautrix has checked them by now, but the objects that it makes of them may lose or rename
        fields.
        """
        session_id = SessionID(event["content"]["session_id"])
        session = await self._keys.get_group_session(RoomID(event["room_id"]), session_id)
        payload = json.loads(session.decrypt(event["content"]["ciphertext"])[0])
        content = payload["content"]
        relation = event["content"].get("m.relates_to")
        if relation:
            content = {"m.relates_to": relation, **content}
        return {"type": payload["type"], "content": content}
