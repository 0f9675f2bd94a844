"""The hub without its networks: a pipeline and a relay over a real database."""

import asyncio
import shutil
import sqlite3
import tempfile
import weakref
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import OperationalError

from bot.app import JOBS, ROUTERS
from bot.channels.port import Received
from bot.config import Settings
from bot.config.settings import HubSettings
from bot.delivery.limits import ChannelLimits
from bot.delivery.relay import Relay, RelaySettings
from bot.delivery.retry import RetryPolicy
from bot.dispatch.pipeline import Pipeline
from bot.dispatch.router import Router, RoutingTable
from bot.messages import Incoming
from bot.scheduling import Job, JobContext
from bot.services.knowledge import KnowledgeBase
from bot.services.source_reading import SourceReader
from bot.storage import cursors
from bot.storage.engine import Database
from bot.storage.models import Base, Cursor, Feedback, Question, SeenEvent
from tests.fakes import FakeChannel, FakeClock, Sent

KNOWLEDGE = """\
---
reviewed: 2026-10-12
---

## Was ist die KTS?

- Wofür steht KTS?

| Feld | Wert |
|---|---|
| id | kts |
| Quelle | https://www.smart-city-dialog.de/kts |

Die **Koordinierungs- und Transferstelle** begleitet die Modellprojekte.

## Verwendungsnachweis Phase A

- Wie ist das mit dem VN?

| Feld | Wert |
|---|---|
| id | vn-a |

Sechs Monate nach dem Ende der Strategiephase.

## Verwendungsnachweis Phase B

- Wie ist das mit dem VN?

| Feld | Wert |
|---|---|
| id | vn-b |

Zwölf Monate nach dem Ende der Umsetzungsphase.

## Formular zum Verwendungsnachweis

- Wie ist das mit dem VN?

| Feld | Wert |
|---|---|
| id | vn-form |

Das Formular steht auf der Seite der KfW.

## Wann ist die nächste Konferenz?

| Feld | Wert |
|---|---|
| id | konferenz |

Im Mai in Leipzig.

## Wie hoch ist die Förderquote?

| Feld | Wert |
|---|---|
| id | quote |

65 Prozent.

## Wer hilft bei der Vergabe?

| Feld | Wert |
|---|---|
| id | vergabe |

Das Team Vergabe.
"""
"""Three entries share a phrasing word for word, so the hub can't be sure of any of them."""

SURE = "Was ist die KTS?"
UNSURE = "Wie ist das mit dem VN?"
NOTHING = "Qrxx vvyy kkjj?"
"""Words that no entry has."""


