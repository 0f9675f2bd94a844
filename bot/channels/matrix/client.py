"""nio's client, made fit for a service: it never waits by itself and no event can stop it."""

import json
import logging
from pathlib import Path
from typing import Any

import structlog
from aiohttp import ClientConnectionError, ClientResponse
from nio import Event, KeysUploadError, LocalProtocolError, MatrixRoom, SyncResponse
from nio.api import Api
from nio.client.async_client import AsyncClient, AsyncClientConfig
from nio.events import AccountDataEvent, EphemeralEvent, InviteEvent, ToDeviceEvent
from nio.exceptions import GroupEncryptionError
from nio.responses import KeysUploadResponse

from bot.channels.matrix.contents import MARK
from bot.channels.matrix.files import StoreError, storing
from bot.channels.matrix.json_tree import Tree, tree, trees

log = structlog.get_logger(__name__)

_TAKEN = "already exists"
"""What Synapse says of a one-time key that has the name of another; there is no errcode for it."""

REQUEST_SECONDS = 30
"""How long any request but a long poll may take."""

# nio logs whole events when they fail its validation, so nothing of it may reach our log.
logging.getLogger("nio").setLevel(logging.CRITICAL)


class Client(AsyncClient):
    """One login on one homeserver, with its encryption store, or with none (``None``).

    Whoever writes an event decides what is in it. nio lets the exceptions of some malformed
    events through, and since the same batch would come again, one such event would make the bot
    deaf for good; here it costs only itself. A store that fails is another matter: it stops the
    sync, so that the batch comes again.
    """

    def __init__(self, homeserver: str, user_id: str, store_dir: Path | None) -> None:
        config = AsyncClientConfig(
            max_limit_exceeded=0,
            max_timeouts=0,
            request_timeout=REQUEST_SECONDS,
            store_sync_tokens=False,
            encryption_enabled=True,
        )
        super().__init__(homeserver, user_id, store_path=str(store_dir or ""), config=config)
        self.raw_sync: Tree = {}
        self._closed = False

    async def close(self) -> None:
        """Close the connections and the store; once more does no harm."""
        self._closed = True
        session, self.client_session = self.client_session, None
        if session is not None:
            await session.close()
        if self.store is not None:
            self.store.database.close()

    async def send(self, *request: Any, **options: Any) -> ClientResponse:
        """Make one request; not after :meth:`close`, when nio would open a new connection."""
        if self._closed:
            raise ClientConnectionError("the channel was closed")
        response: ClientResponse = await super().send(*request, **options)
        return response

    async def keys_upload(self) -> KeysUploadResponse | KeysUploadError:
        """Publish our keys, which are in the store before anybody knows of them.

        nio stores them once they are published. If the process died in between, it would make
        other keys of the same names, which the homeserver refuses for good. Keys that it has
        and we lost nevertheless are given up: others are published under new names.

        Source: https://spec.matrix.org/latest/client-server-api/#post_matrixclientv3keysupload
        """
        answer = await self._publish_keys()
        if isinstance(answer, KeysUploadError) and _TAKEN in (answer.message or ""):
            log.warning("matrix.keys_given_up")
            assert self.olm is not None, "it has just shared keys"  # noqa: S101 # for mypy
            self.olm.mark_keys_as_published()
            answer = await self._publish_keys()
        return answer

    async def _publish_keys(self) -> KeysUploadResponse | KeysUploadError:
        if self.olm is None:
            raise LocalProtocolError("no encryption store is loaded")
        # After an interrupted upload the keys of that one go out again, beside new ones; each
        # interruption in a row adds one batch, and vodozemac forgets all but 5,000 keys.
        content = self.olm.share_keys()
        with storing():
            self.olm.save_account()
        request = Api.keys_upload(self.access_token, content)
        answer: KeysUploadResponse | KeysUploadError = await self._send(
            KeysUploadResponse, *request
        )
        return answer

    def encrypt(self, room_id: str, message_type: str, content: Tree) -> tuple[str, Tree]:
        """Encrypt an event with the room's session, which was shared; as UTF-8.

        nio writes six bytes for every umlaut, and an event has little room.

        Source: https://spec.matrix.org/latest/client-server-api/#mmegolmv1aes-sha2
        """
        if self.olm is None or room_id not in self.olm.outbound_group_sessions:
            raise GroupEncryptionError("no session for the room")
        session: Any = self.olm.outbound_group_sessions[room_id]
        payload = {"room_id": room_id, "type": message_type, "content": content}
        encrypted = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "sender_key": self.olm.account.identity_keys["curve25519"],
            "ciphertext": session.encrypt(
                json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
            ),
            "session_id": session.id,
            "device_id": self.device_id,
        }
        # The homeserver has to see relations, and our other devices what they look for.
        seen = {key: content[key] for key in ("m.relates_to", MARK) if key in content}
        return "m.room.encrypted", {**encrypted, **seen}

    async def create_matrix_response(
        self,
        response_class: type,
        transport_response: ClientResponse,
        data: tuple[Any, ...] | None = None,
        save_to: Any = None,
    ) -> Any:
        """Read an answer; of a sync response keep the JSON too, before nio changes it."""
        if response_class is not SyncResponse:
            return await super().create_matrix_response(
                response_class, transport_response, data, save_to
            )
        body = await transport_response.text()
        response = _read_sync(body)
        response.transport_response = transport_response
        self.raw_sync = _object(body)
        return response

    async def _handle_to_device(self, response: SyncResponse) -> None:
        if self.store is None:
            await super()._handle_to_device(response)
            return
        # All or nothing: what was decrypted once can't be a second time, so if the key that it
        # brought is not stored, the ratchet must not be stored either.
        with storing(), self.store.database.atomic():
            await super()._handle_to_device(response)

    def _handle_decrypt_to_device(self, to_device_event: Any) -> Any:
        try:
            with storing():
                return super()._handle_decrypt_to_device(to_device_event)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a stranger's event must not stop the sync
            log.warning("matrix.to_device_unreadable", error=type(error).__name__)
            return None

    def _handle_timeline_event(
        self, event: Any, room_id: str, room: MatrixRoom, encrypted_rooms: set[str]
    ) -> Any:
        try:
            with storing():
                return super()._handle_timeline_event(event, room_id, room, encrypted_rooms)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a stranger's event must not stop the sync
            log.warning("matrix.event_unreadable", chat=room_id, error=type(error).__name__)
            return None


