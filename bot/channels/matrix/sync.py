"""One sync with the homeserver: the request, and the errands that follow it."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog
from nio import SyncResponse
from nio.events import ForwardedRoomKeyEvent, RoomKeyEvent

from bot.channels.matrix.client import Client
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, text, tree, trees
from bot.channels.matrix.refusals import RefusalError, checked
from bot.channels.matrix.sending import Sending

log = structlog.get_logger(__name__)

TIMELINE_EVENTS = 200
"""Most events of a room in one sync; servers may send fewer and say that it is *limited*."""
GAP_EVENTS = 1_000
"""Most events of a room that are fetched after an outage."""
PAGE_EVENTS = 100
FIRST_SYNC_SECONDS = 300
"""The state of every room at once can take a homeserver minutes."""
UNKNOWN_TOKEN = "M_UNKNOWN_TOKEN"  # noqa: S105 - an error code


MOST_ROUNDS = 100
"""Of syncs for our device alone, a hundred events each."""
_NOTHING = {"not_types": ["*"]}
_OWN: Tree = {"presence": _NOTHING, "account_data": _NOTHING, "room": {"rooms": []}}
"""A filter that leaves only what is for our device.

Source: https://spec.matrix.org/latest/client-server-api/#filtering
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one sync brought.

    Attributes:
        since: The cursor before; ``None`` at the very first sync.
        cursor: The cursor after.
        news: The response as the homeserver wrote it.
        clear: What nio decrypted of the timelines, by event id.
        sessions: The Megolm sessions whose keys came.
    """

    since: str | None
    cursor: str
    news: Tree
    clear: dict[str, Tree]
    sessions: frozenset[str]


def _filter(timeline: int) -> Tree:
    """Return a sync filter.

    Source: https://spec.matrix.org/latest/client-server-api/#filtering
    """
    return {
        "presence": _NOTHING,
        "room": {
            "timeline": {"limit": timeline},
            "state": {"lazy_load_members": False},
            "ephemeral": _NOTHING,
        },
    }


class Sync:
    """Reads from one homeserver, batch after batch."""

    def __init__(self, client: Client, server: Homeserver, sending: Sending) -> None:
        self._client = client
        self._server = server
        self._sending = sending
        self._busy = asyncio.Lock()
        self._own_position: str | None = None

    async def stay(self, *, wait: timedelta) -> None:
        """Take what is meant for our device alone, forever; the rooms are somebody else's.

        Raises:
            The same as :meth:`fetch`.
        """
        while True:
            await self._take(wait)
            await self.run_errands()

    async def catch_up(self) -> None:
        """Take what waits for our device alone.

        A homeserver deletes what a device was sent before the position that this one syncs from,
        and that may be the position of another device.
        """
        for _ in range(MOST_ROUNDS):
            if not await self._take(timedelta(0)):
                return

    async def _take(self, wait: timedelta) -> bool:
        """Sync without any room; tell whether something came."""
        client = self._client
        if not client.access_token:
            raise RefusalError(401, UNKNOWN_TOKEN, body={"soft_logout": True})
        client.next_batch = ""
        answer = checked(
            await client.sync(
                timeout=int(wait / timedelta(milliseconds=1)),
                sync_filter=_OWN,
                since=self._own_position,
            )
        )
        self._own_position = answer.next_batch
        self._note_key_count(client.raw_sync)
        return bool(trees(client.raw_sync, "to_device", "events"))

    async def fetch(self, since: str | None, *, wait: timedelta, full: bool) -> Batch:
        """Wait for news.

        Args:
            since: The cursor; ``None`` starts now, without what was said before.
            wait: How long the homeserver may hold the request.
            full: Ask for the state of all rooms, which nio needs after a restart.

        Raises:
            RefusalError: The homeserver refused or failed.
            aiohttp.ClientError: It can't be reached.
            TimeoutError: It took too long.
        """
        client = self._client
        if not client.access_token:  # nio drops the token at a soft logout
            raise RefusalError(401, UNKNOWN_TOKEN, body={"soft_logout": True})
        # nio ignores a batch that it has seen before and would leave it encrypted, but a batch
        # comes again whenever its effects were not committed.
        client.next_batch = ""
        full_state = full and since is not None
        async with asyncio.timeout(FIRST_SYNC_SECONDS if full else None):
            answer = await client.sync(
                timeout=0 if full else int(wait / timedelta(milliseconds=1)),
                sync_filter=_filter(0 if since is None else TIMELINE_EVENTS),
                since=since,
                full_state=full_state or None,
            )
        return self._batch(since, checked(answer))

    def _batch(self, since: str | None, answer: SyncResponse) -> Batch:
        decrypted = {
            event.event_id: event.source
            for room in answer.rooms.join.values()
            for event in room.timeline.events
            if getattr(event, "decrypted", False) and hasattr(event, "event_id")
        }
        sessions = frozenset(
            event.session_id
            for event in answer.to_device_events
            if isinstance(event, RoomKeyEvent | ForwardedRoomKeyEvent)
        )
        news = self._client.raw_sync
        self._note_key_count(news)
        return Batch(since, answer.next_batch, news, decrypted, sessions)

    def _note_key_count(self, news: Tree) -> None:
        # nio takes a count of 0 for an absent one, and would never refill. Without one-time keys
        # nobody new can send us a room key.
        count = tree(news, "device_one_time_keys_count").get("signed_curve25519", 0)
        if self._client.olm is not None and count == 0:
            self._client.olm.uploaded_key_count = 0

    async def run_errands(self) -> None:
        """Do what nio leaves to its caller: publish, ask for and claim keys, pass messages on."""
        if self._busy.locked():
            return
        async with self._busy:
            client = self._client
            if client.should_upload_keys:
                checked(await client.keys_upload())
            await client.send_to_device_messages()
            if client.should_query_keys:
                await self._sending.query_keys()
            if client.should_claim_keys:
                checked(await client.keys_claim(client.get_users_for_key_claiming()))
                await client.send_to_device_messages()

    async def gap(self, room_id: str, before: str, since: str) -> list[Tree]:
        """Fetch what a *limited* timeline left out, oldest first.

        Args:
            room_id: Where.
            before: The ``prev_batch`` of the timeline.
            since: The cursor before the sync.

        Source: https://spec.matrix.org/latest/client-server-api/#get_matrixclientv3roomsroomidmessages
        """
        found: list[Tree] = []
        token = before
        while token and len(found) < GAP_EVENTS:
            query = [("dir", "b"), ("from", token), ("to", since), ("limit", str(PAGE_EVENTS))]
            try:
                page = await self._server.call(
                    "GET", api("rooms", room_id, "messages", query=query)
                )
            except RefusalError as refusal:
                if refusal.general:
                    raise
                break  # what we may not read, nobody said to us
            events, following = trees(page, "chunk"), text(page, "end")
            found += events
            token = following if events and following != token else ""
        if token:
            log.warning("matrix.gap_too_long", chat=room_id, read=len(found))
        return found[::-1]
