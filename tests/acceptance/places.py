"""Where the bot is heard: direct chats, rooms and channels, each read by a client of its own."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from mautrix.api import Method, Path

from tests.servers.matrix_client import Member
from tests.servers.matrix_content import message_content
from tests.servers.matrix_history import History, Message
from tests.servers.synapse import Account, Synapse
from tests.servers.telegram.fixtures import TelegramProcess
from tests.servers.telegram.views import BotRef, ChatRef, MessageView, UserRef

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Heard:
    """One message of the bot as its readers see it now.

    Attributes:
        id: The network's.
        text: The newest words; empty when it was taken back.
        sent_at: When it came, by the network's clock; 0 where nobody asks.
        deleted: Whether it was taken back.
    """

    id: str
    text: str
    sent_at: int = 0
    deleted: bool = False


class Place(Protocol):
    """A direct chat, a room or a channel.

    Attributes:
        name: For people who read a failed test.
        network: ``telegram`` or ``matrix``.
        is_room: Whether it is no direct chat.
    """

    @property
    def name(self) -> str: ...

    @property
    def network(self) -> str: ...

    @property
    def is_room(self) -> bool: ...

    async def say(self, text: str) -> None:
        """Say something to the bot."""

    async def heard(self) -> list[Heard]:
        """Return what the bot has said here; an edit is no message of its own."""


@dataclass(frozen=True)
class TelegramChat:
    """Somebody's direct chat with the bot."""

    telegram: TelegramProcess
    bot: BotRef
    person: UserRef

    @property
    def network(self) -> str:
        return "telegram"

    @property
    def is_room(self) -> bool:
        return False

    @property
    def name(self) -> str:
        return f"telegram {self.person.first_name}"

    async def say(self, text: str) -> None:
        await self.telegram.say(self.person, self.bot, text)

    async def heard(self) -> list[Heard]:
        return _heard(await self.telegram.chat_history(self.person, bot=self.bot), self.bot)

    async def told(self, words: str, *, within: float = 30) -> MessageView:
        """Wait for a message that contains *words*."""
        return await self.telegram.wait_for_text(self.person, words, within=within)

    async def offered(self, words: str, label: str) -> MessageView:
        """Wait until the newest message with *words* has a button that begins with *label*."""

        async def has_button() -> bool:
            message = await self.told(words)
            return any(text.startswith(label) for text in message.button_texts())

        await until(has_button, within=30, what=f"a button {label!r} below {words!r}")
        return await self.told(words)

    async def press(self, words: str, label: str) -> MessageView:
        """Press a button as soon as it is there; return the message as it was before."""
        message = await self.offered(words, label)
        text = next(text for text in message.button_texts() if text.startswith(label))
        await self.telegram.press(self.person, message, text)
        return message


@dataclass(frozen=True)
class TelegramPaper:
    """A Telegram channel, in which nobody can say anything to the bot."""

    telegram: TelegramProcess
    bot: BotRef
    chat: ChatRef

    @property
    def network(self) -> str:
        return "telegram"

    @property
    def is_room(self) -> bool:
        return True

    @property
    def name(self) -> str:
        return f"telegram channel {self.chat.title}"

    async def say(self, text: str) -> None:
        raise AssertionError(f"nobody can write {text!r} to the bot in a channel")

    async def heard(self) -> list[Heard]:
        return _heard(await self.telegram.chat_history(self.chat), self.bot)


def _heard(history: Iterable[MessageView], bot: BotRef) -> list[Heard]:
    return [
        Heard(str(one.message_id), "" if one.deleted else one.text, one.date, one.deleted)
        for one in history
        if one.sender_id == bot.id and one.kind == "text"
    ]


@dataclass(frozen=True)
class ClearRoom:
    """An unencrypted room, read without any client library.

    Attributes:
        account: Who reads and speaks.
        bot: The bot's user id.
        is_room: Whether the bot has to be mentioned.
    """

    homeserver: Synapse
    account: Account
    bot: str
    room: str
    is_room: bool = False
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    async def create(
        cls, homeserver: Synapse, account: Account, bot: str, *, direct: bool
    ) -> "ClearRoom":
        """Create a room with the bot in it."""
        preset = "trusted_private_chat" if direct else "private_chat"
        body = {"preset": preset, "invite": [bot], "is_direct": direct}
        path = "/_matrix/client/v3/createRoom"
        room = (await homeserver.request(account, "POST", path, body))["room_id"]
        return cls(homeserver, account, bot, room, is_room=not direct)

    @property
    def network(self) -> str:
        return "matrix"

    @property
    def name(self) -> str:
        return f"matrix {self.account.user_id}" + " room" * self.is_room

    async def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        whole = f"/_matrix/client/v3/rooms/{quote(self.room)}/{path}"
        return await self.homeserver.request(self.account, method, whole, body)

    async def joined(self) -> bool:
        """Tell whether the bot is there."""
        return self.bot in (await self._ask("GET", "joined_members"))["joined"]

    async def say(self, text: str) -> None:
        content = message_content(text, mention=[self.bot] if self.is_room else [])
        await self._ask("PUT", f"send/m.room.message/{next(self._numbers)}", content)

    async def heard(self) -> list[Heard]:
        history = History()
        for event in (await self._ask("GET", "messages?dir=f&limit=500"))["chunk"]:
            if "state_key" not in event:
                history.add({**event, "room_id": self.room}, encrypted=False, trusted=False)
        return _folded(history, self.bot)

    async def event(self, event_id: str) -> dict[str, Any]:
        """Return an event as the homeserver keeps it."""
        return await self._ask("GET", f"event/{quote(event_id)}")


@dataclass(frozen=True)
class SecretRoom:
    """An encrypted room, read by a strict client."""

    member: Member
    bot: str
    room: str
    is_room: bool = False

    @classmethod
    async def create(cls, member: Member, bot: str, *, direct: bool) -> "SecretRoom":
        """Create a room with the bot in it."""
        room = await member.create_room(encrypted=True, invite=[bot], direct=direct)
        return cls(member, bot, room, is_room=not direct)

    @property
    def network(self) -> str:
        return "matrix"

    @property
    def name(self) -> str:
        return f"matrix {self.member.user_id} encrypted" + " room" * self.is_room

    async def joined(self) -> bool:
        """Tell whether the bot is there."""
        path = Path.v3.rooms[self.room].joined_members
        return self.bot in (await self.member.request(Method.GET, path, {}))["joined"]

    async def say(self, text: str) -> None:
        await self.member.say(self.room, text, mention=[self.bot] if self.is_room else [])

    async def heard(self) -> list[Heard]:
        assert self.member.undecrypted == []
        return _folded(self.member.history(self.room), self.bot)

    async def event(self, event_id: str) -> dict[str, Any]:
        """Return an event as the homeserver keeps it."""
        path = Path.v3.rooms[self.room].event[event_id]
        return await self.member.request(Method.GET, path, {})


MatrixPlace = ClearRoom | SecretRoom


def _folded(history: Iterable[Message], bot: str) -> list[Heard]:
    return [
        Heard(one.event_id, one.edited_body or one.body, deleted=one.redacted)
        for one in history
        if one.sender == bot and one.replaces is None
    ]


async def until(
    condition: Callable[[], Awaitable[bool]], *, within: float, what: str = "condition"
) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: It did not within so many seconds.
    """
    try:
        async with asyncio.timeout(within):
            while not await condition():
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise AssertionError(f"{what}: not within {within:g} s") from None