class Stage:
    """A hub of which the networks, and nothing else, are played.

    Attributes:
        channel: The far end of the network.
        clock: What tells the time; moves only when it is told to.
        database: Where everything is kept.
        settings: The operator's.
        knowledge: What is answered.
        limits: How fast the network may be written to.
        sources: What reads the feeds of others; ``None`` for nobody.
    """

    def __init__(
        self,
        database: Database,
        clock: FakeClock,
        *,
        knowledge: KnowledgeBase,
        settings: Settings | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.channel = FakeChannel(clock)
        self.knowledge = knowledge
        self.sources: SourceReader | None = None
        self.limits = ChannelLimits()
        self._folder = Path(tempfile.mkdtemp(prefix="stadtfunk-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self.settings = settings or self._ours(Settings())
        self._routers: tuple[Router, ...] = ROUTERS
        self.restart()

    def restart(self) -> None:
        """Begin anew with what the database holds, as after a stop of the program."""
        self._pipeline = Pipeline(
            self.database,
            RoutingTable(self._routers),
            settings=self.settings,
            knowledge=self.knowledge,
            clock=self.clock,
            ask_standing=self.channel.is_moderator,
            fetch=lambda _, file: self.channel.fetch(file),
            committed=lambda _: None,
        )

    def routed(self, *routers: Router) -> None:
        """Begin anew with these handlers."""
        self._routers = routers
        self.restart()

    def configured(self, **sections: object) -> None:
        """Begin anew with other settings."""
        self.settings = self._ours(Settings.model_validate(sections))
        self.restart()

    def _ours(self, settings: Settings) -> Settings:
        """Make an admin of somebody on the fake network, whom no operator could name.

        What is kept on the disk goes into a folder of this stage, unless a test names another.
        """
        hub = settings.hub
        if hub.data_dir == HubSettings().data_dir:
            hub = hub.model_copy(update={"data_dir": self._folder})
        return settings.model_copy(update={"admins": ("fake:chefin",), "hub": hub})

    async def hears(self, event: Incoming, *, cursor: str | None = None) -> list[Sent]:
        """Let *event* arrive, and return the messages that are new on the network then."""
        await self.receives(event, cursor=cursor)
        return await self.delivers()

    async def receives(self, event: Incoming | None, *, cursor: str | None = None) -> None:
        """Let *event* be handled; what it leads to waits in the outbox."""
        await self._pipeline.handle(self.channel.name, Received(event, cursor))

    async def delivers(self) -> list[Sent]:
        """Empty the outbox, and return the messages that are new on the network then."""
        before = {sent.message for sent in self.channel.messages}
        relay = Relay(
            self.channel,
            self.database,
            clock=self.clock,
            limits=self.limits,
            settings=RelaySettings(
                owner="test",
                retry=RetryPolicy(
                    max_attempts=3, first=timedelta(seconds=1), longest=timedelta(seconds=8)
                ),
            ),
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(relay.run())
            await relay.idle()
            relay.stop()
        return [sent for sent in self.channel.messages if sent.message not in before]

    async def says(self, event: Incoming) -> str:
        """Let *event* arrive, and return the one message that it leads to."""
        (sent,) = await self.hears(event)
        return sent.text

    async def ticks(self, *jobs: Job) -> list[Sent]:
        """Let jobs tick (all of them, if none is named), and return the messages that are new."""
        await self.runs(*(jobs or JOBS))
        return await self.delivers()

    async def runs(self, *jobs: Job) -> None:
        """Let jobs tick; what they lead to waits in the outbox."""
        context = JobContext(
            self.database, self.clock, self.settings, self.knowledge, sources=self.sources
        )
        for one in jobs:
            await one.run(context)

    def commits_fail(self, times: int) -> None:
        """Let the next commits fail as on a full disk."""
        left = [times]

        def fail(_: Connection) -> None:
            if left[0] > 0:
                left[0] -= 1
                full = sqlite3.OperationalError("database or disk is full")
                raise OperationalError("COMMIT", None, full)

        event.listen(self.database.engine.sync_engine, "commit", fail)

    def commit_fails(self, number: int) -> None:
        """Let the commit of this number, from now on, fail as on a full disk."""
        seen = [0]

        def fail(_: Connection) -> None:
            seen[0] += 1
            if seen[0] == number:
                full = sqlite3.OperationalError("database or disk is full")
                raise OperationalError("COMMIT", None, full)

        event.listen(self.database.engine.sync_engine, "commit", fail)

    async def cursor(self) -> str | None:
        """Return how far the channel has been read."""
        async with self.database.begin() as session:
            return await cursors.load(session, channel=self.channel.name)

    async def question(self, number: int) -> Question:
        """Return what was kept of a question."""
        async with self.database.begin() as session:
            return await session.get_one(Question, number)

    async def ratings(self) -> list[bool]:
        """Return whether each rated answer helped."""
        async with self.database.begin() as session:
            return list((await session.scalars(select(Feedback.helpful))).all())

    async def rows(self, *, but: Iterable[type[Base]] = (Cursor, SeenEvent)) -> dict[str, int]:
        """Count the rows of each table that has any, *but* of those that only guard repeats."""
        left_out = {model.__tablename__ for model in but}
        counts = {}
        async with self.database.begin() as session:
            for table in Base.metadata.sorted_tables:
                count = await session.scalar(select(func.count()).select_from(table))
                if count and table.name not in left_out:
                    counts[table.name] = count
        return counts


def knowledge_base(folder: Path) -> KnowledgeBase:
    """Write the entries of the tests into *folder* and load them, without the encoder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "entries.md").write_text(KNOWLEDGE, encoding="utf-8")
    base = KnowledgeBase([folder], encoder=False)
    base.load()
    return base
