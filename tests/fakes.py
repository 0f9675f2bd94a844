"""The far end of a network and the clock: the only things that tests ever fake."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.channels.port import Finding, Menu, Received
from bot.errors import ChannelError
from bot.messages import (
    Address,
    ButtonPress,
    Change,
    Chat,
    ChatChange,
    ChatKind,
    Identity,
    Incoming,
    IncomingFile,
    IncomingMessage,
    MessageId,
    Sender,
)
from bot.text.document import Document
from bot.text.renderers import to_plain

START = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the time that was set."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the time."""
        self._now += by


@dataclass
class Sent:
    """A message as a member sees it on the fake network."""

    address: Address
    text: str
    body: Document
    message: MessageId
    key: str
    reply_to: MessageId | None
    notify: bool
    edited: bool = False
    file: bytes | None = None


@dataclass
class FakeChannel:
    """A chat network in memory, which fails as it is told to.

    Attributes:
        messages: What its chats show now, in the order sent.
        attempts: Every call of send, edit or delete, by idempotency key.
        moderators: Who may decide for which room: (room, user).
        asked: Whose power the network was asked for.
        standing_failure: What asking for it fails with.
        standing_failures: Likewise, of these rooms only.
        files: What members sent, by its id.
        fetched: The ids of what the bot got of that.
        fetch_failure: What getting it fails with.
        pinned: What is pinned, by chat and message, the newest last.
        holding: Whether a send is held back.
        reactions: How the bot reacted, by chat and message.
    """

    clock: FakeClock
    name: str = "fake"
    window: int = 4
    deduplicates: bool = False
    messages: list[Sent] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    menus: Sequence[Menu] = ()
    last_contact: datetime | None = None
    longest_silence: timedelta | None = timedelta(minutes=3)
    opened: int = 0
    closed: int = 0
    _inbound: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)
    _failures: list[ChannelError | Exception] = field(default_factory=list)
    _pin_failures: list[ChannelError] = field(default_factory=list)
    _open_failures: list[ChannelError] = field(default_factory=list)
    _number: int = 0
    moderators: set[tuple[str, str]] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    standing_failure: ChannelError | None = None
    standing_failures: dict[str, ChannelError] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    fetch_failure: Exception | None = None
    reactions: dict[tuple[Address, MessageId], str] = field(default_factory=dict)
    pinned: list[tuple[str, MessageId]] = field(default_factory=list)
    holding: asyncio.Event = field(default_factory=asyncio.Event)
    _held: asyncio.Event | None = None

    def holds_back(self, until: asyncio.Event) -> None:
        """Let the next send take until something has happened; ``holding`` tells that it began."""
        self._held = until

    def fail_next(self, *errors: Exception) -> None:
        """Let the next sends fail with these, in order."""
        self._failures += errors

    def fail_pins(self, *errors: ChannelError) -> None:
        """Let the next messages not be pinned."""
        self._pin_failures += errors

    def fail_open(self, *errors: ChannelError) -> None:
        """Let the next logins fail with these, in order."""
        self._open_failures += errors

    def deliver(self, event: Incoming | None, cursor: str | None = None) -> None:
        """Let something arrive."""
        self._inbound.put_nowait(Received(event, cursor))

    @property
    def texts(self) -> list[str]:
        """What its chats show, as plain text."""
        return [sent.text for sent in self.messages]

    async def probe(self) -> None:
        """Accept the account."""

    async def open(self) -> None:
        if self._open_failures:
            raise self._open_failures.pop(0)
        self.opened += 1

    async def receive(self, cursor: str | None) -> AsyncGenerator[Received, None]:  # noqa: ARG002 # nothing is kept
        while True:
            received = await self._inbound.get()
            self.last_contact = self.clock.now()
            yield received

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
        self._attempt(key)
        held, self._held = self._held, None
        if held is not None:
            self.holding.set()
            await held.wait()
        for sent in self.messages:
            if self.deduplicates and sent.key == key:
                return sent.message
        self._number += 1
        message = MessageId(f"m{self._number}")
        text = to_plain(body, numbered=True)
        self.messages.append(Sent(to, text, body, message, key, reply_to, notify, file=file))
        return message

    async def edit(self, to: Address, message: MessageId, body: Document, *, key: str) -> None:
        self._attempt(key)
        for sent in self.messages:
            if (sent.address, sent.message) == (to, message):
                sent.text, sent.body, sent.edited = to_plain(body, numbered=True), body, True

    async def delete(self, to: Address, message: MessageId, *, key: str) -> None:
        self._attempt(key)
        self.messages = [
            one for one in self.messages if (one.address, one.message) != (to, message)
        ]

    async def react(
        self, to: Address, message: MessageId, emoji: str | None, *, key: str
    ) -> MessageId | None:
        self._attempt(key)
        self.reactions.pop((to, message), None)
        if emoji is None:
            return None
        self.reactions[to, message] = emoji
        return MessageId(f"r-{message}")

    async def pin(self, to: Address, message: MessageId, *, pinned: bool) -> None:
        self._attempt(f"pin:{message}")
        if self._pin_failures:
            raise self._pin_failures.pop(0)
        self.pinned = [one for one in self.pinned if one != (to.chat, message)]
        self.pinned += [(to.chat, message)] if pinned else []

    def _attempt(self, key: str) -> None:
        self.attempts.append(key)
        if self._failures:
            raise self._failures.pop(0)

    async def fetch(self, file: IncomingFile) -> bytes:
        self.fetched.append(file.id)
        await asyncio.sleep(0)
        if self.fetch_failure is not None:
            raise self.fetch_failure
        return self.files[file.id]

    async def is_moderator(self, chat: Address, who: Identity) -> bool:
        self.asked.append((chat.chat, who.user))
        await asyncio.sleep(0)
        failure = self.standing_failures.get(chat.chat) or self.standing_failure
        if failure is not None:
            raise failure
        return (chat.chat, who.user) in self.moderators

    async def publish_menus(self, menus: Sequence[Menu]) -> None:
        self.menus = menus

    async def diagnose(self) -> list[Finding]:
        return []

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Person:
    """Somebody on the fake network, who writes and taps."""

    channel: FakeChannel
    user: str = "anna"
    language: str | None = None
    _count: int = 0

    @property
    def sender(self) -> Sender:
        """The person as the network names them."""
        return Sender(Identity(self.channel.name, self.user), self.user.title(), self.language)

    def chat(self, room: str | None = None, thread: str | None = None) -> Chat:
        """Return a room, or the direct chat with the bot."""
        if room is None:
            return Chat(Address(self.channel.name, self.user), ChatKind.DIRECT)
        return Chat(Address(self.channel.name, room, thread), ChatKind.ROOM, room)

    def says(
        self,
        text: str,
        *,
        room: str | None = None,
        thread: str | None = None,
        addressed: bool | None = None,
        reply_to: MessageId | None = None,
        age: timedelta = timedelta(0),
        event: str | None = None,
        file: IncomingFile | None = None,
    ) -> IncomingMessage:
        """Make a message; in a direct chat, and in a *room* if *addressed*, meant for the bot."""
        self._count += 1
        name = event or f"{self.user}-{self._count}"
        return IncomingMessage(
            id=name,
            message=MessageId(name),
            chat=self.chat(room, thread),
            sender=self.sender,
            text=text,
            addressed=room is None if addressed is None else addressed,
            sent_at=self.channel.clock.now() - age,
            reply_to=reply_to,
            file=file,
        )

    def file(
        self, content: bytes, name: str = "plan.pdf", *, mime: str = "application/pdf"
    ) -> IncomingFile:
        """Put a file on the network, for a message to carry."""
        self._count += 1
        found = IncomingFile(f"{self.user}-file-{self._count}", name, mime, len(content))
        self.channel.files[found.id] = content
        return found

    def taps(
        self, sent: Sent, *, number: int | None = None, value: str | None = None
    ) -> ButtonPress:
        """Make a press of a button of *sent*, by its number or its value."""
        self._count += 1
        kind = ChatKind.DIRECT if sent.address.chat == self.user else ChatKind.ROOM
        return ButtonPress(
            id=f"{self.user}-{self._count}",
            message=sent.message,
            chat=Chat(sent.address, kind),
            sender=self.sender,
            sent_at=self.channel.clock.now(),
            value=value,
            number=number,
        )

    def changes(self, room: str, change: Change, *, moved_to: str | None = None) -> ChatChange:
        """Make a change of a room that this person caused."""
        self._count += 1
        return ChatChange(
            id=f"{self.user}-{self._count}",
            chat=self.chat(room),
            change=change,
            sent_at=self.channel.clock.now(),
            moved_to=moved_to,
            sender=self.sender,
        )
