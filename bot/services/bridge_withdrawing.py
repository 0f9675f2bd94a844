"""Taking back what was mirrored where the network does not tell that something was deleted."""

from datetime import datetime

from bot.errors import UserError
from bot.messages import Address, Identity, MessageId
from bot.services import bridge_changes
from bot.storage import bridge_places, members
from bot.storage.engine import Session


async def take_back(
    session: Session,
    *,
    address: Address,
    message: MessageId,
    by: str,
    member_id: int,
    moderates: bool,
    now: datetime,
) -> int:
    """Delete the copies of a message, and return how many messages that are.

    Of joined messages each is one: whoever replies to a copy that says several means them all.

    Args:
        session: The transaction.
        address: The chat in which somebody asks for it.
        message: What is to go.
        by: The message that asks for it.
        member_id: Who asks.
        moderates: Whether they decide for that chat.
        now: The present.

    Raises:
        UserError: It was not mirrored, or is somebody else's and they are no moderator.
    """
    posts = await bridge_places.posts_of(session, address=address, message=message)
    if not posts:
        raise UserError("bridge-delete-unknown")
    own = [Identity(one.channel, one.user) for one in await members.accounts(
        session, member_ids=[member_id]
    )]  # fmt: skip
    if not moderates and any(post.author not in map(str, own) for post in posts):
        raise UserError("bridge-delete-foreign")
    event = f"{address}:{by}"
    return sum([
        await bridge_changes.take_back(session, post, event=f"{event}:{number}", now=now)
        for number, post in enumerate(posts)
    ])  # fmt: skip
