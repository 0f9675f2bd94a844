"""Control: what chats show, what bots called, and waiting for either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.servers.telegram.chats import Chat, Message
from tests.servers.telegram.control_base import ControlBase
from tests.servers.telegram.people import Bot
from tests.servers.telegram.views import BotLike, ChatLike, MessageView, view
from tests.servers.telegram.world import Call, World


class LookControl(ControlBase):
    """Looks at chats and at the log of calls."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._read: dict[tuple[int, int], int] = {}

    def chat_history(self, chat: ChatLike, *, bot: BotLike | None = None) -> list[MessageView]:
        """Return what a chat holds, oldest first, deleted messages included and marked.

        A person stands for their private chat with *bot*, by default the only one.
        """
        shown = self._shown_chat(chat, bot)
        return [view(shown, message) for message in shown.messages.values()]

    def visible(self, chat: ChatLike, *, bot: BotLike | None = None) -> list[str]:
        """Return the texts that a chat shows now, without deleted and service messages."""
        return [
            message.text
            for message in self._shown_chat(chat, bot).messages.values()
            if not message.deleted and message.service is None
        ]

    def content(self, message: MessageView) -> bytes:
        """Return the bytes of the file that a message shows."""
        sizes = message.content.get("photo")
        shown = sizes[-1] if sizes else message.content[message.kind]
        return self.world.files[shown["file_id"]].data

    def uploads(self) -> int:
        """Return how many files are kept that somebody uploaded; Telegram's own sizes count."""
        return len(self.world.files)

    def forget_files(self) -> None:
        """Let every file be forgotten, so that no id leads to one any more."""
        self.world.files.clear()

    async def next_message(
        self, chat: ChatLike, *, bot: BotLike | None = None, within: float = 5.0
    ) -> MessageView:
        """Return the next message from a bot that this method has not returned yet."""
        shown = self._shown_chat(chat, bot)
        key = (shown.bot.id if shown.bot is not None else 0, shown.id)

        def following() -> Message | None:
            last = self._read.get(key, 0)
            written = (m for m in shown.messages.values() if m.id > last)
            return next((m for m in written if _by_a_bot(m)), None)

        await self.world.until(
            lambda: following() is not None, within, f"message in chat {shown.id}"
        )
        message = following()
        if message is None:
            raise AssertionError("another task took the message")
        self._read[key] = message.id
        return view(shown, message)

    async def wait_for_text(
        self, chat: ChatLike, text: str, *, bot: BotLike | None = None, within: float = 5.0
    ) -> MessageView:
        """Wait until a chat shows a bot's message that contains *text*; return the newest."""
        shown = self._shown_chat(chat, bot)
        await self.world.until(
            lambda: _showing(shown, text) is not None, within, f"{text!r} in chat {shown.id}"
        )
        message = _showing(shown, text)
        if message is None:
            raise AssertionError(f"{text!r} was there and is gone")
        return view(shown, message)

    async def wait_for_calls(
        self,
        method: str,
        count: int = 1,
        *,
        bot: BotLike | None = None,
        within: float = 5.0,
    ) -> list[Call]:
        """Wait until a method has been called *count* times, and return these calls."""
        await self.world.until(
            lambda: len(self.calls(method, bot=bot)) >= count, within, f"{count} x {method}"
        )
        return self.calls(method, bot=bot)

    async def wait_for(
        self, condition: Callable[[], bool], *, within: float = 5.0, what: str = "condition"
    ) -> None:
        """Wait until *condition* holds; it is asked after every call and control action."""
        await self.world.until(condition, within, what)

    def calls(self, method: str | None = None, *, bot: BotLike | None = None) -> list[Call]:
        """Return the calls in the order in which they came, refused ones included."""
        bot_id = self._bot(bot).id if bot is not None else None
        return [
            call
            for call in self.world.calls
            if method in (None, call.method) and bot_id in (None, call.bot_id)
        ]

    def forget_calls(self) -> None:
        """Empty the log of calls."""
        self.world.calls.clear()

    def accepted(self, method: str = "sendMessage") -> int:
        """Return how many calls of a method succeeded."""
        return sum(c.status == 200 and c.method == method for c in self.world.calls)

    def pending_updates(self, bot: BotLike | None = None) -> list[dict[str, Any]]:
        """Return a bot's unconfirmed updates without confirming any."""
        queue = self._bot(bot).queue
        return queue.take(0, len(queue), self.world.now())

    def flooded(self) -> int:
        """Return how many messages were refused with 429 by the limits."""
        return self.world.limits.flooded

    def commands_of(
        self, bot: BotLike | None = None, *, scope: str = "default", language: str = ""
    ) -> list[str]:
        """Return the names in a bot's command menu for a scope without a chat."""
        commands = self._bot(bot).commands.get((scope, 0, 0, language), [])
        return [command["command"] for command in commands]


def _by_a_bot(message: Message) -> bool:
    return isinstance(message.sender, Bot) and message.service is None and not message.deleted


def _showing(chat: Chat, text: str) -> Message | None:
    for message in reversed(chat.messages.values()):
        if _by_a_bot(message) and text in message.text:
            return message
    return None
