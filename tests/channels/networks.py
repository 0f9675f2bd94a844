"""What the tests of the contract need of a chat network, whichever it is."""

from dataclasses import dataclass
from typing import Protocol

from bot.channels.port import Channel
from bot.messages import Address, ChatKind, Identity, MessageId


@dataclass(frozen=True, slots=True)
class Nature:
    """What a network can and can't do, as its adapter documents it.

    Attributes:
        kind: What sort of chat the member talks with the bot in.
        second: What arrives when the member chooses the second button, whose value is ``no``.
        remote: Whether there is a service that can be away, and an account that it can refuse.
        repeats: Whether what was not committed comes again.
        changes: Whether a message can be edited and taken back.
        deduplicates: Whether a repeated key is recognised.
        loses: Whether a recipient can be gone for good.
        marks: Whether code looks like code.
        menu: Whether it shows a menu of commands.
        files: Whether it carries files.
    """

    kind: ChatKind
    second: str | int
    remote: bool
    repeats: bool
    changes: bool
    deduplicates: bool
    loses: bool
    marks: bool
    menu: bool
    files: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot as its reader sees it now.

    Attributes:
        text: The words, after whatever markup the network has was read.
        links: Where words lead to.
        code: The stretches that are set as code.
        buttons: What can be chosen, in order.
        file: The bytes of the picture or document that it carries.
        file_name: What that is called, where the network shows it.
    """

    text: str
    links: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    file: bytes | None = None
    file_name: str = ""


class Network(Protocol):
    """The far end: a chat between one member and the bot on a network that really runs.

    Attributes:
        name: The channel's name.
        nature: What the network can and can't do.
        address: The chat.
        member: Who talks with the bot.
        cursor: What a bot that was up to date when the chat began would have committed.
        missing: A message that never was.
        secret: What :meth:`refused` logs in with.
    """

    name: str
    nature: Nature
    address: Address
    member: Identity
    cursor: str | None
    missing: MessageId
    secret: str

    async def start(self) -> None:
        """Let the service run, if there is one."""
        ...

    async def meet(self) -> None:
        """Begin a chat that nothing was said in."""
        ...

    def channel(self) -> Channel:
        """Make a channel for the bot's account, as after a restart; nothing is opened."""
        ...

    def refused(self) -> Channel:
        """Make a channel whose login the network refuses, if it refuses any."""
        ...

    def unreachable(self) -> Channel:
        """Make a channel that looks for the network where nobody listens."""
        ...

    async def say(self, text: str) -> None:
        """Let the member say something to the bot."""
        ...

    async def hand_in(self, name: str, content: bytes, mime: str, caption: str = "") -> None:
        """Let the member send the bot a document, if the network carries any."""
        ...

    async def choose(self, number: int) -> None:
        """Let the member choose a button of the newest message, counted from 1."""
        ...

    async def shows(self) -> list[Shown]:
        """Return the bot's messages that the chat shows now."""
        ...

    async def menu(self) -> list[str]:
        """Return the commands that a German direct chat offers."""
        ...

    async def lose_recipient(self) -> None:
        """Let the member turn the bot out, if the network knows such a thing."""
        ...

    async def stop(self) -> None:
        """Stop the service, if there is one."""
        ...

    async def close(self) -> None:
        """End the chat; a service that others use runs again afterwards."""
        ...
