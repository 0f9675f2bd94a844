"""Changing an answer that an editor has sent."""

from datetime import datetime

from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.errors import UserError
from bot.services import audit, inbox_answers
from bot.services.inbox import InboxItem, InboxState, source
from bot.storage import inbox as stored
from bot.storage.engine import Session
from bot.storage.inbox import Post
from bot.text.document import Document


async def to_revise(session: Session, number: int, *, lock: bool = False) -> InboxItem:
    """Return an item whose answer can be changed where it was sent.

    Raises:
        UserError: Nobody has written one, or it is of several messages.
    """
    item = await stored.find(session, number=number, lock=lock)
    if item is None or item.state != InboxState.ANSWERED or item.answer is None:
        raise UserError("inbox-unknown", number=number)
    if await stored.is_long(session, source=inbox_answers.source_of_answer(number)):
        raise UserError("inbox-revise-long")
    return item


async def revise(session: Session, *, number: int, text: str, by: int, now: datetime) -> int:
    """Let everybody who got an answer read another one in its place; return how many chats.

    Args:
        session: The transaction.
        number: The item's.
        text: Markdown.
        by: The editor.
        now: The present.

    Raises:
        UserError: As for :func:`to_revise` and :func:`bot.services.inbox_answers.read`, or the
            answer, old or new, does not fit into one message, or is just being sent.
    """
    written = inbox_answers.read(text)
    item = await to_revise(session, number, lock=True)
    beginning = inbox_answers.key_of_answer(item)
    posts = [
        post
        for post in await stored.posts(session, source=inbox_answers.source_of_answer(number))
        if post.key.startswith(beginning)
    ]
    if any(post.busy for post in posts):
        raise UserError("inbox-revise-moment")
    item.answer, item.version = text.strip(), item.version + 1
    changed = [await _edit(session, item, post, written, now=now) for post in posts]
    await audit.note(
        session,
        action="question-revised",
        subject=source(number),
        member_id=by,
        now=now,
        number=number,
    )
    return sum(changed)


async def _edit(
    session: Session, item: InboxItem, post: Post, written: Document, *, now: datetime
) -> bool:
    """Put other words below the line that says what was asked."""
    if post.message is None:  # it never arrived
        return False
    shown = Document.model_validate(post.shows)
    body = shown.model_copy(update={"blocks": (*shown.blocks[:1], *written.blocks)})
    limit = outbox.limit_of(post.address.channel)
    if len(outbox.parts(body, limit=limit)) > 1:
        raise UserError("inbox-revise-long")
    edit = Outgoing(
        f"{post.key}:v{item.version}",
        post.address,
        body,
        edit=post.message,
        source=inbox_answers.source_of_answer(item.id),
    )
    return await outbox.enqueue(session, edit, now=now)
