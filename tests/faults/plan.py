"""What goes wrong, and when: a plan, drawn from a seed. Pure."""

import enum
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults.night import Change


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
    NEW_TOKEN = "new-token"
    FREEZE = "freeze"
    LONG_FLOOD = "long-flood"
    SPRING = "spring"
    AUTUMN = "autumn"


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault at one moment.

    Attributes:
        at: Seconds after the work has begun.
        fault: What goes wrong.
        seconds: How long, where it lasts.
        times: How often, where it is counted.
        which: Which process of the hub it meets, counted from 0 and round.
        sends: How many messages a hub that was killed then sends, more or less, before the next
            blow can meet it; ``None`` if that may meet its start.
    """

    at: float
    fault: Fault
    seconds: float = 1.0
    times: int = 3
    which: int = 0
    sends: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One run.

    Attributes:
        seed: What it was drawn from, with its own measures.
        database: ``sqlite`` or ``postgresql``.
        seconds: How long people ask and things go wrong.
        recipients: How many get each announcement.
        blows: What goes wrong, in order.
        hubs: How many processes the hub consists of.
        patience: Seconds without trouble after which a message is late.
        pace: How much slower than usual the work goes on.
    """

    seed: int
    database: str
    seconds: float
    recipients: int
    blows: tuple[Blow, ...]
    hubs: int = 1
    patience: float = 45.0
    pace: float = 1.0

    @property
    def change(self) -> Change:
        """What happens to the clocks on walls."""
        if any(one.fault is Fault.SPRING for one in self.blows):
            return Change.SPRING
        autumn = any(one.fault is Fault.AUTUMN for one in self.blows)
        return Change.AUTUMN if autumn else Change.NONE

    def __str__(self) -> str:
        blows = ", ".join(f"{one.fault}@{one.at:.1f}" for one in self.blows)
        hubs = f"{self.database}, {self.hubs} processes" if self.hubs > 1 else self.database
        return f"seed {self.seed}: {hubs}, {self.seconds:g} s: {blows}"


RARE = frozenset({Fault.GONE, Fault.MIGRATION, Fault.SPRING, Fault.AUTUMN})
"""What happens once a run: there are only so many chats, and one night."""
_NIGHTS = frozenset({Fault.SPRING, Fault.AUTUMN})
_TWO = 3
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
        seed: An even one draws SQLite, an odd one PostgreSQL, every other of those with two
            processes of the hub.
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
            which=luck.randint(0, 1),
        )
        for _ in range(count)
    ]
    blows.sort(key=lambda one: one.at)
    return Plan(seed, _database(seed), seconds, recipients, tuple(_once(blows)), _hubs(seed))


def _database(seed: int) -> str:
    return "postgresql" if seed % 2 else "sqlite"


def _hubs(seed: int) -> int:
    """Return how many processes fight for the leases: two with every other PostgreSQL."""
    return 2 if seed % 4 == _TWO else 1


def _once(blows: Sequence[Blow]) -> Iterator[Blow]:
    """Leave out what has happened already, and can only happen once."""
    seen = set[Fault]()
    for one in blows:
        kind = Fault.SPRING if one.fault in _NIGHTS else one.fault
        if kind not in seen or kind not in RARE:
            yield one
        seen.add(kind)


def kills(seed: int, *, count: int, recipients: int = 60, pace: float = 1.0) -> Plan:
    """Draw a plan of power cuts alone, at random moments of starts and of work."""
    luck = random.Random(seed)
    at, blows = 0.0, list[Blow]()
    for number in range(count):
        sends = None if number % 3 == 0 else luck.randint(0, 20)
        blows.append(Blow(at, Fault.KILL, which=luck.randint(0, 1), sends=sends))
        at += luck.uniform(0.0, 2.0)
    # Whoever is killed all the time has a lot to make up for, as fast as the machine allows.
    return Plan(
        seed, _database(seed), at, recipients, tuple(blows), _hubs(seed),
        patience=math.inf, pace=pace,
    )  # fmt: skip
