"""Who has the right to connect a chat: asked of the networks first, then told of a member."""

from collections.abc import Collection, Mapping

from bot.config import Settings
from bot.messages import Address, Identity, network
from bot.services import roles
from bot.storage import members
from bot.storage.engine import Session

Point = tuple[Address, Identity]
"""A chat, and an account of which it matters whether it leads that chat."""
Rights = Mapping[Point, bool | None]
"""Who leads what, as the networks said; ``None``, or nothing, where they did not say."""


async def points(session: Session, there: Address, people: Collection[int]) -> list[Point]:
    """Return the accounts of *people* on the network of a chat, as the chat's channel has them."""
    return [
        (there, Identity(there.channel, one.user))
        for one in await members.accounts(session, member_ids=people)
        if network(one.channel) == there.network
    ]


async def leads(
    session: Session, member_id: int, there: Address, rights: Rights, settings: Settings
) -> bool | None:
    """Tell whether a member decides for a chat; ``None`` if its network did not say."""
    accounts = await members.accounts(session, member_ids=[member_id])
    admins = roles.configured_admins(settings)
    if any(Identity(one.channel, one.user) in admins for one in accounts):
        return True
    said = [rights.get(point) for point in await points(session, there, [member_id])]
    if True in said:
        return True
    return None if None in said else False
