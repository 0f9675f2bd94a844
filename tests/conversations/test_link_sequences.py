"""Whatever a person on two networks does, in whatever order: one reminder, never two, never none.

The one known exception, which needs two people who become one, is left out: what both had been
told before they were linked.
"""

import asyncio
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import RecipientGoneError
from bot.messages import Change
from bot.services.knowledge import KnowledgeBase
from bot.storage.engine import Database
from schedules.announcements import publish_announcements
from tests.conversations.announcing import ONE_LINE, button
from tests.conversations.linked import Networks, linked
from tests.conversations.stage import Stage
from tests.conversations.test_linking import made
from tests.fakes import FakeClock, Person

DEEDS = ("link", "unlink", "subscribe", "stop", "block", "unblock", "prefer")
SEQUENCES = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 1)), max_size=7)


class Story:
    """What a person has done, and what follows from it by the rules of the house."""

    def __init__(self, hub: Networks) -> None:
        self.hub = hub
        self.people = (Person(hub.telegram, "4711"), Person(hub.matrix, "@mina:a.example"))
        self.boss = Person(hub.matrix, "chefin")
        self.linked = False
        self.preferred = 0
        self.subscribed = [False, False]
        self.blocked = [False, False]

    async def do(self, deed: str, who: int) -> None:
        """Do one thing; what can't be done now is left out."""
        await getattr(self, f"_{deed}")(who)

    async def _link(self, who: int) -> None:
        if self.linked or any(self.blocked):
            return
        await linked(self.hub, self.people[who], self.people[1 - who])
        self.linked, self.preferred = True, who
        self.subscribed = [any(self.subscribed)] * 2

    async def _unlink(self, who: int) -> None:
        if self.linked and not any(self.blocked):
            await self.hub.hears(self.people[who].says("/trennen konto"))
            self.linked = False

    async def _subscribe(self, who: int) -> None:
        if not self.blocked[who]:
            await self.hub.hears(self.people[who].says("/abo Konferenzen"))
            self._set(who, wants=True)

    async def _stop(self, who: int) -> None:
        if not self.blocked[who]:
            await self.hub.hears(self.people[who].says("/stopp"))
            self._set(who, wants=False)

    def _set(self, who: int, *, wants: bool) -> None:
        for one in (0, 1) if self.linked else (who,):
            self.subscribed[one] = wants

    async def _block(self, who: int) -> None:
        if self.blocked[who]:
            return
        person = self.people[who]
        await self.hub.receives(person.changes(person.user, Change.LEFT))
        self.blocked[who] = True
        if not self.linked:
            self.subscribed[who] = False
        elif all(self.blocked):
            self.subscribed = [False, False]

    async def _unblock(self, who: int) -> None:
        if self.blocked[who]:
            await self.hub.hears(self.people[who].says("Hallo"))
            self.blocked[who] = False

    async def _prefer(self, who: int) -> None:
        if self.linked and not any(self.blocked):
            await self.hub.hears(self.people[0].says(f"/netz {('telegram', 'matrix')[who]}"))
            self.preferred = who

    def expected(self) -> list[str]:
        """Return where the next announcement arrives."""
        if self.linked:
            there = self.preferred if not self.blocked[self.preferred] else 1 - self.preferred
            wants = self.subscribed[there] and not self.blocked[there]
            return [self.people[there].user] if wants else []
        return sorted(
            person.user
            for person, wants, gone in zip(self.people, self.subscribed, self.blocked, strict=True)
            if wants and not gone
        )

    async def told(self) -> list[str]:
        """Send an announcement; return where it arrived."""
        await self.hub.hears(self.boss.says("/abo Konferenzen"))
        (preview,) = await self.hub.hears(self.boss.says(ONE_LINE))
        await self.hub.receives(self.boss.taps(preview, value=button(preview, "Jetzt senden")))
        self.hub.clock.advance(timedelta(minutes=2))
        sent = await self.hub.ticks(publish_announcements)
        return sorted(
            one.address.chat
            for one in sent
            if "Anmeldung" in one.text and one.address.chat != self.boss.user
        )


async def _lived(file: Path, knowledge: KnowledgeBase, deeds: list[tuple[str, int]]) -> None:
    database = Database(f"sqlite:///{file}")
    try:
        hub = await made(Stage(database, FakeClock(), knowledge=knowledge))
        story = Story(hub)
        for person in story.people:
            await hub.hears(person.says("Hallo"))
        for deed, who in deeds:
            hub.clock.advance(timedelta(minutes=1))
            await story.do(deed, who)
        assert await story.told() == story.expected()
        # Without a word of the network: only the sending itself finds the bot blocked.
        if story.linked and not any(story.blocked) and story.subscribed[0]:
            first = hub.matrix if story.preferred else hub.telegram
            if first is hub.telegram:
                first.fail_next(RecipientGoneError("blocked"))
                assert await story.told() == [story.people[1].user]
    finally:
        await database.close()


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=SEQUENCES)
def test_a_person_is_told_once(
    migrated: Path, knowledge: KnowledgeBase, deeds: list[tuple[str, int]]
) -> None:
    """Linked or not, blocked or not: exactly where the rules say, and once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(shutil.copy(migrated, Path(folder) / "hub.sqlite3"))
        asyncio.run(_lived(file, knowledge, deeds))
