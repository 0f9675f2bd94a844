"""Sets everything up: servers, people, subscriptions, a source, connected rooms, the hub."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.clock import SystemClock
from bot.config import Settings
from bot.events.event import Event, Kind
from bot.services import events, sources
from bot.storage import bridges, cursors, schema
from bot.storage.bridge_models import BridgeMember, Direction
from bot.storage.engine import Database, Session
from bot.storage.models import ChatRow, ChatSettings
from bot.text.moments import Moment
from tests.acceptance.broadcasts import subscribe
from tests.faults.night import ZONE
from tests.faults.nursery import ForkedHub
from tests.faults.plan import Plan
from tests.faults.world import TOKEN, WINDOW, Life, World, turn_clock
from tests.servers.feeds import FeedServer
from tests.servers.gateway import Gateway
from tests.servers.hub import hub_in_process
from tests.servers.matrix_client import Member
from tests.servers.postgres import Postgres
from tests.servers.synapse import Account, Synapse
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process
from tests.servers.telegram.views import BotRef, ChatRef, UserRef

# What people wrote while the hub was away comes at once, and no flood guard is what is asked here.
MORE = """
[delivery]
refused_pause = 1
longest_retry = 2

[limits]
member_messages = 10000
room_messages = 10000

[bridges]
author_messages = 10000
bridge_messages = 10000

