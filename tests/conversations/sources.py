"""Sources in the tests: what stands in them, and how the hub reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.feeds.item import Item, Reading
from bot.feeds.reading import parse
from bot.services import source_holding, sources, topics
from bot.services.source_holding import Decided, Decision
from bot.services.source_reading import Due, Outcome
from bot.services.sources import Source, Wish
from bot.storage import members, source_items, source_models
from bot.storage.source_models import SourceBatch, SourceItem
from schedules.announcements import publish_announcements, watch_announcements
from schedules.feeds import read_sources, show_batches
from schedules.reminders import tell_changes
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

ADDRESS = "https://www.example.org/termine.ics"
JOBS = (read_sources, show_batches, tell_changes, publish_announcements, watch_announcements)
"""What makes something of sources."""
EVENT, DEADLINE = "Konferenzen", "Förderfristen"


@dataclass
class FakeReader:
    """The far end of all servers: says what it was told, by address.

    Attributes:
        outcomes: What comes of reading an address.
        read_of: Which sources were read, by number, in order.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    read_of: list[int] = field(default_factory=list)

    async def read(self, due: Due) -> Outcome:
        self.read_of.append(due.number)
        return self.outcomes[due.address]

    async def close(self) -> None:
        """There is nothing to let go of."""


def component(uid: str, title: str, start: str, *lines: str, end: str = "") -> str:
    """Return one entry of a calendar; *start* as ``20270310T090000`` in Berlin, or a day."""
    zone = ";TZID=Europe/Berlin" if "T" in start else ";VALUE=DATE"
    told = [
        "BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART{zone}:{start}",
        *([f"DTEND{zone}:{end}"] if end else []), *lines, "END:VEVENT",
    ]  # fmt: skip
    return "\r\n".join(told)


def calendar(*components: str, line_end: str = "\r\n") -> bytes:
    """Return a calendar."""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//DE", "X-WR-TIMEZONE:Europe/Berlin")
    text = "\r\n".join([*head, *components, "END:VCALENDAR", ""])
    return text.replace("\r\n", line_end).encode()


def rss(*entries: tuple[str, str, str, str]) -> bytes:
    """Return an RSS feed of entries: (id, title, text, pubDate)."""
    items = "".join(
        f"<item><guid>{guid}</guid><title>{title}</title><description>{text}</description>"
        f"<link>https://www.example.org/{guid}</link><pubDate>{published}</pubDate></item>"
        for guid, title, text, published in entries
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Neues</title>{items}'
        "</channel></rss>"
    ).encode()


@dataclass
class Sources:
    """A hub with sources, and the servers on which they stand."""

    hub: Stage
    reader: FakeReader

    async def add(self, *, topic: str = EVENT, address: str = ADDRESS, **settings: str) -> Source:
        """Add a source."""
        async with self.hub.database.begin() as session:
            return await sources.add(
                session,
                Wish(address, topic, settings),
                member_id=None,
                settings=self.hub.settings,
                now=self.hub.clock.now(),
            )

    def stands(self, data: bytes, *, address: str = ADDRESS) -> Reading:
        """Let a file stand at an address, and return what is read of it."""
        reading = parse(data, address=address, now=self.hub.clock.now())
        self.reader.outcomes[address] = Outcome(reading)
        return reading

    def says(self, *items: Item, address: str = ADDRESS) -> None:
        """Let items stand at an address."""
        self.reader.outcomes[address] = Outcome(Reading(form="rss", items=list(items)))

    def fails(self, problem: str, *, address: str = ADDRESS) -> None:
        """Let an address fail."""
        self.reader.outcomes[address] = Outcome(problem=problem, text="example.org: no")

    async def read(self) -> list[Sent]:
        """Let an interval pass, read what is due, and return what is new on the network then."""
        await self.pass_interval()
        return await self.settle()

    async def pass_interval(self) -> None:
        """Let every source be due."""
        async with self.hub.database.begin() as session:
            due = [row.next_at for row in await sources.listed(session)]
        latest = max(due, default=self.hub.clock.now())
        self.hub.clock.advance(max(latest, self.hub.clock.now()) - self.hub.clock.now())

    async def settle(self) -> list[Sent]:
        """Let the jobs tick that make something of sources."""
        new = await self.hub.ticks(*JOBS)
        return [*new, *await self.hub.ticks(*JOBS)]

    async def accept(
        self, decision: Decision = Decision.CALENDAR, person: str = "chefin"
    ) -> Decided:
        """Let an editor decide about the only batch that waits."""
        (batch,) = await self.batches()
        return await self.decide(batch, decision, person=person)

    async def decide(
        self, batch: SourceBatch, decision: Decision, *, person: str = "chefin"
    ) -> Decided:
        """Let an editor decide about a batch."""
        member = await self.member(person)
        async with self.hub.database.begin() as session:
            return await source_holding.decide(
                session,
                batch.id,
                decision,
                version=batch.version,
                member_id=member,
                settings=self.hub.settings,
                now=self.hub.clock.now(),
            )

    async def member(self, user: str) -> int:
        """Return the number of a member."""
        person = Person(self.hub.channel, user)
        async with self.hub.database.begin() as session:
            member, _ = await members.note(session, sender=person.sender, now=self.hub.clock.now())
            return member.id

    async def batches(self) -> Sequence[SourceBatch]:
        """Return the batches that wait."""
        async with self.hub.database.begin() as session:
            return await source_items.open_batches(session)

    async def items(self, number: int = 1) -> list[SourceItem]:
        """Return what is kept of a source's items."""
        async with self.hub.database.begin() as session:
            return list(await source_items.of_source(session, source_id=number))

    async def source(self, number: int = 1) -> source_models.Source:
        """Return a source."""
        async with self.hub.database.begin() as session:
            return await sources.find(session, number)


async def opened(hub: Stage) -> Sources:
    """Return a hub with topics and a reader of sources."""
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())
    hub.sources = FakeReader()
    return Sources(hub, hub.sources)
