"""A hub on two networks, and somebody who is on both."""

import re

from sqlalchemy import select

from bot.messages import Incoming
from bot.services import topics
from bot.storage.models import ChatRow
from schedules.reminders import remind_of_events
from tests.conversations.announcing import button
from tests.conversations.stage import Stage
from tests.fakes import FakeChannel, Person, Sent

CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")


class Networks(Stage):
    """A hub on Telegram and Matrix, of which the far ends are played.

    Attributes:
        telegram: The one far end.
        matrix: The other.
    """

    telegram: FakeChannel
    matrix: FakeChannel

    @classmethod
    async def over(cls, hub: Stage) -> "Networks":
        """Return a hub over the database of another stage, with its topics."""
        both = cls(hub.database, hub.clock, knowledge=hub.knowledge, settings=hub.settings)
        both.telegram = FakeChannel(hub.clock, name="telegram")
        both.matrix = FakeChannel(hub.clock, name="matrix", deduplicates=True)
        async with both.database.begin() as session:
            await topics.ship(session, now=both.clock.now())
        await both.ticks(remind_of_events)  # what falls due from now on is reminded of
        return both

    async def receives(self, event: Incoming | None, *, cursor: str | None = None) -> None:
        """Let *event* be handled by its network."""
        if event is not None:
            self.channel = self._far_end(event.chat.address.channel)
        await super().receives(event, cursor=cursor)

    def _far_end(self, name: str) -> FakeChannel:
        return self.telegram if name == "telegram" else self.matrix

    async def delivers(self) -> list[Sent]:
        """Empty the outbox of both, also of what goes over from the one to the other."""
        new: list[Sent] = []
        for channel in (self.telegram, self.matrix, self.telegram):
            self.channel = channel
            new += await super().delivers()
        return new

    async def chats(self) -> list[ChatRow]:
        """Return the chats that the hub knows."""
        async with self.database.begin() as session:
            return list((await session.scalars(select(ChatRow).order_by(ChatRow.id))).all())


async def code_of(hub: Networks, person: Person) -> str:
    """Let somebody ask for a code, and return it."""
    (told,) = await hub.hears(person.says("/verknuepfen"))
    found = CODE.search(told.text)
    assert found, told.text
    return found[0]


async def asked(hub: Networks, first: Person, second: Person) -> Sent:
    """Let a code be made and entered; return the question that follows."""
    code = await code_of(hub, first)
    (question,) = await hub.hears(second.says(f"/verknuepfen {code}"))
    return question


async def linked(hub: Networks, first: Person, second: Person) -> tuple[Sent, Sent]:
    """Link two accounts; return what the first is told, and what the second one's question shows.

    The first is who made the code.
    """
    question = await asked(hub, first, second)
    (told,) = await hub.hears(second.taps(question, value=button(question, "Ja, beide")))
    return told, question
