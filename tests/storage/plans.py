"""How a database goes about the statements of the sending path, on a table that is full."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, event, text

from bot.messages import Address, Identity, MessageId
from bot.storage import (
    bridge_places,
    bridges,
    chats,
    claims,
    deliveries,
    due,
    erased_messages,
    persons,
    revising,
    subscriptions,
)
from bot.storage.bridge_models import BridgeMember
from bot.storage.claims import Claimed, Ended
from bot.storage.engine import Database, Session
from bot.storage.models import Action
from bot.storage.persons import Who
from bot.storage.revising import Version
from bot.storage.types import Instant
from tests.fakes import START

CHANNEL, OWNER = "fake", "one"
WINDOW = 50
Actions = dict[str, Callable[[Session], Awaitable[None]]]
_SCAN = re.compile(r"Seq Scan on deliveries|SCAN (deliveries|earlier|deliveries_\d+)\b")
_FILL = """
INSERT INTO deliveries (key, channel, chat, action, body_id, notify, priority, state, attempts,
                        due_at, part, message, created_at, done_at, source)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :number)
SELECT :state || n, 'fake', :state || n, 'send', 1, false, 20, :state, 0,
       :due, 0, :message || n, :at, :done, 'announcement:1' FROM numbers
"""


@dataclass(frozen=True)
class Plan:
    """What a database intends to do for a statement."""

    name: str
    statement: str
    lines: tuple[str, ...]

    @property
    def scans(self) -> bool:
        """Whether it reads the whole table of deliveries."""
        return any(_SCAN.search(line) for line in self.lines)


async def fill(database: Database, *, waiting: int, sent: int, due_at: datetime = START) -> None:
    """Write so many deliveries of a broadcast into an empty outbox, each to a chat of its own."""
    async with database.begin() as session:
        await deliveries.add_body(session, content={}, now=START)
        await session.execute(text("UPDATE bodies SET id = 1"))
        statement = text(_FILL).bindparams(
            *(bindparam(name, type_=Instant) for name in ("at", "due", "done"))
        )
        for state, number, done in (("waiting", waiting, None), ("sent", sent, START)):
            values = {"state": state, "number": number, "message": f"{state}-"}
            moments = {"at": START, "due": due_at, "done": done}
            await session.execute(statement, values | moments)
        # PostgreSQL does this by itself within a minute, and plans badly before.
        await session.execute(text("ANALYZE"))


async def claim(session: Session) -> list[Claimed]:
    """Claim as many as a relay may have in flight."""
    return list(
        await claims.claim_due(
            session, channel=CHANNEL, chat=None, owner=OWNER, now=START,
            until=START + timedelta(minutes=2), limit=WINDOW,
        )
    )  # fmt: skip


async def record(session: Session, rows: Iterable[Claimed]) -> None:
    """Record that they were sent."""
    ended = [Ended(row.id, MessageId(f"m{row.id}"), START) for row in rows]
    await claims.finish_sent(session, ended, owner=OWNER)


async def look_ahead(session: Session) -> None:
    """Ask when the next one falls due."""
    await due.next_due(session, channel=CHANNEL, chat=None)


async def _put_back(session: Session) -> None:
    await claims.postpone(
        session, id=1, owner=OWNER, due_at=START, error=None, spend_attempt=False
    )


async def _add(session: Session) -> None:
    await deliveries.add(
        session, key="new", address=Address(CHANNEL, "new"), action=Action.SEND, body_id=1,
        priority=0, due_at=START, now=START,
    )  # fmt: skip


async def _claim_and_record(session: Session) -> None:
    await record(session, await claim(session))


async def _whose(session: Session) -> None:
    address = Address(CHANNEL, "sent9")
    await deliveries.source_of(session, address=address, message=MessageId("sent-9"))


HOT: Actions = {
    "claim and record": _claim_and_record,
    "next due": look_ahead,
    "put back": _put_back,
    "enqueue": _add,
    "whose message": _whose,
}
"""Everything that is done for each message, turn or tap."""


async def _forget(session: Session) -> None:
    await deliveries.forget_done(session, before=START - timedelta(days=1))


ENDED: Actions = {"forget": _forget}
"""What asks for deliveries by the time at which they ended."""


ADDRESS, MESSAGE = Address(CHANNEL, "sent9"), MessageId("sent-9")
WHERE: dict[str, Any] = {"channel": CHANNEL, "chat": "sent9"}
_MEMBER = BridgeMember(bridge_id=1, **WHERE)
_PERSON = Who(1, (Identity(CHANNEL, "anna"),), places=((CHANNEL, "sent9"), ("other", "sent9")))


async def _read_of_a_chat(session: Session) -> None:
    await deliveries.body_of(session, address=ADDRESS, message=MESSAGE)
    await deliveries.last_message(session, address=ADDRESS)
    await deliveries.waiting_for(session, **WHERE)
    await bridges.backlog(session, _MEMBER)
    await bridges.last_error(session, _MEMBER)
    await bridge_places.last_open(session, **WHERE, priority=20)
    await bridge_places.is_held_up(session, **WHERE, priority=20, since=START, now=None)
    await bridge_places.shown_by(session, key="sent9")


async def _change_of_a_chat(session: Session) -> None:
    await deliveries.rehold(session, **WHERE, above=0, until=START)
    await subscriptions.withdraw_waiting(session, **WHERE, above=0, now=START)
    await chats.give_up(session, **WHERE, reason="gone", now=START)
    await chats.move(session, **WHERE, to="elsewhere")


async def _about_a_person(session: Session) -> None:
    await persons.everything(session, _PERSON)
    await erased_messages.forget_events(session, _PERSON)
    await erased_messages.settle_own(session, _PERSON, now=START)


async def _more_parts(session: Session) -> None:
    version = Version("announcement:1", 2, CHANNEL, "de", default=True, bodies=[1, 1])
    await revising._send_more(session, version, 1, 1, now=START)


OF_A_CHAT: Actions = {
    "read": _read_of_a_chat,
    "change": _change_of_a_chat,
    "person": _about_a_person,
}
"""What asks for deliveries by their chat."""
MORE_PARTS: Actions = {"more parts": _more_parts}
"""What looks for each chat of an announcement whether it has a part already."""


async def explained(database: Database, actions: Actions = HOT) -> list[Plan]:
    """Return the plan of every statement; nothing that they do is kept."""
    plans = []
    for name, action in actions.items():
        async with _taken_back(database) as session:
            with _noted(database) as statements:
                await action(session)
            for statement, values in statements:
                plans.append(Plan(name, statement, await _plan(session, statement, values)))
    return plans


@asynccontextmanager
async def measured(database: Database) -> AsyncIterator[list[str]]:
    """Find out how much PostgreSQL has read in each step of the statements that are executed."""
    lines = list[str]()
    with _noted(database) as statements:
        yield lines
    async with _taken_back(database) as session:
        for statement, values in statements:
            lines += await _plan(session, statement, values, word="EXPLAIN ANALYZE")


@asynccontextmanager
async def _taken_back(database: Database) -> AsyncIterator[Session]:
    async with database.begin() as session:
        yield session
        await session.rollback()


@contextmanager
def _noted(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Note the statements that are executed, with the values of one row each."""
    found: list[tuple[str, Any]] = []

    def note(_1: Any, _2: Any, statement: str, values: Any, _3: Any, many: bool) -> None:  # noqa: FBT001 # SQLAlchemy's signature
        found.append((statement, values[0] if many else values))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def _plan(
    session: Session, statement: str, values: Any, *, word: str | None = None
) -> tuple[str, ...]:
    connection = await session.connection()
    if word is None:
        word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    rows = await connection.exec_driver_sql(f"{word} {statement}", values)
    return tuple(str(row[-1]) for row in rows)
