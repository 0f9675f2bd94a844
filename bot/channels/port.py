"""The PORT: what an adapter promises and what it must not decide."""

import enum
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from bot.messages import Address, Identity, Incoming, IncomingFile, MessageId
from bot.text.document import Document


@dataclass(frozen=True, slots=True)
class Received:
    """One thing that arrived, and how far the channel has been read with it.

    Attributes:
        event: What arrived, or ``None`` when only the cursor moved.
        cursor: Set when everything up to it was yielded: to be stored in the same transaction
            as the event's effects. ``None`` while more of the same batch follows; a crash then
            repeats the batch, and the events' ids let the repeats be recognised.
    """

    event: Incoming | None
    cursor: str | None


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A command as the network's own menu shows it.

    Attributes:
        name: Without the slash; ``[a-z0-9_]``, at most 32 characters.
        description: 1 to 256 characters.
    """

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Menu:
    """The commands for one language and one sort of chat.

    Attributes:
        language: ``de`` or ``en``; ``None`` for everybody else.
        direct: For direct chats (``True``) or for rooms and groups (``False``).
        entries: In the order shown.
    """

    language: str | None
    direct: bool
    entries: tuple[MenuEntry, ...]


class Level(enum.StrEnum):
    """How a finding stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``stadtfunk doctor``: what is so and, where needed, what to do."""

    subject: str
    level: Level
    text: str


class Channel(Protocol):
    """One chat network, as the rest of the bot sees it.

    An adapter translates and nothing more: it decides neither what to say, nor to whom, nor
    whether to try again. It never sleeps on a rate limit and never repeats a request by itself
    once the request may have arrived.
    """

    @property
    def name(self) -> str:
        """The channel's name, as in addresses: ``matrix``, ``telegram``, ``console``."""
        ...

    @property
    def window(self) -> int:
        """How many sends may be in flight at once.

        Where the network can't deduplicate but sets a limit, this is also the bound of messages
        that a crash may double.
        """
        ...

    @property
    def deduplicates(self) -> bool:
        """Whether the network recognises a repeated key and delivers it once."""
        ...

    @property
    def last_contact(self) -> datetime | None:
        """When the network last answered a poll or sync; ``None`` before the first time."""
        ...

    @property
    def longest_silence(self) -> timedelta | None:
        """How old :attr:`last_contact` may become while all is well; ``None`` for any age."""
        ...

    async def open(self) -> None:
        """Log in and prepare; safe to call again after a failure.

        Raises:
            ChannelUnavailableError: The network can't be reached; try again later.
            ChannelDownError: The network refuses the account.
        """
        ...

    async def probe(self) -> None:
        """Ask the network whether it accepts the account.

        Changes nothing, needs no lock and no :meth:`open`, and may run beside the hub.

        Raises:
            ChannelUnavailableError: The network can't be reached; try again later.
            ChannelDownError: The network refuses the account; the message names the key.
        """
        ...

    def receive(self, cursor: str | None) -> AsyncGenerator[Received, None]:
        """Yield what arrives after *cursor*, forever.

        An async generator. It is resumed only after what it yielded was committed, so whatever
        acknowledges to the network (an offset, a webhook's 200, a read receipt, the answer to
        a button press) happens after the ``yield``.

        Raises:
            ChannelUnavailableError: The network can't be reached; call again from the last
                committed cursor after a wait.
            ChannelDownError: The network refuses the account.
        """
        ...

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
        """Deliver one message: words and buttons, or a file and at most its caption.

        Args:
            to: An address whose ``channel`` equals :attr:`name`.
            body: What to say; split by the caller to fit. With an attachment it has no buttons,
                and words only as its caption. If it is for ``everyone`` and *notify* is set, it
                rings for each member of a room, where the network has a way to say so and the
                bot may; else it is sent like any other.
            key: Idempotency key, at most 64 ASCII characters. A network that can deduplicate
                delivers a repeated key once; the others deliver at least once.
            reply_to: The message this answers. If it is gone, the message is sent without it.
            notify: Whether the network should ring; answers do not, announcements do.
            file: The content of the body's attachment, if it has one. A content that is sent to
                many is uploaded once, as far as the network allows.

        Raises:
            TemporaryDeliveryError: The same call may succeed later.
            MessageRejectedError: The network will never accept this body.
            RecipientGoneError: The network will never accept anything for *to*.
            RecipientMovedError: The chat lives on under another id.
            ChannelDownError: The network refuses the account.
        """
        ...

    async def edit(self, to: Address, message: MessageId, body: Document, *, key: str) -> None:
        """Replace the body (and the buttons) of a message of ours.

        Of one that carries a file the caption is replaced, and the file stays: *body* then has
        the attachment that the message has. A body equal to the present one is a success. An
        edit rings for nobody, whatever the body says of ``everyone``.

        Raises:
            The same as :meth:`send`; :class:`MessageRejectedError` when the message is gone.
        """
        ...

    async def delete(self, to: Address, message: MessageId, *, key: str) -> None:
        """Take a message of ours back; one that is already gone is a success.

        Nothing that it ever said, and no button of it, is left in the chat.

        Raises:
            The same as :meth:`send`; :class:`MessageRejectedError` when the network no longer
            allows it.
        """
        ...

    async def react(
        self, to: Address, message: MessageId, emoji: str | None, *, key: str
    ) -> MessageId | None:
        """Let the bot react to a message of anybody's; its earlier reaction goes.

        Args:
            to: Where the message is.
            message: What to react to.
            emoji: The one reaction, or ``None`` to take it back. What the network does not
                allow shows as none.
            key: As in :meth:`send`.

        Returns:
            The reaction's own id, where the network has such a thing.

        Raises:
            The same as :meth:`send`; :class:`MessageRejectedError` when the message is gone.
        """
        ...

    async def pin(self, to: Address, message: MessageId, *, pinned: bool) -> None:
        """Pin a message of ours in its chat, or take it down; what else is pinned there stays.

        As it is wanted already is a success, and so is taking down what is gone. Nobody is rung
        for. Of two who pin at the same moment one may be lost on a network that keeps one list
        for all.

        Args:
            to: Where the message is.
            message: Which.
            pinned: Whether it is to be pinned or not.

        Raises:
            The same as :meth:`send`; :class:`MessageRejectedError` when the bot may not.
        """
        ...

    async def fetch(self, file: IncomingFile) -> bytes:
        """Get the content of a file that arrived; at most :data:`~bot.messages.LARGEST_FILE`.

        No more than that is ever held in memory, whatever the sender said of its size.

        Raises:
            ChannelUnavailableError: The network can't be reached or takes too long.
            ChannelDownError: The network refuses the account.
            MessageRejectedError: It is too large, gone, or can't be decrypted.
        """
        ...

    async def is_moderator(self, chat: Address, who: Identity) -> bool:
        """Ask the network whether somebody may decide for a room or group.

        That is whoever has moderator's power there: on Matrix a power level of 50 or a creator's
        place, on Telegram an administrator, also one who speaks as the group.

        Args:
            chat: A room or group that the bot is in.
            who: An account of the same network; somebody it does not know is no moderator.

        Raises:
            ChannelUnavailableError: The network does not say; ask again later.
            ChannelDownError: The network refuses the account.
        """
        ...

    async def publish_menus(self, menus: Sequence[Menu]) -> None:
        """Show the commands in the network's own menu, where it has one.

        Raises:
            ChannelUnavailableError: Try again at the next start.
        """
        ...

    async def diagnose(self) -> list[Finding]:
        """Look at account, device, rights, limits and clock; for ``stadtfunk doctor``.

        Like :meth:`probe` it changes nothing and may run beside the hub. Never raises for what
        the network says: that is a finding.
        """
        ...

    async def close(self) -> None:
        """Give back every connection and lock; safe to call twice and before :meth:`open`."""
        ...


