"""Events that can't be read yet: kept until their key comes, also over a restart."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from nio import Event, MegolmEvent
from nio.exceptions import EncryptionError

from bot.channels.matrix.client import Client
from bot.channels.matrix.files import StoreError, read_json, storing, write_json
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, text, tree
from bot.channels.matrix.refusals import RefusalError
from bot.clock import Clock

log = structlog.get_logger(__name__)

MOST_WAITING = 500
LONGEST_WAIT = timedelta(days=3)
"""An answer that comes later than this surprises more than it helps."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event without its key.

    Attributes:
        room: Where it is.
        event_id: To ask the homeserver for it again.
        session_id: Of the key that is missing.
        since: When it was first seen, ISO 8601.
    """

    room: str
    event_id: str
    session_id: str
    since: str


class Undecrypted:
    """The list of waiting events, in a small file beside the store."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._waiting: dict[str, Waiting] = {}
        self._written: list[Tree] = []

    def load(self) -> None:
        """Read the list; a damaged one is empty."""
        saved = read_json(self._path)
        for item in saved if isinstance(saved, list) else []:
            try:
                self._keep(Waiting(**item))
            except TypeError:
                continue
        self._written = [asdict(waiting) for waiting in self._waiting.values()]

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, room_id: str, event: Tree) -> bool:
        """Note an event; ``False`` if it was noted before. The oldest make room."""
        if text(event, "event_id") in self._waiting:
            return False
        session_id = text(event, "content", "session_id")
        now = self._clock.now().isoformat()
        self._keep(Waiting(room_id, text(event, "event_id"), session_id, now))
        return True

    def _keep(self, waiting: Waiting) -> None:
        self._waiting[waiting.event_id] = waiting
        while len(self._waiting) > MOST_WAITING:
            self._waiting.pop(next(iter(self._waiting)))

    def drop(self, event_id: str) -> None:
        """Forget an event that was read, or never will be."""
        self._waiting.pop(event_id, None)

    def save(self) -> None:
        """Write the list down, without what has waited too long."""
        oldest = self._clock.now() - LONGEST_WAIT
        for waiting in list(self._waiting.values()):
            if datetime.fromisoformat(waiting.since) < oldest:
                self.drop(waiting.event_id)
        waiting_now = [asdict(waiting) for waiting in self._waiting.values()]
        if waiting_now != self._written:
            write_json(self._path, waiting_now)
            self._written = waiting_now

    def for_sessions(self, sessions: Collection[str] | None) -> list[Waiting]:
        """Return what waits for one of *sessions*, or everything for ``None``."""
        return [
            waiting
            for waiting in self._waiting.values()
            if sessions is None or waiting.session_id in sessions
        ]


class Decryption:
    """Reads encrypted events, and asks for the keys that are missing."""

    def __init__(self, client: Client, server: Homeserver) -> None:
        self._client = client
        self._server = server

    def clear(self, room_id: str, event: Tree) -> Tree | None:
        """Return *event* with the type and content that were encrypted; ``None`` without key."""
        parsed = _parse(room_id, event)
        if parsed is None:
            return None
        try:
            with storing():
                decrypted = self._client.decrypt_event(parsed)
        except StoreError:
            raise
        except EncryptionError:
            return None
        except Exception as error:  # noqa: BLE001 - a stranger's event must not stop the reading
            log.warning("matrix.event_unreadable", chat=room_id, error=type(error).__name__)
            return None
        return opened(event, decrypted.source)

    def request_key(self, room_id: str, event: Tree) -> None:
        """Queue one request for the key to the device that wrote *event*.

        Source: https://spec.matrix.org/latest/client-server-api/#key-requests
        """
        parsed, olm = _parse(room_id, event), self._client.olm
        if parsed is None or olm is None or parsed.session_id in olm.outgoing_key_requests:
            return
        request = parsed.as_key_request(
            parsed.sender, self._client.device_id or "", parsed.session_id, parsed.device_id
        )
        # nio may have queued the same one by itself, after a broken Olm session.
        queued = {getattr(item, "request_id", None) for item in olm.outgoing_to_device_messages}
        if request.request_id not in queued:
            olm.outgoing_to_device_messages.append(request)

    async def fetch(self, waiting: Waiting) -> Tree | None:
        """Ask the homeserver for an event again; ``None`` if it is gone for us."""
        try:
            path = api("rooms", waiting.room, "event", waiting.event_id)
            return await self._server.call("GET", path)
        except RefusalError as refusal:
            if refusal.general:
                raise
            return None


def opened(event: Tree, payload: Tree) -> Tree:
    """Return *event* with type and content of *payload*; nothing else of it is believed."""
    content = {**tree(payload, "content")}
    relation = tree(event, "content", "m.relates_to")
    if relation and "m.relates_to" not in content:
        content["m.relates_to"] = relation
    return {**event, "type": text(payload, "type"), "content": content}


def _parse(room_id: str, event: Tree) -> MegolmEvent | None:
    try:
        # A copy, because nio takes some events apart.
        parsed = Event.parse_event(json.loads(json.dumps(event)))
    except Exception as error:  # noqa: BLE001 - a stranger's event must not stop the reading
        log.warning("matrix.event_unreadable", chat=room_id, error=type(error).__name__)
        return None
    if not isinstance(parsed, MegolmEvent):
        return None
    parsed.room_id = room_id
    return parsed
