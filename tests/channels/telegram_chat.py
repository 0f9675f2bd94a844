"""A person who talks with the bot in a private chat of an emulated Telegram."""

from contextlib import AsyncExitStack
from dataclasses import replace

from bot.channels.named import named
from bot.channels.port import Channel
from bot.clock import SystemClock
from bot.messages import Address, ChatKind, Identity, MessageId
from tests.channels.networks import Nature, Shown
from tests.channels.telegram.stage import address, new_channel
from tests.servers.telegram import MessageView, TelegramEmulator

NOBODY = "http://127.0.0.1:1"
"""Where nobody listens."""
SHORT_POLL = 0.1
"""Seconds."""


class TelegramChat:
    """Telegram with one bot and one person; gone after the test."""

    name = "telegram"
    nature = Nature(
        ChatKind.DIRECT,
        second="no",
        remote=True,
        repeats=True,
        changes=True,
        deduplicates=False,
        loses=True,
        marks=True,
        menu=True,
        files=True,
    )
    cursor: str | None = None
    missing = MessageId("999999")

    def __init__(self) -> None:
        self._telegram = TelegramEmulator()
        self._bot = self._telegram.bot()
        self._anna = self._telegram.user("Anna", started=True)
        self._stack = AsyncExitStack()
        self.address: Address = replace(address(self._anna), channel=self.name)
        self.member = Identity(self.name, str(self._anna.id))
        self.secret = self._bot.token

    async def start(self) -> None:
        await self._stack.enter_async_context(self._telegram)

    async def meet(self) -> None:
        """Do nothing: the member started the bot already."""

    def channel(self) -> Channel:
        return self._channel(self._telegram.url)

    def refused(self) -> Channel:
        self._telegram.revoke(self._bot)
        return self.channel()

    def unreachable(self) -> Channel:
        return self._channel(NOBODY)

    def _channel(self, url: str) -> Channel:
        return new_channel(url, self._bot.token, SystemClock(), poll_timeout=SHORT_POLL)

    async def say(self, text: str) -> None:
        self._telegram.say(self._anna, self._bot, text)

    async def hand_in(self, name: str, content: bytes, mime: str, caption: str = "") -> None:
        self._telegram.upload(self._anna, self._bot, name, content, caption=caption, mime=mime)

    async def choose(self, number: int) -> None:
        newest = self._messages()[-1]
        self._telegram.press(self._anna, newest, newest.button_texts()[number - 1])

    async def shows(self) -> list[Shown]:
        return [self._shown(message) for message in self._messages()]

    def _shown(self, message: MessageView) -> Shown:
        if message.kind == "text":
            return shown(message)
        name = message.content.get("document", {}).get("file_name", "")
        content = self._telegram.content(message)
        return replace(shown(message), file=content, file_name=name)

    def _messages(self) -> list[MessageView]:
        return [
            message
            for message in self._telegram.chat_history(self._anna)
            if message.sender_id == self._bot.id and not message.deleted
        ]

    async def menu(self) -> list[str]:
        return self._telegram.commands_of(scope="all_private_chats", language="de")

    async def lose_recipient(self) -> None:
        self._telegram.block(self._anna)

    async def stop(self) -> None:
        await self._telegram.go_dark()

    async def close(self) -> None:
        await self._stack.aclose()


class FurtherTelegramChat(TelegramChat):
    """The same with a bot that is not the hub's first one there."""

    name = "telegram.west"

    def _channel(self, url: str) -> Channel:
        return named(super()._channel(url), self.name)


def shown(message: MessageView) -> Shown:
    """Read a message's entities."""
    return Shown(
        message.text,
        tuple(entity["url"] for entity in message.entities if entity["type"] == "text_link"),
        tuple(
            covered(message.text, entity["offset"], entity["length"])
            for entity in message.entities
            if entity["type"] in {"code", "pre"}
        ),
        tuple(message.button_texts()),
    )


def covered(text: str, offset: int, length: int) -> str:
    """Return a stretch of *text* that is counted in UTF-16 code units."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le")
