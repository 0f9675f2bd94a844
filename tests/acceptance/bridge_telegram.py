"""The Telegram end of a bridge: people who write in a group, and what the bot shows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.acceptance.bridge_lines import MIMES, OPTIONS, TELEGRAM, Line, Shown, tokens_in
from tests.servers.telegram.emulator import TelegramEmulator
from tests.servers.telegram.views import BotRef, ChatRef, MessageView, UserRef

_Share = Callable[[TelegramEmulator, UserRef, ChatRef, Line, dict[str, Any]], MessageView]
_SHARED: dict[str, _Share] = {
    "picture": lambda server, who, chat, line, where: server.photograph(
        who, chat, line.data, caption=line.words, **where
    ),
    "file": lambda server, who, chat, line, where: server.upload(
        who, chat, f"{line.token}.pdf", line.data, caption=line.words, mime=MIMES["file"], **where
    ),
    "voice": lambda server, who, chat, line, where: server.play(
        who, chat, "voice", line.data, caption=line.words, **where
    ),
    "video": lambda server, who, chat, line, where: server.play(
        who, chat, "video", line.data, caption=line.words, **where
    ),
    "sticker": lambda server, who, chat, line, where: server.stick(
        who, chat, line.data, line.words, **where
    ),
    "location": lambda server, who, chat, line, where: server.locate(
        who, chat, 51.34, 12.37, line.words, **where
    ),
    "poll": lambda server, who, chat, line, where: server.ask(
        who, chat, line.words, OPTIONS, **where
    ),
}
_KINDS = {"photo": "picture", "document": "file"}


@dataclass
class TelegramEnd:
    """A group, or a topic of a forum.

    Attributes:
        people: Who writes there, by their names.
        topic: The topic that is bridged; ``None`` for the whole chat.
        elsewhere: The topics of that chat which are bridged by themselves.
    """

    telegram: TelegramEmulator
    chat: ChatRef
    people: Mapping[str, UserRef]
    bot: BotRef
    topic: int | None = None
    elsewhere: tuple[int, ...] = ()
    network: str = TELEGRAM

    async def say(self, line: Line) -> None:
        who, where = self.people[line.author], {"thread": self._topic(line)}
        written = self._written(who, line, where)
        line.id, line.topic = str(written.message_id), written.thread
        if line.kind == "poll" and self.chat.type == "supergroup":
            number, topic = str(self.chat.id).removeprefix("-100"), self._topic(line)
            line.link = f"https://t.me/c/{number}/{line.id}?thread={topic}"

    def _topic(self, line: Line) -> int | None:
        return line.topic if self.topic is None else self.topic

    def _written(self, who: UserRef, line: Line, where: dict[str, Any]) -> MessageView:
        if line.kind in _SHARED:
            return _SHARED[line.kind](self.telegram, who, self.chat, line, where)
        answered = None if line.reply_to is None else self.view(self._id(line.reply_to))
        if line.kind == "formatted":
            marks = _marks(line.words)
            return self.telegram.format(
                who, self.chat, line.words, marks, reply_to=answered, **where
            )
        return self.telegram.say(who, self.chat, line.words, reply_to=answered, **where)

    async def album(self, lines: list[Line]) -> None:
        """Send several pictures as one album; only the first has words."""
        first, data = lines[0], [one.data for one in lines]
        sent = self.telegram.album(
            self.people[first.author],
            self.chat,
            data,
            caption=first.words,
            thread=self._topic(first),
        )
        for line, view in zip(lines, sent, strict=True):
            line.id = str(view.message_id)

    def view(self, message: str) -> MessageView:
        """Return a message by its id."""
        return next(one for one in self._history() if str(one.message_id) == message)

    def _history(self) -> list[MessageView]:
        return [
            one
            for one in self.telegram.chat_history(self.chat)
            if one.thread not in self.elsewhere and self.topic in {None, one.thread}
        ]

    async def id_of(self, line: Line) -> str:
        """Return the message that is a line here, or says it."""
        return self._id(line)

    def _id(self, line: Line) -> str:
        found = line.id if line.network == TELEGRAM else self._copy_of(line)
        assert found, f"{line.token} is not here yet"
        return found

    async def edit(self, line: Line, words: str) -> None:
        line.words = words
        marks = _marks(words) if line.kind == "formatted" else []
        self.telegram.reformat(self.people[line.author], self.view(line.id), words, marks)

    async def take_back(self, who: str, line: Line) -> None:
        """Let somebody answer a line with the command that deletes its copies."""
        answered = self.view(self._id(line))
        where = self.topic if self.topic is not None else line.topic
        self.telegram.say(
            self.people[who], self.chat, "/loeschen", reply_to=answered, thread=where
        )

    async def react(self, who: str, message: str, emoji: str) -> None:
        self.telegram.react(self.people[who], self.view(message), emoji)

    def said(self) -> list[MessageView]:
        """Return the bot's messages, but for what it took back."""
        return [one for one in self._history() if one.sender_id == self.bot.id and not one.deleted]

    async def copy_of(self, line: Line) -> str | None:
        """Return the message that says a line here, if it came already."""
        return self._copy_of(line)

    def _copy_of(self, line: Line) -> str | None:
        for one in reversed(self.said()):
            if line.token in self._shown(one).tokens:
                return str(one.message_id)
        return None

    async def shown(self) -> list[Shown]:
        return [self._shown(one) for one in self.said()]

    def _shown(self, one: MessageView) -> Shown:
        data = b"" if one.kind == "text" else self.telegram.content(one)
        return Shown(
            id=str(one.message_id),
            tokens=tokens_in(one.text, data),
            kind=_KINDS.get(one.kind, one.kind),
            text=one.text,
            marks=tuple(f"{mark['type']}: {_covered(one.text, mark)}" for mark in one.entities),
            data=data,
            reply=None if one.reply_to is None else str(one.reply_to),
            thread=None if one.thread is None else str(one.thread),
            at=one.date,
        )

    async def bot_reactions(self) -> dict[str, str]:
        found = {}
        for one in self._history():
            if given := one.reactions.get(str(self.bot.id)):
                found[str(one.message_id)] = given[0]
        return found


def _covered(text: str, entity: dict[str, Any]) -> str:
    """Return the words that an entity marks; the script uses no astral characters there."""
    return text[entity["offset"] : entity["offset"] + entity["length"]]


def _marks(words: str) -> list[dict[str, Any]]:
    """Return the marks of the script: the second word in bold, the third in italics."""
    first, second, third, *_ = words.split(" ")
    start = len(first) + 1
    return [
        {"type": "bold", "offset": start, "length": len(second)},
        {"type": "italic", "offset": start + len(second) + 1, "length": len(third)},
    ]
