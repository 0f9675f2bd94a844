"""The tables of processes: which there are, what each may do, and what all of them share."""

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.models import Base
from bot.storage.types import Instant


class Lease(Base):
    """The right of one process to run a channel account or the schedules, for a limited time.

    Attributes:
        name: A channel's name, or ``schedules``.
        holder: The process; ``None`` if nobody holds it.
        token: Grows with each change of the holder, so that an earlier one is recognised.
        expires_at: By the database's clock; ``None`` where only one process can be.
    """

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(64))
    token: Mapped[int] = mapped_column(BigInteger)
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    renewed_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)


class ProcessRow(Base):
    """A process of the hub, as it told of itself last.

    Attributes:
        name: As in claims and leases; the same after a restart.
    """

    __tablename__ = "processes"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    version: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class SealedSecret(Base):
    """Something that all processes need and only the operator's key opens.

    Attributes:
        name: What it is, and whose.
        sealed: As the channel that needs it sealed it.
    """

    __tablename__ = "sealed_secrets"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