@runtime_checkable
class Hooked(Protocol):
    """A channel whose network may call us instead of being polled."""

    @property
    def webhook_path(self) -> str:
        """Where the web server hands calls to :meth:`handle_webhook`."""
        ...

    async def handle_webhook(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Take one call and return the HTTP status to answer with.

        A success is returned only after what the call brought was committed.
        """
        ...


@runtime_checkable
class Shared(Protocol):
    """A channel on which each process is known to the network as somebody else.

    One of them receives and sends; the others have to be able to take its place.
    """

    async def stand_by(self) -> None:
        """Do what is needed to take over at any time; until cancelled.

        Raises:
            ChannelUnavailableError: The network can't be reached; call again after a wait.
            ChannelDownError: The network refuses the account.
        """
        ...

    async def find(
        self, to: Address, body: Document, *, key: str, since: datetime
    ) -> MessageId | None:
        """Look for a message of ours that another process may have sent.

        Args:
            to: Where it would be.
            body: What it would say; what is missing of its buttons is added.
            key: As it was, or would have been, given to :meth:`Channel.send`.
            since: Not before this instant.

        Raises:
            The same as :meth:`Channel.send`.
        """
        ...

    def guard(self, may_send: Callable[[], bool]) -> None:
        """Ask *may_send* again at the last moment before a message leaves."""
        ...


@runtime_checkable
class Opened(Protocol):
    """A channel on which an address begins a conversation with the bot."""

    def opening(self, payload: str) -> str | None:
        """Return the address that lets somebody say ``/start payload`` to the bot by one tap.

        Args:
            payload: At most 64 characters of ``A-Za-z0-9_-``.

        Returns:
            ``None`` as long as the network has not said who the bot is.
        """
        ...
