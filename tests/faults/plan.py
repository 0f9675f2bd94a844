"""What goes wrong, and when: a plan, drawn from a seed. Pure."""

import enum
import random
from collections.abc import Sequence
from dataclasses import dataclass


class Fault(enum.StrEnum):
    """What can go wrong."""

    KILL = "kill"
    DATABASE_AWAY = "database-away"
    HOMESERVER_RESTART = "homeserver-restart"
    BAD_GATEWAY = "bad-gateway"
    DROPPED_ANSWERS = "dropped-answers"
    RESETS = "resets"
    HANGS = "hangs"
    FLOOD = "flood"
    GONE = "gone"
    MIGRATION = "migration"
    CLOCK_AHEAD = "clock-ahead"
    CLOCK_BACK = "clock-back"
    DISK_FULL = "disk-full"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault at one moment.

    Attributes:
        at: Seconds after the work has begun.
        fault: What goes wrong.
        seconds: How long, where it lasts.
        times: How often, where it is counted.
    """

    at: float
    fault: Fault
    seconds: float = 1.0
    times: int = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """One run.

    Attributes:
        seed: What it was drawn from, with its own measures.
        database: ``sqlite`` or ``postgresql``.
        seconds: How long people ask and things go wrong.
        recipients: How many get each announcement.
        blows: What goes wrong, in order.
    """

    seed: int
    database: str
    seconds: float
    recipients: int
    blows: tuple[Blow, ...]

    def __str__(self) -> str:
        blows = ", ".join(f"{one.fault}@{one.at:.1f}" for one in self.blows)
        return f"seed {self.seed}: {self.database}, {self.seconds:g} s: {blows}"


RARE = frozenset({Fault.GONE, Fault.MIGRATION})
"""What happens once a run: there are only so many chats."""
EVERYTHING: Sequence[Fault] = tuple(Fault)


def draw(
    seed: int,
    *,
    seconds: float = 60.0,
    count: int = 12,
    recipients: int = 60,
    longest: float = 30.0,
    faults: Sequence[Fault] = EVERYTHING,
) -> Plan:
    """Draw a plan; the same arguments give the same plan.

    Args:
        seed: An even one draws SQLite, an odd one PostgreSQL.
        seconds: How long it goes on.
        count: How many faults.
        recipients: How many get each announcement.
        longest: The longest time that anything is away, in seconds.
        faults: What may go wrong.
    """
    luck = random.Random(seed)
    blows = [
        Blow(
            luck.uniform(0, seconds),
            luck.choice(faults),
            seconds=luck.uniform(0.5, longest),
            times=luck.randint(1, 6),
        )
        for _ in range(count)
    ]
    blows.sort(key=lambda one: one.at)
    kept = [
        one
        for number, one in enumerate(blows)
        if one.fault not in RARE or one.fault not in {other.fault for other in blows[:number]}
    ]
    database = "postgresql" if seed % 2 else "sqlite"
    return Plan(seed, database, seconds, recipients, tuple(kept))


def kills(seed: int, *, count: int, recipients: int = 60) -> Plan:
    """Draw a plan of power cuts alone, at random moments of starts and of work."""
    luck = random.Random(seed)
    at, blows = 0.0, list[Blow]()
    for _ in range(count):
        at += luck.uniform(0.0, 3.0)
        blows.append(Blow(at, Fault.KILL))
    database = "postgresql" if seed % 2 else "sqlite"
    return Plan(seed, database, at, recipients, tuple(blows))