[feeds]
allow_networks = ["127.0.0.0/8"]
host_gap = 0.1
"""
SOON = 8
"""Seconds from the beginning of the work until things fall due."""
FEED = 17
SITTINGS = 12
"""Events that can be moved while the hub works."""
CONFERENCES = "conferences"


def sitting(number: int) -> str:
    """Return the title of an event that may be moved."""
    return f"Gipfel {number} der Runde."


LOOKED_AHEAD = "Vorhaben der Stadt."
"""The title of what everybody is reminded of."""


@asynccontextmanager
async def world(plan: Plan, directory: Path) -> AsyncIterator[World]:
    """Set everything up, with the hub running and everybody in their rooms."""
    async with AsyncExitStack() as stack:
        homeserver = stack.enter_context(Synapse.running())
        url, postgres = stack.enter_context(_database(plan, directory))
        now = str(int(SystemClock().now().timestamp()))
        telegram = await stack.enter_async_context(telegram_in_process("--epoch", now))
        bot = await telegram.bot(TOKEN)
        account = await homeserver.register("stadtfunk", "secret")
        anna = await homeserver.register("anna", "secret")
        author, *people = await telegram.users(plan.recipients * 2 // 3 + 1)
        made = World(
            plan=plan,
            directory=directory,
            telegram=telegram,
            bot=bot,
            homeserver=homeserver,
            gateway=await stack.enter_async_context(Gateway(homeserver.url)),
            account=account,
            postgres=postgres,
            author=author,
            people=people,
            groups=await _groups(telegram, bot, 4),
            halls=await _halls(homeserver, account, plan.recipients // 3),
            anna=await stack.enter_async_context(
                Member.login(homeserver.url, anna.user_id, "secret")
            ),
            feeds=await stack.enter_async_context(FeedServer.running()),
            store=Database(url),
        )
        stack.push_async_callback(made.store.close)
        await schema.upgrade(made.store)
        async with made.store.begin() as session:
            await subscribe(session, made.recipients, now=SystemClock().now())
        await _hubs(made, stack, url)
        await _begin(made)
        yield made


@contextmanager
def _database(plan: Plan, directory: Path) -> Iterator[tuple[str, Postgres | None]]:
    if plan.database == "sqlite":
        yield f"sqlite:///{directory}/hub.sqlite3", None
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


async def _hubs(made: World, stack: AsyncExitStack, url: str) -> None:
    channels: dict[str, dict[str, str | int]] = {
        "telegram": {
            "token": TOKEN, "base_url": made.telegram.url, "poll_timeout": 2, "window": WINDOW,
        },
        "matrix": {
            "homeserver": made.gateway.url, "user_id": made.account.user_id,
            "password": "secret", "sync_timeout": 2,
            "identity_secret": "sixteen characters or more",
        },
    }  # fmt: skip
    more = f'[database]\nurl = "{url}"\n{MORE}'
    for number in range(made.plan.hubs):
        directory = made.directory / f"hub-{number}"
        directory.mkdir()
        turn_clock(directory, 0)
        hub, tasks = await stack.enter_async_context(
            hub_in_process(directory, channels, more=more, make=ForkedHub)
        )
        made.lives.append(Life(hub, tasks))


async def _begin(made: World) -> None:
    """Let everybody come together; then the night falls in which the work is done."""
    for life in made.lives:
        made.night.write(life.hub.directory)
        await life.start()
        # Anna's client gives no keys to a device before its owner has signed it.
        await life.hub.logged("matrix.keys_uploaded")
    await _open_rooms(made)
    for life in made.lives:
        await life.hub.stop()
    made.fall(int(SystemClock().now().timestamp()) + SOON + 3 * made.plan.hubs)
    async with made.store.begin() as session:
        await _seed(session, made)
    for life in made.lives:
        await life.start()


async def _open_rooms(made: World) -> None:
    """Let Anna have her rooms with the bot, and connect one of them with a group."""
    rooms, telegram = made.rooms, made.telegram
    rooms.secret = await _room(made, encrypted=True)
    rooms.clear = await _room(made, encrypted=False)
    rooms.square = await _room(made, encrypted=False)
    rooms.crier = await telegram.user("Marktruf", language_code="de")
    rooms.market = await telegram.group("Markt", members=[rooms.crier, made.bot])
    # Only who administers a group hears what is said there to everybody.
    await telegram.promote(made.bot, rooms.market)


async def _room(made: World, *, encrypted: bool) -> str:
    bot = made.account.user_id
    room = await made.anna.create_room(encrypted=encrypted, invite=[bot])
    await made.anna.wait_for(lambda one: one.room == room and one.sender == bot, timeout=60)
    return room


async def _seed(session: Session, made: World) -> None:
    """Let everybody have their wishes, and let there be what they are told of."""
    now = SystemClock().now()
    await _wish(session, made)
    # Nobody is reminded of what was due before a hub began; this one has begun.
    await cursors.save(session, channel="reminders", value=now.isoformat(), now=now)
    soon = _event("vorhaben", LOOKED_AHEAD, made, days=1)
    await events.keep_new(session, soon, imported=None, now=now)
    for number in range(SITTINGS):
        far = _event(f"gipfel-{number}", sitting(number), made, days=40 + number)
        await events.keep_new(session, far, imported=None, now=now)
    row = await sources.add(
        session,
        sources.Wish(made.feeds.url(f"/rss/{FEED}?items=1"), "Konferenzen", {"mode": "sofort"}),
        member_id=None,
        settings=Settings(),
        now=now,
    )
    row.read_once = True  # so nothing waits for an editor
    made.source = row.id
    await _connect(session, made)


def _event(uid: str, title: str, made: World, *, days: int) -> Event:
    """Make an event of a whole day, so many after the one that is shown on the wall."""
    day = made.night.today + timedelta(days=days)
    start = Moment(day=day)
    return Event(
        uid=uid, title=title, kind=Kind.CONFERENCE, start=start, zone=ZONE, topic=CONFERENCES
    )


async def _wish(session: Session, made: World) -> None:
    query = select(ChatRow, ChatSettings).join(ChatSettings, ChatSettings.chat_id == ChatRow.id)
    for chat, wished in (await session.execute(query)).all():
        place = f"{chat.channel}:{chat.chat}"
        wished.quiet_days = False
        if place in made.sleepers:
            wished.leads, wished.quiet, wished.quiet_from = "", True, 22 * 60
            wished.quiet_until = made.night.wakes.minute
        elif place in made.reminded:
            number = made.reminded[place]
            wished.leads = "1d"
            wished.remind_at = made.night.reminded(number, minutes=made.minutes).minute


async def _connect(session: Session, made: World) -> None:
    now, market = SystemClock().now(), made.rooms.market
    assert market is not None
    bridge = await bridges.create(session, now=now)
    for channel, chat in (("matrix", made.rooms.square), ("telegram", str(market.id))):
        member = BridgeMember(
            bridge_id=bridge.id, channel=channel, chat=chat, direction=Direction.BOTH.value,
            joined_at=now,
        )  # fmt: skip
        await bridges.add(session, member)
