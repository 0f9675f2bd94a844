"""What a network was asked about an event before its transaction began."""

from dataclasses import dataclass

from bot.dispatch.standing import Standing
from bot.dispatch.uploads import Upload
from bot.storage.bridge_models import BridgePost


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What is known when the transaction begins.

    Attributes:
        standing: Whether the sender moderates the room.
        is_answer: Whether the event carries a file for a question that the bot asked.
        upload: That file; ``None`` also if the network did not give it.
        carried: The content of a file that bridges carry on.
        mirrored: What became of it in its bridge, if it was mirrored.
        past: Whether it was said before this hub was restored from a backup.
    """

    standing: Standing = Standing.MEMBER
    is_answer: bool = False
    upload: Upload | None = None
    past: bool = False
    carried: bytes | None = None
    mirrored: BridgePost | None = None
