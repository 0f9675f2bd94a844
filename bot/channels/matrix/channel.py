"""The Matrix adapter: the port's promises, kept by the modules beside this one."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.channels.matrix.background import Background, Courtesies
from bot.channels.matrix.connection import Connection
from bot.channels.matrix.credentials import Credentials, visiting
from bot.channels.matrix.doctor import examine, fail
from bot.channels.matrix.files import StoreLock
from bot.channels.matrix.power import is_moderator
from bot.channels.matrix.refusals import (
    LOST_TOKEN,
    RefusalError,
    StoreUnavailableError,
    delivering,
    receiving,
)
from bot.channels.matrix.rooms import CHANNEL
from bot.channels.matrix.sealing import Sharing, Vault
from bot.channels.matrix.sending import Sending
from bot.channels.matrix.session import Login, Session
from bot.channels.port import Channel, Finding, Menu, Received, Shared
from bot.clock import Clock
from bot.config import MatrixSettings
from bot.errors import (
    ChannelDownError,
    ChannelError,
    ChannelUnavailableError,
    TemporaryDeliveryError,
)
from bot.messages import Address, Identity, IncomingFile, MessageId
from bot.text.document import Document

log = structlog.get_logger(__name__)

SLACK = timedelta(minutes=2)
"""After an outage the state of every room comes at once, which takes its time."""

RENEWAL_PAUSE = timedelta(minutes=10)
"""A homeserver that takes a token back sooner than that does so on purpose."""


class MatrixChannel:
    """One Matrix account, as the rest of the bot sees it; implements :class:`Channel`.

    Messages are sent exactly once as long as the access token lives, because the homeserver
    deduplicates by transaction id; a new login starts anew. What is in an encrypted room is
    encrypted, for every device of every member (see :class:`~.sending.Sending`).

    Args:
        settings: Homeserver, account and policy.
        store_dir: For keys, session and lists of this one process; made with mode 0700. Losing
            it costs a new device and the messages that only the old one could read.
        clock: For back-off and waiting times.
        vault: Where processes share the account's identity; ``None`` where there is one alone.
    """

    def __init__(
        self,
        settings: MatrixSettings,
        *,
        store_dir: Path,
        clock: Clock,
        vault: Vault | None = None,
    ) -> None:
        self._settings = settings
        self._store_dir = store_dir
        self._clock = clock
        self._lock = StoreLock(store_dir)
        self._credentials = Credentials(settings, store_dir)
        self._login = Login(self._credentials, store_dir, clock, sharing=_sharing(settings, vault))
        self._may_send: Callable[[], bool] = lambda: True
        self._opening = asyncio.Lock()
        self._connection: Connection | None = None
        self._background: Background | None = None
        self._renewed_at: datetime | None = None
        self._last_contact: datetime | None = None

    @property
    def name(self) -> str:
        """``matrix``."""
        return CHANNEL

    @property
    def window(self) -> int:
        """How many sends may be in flight at once; none of them doubles after a crash."""
        return self._settings.window

    @property
    def deduplicates(self) -> bool:
        """By its transaction ids, as long as the access token lives."""
        return True

    @property
    def last_contact(self) -> datetime | None:
        """When the homeserver last answered a sync; ``None`` before the first time."""
        return self._last_contact

    @property
    def longest_silence(self) -> timedelta | None:
        """A long poll, and what a busy homeserver may take beyond it."""
        return self._settings.sync_timeout + SLACK

    async def open(self) -> None:
        """Take the store, log in, load and publish the keys; safe to call again.

        Raises:
            ChannelUnavailableError: The homeserver can't be reached; try again later.
            ChannelDownError: The homeserver refuses the account, or the store can't be used.
        """
        await self._open_once()

    async def probe(self) -> None:
        """Ask whether the homeserver accepts the account; beside the hub, without the store.

        With a saved login or a configured token that is one question. With a password alone it
        is a login whose device is logged out at once.

        Raises:
            ChannelUnavailableError: The homeserver can't be reached; try again later.
            ChannelDownError: The homeserver refuses the account.
        """
        async with visiting(self._credentials, self._clock) as server:
            await self._credentials.probe(server)

    async def _open_once(self) -> None:
        async with self._opening:
            if self._connection is not None:
                return
            self._lock.take()
            try:
                self._connect(await self._login.open())
            except BaseException:
                self._lock.release()
                raise

    def _connect(self, session: Session) -> None:
        with receiving():
            self._connection = Connection(
                session,
                self._settings,
                self._store_dir,
                self._clock,
                may_send=lambda: self._may_send(),  # noqa: PLW0108 # another one in each tenure
            )

    def _open_connection(self) -> Connection:
        if self._connection is None:
            raise ChannelUnavailableError("the channel is not open")
        return self._connection

    async def receive(self, cursor: str | None) -> AsyncGenerator[Received, None]:
        """Yield what arrives after *cursor*, forever; see :meth:`Channel.receive`.

        The cursor is the ``next_batch`` of a sync. Logs in anew, once, when the homeserver has
        taken the token back and a password is configured.
        """
        failure: BaseException | None = None
        async with asyncio.TaskGroup() as group:
            self._background = background = Background(group)
            try:
                async with aclosing(self._events(cursor, background)) as events:
                    async for received in events:
                        yield received
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # noqa: BLE001 - raised below, where no group wraps it
                failure = error
            finally:
                background.stop()
        if failure is not None:
            raise failure

    async def _events(
        self, cursor: str | None, background: Background
    ) -> AsyncGenerator[Received, None]:
        while True:
            # Also after a failed renewal or a failed store, which leave no connection behind.
            await self._open_once()
            connection = self._open_connection()
            try:
                async with aclosing(connection.reading.events(cursor, background)) as events:
                    with receiving():
                        async for received in self._attended(connection, events, background):
                            yield received
                            cursor = received.cursor or cursor
            except StoreUnavailableError:
                await self._disconnect()
                raise
            except ChannelDownError as error:
                await self._renew(error)

    async def stand_by(self) -> None:
        """Keep our device alive: it takes room keys, and has one-time keys to be given them.

        Raises:
            ChannelUnavailableError: The homeserver can't be reached; call again after a wait.
            ChannelDownError: The homeserver refuses the account, or the store can't be used.
        """
        while True:
            await self._open_once()
            try:
                with receiving():
                    await self._open_connection().sync.stay(wait=self._settings.sync_timeout)
            except StoreUnavailableError:
                await self._disconnect()
                raise
            except ChannelDownError as error:
                await self._renew(error)

    def guard(self, may_send: Callable[[], bool]) -> None:
        """Ask *may_send* once more when a message is encrypted and about to leave."""
        self._may_send = may_send

    async def find(
        self, to: Address, body: Document, *, key: str, since: datetime
    ) -> MessageId | None:
        """Look through our last messages in a room for the one of this key.

        Transaction ids are a device's own, so one that another device has sent is not recognised
        by its own. Buttons that are missing below it are added.
        """
        with delivering():
            return await self._sending().find(to.chat, body, key=key, since=since)

    async def _attended(
        self,
        connection: Connection,
        events: AsyncGenerator[Received, None],
        background: Background,
    ) -> AsyncGenerator[Received, None]:
        session = connection.session
        courtesies = Courtesies(session.server, session.user_id, background)
        async for received in events:
            self._last_contact = self._clock.now()
            handled = courtesies.begin(received.event)
            yield received
            handled.set()

    async def _renew(self, error: ChannelDownError) -> None:
        """Log in anew if that can help; otherwise let the error go its way."""
        lost = error.__cause__
        now = self._clock.now()
        early = self._renewed_at is not None and now - self._renewed_at < RENEWAL_PAUSE
        repairable = isinstance(lost, RefusalError) and lost.errcode in LOST_TOKEN
        if not isinstance(lost, RefusalError) or not repairable or early:
            raise error
        if not self._credentials.password:
            msg = "the access token was refused: channels.matrix.access_token"
            raise ChannelDownError(msg) from error
        log.warning("matrix.token_lost", soft=lost.soft)
        self._renewed_at = now
        async with self._opening:
            await self._disconnect()
            self._connect(await self._login.renew(lost))

    async def send(
        self,
        to: Address,
        body: Document,
        *,
        key: str,
        reply_to: MessageId | None = None,
        notify: bool = False,
        file: bytes | None = None,
    ) -> MessageId:
        """Deliver one message; see :meth:`Channel.send`.

        An answer is ``m.notice``, which rings nowhere and which other bots leave alone; with
        *notify* it is ``m.text``. Buttons become reactions with their numbers. Whether anybody
        verified the members' devices makes no difference. For an encrypted room a file is
        encrypted before it is uploaded.

        What is for everyone begins with ``@room`` and mentions the room, if our power reaches the
        level that the room asks for. In a direct chat it does neither, nor without *notify*.
        """
        with delivering():
            sending = self._sending()
            return await sending.send(
                to, body, key=key, reply_to=reply_to, notify=notify, file=file
            )

    async def edit(self, to: Address, message: MessageId, body: Document, *, key: str) -> None:
        """Replace a message of ours and its buttons; see :meth:`Channel.edit`."""
        with delivering():
            await self._sending().edit(to, message, body, key=key)

    async def delete(self, to: Address, message: MessageId, *, key: str) -> None:
        """Redact a message of ours, its edits and its buttons; see :meth:`Channel.delete`."""
        with delivering():
            await self._sending().delete(to, message, key=key)

    async def react(
        self, to: Address, message: MessageId, emoji: str | None, *, key: str
    ) -> MessageId | None:
        """Annotate a message, or redact what we annotated; see :meth:`Channel.react`."""
        with delivering():
            return await self._sending().react(to, message, emoji, key=key)

    async def pin(self, to: Address, message: MessageId, *, pinned: bool) -> None:
        """Change what the room has pinned; see :meth:`Channel.pin`."""
        with delivering():
            await self._sending().pin(to, message, pinned=pinned)

    def _sending(self) -> Sending:
        if self._connection is None:
            raise TemporaryDeliveryError("the channel is not open", whole_channel=True)
        return self._connection.sending

    async def fetch(self, file: IncomingFile) -> bytes:
        """Download a file, and decrypt it if need be; see :meth:`Channel.fetch`."""
        with receiving():
            return await self._open_connection().media.get(file)

    async def is_moderator(self, chat: Address, who: Identity) -> bool:
        """Ask the homeserver for somebody's power; see :meth:`Channel.is_moderator`."""
        with receiving():
            return await is_moderator(self._open_connection().session.server, chat.chat, who.user)

    async def publish_menus(self, menus: Sequence[Menu]) -> None:
        """Do nothing: Matrix has no menu of commands."""

    async def diagnose(self) -> list[Finding]:
        """Look at login, device, limits and clock; like :meth:`probe`, it changes nothing."""
        credentials, clock = self._credentials, self._clock
        open_ = self._connection
        try:
            async with visiting(credentials, clock) as server:
                server.limited = open_ is not None and open_.session.server.limited
                return await examine(server, credentials, store_dir=self._store_dir, clock=clock)
        except ChannelError as error:
            return [fail(str(error))]

    async def close(self) -> None:
        """Close the connections and give the store back; safe twice and before :meth:`open`."""
        if self._background is not None:
            self._background.stop()
            self._background = None
        await self._disconnect()
        self._lock.release()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.session.client.close()


def _sharing(settings: MatrixSettings, vault: Vault | None) -> Sharing | None:
    secret = settings.identity_secret.get_secret_value()
    if vault is None or not secret:
        return None
    return Sharing(vault, secret=secret, user_id=settings.user_id)


def _is_a_channel(matrix: MatrixChannel) -> Channel:
    """Prove to the type checker that the port's promises are all there."""
    return matrix


def _is_shared(matrix: MatrixChannel) -> Shared:
    """Prove the same of what several processes need."""
    return matrix
