"""Telegram channels: chats in which the bot posts and nobody can write to it."""

from dataclasses import dataclass
from datetime import datetime

from bot.config import Settings
from bot.errors import UserError
from bot.messages import Address, Chat, ChatKind
from bot.services import informing, roles
from bot.services.members import Person, Role
from bot.storage import chats
from bot.storage.engine import Session
from bot.storage.models import ChatRow

_LONGEST_TITLE = 80
"""Characters that are shown; who owns the channel chooses them."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A channel with the number by which admins name it.

    Attributes:
        number: Stays the same as long as the bot knows the channel.
        chat: The channel, with its title.
    """

    number: int
    chat: Chat

    @property
    def title(self) -> str:
        """What it is called, in one line."""
        return " ".join(self.chat.title.split())[:_LONGEST_TITLE] or self.chat.address.chat


async def known(session: Session) -> list[Broadcast]:
    """Return the channels in which the bot may post, the oldest acquaintance first."""
    return [_broadcast(row) for row in await chats.broadcasts(session)]


async def find(session: Session, *, number: int) -> Broadcast:
    """Return the channel of this number.

    Raises:
        UserError: There is none in which the bot may post.
    """
    for row in await chats.broadcasts(session):
        if row.id == number:
            return _broadcast(row)
    raise UserError("channel-unknown", number=number)


async def tell_admins(
    session: Session, *, chat: Chat, by: Person | None, settings: Settings, now: datetime
) -> None:
    """Tell the admins that the bot may post in a channel from now on, and what to do with it.

    Anybody can make the bot an administrator of a channel of their own; what somebody does who
    is no admin is told once a day.

    Args:
        session: The transaction.
        chat: The channel.
        by: Who let the bot in, if the network says it.
        settings: The operator's.
        now: The present.
    """
    row = await chats.note(session, chat=chat, now=now)
    trusted = by is not None and by.may(Role.ADMIN)
    stranger = f"{by.id if by else '-'}:{now:%Y-%m-%d}"
    await informing.tell(
        session,
        await roles.reachable(session, roles=(), settings=settings),
        "channel-joined",
        key=f"channel:{row.id}:{now.timestamp():.0f}" if trusted else f"channel-by:{stranger}",
        now=now,
        title=_broadcast(row).title,
        number=row.id,
    )


def _broadcast(row: ChatRow) -> Broadcast:
    return Broadcast(row.id, Chat(Address(row.channel, row.chat), ChatKind.BROADCAST, row.title))
