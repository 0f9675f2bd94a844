"""A real homeserver for the tests: Synapse, as a process."""

import asyncio
import hashlib
import hmac
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from tests.servers.processes import ServerProcess, accepts_connections, free_port
from tests.servers.synapse_home import CONFIGURATION, SECRET, Limits, create_home

SERVER_NAME = "stadtfunk.test"


class HomeserverError(Exception):
    """The homeserver refused a request.

    Attributes:
        status: The HTTP status.
        answer: The JSON body, with ``errcode`` and ``error``.
    """

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{status} {answer}")
        self.status = status
        self.answer = answer


@dataclass(frozen=True)
class Account:
    """A registered user, logged in once."""

    user_id: str
    password: str = field(repr=False)
    access_token: str = field(repr=False)
    device_id: str


class Synapse:
    """A homeserver on the loopback interface, with a database of its own."""

    def __init__(self, home: Path, *, limits: Limits = "lifted") -> None:
        self.server_name = SERVER_NAME
        self._port = free_port()
        self._operator: Account | None = None
        create_home(home, server_name=SERVER_NAME, port=self._port, limits=limits)
        self._process = ServerProcess(
            [sys.executable, "-m", "synapse.app.homeserver", "--config-path", CONFIGURATION],
            directory=home,
            ready=lambda: accepts_connections(self._port),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @classmethod
    @contextmanager
    def running(cls, *, limits: Limits = "lifted") -> Iterator[Self]:
        """Run a homeserver in a temporary directory; both are gone afterwards.

        Args:
            limits: ``lifted``, or the rate limits that Synapse has in ``stock``.
        """
        with tempfile.TemporaryDirectory(prefix="synapse-") as directory:
            homeserver = cls(Path(directory), limits=limits)
            try:
                homeserver._process.start()
                yield homeserver
            finally:
                homeserver._process.kill()

    @classmethod
    @asynccontextmanager
    async def start(cls, *, limits: Limits = "lifted") -> AsyncIterator[Self]:
        """Do as :meth:`running`, for tests that have no fixture. Blocks while it starts."""
        with cls.running(limits=limits) as homeserver:
            yield homeserver

    async def stop(self) -> None:
        """Stop in an orderly way; requests are then refused. Database and port are kept."""
        await asyncio.to_thread(self._process.stop)

    async def restart(self) -> None:
        """Start again with the same database and port, after stopping if need be."""
        await self.stop()
        self._process.spawn()
        await asyncio.to_thread(self._process.wait_until_ready)

    def freeze(self) -> None:
        """Make the homeserver hang: connections are accepted, requests get no answer."""
        self._process.freeze()

    def thaw(self) -> None:
        """Let a frozen homeserver go on."""
        self._process.thaw()

    async def register(self, localpart: str, password: str, *, admin: bool = False) -> Account:
        """Create a user with one device.

        Source: https://element-hq.github.io/synapse/latest/admin_api/register_api.html
        """
        path = "/_synapse/admin/v1/register"
        nonce = (await self.request(None, "GET", path))["nonce"]
        parts = [nonce, localpart, password, "admin" if admin else "notadmin"]
        signature = hmac.new(SECRET.encode(), "\0".join(parts).encode(), hashlib.sha1)
        user = {"username": localpart, "password": password, "admin": admin}
        body = {"nonce": nonce, "mac": signature.hexdigest(), **user}
        answer = await self.request(None, "POST", path, body)
        return Account(answer["user_id"], password, answer["access_token"], answer["device_id"])

    async def request(
        self, account: Account | None, method: str, path: str, body: Any = None
    ) -> dict[str, Any]:
        """Call an endpoint and return its JSON.

        Args:
            account: Who asks; ``None`` for a request without an access token.
            method: The HTTP method.
            path: The whole path, such as ``/_matrix/client/v3/sync?timeout=0``; what does not
                belong into a path is quoted by the caller.
            body: What to send as JSON.

        Raises:
            HomeserverError: The answer is no success.
        """
        headers = {"Authorization": f"Bearer {account.access_token}"} if account else {}
        # A session for each request: the homeserver outlives the event loops of the tests.
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.url}{path}", json=body) as response,
        ):
            answer: dict[str, Any] = await response.json()
            if not response.ok:
                raise HomeserverError(response.status, answer)
            return answer

    async def override_ratelimit(
        self, user_id: str, *, messages_per_second: int = 0, burst_count: int = 0
    ) -> None:
        """Give a user message limits of their own; 0 and 0 lift them, as an operator does."""
        path = f"/_synapse/admin/v1/users/{quote(user_id)}/override_ratelimit"
        limits = {"messages_per_second": messages_per_second, "burst_count": burst_count}
        await self._administer("POST", path, limits)

    async def delete_device(self, user_id: str, device_id: str) -> None:
        """Log a device out for good: its access token and its keys are gone."""
        path = f"/_synapse/admin/v2/users/{quote(user_id)}/devices/{quote(device_id)}"
        await self._administer("DELETE", path)

    async def deactivate(self, user_id: str) -> None:
        """Close an account; the user leaves every room."""
        await self._administer("POST", f"/_synapse/admin/v1/deactivate/{quote(user_id)}", {})

    async def _administer(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        if self._operator is None:
            self._operator = await self.register("operator", "operator", admin=True)
        return await self.request(self._operator, method, path, body)
