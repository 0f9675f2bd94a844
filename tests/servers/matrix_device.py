"""A logged-in device with end-to-end encryption that reads along in the background."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, Self, TypeVar

import aiohttp
from mautrix.api import Method, PathBuilder
from mautrix.client import Client
from mautrix.errors import MatrixConnectionError, MatrixRequestError
from mautrix.types import DeviceID, EventType, FilterID, RoomID, SyncToken, UserID

from tests.servers.matrix_crypto import SIGNED_BY_OWNER, Keys, Rooms, StrictOlmMachine
from tests.servers.matrix_inbox import Inbox

PATIENCE_SECONDS = 20.0
RETRY_SECONDS = 0.2
LONG_POLL_MILLISECONDS = 20_000

# Synapse sends no more than 100 events of a room at once.
SYNC_FILTER = FilterID('{"room": {"timeline": {"limit": 100}}}')

T = TypeVar("T")


class Device:
    """One device of one person: its keys, its trust in others, its reading and sending.

    Attributes:
        user_id: The person.
        device_id: The device.
        access_token: For requests of a test's own.
        recovery_key: Signs further devices of the same person; ``None`` if this device has none.
    """

    def __init__(self, client: Client, keys: Keys, rooms: Rooms) -> None:
        self._client = client
        self._rooms = rooms
        self._machine = StrictOlmMachine(client, keys, rooms)
        self._inbox = Inbox(client, self._machine, keys, rooms)
        client.crypto = self._machine
        self._news = asyncio.Event()
        # Sending and receiving take turns, so that a room key goes to the devices as they are.
        self._turn = asyncio.Lock()
        self._since: SyncToken | None = None
        self.user_id = str(client.mxid)
        self.device_id = str(client.device_id)
        self.access_token = str(client.api.token)
        self.recovery_key: str | None = None

    @classmethod
    @asynccontextmanager
    async def login(
        cls,
        homeserver_url: str,
        user_id: str,
        password: str,
        *,
        signed: bool = True,
        recovery_key: str | None = None,
    ) -> AsyncIterator[Self]:
        """Log in, and read along until the end of the block.

        Args:
            homeserver_url: Where the client API is.
            user_id: Who logs in.
            password: Their password.
            signed: Sign the device with the person's identity.
            recovery_key: The key to an identity that another device has made; without it this
                device makes one, which works once for each person.
        """
        async with aiohttp.ClientSession() as session:
            device = await cls._new_device(session, homeserver_url, user_id, password)
            if signed:
                await device.sign(recovery_key)
            await device._read_news(wait=0)
            failure: Exception | None = None
            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(device._keep_reading())
                try:
                    yield device
                except Exception as error:  # noqa: BLE001 - raised below, outside the group
                    failure = error
                finally:
                    reading.cancel()
            if failure is not None:
                raise failure

    @classmethod
    async def _new_device(
        cls, session: aiohttp.ClientSession, url: str, user_id: str, password: str
    ) -> Self:
        keys, rooms = Keys(account_id=user_id, pickle_key="tests"), Rooms()
        client = Client(
            UserID(user_id),
            base_url=url,
            client_session=session,
            state_store=rooms,
            sync_store=keys,
        )
        await client.login(password=password, device_name="A member's client")
        device = cls(client, keys, rooms)
        await device._machine.load()
        await device._machine.share_keys(0)
        return device

    async def sign(self, recovery_key: str | None = None) -> None:
        """Sign this device with the person's identity; without *recovery_key*, make the identity.

        Making it works once for each person: replacing it would need the password again.
        """
        if recovery_key is None:
            recovery_key = await self._machine.generate_recovery_key()
        else:
            await self._machine.verify_with_recovery_key(recovery_key)
        self.recovery_key = recovery_key

    async def trusts(self, user_id: str, device_id: str) -> bool:
        """Tell whether a device is signed by its owner, as far as this client knows."""
        async with self._turn:
            device = await self._machine.get_or_fetch_device(UserID(user_id), DeviceID(device_id))
            if device is None:
                return False
            return await self._machine.resolve_trust(device) >= SIGNED_BY_OWNER

    async def wait_until_trusted(
        self,
        user_id: str,
        device_id: str,
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 - as in wait_for
    ) -> None:
        """Wait until :meth:`trusts` is true.

        Raises:
            TimeoutError: It stayed false for *timeout* seconds.
        """

        async def search() -> bool:
            return await self.trusts(user_id, device_id)

        await self.wait(search, timeout)

    async def wait(self, search: Callable[[], Awaitable[T | None]], timeout: float) -> T:  # noqa: ASYNC109 - as in wait_for
        """Search now and after everything that comes in, until something is found.

        Raises:
            TimeoutError: Nothing was found within *timeout* seconds.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while True:
                    news = self._news
                    if found := await search():
                        return found
                    await news.wait()
        seen = "\n".join(map(repr, self._inbox.history))
        raise TimeoutError(
            f"{self.user_id}: not within {timeout} s. Read:\n{seen}\nUnread: {self._inbox.unread}"
        )

    async def request(
        self, method: Method, path: PathBuilder, body: dict[str, Any]
    ) -> dict[str, Any]:
        """Call an endpoint of the homeserver and return its JSON."""
        answer: dict[str, Any] = await self._client.api.request(method, path, body)
        return answer

    async def send(self, room: str, content: Any, kind: EventType = EventType.ROOM_MESSAGE) -> str:
        """Send an event, encrypted if the room is; return its id."""
        async with self._turn:
            # The first key goes to everybody, those who are only invited included.
            if not await self._rooms.has_full_member_list(RoomID(room)):
                await self._client.get_members(RoomID(room))
            return str(await self._client.send_message_event(RoomID(room), kind, content))

    async def _keep_reading(self) -> None:
        """Sync without end; a homeserver that is down or overloaded is asked again."""
        while True:
            try:
                await self._read_news(wait=LONG_POLL_MILLISECONDS)
            except (MatrixConnectionError, TimeoutError):
                await asyncio.sleep(RETRY_SECONDS)
            except MatrixRequestError as error:
                if error.http_status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise
                await asyncio.sleep(RETRY_SECONDS)

    async def _read_news(self, *, wait: int) -> None:
        answer = await self._client.sync(since=self._since, timeout=wait, filter_id=SYNC_FILTER)
        async with self._turn:
            await self._inbox.take(answer)
        self._since = answer["next_batch"]
        self._news.set()
        self._news = asyncio.Event()
