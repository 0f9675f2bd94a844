"""Where the suite plays: both networks, the database, the hub as a process, and its people."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from bot.clock import SystemClock
from bot.messages import Address
from bot.storage import schema
from bot.storage.engine import Database
from tests.acceptance.broadcasts import subscribe
from tests.faults.plan import Plan
from tests.servers.gateway import Gateway
from tests.servers.hub import HubProcess, hub_in_process
from tests.servers.matrix_client import Member
from tests.servers.postgres import Postgres
from tests.servers.synapse import Account, Synapse
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process
from tests.servers.telegram.views import BotRef, ChatRef, UserRef

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
WINDOW = 8
MORE = """
[delivery]
refused_pause = 1
longest_retry = 2

[limits]
member_messages = 10000
room_messages = 10000
"""


@dataclass
class World:
    """Everything that works and everything that breaks.

    Attributes:
        store: The hub's database, as the suite itself reads it.
        author: Who makes announcements; not among the recipients.
        people: Telegram's recipients.
        groups: Telegram's groups, recipients as well, with who asks there.
        halls: Matrix' recipients.
        anna: Who asks in :attr:`secret` (encrypted) and in :attr:`clear`.
        gone: The places that can't be reached any more.
        moved: The chats that Telegram gave another id: the old one's by the new one.
    """

    plan: Plan
    hub: HubProcess
    tasks: asyncio.TaskGroup
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
    secret: str = ""
    clear: str = ""
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

    def turn_clock(self, seconds: float) -> None:
        """Let the hub's clock be ahead by so much."""
        turn_clock(self.hub.directory, seconds)

    async def open_rooms(self) -> None:
        """Let Anna have an encrypted and a plain room with the bot."""
        self.secret = await self._room(encrypted=True)
        self.clear = await self._room(encrypted=False)

    async def _room(self, *, encrypted: bool) -> str:
        bot = self.account.user_id
        room = await self.anna.create_room(encrypted=encrypted, invite=[bot])
        await self.anna.wait_for(lambda one: one.room == room and one.sender == bot, timeout=60)
        return room


def turn_clock(directory: Path, seconds: float) -> None:
    """Write by how much a hub's clock is ahead; whoever reads sees the old or the new."""
    new = directory / "clock.new"
    new.write_text(str(seconds))
    new.replace(directory / "clock")


@contextmanager
def _database(plan: Plan, directory: Path) -> Iterator[tuple[str, Postgres | None]]:
    if plan.database == "sqlite":
        yield f"sqlite:///{directory}/data/hub.sqlite3", None
        return
    with Postgres.running(durable=True) as server:
        yield server.url(server.create_database()).replace("+asyncpg", ""), server


async def _halls(homeserver: Synapse, account: Account, count: int) -> list[str]:
    path = "/_matrix/client/v3/createRoom"
    body = {"preset": "private_chat"}
    return [
        str((await homeserver.request(account, "POST", path, body))["room_id"])
        for _ in range(count)
    ]


async def _groups(
    telegram: TelegramProcess, bot: BotRef, count: int
) -> list[tuple[ChatRef, UserRef]]:
    found = []
    for number in range(count):
        person = await telegram.user(f"Gruppenleitung {number}", language_code="de")
        found.append((await telegram.group(f"AG {number}", members=[person, bot]), person))
    return found


async def _seeded(url: str, recipients: Sequence[Address]) -> Database:
    store = Database(url)
    await schema.upgrade(store)
    async with store.begin() as session:
        await subscribe(session, recipients, now=SystemClock().now())
    return store


@asynccontextmanager
async def world(plan: Plan, directory: Path) -> AsyncIterator[World]:
    """Set everything up, with the hub running and everybody in their rooms."""
    async with AsyncExitStack() as stack:
        homeserver = stack.enter_context(Synapse.running())
        url, postgres = stack.enter_context(_database(plan, directory))
        now = str(int(SystemClock().now().timestamp()))
        telegram = await stack.enter_async_context(telegram_in_process("--epoch", now))
        gateway = await stack.enter_async_context(Gateway(homeserver.url))
        bot = await telegram.bot(TOKEN)
        account = await homeserver.register("stadtfunk", "secret")
        anna = await homeserver.register("anna", "secret")
        author, *people = await telegram.users(plan.recipients * 2 // 3 + 1)
        made = World(
            plan=plan,
            telegram=telegram,
            bot=bot,
            homeserver=homeserver,
            gateway=gateway,
            account=account,
            postgres=postgres,
            author=author,
            people=people,
            groups=await _groups(telegram, bot, 4),
            halls=await _halls(homeserver, account, plan.recipients // 3),
            anna=await stack.enter_async_context(
                Member.login(homeserver.url, anna.user_id, "secret")
            ),
            hub=HubProcess(directory),
            tasks=asyncio.TaskGroup(),
            store=Database("sqlite://"),
        )
        made.store = await _seeded(url, made.recipients)
        stack.push_async_callback(made.store.close)
        async with _hub(made, directory, url):
            yield made


@asynccontextmanager
async def _hub(made: World, directory: Path, url: str) -> AsyncIterator[None]:
    channels: dict[str, dict[str, str | int]] = {
        "telegram": {
            "token": TOKEN, "base_url": made.telegram.url, "poll_timeout": 2, "window": WINDOW,
        },
        "matrix": {
            "homeserver": made.gateway.url, "user_id": made.account.user_id,
            "password": "secret", "sync_timeout": 2,
        },
    }  # fmt: skip
    turn_clock(directory, 0)
    more = f'[database]\nurl = "{url}"\n{MORE}'
    async with hub_in_process(directory, channels, more=more, module="tests.faults.turned") as (
        made.hub,
        made.tasks,
    ):
        await made.hub.start(made.tasks)
        await made.open_rooms()
        yield


async def leave(made: World, hall: str) -> None:
    """Let the bot's account be out of a room."""
    path = f"/_matrix/client/v3/rooms/{quote(hall)}/leave"
    await made.homeserver.request(made.account, "POST", path, {})
