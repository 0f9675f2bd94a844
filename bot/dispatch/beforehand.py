"""What a network was asked about an event before its transaction began."""

from dataclasses import dataclass, field

from bot.dispatch.standing import Standing
from bot.dispatch.uploads import Upload
from bot.services.bridge_rights import Rights
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
        rights: Who leads which other chats, where that matters; ``None`` where nobody said.
        past: Whether it was said before this hub was restored from a backup.
    """

    standing: Standing = Standing.MEMBER
    is_answer: bool = False
    upload: Upload | None = None
    rights: Rights = field(default_factory=dict)
    past: bool = False
    carried: bytes | None = None
    mirrored: BridgePost | None = None
