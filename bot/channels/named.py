"""A further account of the hub on a network: the same adapter, under a name of its own.

Each account has chats of its own: what one bot may write to, another bot may not. So to the rest
of the hub it is a channel like any other, ``telegram.west``, and only here it is known that the
adapter calls itself ``telegram``.
"""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from bot.channels.port import Channel, Finding, Hooked, Menu, Received, Shared
from bot.errors import ChannelDownError, ChannelUnavailableError
from bot.messages import (
    ACCOUNT_MARK,
    Address,
    Identity,
    Incoming,
    IncomingFile,
    IncomingMessage,
    MessageEdited,
    MessageId,
    Said,
    Sender,
    network,
)
from bot.text.document import Document
from bot.text.spans import mentioning


def named(channel: Channel, name: str) -> Channel:
    """Return *channel* under the name ``network.account``; unchanged if it has it already."""
    if name == channel.name:
        return channel
    if isinstance(channel, Hooked):
        return _HookedAccount(channel, name)
    return (
        _SharedAccount(channel, name) if isinstance(channel, Shared) else _Account(channel, name)
    )


class _Account:
    """Implements :class:`~bot.channels.port.Channel` by another one, whose name it changes."""

    def __init__(self, channel: Channel, name: str) -> None:
        self._channel = channel
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def window(self) -> int:
        return self._channel.window

    @property
    def deduplicates(self) -> bool:
        return self._channel.deduplicates

    @property
    def last_contact(self) -> datetime | None:
        return self._channel.last_contact

    @property
    def longest_silence(self) -> timedelta | None:
        return self._channel.longest_silence

    async def open(self) -> None:
        with self._naming_keys():
            await self._channel.open()

    async def probe(self) -> None:
        with self._naming_keys():
            await self._channel.probe()

    async def receive(self, cursor: str | None) -> AsyncGenerator[Received, None]:
        with self._naming_keys():
            async with aclosing(self._channel.receive(cursor)) as arriving:
                async for received in arriving:
                    event = received.event and self._arrived(received.event)
                    yield replace(received, event=event)

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
        with self._naming_keys():
            return await self._channel.send(
                self._theirs(to), body, key=key, reply_to=reply_to, notify=notify, file=file
            )

    async def edit(self, to: Address, message: MessageId, body: Document, *, key: str) -> None:
        with self._naming_keys():
            await self._channel.edit(self._theirs(to), message, body, key=key)

    async def delete(self, to: Address, message: MessageId, *, key: str) -> None:
        with self._naming_keys():
            await self._channel.delete(self._theirs(to), message, key=key)

    async def react(
        self, to: Address, message: MessageId, emoji: str | None, *, key: str
    ) -> MessageId | None:
        with self._naming_keys():
            return await self._channel.react(self._theirs(to), message, emoji, key=key)

    async def pin(self, to: Address, message: MessageId, *, pinned: bool) -> None:
        with self._naming_keys():
            await self._channel.pin(self._theirs(to), message, pinned=pinned)

    async def fetch(self, file: IncomingFile) -> bytes:
        with self._naming_keys():
            return await self._channel.fetch(file)

    async def is_moderator(self, chat: Address, who: Identity) -> bool:
        with self._naming_keys():
            there = Identity(self._channel.name, who.user)
            return await self._channel.is_moderator(self._theirs(chat), there)

    async def publish_menus(self, menus: Sequence[Menu]) -> None:
        with self._naming_keys():
            await self._channel.publish_menus(menus)

    async def diagnose(self) -> list[Finding]:
        return [
            replace(finding, subject=self._renamed(finding.subject), text=self._keys(finding.text))
            for finding in await self._channel.diagnose()
        ]

    async def close(self) -> None:
        await self._channel.close()

    def _theirs(self, to: Address) -> Address:
        return replace(to, channel=self._channel.name)

    def _arrived(self, event: Incoming) -> Incoming:
        chat = replace(event.chat, address=replace(event.chat.address, channel=self._name))
        if isinstance(event, IncomingMessage | MessageEdited) and event.said is not None:
            event = replace(event, said=self._said(event.said))
        if event.sender is None:
            return replace(event, chat=chat)
        return replace(event, chat=chat, sender=self._person(event.sender))

    def _person(self, sender: Sender) -> Sender:
        return replace(sender, identity=Identity(self._name, sender.identity.user))

    def _said(self, said: Said) -> Said:
        mentions = tuple(Identity(self._name, who.user) for who in said.mentions)
        return replace(said, mentions=mentions, body=mentioning(said.body, self._mentioned))

    def _mentioned(self, mention: str) -> str:
        return str(Identity(self._name, Identity.parse(mention).user))

    def _renamed(self, subject: str) -> str:
        own = self._channel.name
        return self._name + subject.removeprefix(own) if subject.startswith(own) else subject

    def _keys(self, text: str) -> str:
        """Name the keys of this account instead of the first one's."""
        account = self._name.partition(ACCOUNT_MARK)[2]
        there = f"channels.{network(self._name)}."
        return text.replace(there, f"{there}accounts.{account}.")

    @contextmanager
    def _naming_keys(self) -> Iterator[None]:
        try:
            yield
        except ChannelDownError as error:
            raise ChannelDownError(self._keys(str(error))) from error
        except ChannelUnavailableError as error:
            words = self._keys(str(error))
            raise ChannelUnavailableError(words, retry_after=error.retry_after) from error


class _HookedAccount(_Account):
    """The same for a network that may call us."""

    def __init__(self, channel: Channel, name: str) -> None:
        super().__init__(channel, name)
        assert isinstance(channel, Hooked)  # noqa: S101 # see named()
        self._hooked = channel

    @property
    def webhook_path(self) -> str:
        return self._hooked.webhook_path

    async def handle_webhook(self, body: bytes, headers: Mapping[str, str]) -> int:
        return await self._hooked.handle_webhook(body, headers)


class _SharedAccount(_Account):
    """The same for a network on which each process is somebody else."""

    def __init__(self, channel: Channel, name: str) -> None:
        super().__init__(channel, name)
        assert isinstance(channel, Shared)  # noqa: S101 # see named()
        self._shared = channel

    async def stand_by(self) -> None:
        with self._naming_keys():
            await self._shared.stand_by()

    async def find(
        self, to: Address, body: Document, *, key: str, since: datetime
    ) -> MessageId | None:
        with self._naming_keys():
            return await self._shared.find(self._theirs(to), body, key=key, since=since)

    def guard(self, may_send: Callable[[], bool]) -> None:
        self._shared.guard(may_send)
