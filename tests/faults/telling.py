"""What the hub tells by itself: announcements, events, reminders, news of a source.

Everything is written into its database as the services do it, and may be written twice: whoever
did not learn whether a transaction has ended looks what is there.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.errors import StorageError, UserError
from bot.events.event import Event, Kind
from bot.messages import Address
from bot.services import announcements, events, source_changes, sources, steering
from bot.services.announcements import Actor, State
from bot.storage import events as event_rows
from bot.storage.engine import Session
from bot.storage.source_models import SourceItem
from bot.text.moments import Moment
from tests.acceptance.broadcasts import announce
from tests.faults.night import ZONE
from tests.faults.reckoning import Promise
from tests.faults.setting import CONFERENCES, FEED, LOOKED_AHEAD, SITTINGS, sitting
from tests.faults.world import World
from tests.servers import feed_files

_Done = TypeVar("_Done")
_AGAIN = 0.5
_PATIENCE = 900
_MEMBER = 1


@dataclass
class Told:
    """Something that all recipients are told.

    Attributes:
        kind: The line of the table that it counts in.
        words: What it says in the end.
        at: When it was accepted.
        places: Whom it is for, as they were called in the beginning.
        earlier: What it said before.
        recalled: Whether it was taken back.
    """

    kind: str
    words: str
    at: float
    places: tuple[str, ...]
    earlier: tuple[str, ...] = ()
    recalled: bool = False


@dataclass
class Telling:
    """What there is to tell, and what follows from it.

    Attributes:
        world: Where.
        told: What was told to all.
    """

    world: World
    told: list[Told] = field(default_factory=list)

    def begin(self) -> None:
        """Note what is there to be told when the work begins: the first item of the feed."""
        words = feed_files.titles(FEED, items=1)[0]
        self.told.append(Told("news", words, _now(), self._places()))

    def everything(self, luck: random.Random) -> Iterator[Awaitable[None]]:
        """Return one doing after the other; what is done how often does not depend on luck."""
        for number in range(10**6):
            fate = (self._edit, self._recall, None)[number % 3]
            yield self._announce(number, fate, luck.uniform(0.5, 8.0))
            yield self._publish_news()
            if number < SITTINGS:
                yield self._move(number)
            yield self._announce_event(number)

    def promises(self) -> list[Promise]:
        """Return what follows from all that was told, and the reminders."""
        sleepers, wakes = self.world.sleepers, self.world.night.wakes.at
        found = self._reminders()
        for one in self.told:
            for place in one.places:
                asleep = place in sleepers and one.at < wakes
                found.append(self._promised(one, place, wakes if asleep else None))
        return found

    def _promised(self, one: Told, place: str, wakes: float | None) -> Promise:
        # A chat that has another id has none of its old messages any more.
        out_of_reach = place in self.world.moved.values() and bool(one.earlier or one.recalled)
        return Promise(
            one.kind,
            place.partition(":")[0],
            place,
            one.words,
            max(one.at, wakes or one.at),
            excused=self._is_ahead(wakes) or out_of_reach,
            earlier=one.earlier,
            recalled=one.recalled,
            since=wakes,
        )

    def _reminders(self) -> list[Promise]:
        night, minutes, found = self.world.night, self.world.minutes, []
        for place, number in self.world.reminded.items():
            at = night.reminded(number, minutes=minutes).at
            network, ahead = place.partition(":")[0], self._is_ahead(at)
            found.append(
                Promise("reminder", network, place, LOOKED_AHEAD, at, excused=ahead, since=at)
            )
        return found

    def _is_ahead(self, at: float | None) -> bool:
        """Tell whether something is not due before the run ends."""
        return at is not None and at > self.world.night.zero + _LONGEST

    # What is done

    async def _announce(
        self, number: int, fate: Callable[[Told, int], Awaitable[None]] | None, after: float
    ) -> None:
        """Release an announcement; change it or take it back a little later."""
        words, kind = f"Mitteilung {number} an alle.", _FATES[number % 3]
        author = Address("telegram", str(self.world.author.id))
        places = self._places()

        async def release(session: Session, now: datetime) -> int:
            known = await announcements.newest(session, 50)
            for row in known:
                if row.texts == {"de": words}:
                    return row.id
            return await announce(session, author, text=words, now=now)

        released = await self._until_done(release)
        told = Told(kind, words, _now(), places)
        self.told.append(told)
        if fate is not None:
            await asyncio.sleep(after)
            await fate(told, released)

    async def _edit(self, told: Told, number: int) -> None:
        words = told.words.replace("an alle.", "an alle, berichtigt.")

        async def edit(session: Session, now: datetime) -> None:
            row = await announcements.find(session, number)
            if row.texts == {"de": words}:
                return
            await steering.edit(
                session, self._actor(now), number, {"de": words}, version=row.version
            )

        await self._until_done(edit)
        told.words, told.earlier = words, (told.words,)

    async def _recall(self, told: Told, number: int) -> None:
        async def recall(session: Session, now: datetime) -> None:
            row = await announcements.find(session, number)
            if State(row.state) not in {State.RECALLING, State.RECALLED}:
                await steering.recall(session, self._actor(now), number)

        await self._until_done(recall)
        told.recalled = True

    async def _announce_event(self, number: int) -> None:
        title, uid = f"Treffen {number} aller Städte.", f"treffen-{number}"
        day = Moment(day=self.world.night.today).shifted(80)
        event = Event(
            uid=uid, title=title, kind=Kind.MEETING, start=day, zone=ZONE, topic=CONFERENCES
        )
        places = self._places()

        async def keep(session: Session, now: datetime) -> None:
            if not await event_rows.by_uids(session, uids=[uid]):
                row = await events.keep_new(session, event, imported=None, now=now)
                await event_rows.note_change(session, row=row, before=None, now=now)

        await self._until_done(keep)
        self.told.append(Told("event", f"Neuer Termin: {title}", _now(), places))

    async def _move(self, number: int) -> None:
        """Put an event off by a day."""
        uid, places = f"gipfel-{number}", self._places()
        day = Moment(day=self.world.night.today).shifted(41 + number)

        async def move(session: Session, now: datetime) -> None:
            row = (await event_rows.by_uids(session, uids=[uid]))[uid]
            event = Event.model_validate(row.content)
            if event.start != day:
                moved = event.model_copy(update={"start": day})
                await events.keep_changed(session, row, moved, now=now)

        await self._until_done(move)
        self.told.append(Told("moved", f"Verschoben: {sitting(number)}", _now(), places))

    async def _publish_news(self) -> None:
        """Let one more item stand in the feed, unless so many are unread that they would be held.

        More than a few at once wait for an editor, and here is none.
        """
        places, news = self._places(), self.world.feeds.news

        async def known(session: Session, _: datetime) -> int:
            query = select(func.count()).select_from(SourceItem)
            return await session.scalar(query) or 0

        if news[FEED] + 1 - await self._until_done(known) < source_changes.FEW:
            news[FEED] += 1
            words = feed_files.titles(FEED, items=1, revision=news[FEED])[-1]
            self.told.append(Told("news", words, _now(), places))
        await self.read_feed()

    async def read_feed(self) -> None:
        """Let the source be read now, and not in half an hour."""

        async def read(session: Session, now: datetime) -> None:
            await sources.read_soon(session, self.world.source, now=now)

        await self._until_done(read)

    async def _until_done(self, doing: Callable[[Session, datetime], Awaitable[_Done]]) -> _Done:
        """Do something in one transaction; a database that is away is asked again.

        So is one in which an announcement is not out yet, and can't be changed.
        """
        async with asyncio.timeout(_PATIENCE):
            while True:
                try:
                    async with self.world.store.begin() as session:
                        return await doing(session, SystemClock().now())
                except (StorageError, UserError):
                    await asyncio.sleep(_AGAIN)

    def _actor(self, now: datetime) -> Actor:
        author = Address("telegram", str(self.world.author.id))
        return Actor(_MEMBER, author, "de", now)

    def _places(self) -> tuple[str, ...]:
        return tuple(
            self.world.first_of(f"{one.channel}:{one.chat}") for one in self.world.recipients
        )


def _now() -> float:
    return SystemClock().now().timestamp()


_FATES = ("edited", "recalled", "broadcast")
"""What becomes of each third announcement."""
_LONGEST = 50 * 60
"""Seconds; no run lasts as long."""
