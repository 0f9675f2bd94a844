"""What something costs SQLite, in instructions: these are the same on every machine.

Source: https://sqlite.org/c3ref/progress_handler.html
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.contest.outbox import subscribe
from bot.config import Settings
from bot.messages import Address
from bot.services import notices
from bot.services.notices import Notice
from bot.storage import audiences, deliveries, schema
from bot.storage.engine import Database, Session
from bot.storage.models import Action
from bot.text.markdown import parse
from tests.fakes import START
from tests.storage.plans import CHANNEL, claim, fill, look_ahead

_AT_A_TIME = 100
"""Instructions between two counts."""


class Steps:
    """Counts instructions."""

    def __init__(self) -> None:
        self.count = 0

    def note(self) -> None:
        """Count some more, and go on."""
        self.count += _AT_A_TIME


@contextmanager
def _new(directory: Path) -> Iterator[Database]:
    directory.mkdir()
    yield Database(f"sqlite:///{directory / 'hub.sqlite3'}")


@asynccontextmanager
async def counted(session: Session) -> AsyncIterator[Steps]:
    """Count what SQLite does meanwhile."""
    raw: Any = await (await session.connection()).get_raw_connection()
    steps = Steps()
    await raw.driver_connection.set_progress_handler(steps.note, _AT_A_TIME)
    yield steps
    await raw.driver_connection.set_progress_handler(None, 0)


async def cost_of_telling(directory: Path, chats: int) -> int:
    """Tell so many chats something."""
    with _new(directory) as database:
        await subscribe(database, "telegram", chats, now=START)
        document = parse("Die Anmeldung ist offen.")
        notice = Notice(key="n", source="announcement:1", word=lambda _: document)
        settings = Settings.model_validate({"hub": {"data_dir": directory}})
        async with database.begin() as session, counted(session) as steps:
            everybody = audiences.everybody()
            told = await notices.tell(session, notice, everybody, settings=settings, now=START)
        await database.close()
    assert told == chats
    return steps.count


async def cost_of_a_reply(directory: Path, held: int) -> int:
    """Claim a reply and look what comes next, while so many wait for the morning."""
    with _new(directory) as database:
        await schema.upgrade(database)
        await fill(database, waiting=held, sent=0, due_at=START + timedelta(hours=9))
        async with database.begin() as session:
            await deliveries.add(
                session, key="reply", address=Address(CHANNEL, "anna"), action=Action.SEND,
                body_id=1, priority=30, due_at=START, now=START,
            )  # fmt: skip
        async with database.begin() as session, counted(session) as steps:
            rows = await claim(session)
            await look_ahead(session)
        await database.close()
    assert [row.key for row in rows] == ["reply"]
    return steps.count


async def test_telling_costs_each_chat_the_same(tmp_path: Path) -> None:
    """However many there are: ten times the chats are told by about ten times the work."""
    few = await cost_of_telling(tmp_path / "few", 300)
    many = await cost_of_telling(tmp_path / "many", 3000)
    assert many < few * 15


async def test_what_is_held_until_the_morning_costs_a_reply_nothing(tmp_path: Path) -> None:
    """Not even where it comes first in the line: it is passed over, not read."""
    few = await cost_of_a_reply(tmp_path / "few", 100)
    many = await cost_of_a_reply(tmp_path / "many", 2000)
    assert many < few * 2
