"""A person who talks with the bot in an encrypted room of a real homeserver."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any, Self

from pydantic import HttpUrl, SecretStr

from bot.channels.matrix import MatrixChannel
from bot.channels.matrix.reactions import reaction
from bot.channels.port import Channel
from bot.clock import SystemClock
from bot.config import MatrixSettings
from bot.messages import Address, ChatKind, Identity, MessageId
from tests.channels.matrix.hub import settings_for
from tests.channels.networks import Nature, Shown
from tests.channels.terminal import buttons_in
from tests.servers.matrix_client import Member, Message
from tests.servers.synapse import Account, Synapse

NOBODY = HttpUrl("http://127.0.0.1:9")
"""Where nobody listens."""


class Household:
    """A homeserver, the bot's account and a member: too dear to make for every test.

    Attributes:
        homeserver: Runs for nobody else, so it may be stopped.
        bot: The bot's account; its device has been published.
        member: Somebody with a client as strict as Element.
    """

    def __init__(self, homeserver: Synapse, bot: Account, member: Member, directory: Path) -> None:
        self.homeserver = homeserver
        self.bot = bot
        self.member = member
        self._directory = directory
        self._numbers = count()
        self._direct: list[str] = []
        self._since = ""

    @classmethod
    @asynccontextmanager
    async def running(cls, directory: Path) -> AsyncIterator[Self]:
        """Run everything until the end of the block."""
        with Synapse.running() as homeserver:
            bot = await homeserver.register("stadtfunk", "secret")
            anna = await homeserver.register("anna", "secret")
            channel = MatrixChannel(
                settings_for(homeserver, bot), store_dir=directory / "bot", clock=SystemClock()
            )
            await channel.open()  # so that the member's first message finds the device
            await channel.close()
            async with Member.login(homeserver.url, anna.user_id, anna.password) as member:
                yield cls(homeserver, bot, member, directory)

    def channel(self) -> Channel:
        """Make a channel on the bot's store."""
        return self._channel(settings_for(self.homeserver, self.bot), "bot")

    def stranger(self, **changes: Any) -> Channel:
        """Make a channel with other settings, on a store of its own."""
        settings = settings_for(self.homeserver, self.bot).model_copy(update=changes)
        return self._channel(settings, f"stranger-{next(self._numbers)}")

    def _channel(self, settings: MatrixSettings, store: str) -> Channel:
        return MatrixChannel(settings, store_dir=self._directory / store, clock=SystemClock())

    async def new_room(self, *, direct: bool) -> str:
        """Make an encrypted room of the member and the bot."""
        room = await self.member.create_room(
            encrypted=True, invite=[self.bot.user_id], direct=direct
        )
        if direct:
            self._direct.append(room)
            await self._as_bot(
                "PUT",
                f"user/{self.bot.user_id}/account_data/m.direct",
                {self.member.user_id: self._direct},
            )
        await self._as_bot("POST", f"join/{room}", {})
        return room

    async def cursor(self) -> str:
        """Return where a bot stands that has read everything.

        Each request goes on from the last: Synapse gives the same answer to the same question
        for two minutes.
        """
        since = f"&since={self._since}" if self._since else ""
        self._since = (await self._as_bot("GET", f"sync?timeout=0{since}"))["next_batch"]
        return self._since

    async def leave_as_bot(self, room: str) -> None:
        """Let the operator take the bot out of a room, with a client."""
        await self._as_bot("POST", f"rooms/{room}/leave", {})

    async def _as_bot(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return await self.homeserver.request(self.bot, method, f"/_matrix/client/v3/{path}", body)


class MatrixChat:
    """A room of its own for each test; a direct one, or one where the bot has to be mentioned."""

    name = "matrix"
    missing = MessageId("$never-was-any-such-event")
    secret = "the-wrong-password"

    def __init__(self, household: Household, *, direct: bool) -> None:
        self._household = household
        self._direct = direct
        self._stopped = False
        self.nature = Nature(
            ChatKind.DIRECT if direct else ChatKind.ROOM,
            second=2,
            remote=True,
            repeats=True,
            changes=True,
            deduplicates=True,
            loses=True,
            marks=True,
            menu=False,
            files=True,
        )
        self.address = Address(self.name, "")
        self.member = Identity(self.name, household.member.user_id)
        self.cursor: str | None = None

    async def start(self) -> None:
        """Do nothing: the homeserver runs."""

    async def meet(self) -> None:
        room = await self._household.new_room(direct=self._direct)
        self.address = Address(self.name, room)
        self.cursor = await self._household.cursor()

    def channel(self) -> Channel:
        return self._household.channel()

    def refused(self) -> Channel:
        return self._household.stranger(password=SecretStr(self.secret))

    def unreachable(self) -> Channel:
        return self._household.stranger(homeserver=NOBODY)

    async def say(self, text: str) -> None:
        mention = [] if self._direct else [self._household.bot.user_id]
        await self._household.member.say(self.address.chat, text, mention=mention)

    async def hand_in(self, name: str, content: bytes, mime: str, caption: str = "") -> None:
        mention = [] if self._direct else [self._household.bot.user_id]
        await self._household.member.send_file(
            self.address.chat, name, content, mime=mime, caption=caption or None, mention=mention
        )

    async def choose(self, number: int) -> None:
        newest = (await self._messages())[-1]
        await self._household.member.react(self.address.chat, newest.event_id, reaction(number))

    async def shows(self) -> list[Shown]:
        messages = await self._messages()
        edits = {message.replaces: message for message in messages if message.replaces}
        return [
            await self._shown(edits.get(message.event_id, message), self._reactions(message))
            for message in messages
            if not message.replaces
        ]

    async def _shown(self, message: Message, buttons: frozenset[str]) -> Shown:
        if message.msgtype not in {"m.image", "m.file"}:
            return shown(message, buttons=buttons)
        content = await self._household.member.content_of(message)
        return Shown("", file=content, file_name=message.content["filename"])

    async def _messages(self) -> list[Message]:
        """Return the bot's messages and edits, up to the present."""
        member, room = self._household.member, self.address.chat
        # The bot leaves notices alone, and what came before one has been read when it is read.
        notice = await member.say(room, "so far", notice=True)
        await member.wait_for(lambda message: message.event_id == notice)
        assert member.undecrypted == []
        return [
            message
            for message in member.history(room)
            if message.sender == self._household.bot.user_id and not message.redacted
        ]

    def _reactions(self, message: Message) -> frozenset[str]:
        bot = self._household.bot.user_id
        return frozenset(key for key, users in message.reactions.items() if bot in users)

    async def menu(self) -> list[str]:
        return []

    async def lose_recipient(self) -> None:
        if self._direct:  # where both have the same power
            await self._household.leave_as_bot(self.address.chat)
        else:
            await self._household.member.kick(self.address.chat, self._household.bot.user_id)

    async def stop(self) -> None:
        self._stopped = True
        await self._household.homeserver.stop()

    async def close(self) -> None:
        if self._stopped:
            await self._household.homeserver.restart()


def shown(message: Message, *, buttons: frozenset[str]) -> Shown:
    """Read a message as a client with HTML does; only a button with a reaction can be tapped."""
    assert message.encrypted
    page = Page()
    if message.formatted_body is not None:
        page.feed(message.formatted_body)
        page.close()
    else:
        page.text = message.body
    labels = enumerate(buttons_in(message.body), start=1)
    return Shown(
        page.text.strip(),
        tuple(page.links),
        tuple(page.code),
        tuple(label for number, label in labels if reaction(number) in buttons),
    )


class Page(HTMLParser):
    """The words of a formatted body, and what is special about them."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []
        self.code: list[str] = []
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, a link or a stretch of code."""
        self.text += "\n" if tag in {"p", "li", "br", "pre"} else ""
        self.links += [value or "" for name, value in attrs if name == "href"]
        self._in_code = self._in_code or tag == "code"

    def handle_endtag(self, tag: str) -> None:
        """End a stretch of code."""
        self._in_code = self._in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        """Take words."""
        self.text += data
        self.code += [data] if self._in_code else []
