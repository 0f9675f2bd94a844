"""Where the suite plays: both networks, the database, the hub's processes, and its people."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from bot.messages import Address
from bot.storage.engine import Database
from tests.faults.night import Night
from tests.faults.plan import Plan
from tests.servers.feeds import FeedServer
from tests.servers.gateway import Gateway
from tests.servers.hub import HubProcess
from tests.servers.matrix_client import Member
from tests.servers.postgres import Postgres
from tests.servers.synapse import Account, Synapse
from tests.servers.telegram.fixtures import TelegramProcess
from tests.servers.telegram.views import BotRef, ChatRef, UserRef

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
WINDOW = 8
SLEEPERS = 5
"""Each so many-th recipient has quiet hours, and no wish to be reminded."""


@dataclass
class Life:
    """One process of the hub, in which it may be started, killed and stopped.

    Attributes:
        hub: The process.
        tasks: What reads its log.
    """

    hub: HubProcess
    tasks: asyncio.TaskGroup

    async def start(self, *, until: str = "hub.started") -> None:
        """Start it, and wait until it says so in its log."""
        await self.hub.start(self.tasks, until=until)


@dataclass
class Rooms:
    """Where Anna talks on Matrix, and what is connected with it.

    Attributes:
        secret: Encrypted; there she asks the bot.
        clear: Plain; there she asks the bot as well.
        square: Plain, connected with :attr:`market`; there she talks with everybody.
        market: A group on Telegram.
        crier: Who talks there.
    """

    secret: str = ""
    clear: str = ""
    square: str = ""
    market: ChatRef | None = None
    crier: UserRef | None = None


@dataclass
class World:
    """Everything that works and everything that breaks.

    Attributes:
        directory: Where all of it has its files.
        store: The hub's database, as the suite itself reads it.
        author: Who makes announcements; not among the recipients.
        people: Telegram's recipients.
        groups: Telegram's groups, recipients as well, with who asks there.
        halls: Matrix' recipients.
        anna: Who talks on Matrix.
        feeds: The server of what the hub reads.
        source: The number of the source that it reads.
        night: What the clocks on walls show, from the beginning of the work on.
        gone: The places that can't be reached any more.
        moved: The chats that Telegram gave another id: the old one's by the new one.
    """

    plan: Plan
    directory: Path
    telegram: TelegramProcess
    bot: BotRef
    homeserver: Synapse
    gateway: Gateway
    account: Account
    postgres: Postgres | None
    store: Database
    author: UserRef
    people: list[UserRef]
    groups: list[tuple[ChatRef, UserRef]]
    halls: list[str]
    anna: Member
    feeds: FeedServer
    lives: list[Life] = field(default_factory=list)
    rooms: Rooms = field(default_factory=Rooms)
    source: int = 0
    night: Night = field(default_factory=lambda: Night(0))
    gone: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)

    @property
    def recipients(self) -> list[Address]:
        """Everybody who is to get what is announced."""
        telegram = [str(one.id) for one in self.people]
        telegram += [str(group.id) for group, _ in self.groups]
        return [
            *(Address("telegram", one) for one in telegram),
            *(Address("matrix", one) for one in self.halls),
        ]

    def first_of(self, place: str) -> str:
        """Return what a place was called in the beginning."""
        return self.moved.get(place, place)

    @property
    def sleepers(self) -> set[str]:
        """The places that have quiet hours, as they were called in the beginning."""
        return set(self._places[::SLEEPERS])

    @property
    def minutes(self) -> int:
        """Over how many minutes reminders are spread."""
        return max(1, min(4, int(self.plan.seconds // 60)))

    @property
    def reminded(self) -> dict[str, int]:
        """Who is reminded, and which number they have there."""
        awake = [one for one in self._places if one not in self.sleepers]
        return {place: number for number, place in enumerate(awake)}

    @property
    def _places(self) -> list[str]:
        return sorted(self.first_of(f"{one.channel}:{one.chat}") for one in self.recipients)

    def turn_clock(self, seconds: float) -> None:
        """Let the hub's clock be ahead by so much."""
        for life in self.lives:
            turn_clock(life.hub.directory, seconds)

    def fall(self, zero: int) -> None:
        """Let clocks on walls show what they show in the night around *zero*.

        A process of the hub sees that when it is started the next time.
        """
        self.night = replace(self.night, zero=zero, change=self.plan.change)
        for life in self.lives:
            self.night.write(life.hub.directory)


def turn_clock(directory: Path, seconds: float) -> None:
    """Write by how much a hub's clock is ahead; whoever reads sees the old or the new."""
    new = directory / "clock.new"
    new.write_text(str(seconds))
    new.replace(directory / "clock")


async def leave(made: World, hall: str) -> None:
    """Let the bot's account be out of a room."""
    path = f"/_matrix/client/v3/rooms/{quote(hall)}/leave"
    await made.homeserver.request(made.account, "POST", path, {})
