"""Messages in editors' chats that show how something is now, edited in place."""

from datetime import datetime

from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.storage.engine import Session
from bot.storage.inbox import Post
from bot.text.document import Document


async def bring(
    session: Session, post: Post, body: Document, *, source: str, version: int, now: datetime
) -> bool:
    """Let a message show *body*; ``False`` if that has to wait until it has arrived.

    Args:
        session: The transaction.
        post: The message.
        body: What it is to show.
        source: What it tells about.
        version: Which version of that this is; each is shown once.
        now: The present.
    """
    if post.shows == body.model_dump(mode="json"):
        return True
    if post.busy:
        return False
    if post.message is not None:
        key = f"{source}:d{post.delivery}:{version}"
        edit = Outgoing(key, post.address, body, edit=post.message, source=source)
        await outbox.enqueue(session, edit, now=now)
    return True
