"""mautrix' encryption, made as strict as clients that exclude insecure devices (MSC4153).

https://github.com/matrix-org/matrix-spec-proposals/pull/4153
"""

from mautrix.client import Client
from mautrix.client.state_store import MemoryStateStore
from mautrix.crypto import OlmMachine
from mautrix.crypto.store import MemoryCryptoStore, StateStore
from mautrix.types import (
    CrossSigner,
    CrossSigningUsage,
    DeviceLists,
    RoomID,
    SigningKey,
    TOFUSigningKey,
    TrustState,
    UserID,
)
from mautrix.util.logging import TraceLogger

# The lowest level at which mautrix has verified the chain master key → self-signing key →
# device. The next one up, CROSS_SIGNED_TOFU, also wants the master key that was seen first;
# MSC4153 does not ask for that.
SIGNED_BY_OWNER = TrustState.CROSS_SIGNED_UNTRUSTED


class Keys(MemoryCryptoStore):
    """mautrix' store in memory, with two faults of version 0.21.1 mended.

    It changes a field of a named tuple, and takes the length of ``None``, as soon as somebody's
    cross-signing keys are seen for the second time.
    """

    async def put_cross_signing_key(
        self, user_id: UserID, usage: CrossSigningUsage, key: SigningKey
    ) -> None:
        keys = self._cross_signing_keys.setdefault(user_id, {})
        first = keys[usage].first if usage in keys else key
        keys[usage] = TOFUSigningKey(key=key, first=first)

    async def drop_signatures_by_key(self, signer: CrossSigner) -> int:
        return len(self._signatures.pop(signer, {}))


class Rooms(MemoryStateStore, StateStore):  # type: ignore[misc] # None: mautrix does not know yet
    """What a member knows about rooms."""

    async def find_shared_rooms(self, user_id: UserID) -> list[RoomID]:
        """Return the encrypted rooms that *user_id* is in, for the rotation of room keys."""
        return [
            room
            for room, members in self.members.items()
            if user_id in members and await self.is_encrypted(room)
        ]


class StrictOlmMachine(OlmMachine):
    """Gives room keys only to devices that their owner's identity has signed."""

    def __init__(self, client: Client, keys: Keys, rooms: Rooms) -> None:
        # Of its own kind: what a logger is by default depends on who made it first.
        super().__init__(client, keys, rooms, log=TraceLogger("mautrix.crypto"))
        self.send_keys_min_trust = SIGNED_BY_OWNER
        self.share_keys_min_trust = SIGNED_BY_OWNER

    async def handle_device_lists(self, device_lists: DeviceLists) -> None:
        """Look at changed devices again, whatever it is that changed.

        A session remembers whom it left out, and mautrix begins a new one only when devices come
        or go. A device that has just been signed, or an identity that was replaced, counts too.
        """
        await super().handle_device_lists(device_lists)
        for user_id in device_lists.changed:
            await self.on_devices_changed(user_id)
