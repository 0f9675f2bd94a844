"""The Telegram adapter; what it promises is in :mod:`bot.channels.port`."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from telegram.error import TelegramError

from bot.channels.port import Finding, Menu, Received
from bot.channels.telegram import delivery, diagnosis, downloads, pinning, reacting, standing
from bot.channels.telegram import menus as command_menus
from bot.channels.telegram.addressing import Account
from bot.channels.telegram.credentials import Credentials
from bot.channels.telegram.incoming import ALLOWED_UPDATES, NAME
from bot.channels.telegram.link import Link
from bot.channels.telegram.outcomes import channel_error, reaching
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.reception import Reception
from bot.channels.telegram.request import RefusedError, Timeouts
from bot.channels.telegram.uploads import Uploads
from bot.channels.telegram.webhook import Webhook
from bot.clock import Clock
from bot.config import TelegramSettings
from bot.errors import ChannelDownError, ChannelError, ChannelUnavailableError
from bot.messages import Address, Identity, IncomingFile, MessageId
from bot.text.document import Document

_SLACK = timedelta(seconds=60)
"""What a poll may be late, with pauses after failures, before the channel is not ready."""


class TelegramChannel:
    """One Telegram bot account.

    Telegram has no idempotency keys: the ``key`` of a delivery is accepted and unused, so a send
    whose answer was lost may have arrived. At most :attr:`window` sends are in flight.

    Args:
        settings: The section ``channels.telegram``.
        clock: What tells the time.
        timeouts: How long to wait for what.
    """

    def __init__(
        self, settings: TelegramSettings, *, clock: Clock, timeouts: Timeouts | None = None
    ) -> None:
        wait = timeouts or Timeouts()
        self._settings = settings
        self._clock = clock
        self._credentials = Credentials(settings)
        self._link = Link(settings, self._credentials, wait)
        self._bot = self._link.bot
        self._uploads = Uploads(self._bot, patience=wait.upload)
        self._reception = Reception(self._bot, clock, courtesy=wait.courtesy)
        self._polling = Polling(
            self._bot,
            clock,
            self._reception,
            timeout=settings.poll_timeout,
            margin=wait.margin,
        )
        self._webhook = Webhook(clock, self._reception, self._credentials, patience=wait.commit)

    @property
    def name(self) -> str:
        """``telegram``."""
        return NAME

    @property
    def window(self) -> int:
        """How many sends may be in flight, and so how many a crash may double."""
        return self._settings.window

    @property
    def deduplicates(self) -> bool:
        """The Bot API has no idempotency key."""
        return False

    @property
    def last_contact(self) -> datetime | None:
        """When a poll last succeeded, or Telegram last called the webhook.

        Telegram calls only when there is something: a quiet webhook is no sign of trouble.
        """
        return self._webhook.last_contact if self._calls_us else self._polling.last_contact

    @property
    def longest_silence(self) -> timedelta | None:
        """A poll and some slack; none for a webhook, which is quiet when everybody is."""
        return None if self._calls_us else self._settings.poll_timeout + _SLACK

    @property
    def webhook_path(self) -> str:
        """Where the web server hands calls to :meth:`handle_webhook`; part of the secret."""
        return self._credentials.webhook_path

    @property
    def _calls_us(self) -> bool:
        return self._settings.mode == "webhook"

    @property
    def _webhook_url(self) -> str:
        return f"{str(self._settings.public_url).rstrip('/')}{self.webhook_path}"

    async def open(self) -> None:
        """Learn who the bot is, then set or remove the webhook; safe to call again.

        Raises:
            ChannelUnavailableError: Telegram can't be reached or asks to wait.
            ChannelDownError: Telegram refuses the token or the webhook.

        Source: https://core.telegram.org/bots/api#getme
        """
        await self._link.open()
        with reaching():
            me = await self._bot.get_me()
            self._reception.account = Account(me.id, me.username or "")
            if not self._calls_us:
                await self._bot.delete_webhook()
        if self._calls_us:
            self._webhook.open()  # before Telegram is told, for it calls at once
            await self._set_webhook()

    def opening(self, payload: str) -> str | None:
        """Return the address that begins a conversation with the bot.

        Source: https://core.telegram.org/bots/features#deep-linking
        """
        username = self._reception.account.username if self._reception.account else ""
        return f"https://t.me/{username}?start={payload}" if username else None

    async def probe(self) -> None:
        """Ask who the bot is; a webhook stays as it is, and so do the waiting updates.

        Raises:
            ChannelUnavailableError: Telegram can't be reached or asks to wait.
            ChannelDownError: Telegram refuses the token.

        Source: https://core.telegram.org/bots/api#getme
        """
        await self._link.open()
        with reaching():
            await self._bot.get_me()

    async def _set_webhook(self) -> None:
        try:
            await self._bot.set_webhook(
                self._webhook_url,
                secret_token=self._credentials.webhook_secret,
                allowed_updates=ALLOWED_UPDATES,
            )
        except TelegramError as error:
            raise _webhook_error(error) from None

    def receive(self, cursor: str | None) -> AsyncGenerator[Received]:
        """Return the generator of what arrives; see :class:`bot.channels.port.Channel`.

        The cursor is the next offset of getUpdates. A webhook has none and ignores it, for
        Telegram itself keeps what it has to repeat.

        Raises:
            ChannelUnavailableError: Also when another program receives with the same token.
            ChannelDownError: The token was refused.
        """
        # Handed out itself, not wrapped: closing a wrapper would not close it at once.
        return self._webhook.receive() if self._calls_us else self._polling.receive(cursor)

    async def handle_webhook(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Take a call to :attr:`webhook_path` and return the HTTP status to answer with.

        200 only after the update was committed; any other status makes Telegram repeat it. Any
        number of calls may wait at once.
        """
        return await self._webhook.accept(body, headers)

    async def send(
        self,
        to: Address,
        body: Document,
        *,
        key: str,  # noqa: ARG002 - Telegram can't deduplicate
        reply_to: MessageId | None = None,
        notify: bool = False,
        file: bytes | None = None,
    ) -> MessageId:
        """Deliver one message; *key* is unused.

        A picture is sent so that it shows, everything else as a document; either is uploaded
        once as long as the process lives.

        If the forum topic is gone, the message goes to the general topic. A closed one rejects.

        Raises:
            As in :class:`bot.channels.port.Channel`; uncertain when the answer was lost.
        """
        if body.attachment is None:
            words = self._link.words
            return await delivery.send(words, to, body, reply_to=reply_to, notify=notify)
        return await delivery.send_file(
            self._uploads, to, body, content=file, reply_to=reply_to, notify=notify
        )

    async def edit(
        self,
        to: Address,
        message: MessageId,
        body: Document,
        *,
        key: str,  # noqa: ARG002 - a repeated edit changes nothing
    ) -> None:
        """Replace the body and the buttons of a message of ours; *key* is unused.

        Raises:
            As in :class:`bot.channels.port.Channel`.
        """
        await delivery.edit(self._bot, to, message, body)

    async def delete(
        self,
        to: Address,
        message: MessageId,
        *,
        key: str,  # noqa: ARG002 - a repeated deletion changes nothing
    ) -> None:
        """Take a message of ours back, which Telegram allows for 48 hours; *key* is unused.

        Raises:
            As in :class:`bot.channels.port.Channel`.
        """
        await delivery.delete(self._bot, to, message)

    async def react(
        self,
        to: Address,
        message: MessageId,
        emoji: str | None,
        *,
        key: str,  # noqa: ARG002 - a repeated reaction changes nothing
    ) -> MessageId | None:
        """Show a reaction, or none; Telegram gives it no id. *key* is unused.

        Raises:
            As in :class:`bot.channels.port.Channel`.
        """
        await reacting.react(self._bot, to, message, emoji)
        return None

    async def pin(self, to: Address, message: MessageId, *, pinned: bool) -> None:
        """Pin a message, or take it down; see :class:`bot.channels.port.Channel`."""
        await pinning.pin(self._bot, to, message, pinned=pinned)

    async def fetch(self, file: IncomingFile) -> bytes:
        """Get the content of a photo or document; see :meth:`bot.channels.port.Channel.fetch`."""
        return await downloads.fetch(self._bot, self._link.calls, file)

    async def is_moderator(self, chat: Address, who: Identity) -> bool:
        """Tell whether somebody administers a group; see :class:`bot.channels.port.Channel`.

        Raises:
            ChannelUnavailableError: Telegram can't be reached or asks to wait.
            ChannelDownError: Telegram refuses the token.
        """
        await self._link.open()  # another process may run the channel
        return await standing.is_administrator(self._bot, chat, who)

    async def publish_menus(self, menus: Sequence[Menu]) -> None:
        """Show the commands in Telegram's own menu, where they differ from the present ones.

        Raises:
            ValueError: Telegram would refuse a name or a description; nothing was sent.
            ChannelUnavailableError: Try again at the next start.
        """
        command_menus.check(menus)
        try:
            for menu in menus:
                await command_menus.publish(self._bot, menu)
        except TelegramError as error:
            raise ChannelUnavailableError(str(channel_error(error))) from None

    async def diagnose(self) -> list[Finding]:
        """Look at account, privacy mode, receiving and clock; safe before :meth:`open`.

        A refused token or an unreachable service is a single line.
        """
        await self._link.open()
        try:
            with reaching():
                me = await self._bot.get_me()
                answered_at = self._clock.now()
                served_at = self._link.served_at
                info = await self._bot.get_webhook_info()
        except ChannelError as error:
            return [diagnosis.fail(str(error))]
        return [
            *diagnosis.account(me),
            *(
                diagnosis.webhook(info, url=self._webhook_url, now=answered_at)
                if self._calls_us
                else diagnosis.polling(info)
            ),
            diagnosis.clock(served_at, answered_at),
        ]

    async def close(self) -> None:
        """Turn waiting webhook calls away and close every connection; safe to call twice."""
        self._webhook.close()
        await self._reception.close()
        await self._link.close()


def _webhook_error(error: TelegramError) -> ChannelError:
    if not isinstance(error, RefusedError) or error.status != HTTPStatus.BAD_REQUEST:
        return channel_error(error)
    key = "webhook_secret" if error.says("secret") else "public_url"
    return ChannelDownError(
        f"the webhook was refused ({error.description}): channels.telegram.{key}"
    )
