"""What goes on while things go wrong: people ask and talk, and the hub has much to tell."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
from mautrix.errors import MatrixConnectionError, MatrixRequestError

from tests.faults.reckoning import Promise
from tests.faults.telling import Telling
from tests.faults.world import World
from tests.servers.telegram.errors import ControlError

QUESTION = "Was ist die KTS?"
ANSWER = "Koordinierungs- und Transferstelle"
CALL = "Zuruf"
"""How everything begins that is said in the connected chats."""


@dataclass
class Work:
    """Who asks, who talks, and what is told.

    Attributes:
        world: Where.
        luck: Decides what comes next.
        asked: The promises that follow from questions and talk, but for those on Matrix: they
            are read there.
        telling: What the hub tells by itself.
        enough: Set when nothing new is to begin.
    """

    world: World
    luck: random.Random
    telling: Telling
    asked: list[Promise] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def go_on(self) -> None:
        """Work until it is enough, and end what was begun."""
        doings: tuple[Callable[[], Awaitable[None]], ...] = (
            *[self._ask_alone] * 5, self._ask_in_group, *[self._ask_in_secret] * 2,
            *[self._ask_in_the_open] * 2, *[self._call_on_telegram] * 2, self._call_on_matrix,
        )  # fmt: skip
        tellings = self.telling.everything(self.luck)
        async with asyncio.TaskGroup() as tasks:
            number = 0
            while not self.enough.is_set():
                if number % _BETWEEN == 0 and (told := next(tellings, None)):
                    tasks.create_task(_run(told))
                # What comes when is drawn; the run decides where its faults meet it.
                await asyncio.sleep(self.luck.uniform(0.1, 1.2) * self.world.plan.pace)
                # Beside each other: who asks on one network does not wait for the other.
                tasks.create_task(_run(self.luck.choice(doings)()))
                number += 1

    @property
    def promises(self) -> list[Promise]:
        """Everything that somebody has to get, but for what was said on Matrix."""
        return [*self.asked, *self.telling.promises()]

    def _promise(
        self, kind: str, place: str, words: str, at: float, answers: str | None = None
    ) -> None:
        network = place.partition(":")[0]
        self.asked.append(Promise(kind, network, self.world.first_of(place), words, at, answers))

    async def _ask_alone(self) -> None:
        """Let somebody new ask in a direct chat, so that each chat has one answer to get."""
        telegram, bot = self.world.telegram, self.world.bot
        person = await telegram.user("Neu", language_code="de")
        said = await telegram.say(person, bot, QUESTION)
        self._promise("question", f"telegram:{person.id}", ANSWER, said.date)

    async def _ask_in_group(self) -> None:
        # The last one may be moved, and what is answered there no longer names its question.
        group, person = self.luck.choice(self.world.groups[:-1])
        text = f"@{self.world.bot.username} {QUESTION}"
        with suppress(ControlError):
            said = await self.world.telegram.say(person, group, text)
            place, answers = f"telegram:{group.id}", str(said.message_id)
            self._promise("in group", place, ANSWER, said.date, answers)

    async def _ask_in_secret(self) -> None:
        await self._say_on_matrix(self.world.rooms.secret, QUESTION, asks=True)

    async def _ask_in_the_open(self) -> None:
        await self._say_on_matrix(self.world.rooms.clear, QUESTION, asks=True)

    async def _call_on_matrix(self) -> None:
        await self._say_on_matrix(self.world.rooms.square, self._call(), asks=False)

    async def _call_on_telegram(self) -> None:
        rooms, words = self.world.rooms, self._call()
        assert rooms.market is not None
        assert rooms.crier is not None
        said = await self.world.telegram.say(rooms.crier, rooms.market, words)
        self._promise("mirrored", f"matrix:{rooms.square}", words, said.date)

    def _call(self) -> str:
        return f"{CALL} {self.luck.randrange(10**9)}."

    async def _say_on_matrix(self, room: str, words: str, *, asks: bool) -> None:
        """Speak; whether the homeserver took it is read in the room afterwards."""
        refused = (MatrixConnectionError, MatrixRequestError, aiohttp.ClientError, TimeoutError)
        mention = [self.world.account.user_id] if asks else []
        with suppress(*refused):
            async with asyncio.timeout(20):
                await self.world.anna.say(room, words, mention=mention)


async def _run(doing: Awaitable[None]) -> None:
    await doing


_BETWEEN = 10
"""Questions between two things that the hub tells."""
