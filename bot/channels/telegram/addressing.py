"""Which texts in a group are meant for the bot, and what is left of them without its name.

Source: https://core.telegram.org/bots/api#messageentity
"""

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import Message, MessageEntity


@dataclass(frozen=True, slots=True)
class Account:
    """Who the bot is on Telegram.

    Attributes:
        id: Its user id.
        username: Without the ``@``.
    """

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the bot reads it.

    Attributes:
        text: Without the bot's name at the start or end.
        addressed: Whether a command, a mention or a reply makes it the bot's business.
        foreign: Whether it is a command for another bot.
    """

    text: str
    addressed: bool
    foreign: bool


def read(message: Message, account: Account) -> Reading | None:
    """Read the text or caption of *message*; ``None`` when it has neither, nor a file."""
    text = message.text or message.caption
    if not text:
        bare = Reading(text="", addressed=_answers_us(message, account), foreign=False)
        return bare if message.photo or message.document else None
    entities = message.entities if message.text else message.caption_entities
    marked = _Marked(text, entities, account)
    target = marked.command_target()
    called = target is not None and target in ("", account.username.lower())
    return Reading(
        text=marked.without_our_name(),
        addressed=called or marked.mentions_us() or _answers_us(message, account),
        foreign=target is not None and not called,
    )


def answered(message: Message) -> Message | None:
    """Return the message that *message* replies to.

    In a forum, every message without a reply "replies" to the service message that opened its
    topic; that one is not meant.
    """
    other = message.reply_to_message
    if other is None or (
        message.is_topic_message and other.message_id == message.message_thread_id
    ):
        return None
    return other


def _answers_us(message: Message, account: Account) -> bool:
    other = answered(message)
    return bool(other and other.from_user and other.from_user.id == account.id)


class _Marked:
    """A text with its entities, whose offsets count UTF-16 code units."""

    def __init__(self, text: str, entities: Sequence[MessageEntity], account: Account) -> None:
        self._units = text.encode("utf-16-le", "surrogatepass")
        self._entities = entities
        self._account = account
        self._name = f"@{account.username}".lower()

    def command_target(self) -> str | None:
        """Return whom the command at the start names, in lower case; ``""`` for nobody."""
        starts = (entity for entity in self._entities if entity.offset == 0)
        return next((self._target(e) for e in starts if e.type == MessageEntity.BOT_COMMAND), None)

    def mentions_us(self) -> bool:
        """Tell whether the bot is named anywhere."""
        return any(
            self._is_us(entity) or f"@{self._target(entity)}" == self._name
            for entity in self._entities
        )

    def without_our_name(self) -> str:
        """Return the text without the names at its start and end, and ours after a command."""
        names = sorted(self._name_places())
        start, end = 0, len(self._units)
        for first, last in names:
            if not self._slice(start, first).strip(" \n,:"):
                start = last
        for first, last in reversed(names):
            if first >= start and not self._slice(last, end).strip():
                end = first
        text = self._slice(start, end)
        text = text.lstrip(" \n,:") if start else text.strip()
        return self._without_target(text.rstrip())

    def _without_target(self, text: str) -> str:
        if not text.startswith("/"):
            return text
        command = text.split(maxsplit=1)[0]
        bare = command.lower().removesuffix(self._name)
        return text[: len(bare)] + text[len(command) :]

    def _target(self, entity: MessageEntity) -> str:
        command = entity.type == MessageEntity.BOT_COMMAND
        return self._covered(entity).partition("@")[2].lower() if command else ""

    def _name_places(self) -> list[tuple[int, int]]:
        return [
            (2 * entity.offset, 2 * (entity.offset + entity.length))
            for entity in self._entities
            if self._is_us(entity)
        ]

    def _is_us(self, entity: MessageEntity) -> bool:
        if entity.type == MessageEntity.TEXT_MENTION and entity.user is not None:
            return entity.user.id == self._account.id
        return entity.type == MessageEntity.MENTION and self._covered(entity).lower() == self._name

    def _covered(self, entity: MessageEntity) -> str:
        return self._slice(2 * entity.offset, 2 * (entity.offset + entity.length))

    def _slice(self, start: int, end: int) -> str:
        return self._units[start:end].decode("utf-16-le", "replace")
