"""Logging in: the access token is kept over restarts, a new login is the last resort."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from nio.responses import KeysUploadResponse

from bot.channels.matrix.client import Client
from bot.channels.matrix.cross_signing import CrossSigning, Standing
from bot.channels.matrix.files import read_json, write_json
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, text, tree
from bot.channels.matrix.refusals import (
    BROKEN_CONNECTION,
    LOST_TOKEN,
    RefusalError,
    checked,
    receiving,
    unreachable,
)
from bot.clock import Clock
from bot.config import MatrixSettings
from bot.errors import ChannelDownError, ChannelUnavailableError

log = structlog.get_logger(__name__)

Acquire = Callable[[Homeserver], Awaitable[Tree]]
"""A way to come by an access token: returns what the session file holds."""


@dataclass(slots=True)
class Session:
    """One login with its encryption store, ready to send and receive."""

    client: Client
    server: Homeserver
    signing: CrossSigning
    standing: Standing

    @property
    def user_id(self) -> str:
        """The account."""
        return self.client.user_id

    @property
    def device_id(self) -> str:
        """The device, as the homeserver named it."""
        return self.client.device_id or ""


class Login:
    """Makes sessions out of settings and the session file."""

    def __init__(self, settings: MatrixSettings, store_dir: Path, clock: Clock) -> None:
        self._settings = settings
        self._store_dir = store_dir
        self._clock = clock
        self._homeserver = str(settings.homeserver or "").rstrip("/")
        self._file = store_dir / "session.json"

    @property
    def can_renew(self) -> bool:
        """Whether there is a password to log in with."""
        return bool(self._settings.password.get_secret_value())

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
            return await self._log_in(server, self._saved() if lost.soft else {})

        return await self._open(log_in)

    async def _open(self, acquire: Acquire) -> Session:
        client = Client(self._homeserver, self._settings.user_id, self._store_dir)
        server = Homeserver(client, self._clock)
        try:
            with receiving():
                login = await acquire(server)
                return await self._prepare(client, server, login)
        except BaseException:
            await client.close()
            raise

    async def _resume(self, server: Homeserver) -> Tree:
        saved = self._saved()
        configured = self._settings.access_token.get_secret_value()
        soft = False
        for token in dict.fromkeys((text(saved, "access_token"), configured)):
            if token:
                server.token = token
                try:
                    return self._remember(await self._who_am_i(server), token)
                except RefusalError as refusal:
                    if refusal.errcode not in LOST_TOKEN:
                        raise
                    soft = soft or refusal.soft
        server.token = ""
        return await self._log_in(server, saved if soft else {})

    def _saved(self) -> Tree:
        saved = tree(read_json(self._file))
        wanted = {"user_id": self._settings.user_id, "homeserver": self._homeserver}
        return saved if wanted.items() <= saved.items() else {}

    async def _who_am_i(self, server: Homeserver) -> Tree:
        account = await server.call("GET", api("account", "whoami"))
        if text(account, "user_id") != self._settings.user_id:
            msg = f"the access token belongs to {text(account, 'user_id')}"
            raise ChannelDownError(f"{msg}: channels.matrix.user_id")
        if not text(account, "device_id"):
            msg = "the access token has no device, so nothing can be encrypted"
            raise ChannelDownError(f"{msg}: channels.matrix.access_token")
        return account

    async def _log_in(self, server: Homeserver, known: Tree) -> Tree:
        """Log in with the password.

        Source: https://spec.matrix.org/latest/client-server-api/#post_matrixclientv3login
        """
        if not self.can_renew:
            raise ChannelDownError("the access token was refused: channels.matrix.access_token")
        body: Tree = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self._settings.user_id},
            "password": self._settings.password.get_secret_value(),
            "initial_device_display_name": self._settings.device_name,
        }
        if known:
            body["device_id"] = known["device_id"]
        try:
            login = await server.call("POST", api("login"), body)
        except RefusalError as refusal:
            raise _login_error(refusal) from refusal
        except BROKEN_CONNECTION as error:
            raise ChannelUnavailableError(unreachable(error)) from error
        log.info("matrix.logged_in", device=text(login, "device_id"))
        return self._remember(login, text(login, "access_token"))

    def _remember(self, login: Tree, token: str) -> Tree:
        session = {
            "homeserver": self._homeserver,
            "user_id": text(login, "user_id"),
            "device_id": text(login, "device_id"),
            "access_token": token,
        }
        # Before the token is used: whatever fails later, the next start does not log in again.
        if session != self._saved():
            write_json(self._file, session)
        return session

    async def _prepare(self, client: Client, server: Homeserver, login: Tree) -> Session:
        self._load_store(client, login)
        signing = CrossSigning(
            server,
            user_id=client.user_id,
            device_id=text(login, "device_id"),
            password=self._settings.password.get_secret_value(),
            path=self._store_dir / "cross_signing.json",
        )
        await self._upload_keys(client, signing)
        return Session(client, server, signing, await signing.ensure())

    def _load_store(self, client: Client, login: Tree) -> None:
        # Before anything is sent: with a token but without a store, nio sends in clear.
        try:
            client.restore_login(login["user_id"], login["device_id"], login["access_token"])
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
            answer: KeysUploadResponse = checked(await client.keys_upload())
            log.info("matrix.keys_uploaded", one_time_keys=answer.signed_curve25519_count)


def _login_error(refusal: RefusalError) -> Exception:
    if refusal.errcode == "M_USER_DEACTIVATED":
        return ChannelDownError("the account is deactivated: channels.matrix.user_id")
    if refusal.forbidden:
        return ChannelDownError("the password was refused: channels.matrix.password")
    return ChannelUnavailableError(
        f"the homeserver refused the login ({refusal})", retry_after=refusal.retry_after
    )
