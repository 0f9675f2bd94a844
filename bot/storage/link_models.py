"""The tables of linked people; part of the one schema, like :mod:`bot.storage.models`."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.models import Base, Id
from bot.storage.types import Instant, Json


class Link(Base):
    """Two accounts that are one member.

    Attributes:
        member_id: The member that they are: the one who made the code.
        joined_id: The member that the other account was until then. Its row stays, because the
            audit log names it, and becomes that account's member again when the link ends.
        channel: The network of the account that joined.
        preferred: The network on which the person wants to be told things.
        urgent_both: Whether what is urgent comes on both networks.
        roles: The roles of both before: ``own`` of the member, ``brought`` by who joined.
    """

    __tablename__ = "links"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id"), primary_key=True, autoincrement=False
    )
    joined_id: Mapped[int] = mapped_column(ForeignKey("members.id"), unique=True)
    channel: Mapped[str] = mapped_column(String(32))
    preferred: Mapped[str] = mapped_column(String(32))
    urgent_both: Mapped[bool] = mapped_column(default=False, server_default=false())
    roles: Mapped[Any] = mapped_column(Json)
    linked_at: Mapped[datetime] = mapped_column(Instant)


class LinkCode(Base):
    """A code by which another account may join a member; at most one for each.

    Attributes:
        channel: With *chat*, where it was made, and where its maker is told of its use.
        code_hash: The SHA-256 of the code, in hexadecimal digits; the code is kept nowhere.
        entered_by: Who entered it: from then on nobody else can use it.
        expires_at: From when on it, or the question that followed it, holds no more.
    """

    __tablename__ = "link_codes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), unique=True)
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class LinkTries(Base):
    """How often a member entered a code that does not hold.

    Attributes:
        count: How often since *since*.
    """

    __tablename__ = "link_tries"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id"), primary_key=True, autoincrement=False
    )
    count: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime] = mapped_column(Instant, index=True)
