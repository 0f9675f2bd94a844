"""What a network was asked about an event before its transaction began."""

from dataclasses import dataclass

from bot.dispatch.standing import Standing
from bot.dispatch.uploads import Upload


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What is known when the transaction begins.

    Attributes:
        standing: Whether the sender moderates the room.
        is_answer: Whether the event carries a file for a question that the bot asked.
        upload: That file; ``None`` also if the network did not give it.
        past: Whether it was said before this hub was restored from a backup.
    """

    standing: Standing = Standing.MEMBER
    is_answer: bool = False
    upload: Upload | None = None
    past: bool = False
