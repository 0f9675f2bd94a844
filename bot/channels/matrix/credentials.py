"""How the account proves itself: by the saved login, a configured token, or the password."""

import enum
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.channels.matrix.client import Client
from bot.channels.matrix.files import StoreError, read_json, write_json
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, text, tree, trees
from bot.channels.matrix.refusals import (
    BROKEN_CONNECTION,
    LOST_TOKEN,
    RefusalError,
    receiving,
    unreachable,
)
from bot.clock import Clock
from bot.config import MatrixSettings
from bot.errors import ChannelDownError, ChannelUnavailableError

PASSWORD_FLOW = "m.login.password"  # noqa: S105 - the name of a way to log in

TRIAL_DEVICE = "STADTFUNK_CHECK"
"""Always the same, so that a check that dies before its logout leaves one device at most."""


class Proof(enum.StrEnum):
    """What the homeserver took."""

    SAVED = "saved login"
    TOKEN = "access token"  # noqa: S105 - a word, not a secret
    PASSWORD = "password"  # noqa: S105 - a word, not a secret


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the homeserver said to the tokens that we have.

    Attributes:
        proof: Which was taken; ``None`` if none was.
        token: The one that was taken.
        account: The account and device that it belongs to.
        soft: Whether one was refused whose device may log in again as itself.
    """

    proof: Proof | None
    token: str = ""
    account: Tree | None = None
    soft: bool = False


class Credentials:
    """What the settings and the session file hold to log in with.

    Attributes:
        homeserver: Its address, without a slash at the end.
        user_id: The account.
        password: As configured; empty if it is not.
    """

    def __init__(self, settings: MatrixSettings, store_dir: Path) -> None:
        self.homeserver = str(settings.homeserver or "").rstrip("/")
        self.user_id = settings.user_id
        self.password = settings.password.get_secret_value()
        # A token is one device's, and processes that share an identity are a device each.
        alone = not settings.identity_secret.get_secret_value()
        self._token = settings.access_token.get_secret_value() if alone else ""
        self._device_name = settings.device_name
        self._file = store_dir / "session.json"

    def saved(self) -> Tree:
        """Return the saved login of this account; empty if there is none.

        Raises:
            ChannelDownError: The file can't be read.
        """
        try:
            saved = tree(read_json(self._file))
        except StoreError as error:
            msg = f"the store {self._file.parent} can't be read ({error})"
            raise ChannelDownError(f"{msg}: channels.matrix.store_dir") from error
        wanted = {"user_id": self.user_id, "homeserver": self.homeserver}
        return saved if wanted.items() <= saved.items() else {}

    def remember(self, login: Tree, token: str) -> Tree:
        """Write the login down, if it is new, and return what was written."""
        session = {
            "homeserver": self.homeserver,
            "user_id": text(login, "user_id"),
            "device_id": text(login, "device_id"),
            "access_token": token,
        }
        # Before the token is used: whatever fails later, the next start does not log in again.
        if session != self.saved():
            write_json(self._file, session)
        return session

    async def resume(self, server: Homeserver) -> Acceptance:
        """Ask whether a token is still good; *server* keeps the one that is.

        Raises:
            RefusalError: The homeserver refuses more than the tokens.
            ChannelDownError: A token is good, but of no use to us.
        """
        tokens = {text(self.saved(), "access_token"): Proof.SAVED}
        tokens.setdefault(self._token, Proof.TOKEN)
        soft = False
        for token, proof in tokens.items():
            if token:
                server.token = token
                try:
                    return Acceptance(proof, token, await self._who_am_i(server))
                except RefusalError as refusal:
                    if refusal.errcode not in LOST_TOKEN:
                        raise
                    soft = soft or refusal.soft
        server.token = ""
        return Acceptance(None, soft=soft)

    async def _who_am_i(self, server: Homeserver) -> Tree:
        account = await server.call("GET", api("account", "whoami"))
        if text(account, "user_id") != self.user_id:
            msg = f"the access token belongs to {text(account, 'user_id')}"
            raise ChannelDownError(f"{msg}: channels.matrix.user_id")
        if not text(account, "device_id"):
            msg = "the access token has no device, so nothing can be encrypted"
            raise ChannelDownError(f"{msg}: channels.matrix.access_token")
        return account

    async def log_in(self, server: Homeserver, *, device_id: str = "") -> Tree:
        """Log in with the password, with a new device unless one is named.

        Raises:
            ChannelUnavailableError: The homeserver can't be reached; try again later.
            ChannelDownError: There is no password, or it is refused.

        Source: https://spec.matrix.org/latest/client-server-api/#post_matrixclientv3login
        """
        self._need_password()
        body: Tree = {
            "type": PASSWORD_FLOW,
            "identifier": {"type": "m.id.user", "user": self.user_id},
            "password": self.password,
            "initial_device_display_name": self._device_name,
        }
        if device_id:
            body["device_id"] = device_id
        try:
            return await server.call("POST", api("login"), body)
        except RefusalError as refusal:
            raise _login_error(refusal) from refusal
        except BROKEN_CONNECTION as error:
            raise ChannelUnavailableError(unreachable(error)) from error

    def _need_password(self) -> None:
        if not self.password:
            raise ChannelDownError("the access token was refused: channels.matrix.access_token")

    async def probe(self, server: Homeserver) -> Acceptance:
        """Ask whether the homeserver would let us in; without the store and its lock.

        A token is only asked about. A password can't be tried without a login, so that is made
        where no token is good, and its device is logged out at once.

        Raises:
            RefusalError: The homeserver is busy, or refuses the account.
            ChannelDownError: It refuses what we have; the message names the key.
        """
        acceptance = await self.resume(server)
        if acceptance.proof is not None:
            return acceptance
        await self._try_password(server)
        return Acceptance(Proof.PASSWORD)

    async def _try_password(self, server: Homeserver) -> None:
        """Log in and out again.

        Source: https://spec.matrix.org/latest/client-server-api/#get_matrixclientv3login
        """
        self._need_password()
        flows = trees(await server.call("GET", api("login")), "flows")
        if PASSWORD_FLOW not in {text(flow, "type") for flow in flows}:
            msg = "the homeserver offers no login with a password"
            raise ChannelDownError(f"{msg}: channels.matrix.access_token (or homeserver)")
        login = await self.log_in(server, device_id=TRIAL_DEVICE)
        server.token = text(login, "access_token")
        try:
            await server.call("POST", api("logout"), {})
        finally:
            server.token = ""


@asynccontextmanager
async def visiting(credentials: Credentials, clock: Clock) -> AsyncIterator[Homeserver]:
    """Talk to the homeserver without the encryption store, so beside whoever uses it.

    Raises:
        ChannelUnavailableError: The homeserver can't be reached; try again later.
        ChannelDownError: It refuses the account.
    """
    client = Client(credentials.homeserver, credentials.user_id, None)
    try:
        with receiving():
            yield Homeserver(client, clock)
    finally:
        await client.close()


def _login_error(refusal: RefusalError) -> Exception:
    if refusal.errcode == "M_USER_DEACTIVATED":
        return ChannelDownError("the account is deactivated: channels.matrix.user_id")
    if refusal.forbidden:
        return ChannelDownError("the password was refused: channels.matrix.password")
    return ChannelUnavailableError(
        f"the homeserver refused the login ({refusal})", retry_after=refusal.retry_after
    )