def _object(body: str) -> Tree:
    try:
        return tree(json.loads(body))
    except ValueError:
        return {}


def _read_sync(body: str) -> Any:
    try:
        return SyncResponse.from_dict(_object(body))
    except Exception as error:  # noqa: BLE001 - see the class docstring
        log.warning("matrix.sync_filtered", error=type(error).__name__)
        return SyncResponse.from_dict(_readable(_object(body)))


def _readable(sync: Tree) -> Tree:
    """Leave out every event that nio can't parse."""
    _filter(sync, "to_device", parse=ToDeviceEvent.parse_event)
    _filter(sync, "account_data", parse=AccountDataEvent.parse_event)
    rooms = tree(sync, "rooms")
    for room in tree(rooms, "invite").values():
        _filter(room, "invite_state", parse=InviteEvent.parse_event)
    for room in [*tree(rooms, "join").values(), *tree(rooms, "leave").values()]:
        for part in ("state", "timeline"):
            _filter(room, part, parse=Event.parse_event)
        for part in ("ephemeral", "account_data"):
            parse = EphemeralEvent if part == "ephemeral" else AccountDataEvent
            _filter(room, part, parse=parse.parse_event)
    return sync


def _filter(parent: Any, part: str, *, parse: Any) -> None:
    events = trees(parent, part, "events")
    if events:
        parent[part]["events"] = [event for event in events if _parses(event, parse)]


def _parses(event: Tree, parse: Any) -> bool:
    try:
        # A copy, because nio takes some events apart.
        parse(json.loads(json.dumps(event)))
    except Exception:  # noqa: BLE001 - whatever it is, this event is the one
        return False
    return True
