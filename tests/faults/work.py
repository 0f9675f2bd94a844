"""What goes on while things go wrong: people ask, and announcements go out."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
from mautrix.errors import MatrixConnectionError, MatrixRequestError

from bot.clock import SystemClock
from bot.errors import StorageError
from bot.messages import Address
from tests.acceptance.broadcasts import announce
from tests.faults.reckoning import Promise
from tests.faults.world import World
from tests.servers.telegram.errors import ControlError

QUESTION = "Was ist die KTS?"
ANSWER = "Koordinierungs- und Transferstelle"


@dataclass
class Work:
    """Who asks, and who announces.

    Attributes:
        world: Where.
        luck: Decides what comes next.
        promises: What follows from it, but for what is asked on Matrix: that is read there.
    """

    world: World
    luck: random.Random
    promises: list[Promise] = field(default_factory=list)
    asked: int = 0

    async def go_on(self) -> None:
        """Work until cancelled, with announcements now and then."""
        doings = (
            self._ask_alone, self._ask_alone, self._ask_in_group, self._ask_in_secret,
            self._ask_in_the_open,
        )  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            while True:
                if self.asked % _BETWEEN == 0 and self.asked < _BETWEEN * _MOST:
                    tasks.create_task(self.announce())
                # What comes when is drawn; the run decides where its faults meet it.
                await asyncio.sleep(self.luck.uniform(0.05, 0.6))
                # Beside each other: who asks on one network does not wait for the other.
                tasks.create_task(self.luck.choice(doings)())
                self.asked += 1

    async def announce(self) -> None:
        """Release an announcement to all recipients; a database that is away is asked again."""
        world = self.world
        words = f"Mitteilung {self.asked // _BETWEEN} an alle."
        author = Address("telegram", str(world.author.id))
        recipients = world.recipients
        while True:
            now = SystemClock().now()
            try:
                async with world.store.begin() as session:
                    await announce(session, author, text=words, now=now)
                break
            except StorageError:
                await asyncio.sleep(0.5)
        self.promises += [
            self._promised("broadcast", f"{one.channel}:{one.chat}", words, now.timestamp())
            for one in recipients
        ]

    def _promised(
        self, kind: str, place: str, words: str, at: float, answers: str | None = None
    ) -> Promise:
        network, place = place.partition(":")[0], self.world.moved.get(place, place)
        return Promise(kind, network, place, words, at, answers)

    async def _ask_alone(self) -> None:
        """Let somebody new ask in a direct chat, so that each chat has one answer to get."""
        telegram, bot = self.world.telegram, self.world.bot
        person = await telegram.user("Neu", language_code="de")
        said = await telegram.say(person, bot, QUESTION)
        place = f"telegram:{person.id}"
        self.promises.append(self._promised("question", place, ANSWER, said.date))

    async def _ask_in_group(self) -> None:
        # The last one may be moved, and what is answered there no longer names its question.
        group, person = self.luck.choice(self.world.groups[:-1])
        text = f"@{self.world.bot.username} {QUESTION}"
        with suppress(ControlError):
            said = await self.world.telegram.say(person, group, text)
            place, answers = f"telegram:{group.id}", str(said.message_id)
            self.promises.append(self._promised("in group", place, ANSWER, said.date, answers))

    async def _ask_in_secret(self) -> None:
        await self._ask_on_matrix(self.world.secret)

    async def _ask_in_the_open(self) -> None:
        await self._ask_on_matrix(self.world.clear)

    async def _ask_on_matrix(self, room: str) -> None:
        """Ask; whether the homeserver took it is read in the room afterwards."""
        refused = (MatrixConnectionError, MatrixRequestError, aiohttp.ClientError, TimeoutError)
        with suppress(*refused):
            async with asyncio.timeout(20):
                await self.world.anna.say(room, QUESTION, mention=[self.world.account.user_id])


_BETWEEN = 30
"""Questions between two announcements."""
_MOST = 20
"""Announcements in one run."""
