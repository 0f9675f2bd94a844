"""Logging in: the access token is kept over restarts, a new login is the last resort."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from peewee import OperationalError  # type: ignore[import-untyped]

from bot.channels.matrix.client import Client
from bot.channels.matrix.credentials import Credentials
from bot.channels.matrix.cross_signing import CrossSigning
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.json_tree import Tree, text
from bot.channels.matrix.refusals import RefusalError, checked, receiving
from bot.channels.matrix.sealing import Sharing
from bot.clock import Clock
from bot.errors import ChannelDownError

log = structlog.get_logger(__name__)

Acquire = Callable[[Homeserver], Awaitable[Tree]]
"""A way to come by an access token: returns what the session file holds."""


@dataclass(slots=True)
class Session:
    """One login with its encryption store, ready to send and receive."""

    client: Client
    server: Homeserver

    @property
    def user_id(self) -> str:
        """The account."""
        return self.client.user_id

    @property
    def device_id(self) -> str:
        """The device, as the homeserver named it."""
        return self.client.device_id or ""


class Login:
    """Makes sessions out of what we have to log in with."""

    def __init__(
        self,
        credentials: Credentials,
        store_dir: Path,
        clock: Clock,
        *,
        sharing: Sharing | None = None,
    ) -> None:
        self._sharing = sharing
        self._credentials = credentials
        self._store_dir = store_dir
        self._clock = clock

    async def open(self) -> Session:
        """Take the login up again, or log in; load the store; publish and sign our keys.

        Raises:
            ChannelUnavailableError: The homeserver can't be reached; try again later.
            ChannelDownError: The homeserver refuses the account.
        """
        return await self._open(self._resume)

    async def renew(self, lost: RefusalError) -> Session:
        """Log in with the password after the token was refused; with a new device, if need be.

        Raises:
            ChannelUnavailableError: The homeserver can't be reached; try again later.
            ChannelDownError: There is no password, or it is refused too.
        """

        async def log_in(server: Homeserver) -> Tree:
            return await self._log_in(server, same_device=lost.soft)

        return await self._open(log_in)

    async def _open(self, acquire: Acquire) -> Session:
        credentials = self._credentials
        client = Client(credentials.homeserver, credentials.user_id, self._store_dir)
        server = Homeserver(client, self._clock)
        try:
            with receiving():
                login = await acquire(server)
                return await self._prepare(client, server, login)
        except BaseException:
            await client.close()
            raise

    async def _resume(self, server: Homeserver) -> Tree:
        found = await self._credentials.resume(server)
        if found.account is not None:
            return self._credentials.remember(found.account, found.token)
        return await self._log_in(server, same_device=found.soft)

    async def _log_in(self, server: Homeserver, *, same_device: bool) -> Tree:
        device_id = text(self._credentials.saved(), "device_id") if same_device else ""
        login = await self._credentials.log_in(server, device_id=device_id)
        log.info("matrix.logged_in", device=text(login, "device_id"))
        return self._credentials.remember(login, text(login, "access_token"))

    async def _prepare(self, client: Client, server: Homeserver, login: Tree) -> Session:
        self._load_store(client, login)
        signing = CrossSigning(
            server,
            user_id=client.user_id,
            device_id=text(login, "device_id"),
            password=self._credentials.password,
            store_dir=self._store_dir,
            sharing=self._sharing,
        )
        await self._upload_keys(client, signing)
        await signing.ensure()
        return Session(client, server)

    def _load_store(self, client: Client, login: Tree) -> None:
        # Before anything is sent: with a token but without a store, nio sends in clear.
        try:
            client.restore_login(login["user_id"], login["device_id"], login["access_token"])
        except OperationalError:
            raise  # a full disk, for instance; a damaged file is a plain DatabaseError
        except Exception as error:
            msg = f"the encryption store in {self._store_dir} can't be read"
            raise ChannelDownError(f"{msg} ({type(error).__name__})") from error
        if client.olm is None:
            raise ChannelDownError("matrix-nio was installed without its e2e extra")

    async def _upload_keys(self, client: Client, signing: CrossSigning) -> None:
        olm: Any = client.olm
        if olm.account.shared and not signing.knows_device(await signing.query()):
            # The homeserver lost them, for instance with a restored backup.
            olm.account.shared = False
        if client.should_upload_keys:
            answer = checked(await client.keys_upload())
            log.info("matrix.keys_uploaded", one_time_keys=answer.signed_curve25519_count)
