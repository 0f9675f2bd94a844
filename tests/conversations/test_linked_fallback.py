"""While a linked person's network is away, they are told on the other one; never twice."""

from datetime import timedelta

import pytest

from bot.delivery import outbox
from bot.delivery.outbox import Outgoing, Priority
from bot.errors import TemporaryDeliveryError
from bot.messages import Address
from bot.text.document import Document
from tests.conversations.linked import Networks, linked
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

AWAY = TemporaryDeliveryError("connection refused", outage=True)


@pytest.fixture
async def both(hub: Stage) -> Networks:
    """A hub on two networks, of whose members one is on both and prefers Telegram."""
    both = await Networks.over(hub)
    await linked(both, Person(both.telegram, "4711"), Person(both.matrix, "@mina:a.example"))
    both.telegram.messages.clear()
    both.matrix.messages.clear()
    return both


async def tells(
    both: Networks, *texts: str, to: str = "4711", priority: Priority = Priority.REMINDER,
    held: timedelta | None = None,
) -> None:  # fmt: skip
    """Put messages into the outbox for somebody on Telegram."""
    now = both.clock.now()
    async with both.database.begin() as session:
        for text in texts:
            outgoing = Outgoing(
                f"told:{text}", Address("telegram", to), Document.of(text), priority=priority,
                held_until=now + held if held else None,
            )  # fmt: skip
            assert await outbox.enqueue(session, outgoing, now=now)


async def passes(both: Networks, *minutes: int) -> list[tuple[str, str]]:
    """Let time pass, with a look at the outbox after each; return what arrives where."""
    sent: list[Sent] = []
    for wait in minutes:
        both.clock.advance(timedelta(minutes=wait))
        sent += await both.delivers()
    return [(one.address.channel, one.text) for one in sent]


def away(both: Networks, error: Exception = AWAY) -> None:
    """Let Telegram take nothing."""
    both.telegram.fail_next(*[error] * 500)


def back(both: Networks) -> None:
    """Let Telegram take everything again."""
    both.telegram.fail_next()
    both.telegram._failures.clear()


async def test_after_an_hour_it_comes_on_the_other_network_and_only_there(both: Networks) -> None:
    """What is said later waits for its own hour."""
    away(both)
    await tells(both, "eins")
    assert await passes(both, 1, 30, 29) == []
    assert await passes(both, 2, 1) == [("matrix", "eins")]
    back(both)
    await tells(both, "drei")
    assert await passes(both, 1, 1) == [("telegram", "drei")]


async def test_an_urgent_one_comes_after_five_minutes(both: Networks) -> None:
    """Or after the hour of all others, if the operator has set less."""
    away(both)
    await tells(both, "eilig", priority=Priority.URGENT)
    assert await passes(both, 1, 4, 2, 1) == [("matrix", "eilig")]


async def test_what_may_have_arrived_waits(both: Networks) -> None:
    """It is told late rather than twice."""
    both.telegram.fail_next(TemporaryDeliveryError("no answer", uncertain=True))
    away(both)
    await tells(both, "eins")
    assert await passes(both, 1, 30, 61) == []
    back(both)
    assert await passes(both, 1, 1) == [("telegram", "eins")]


async def test_who_is_on_one_network_only_is_waited_for(both: Networks) -> None:
    """As before."""
    await both.hears(Person(both.telegram, "815").says("hallo"))
    away(both)
    await tells(both, "eins", to="815")
    assert await passes(both, 1, 30, 61) == []
    back(both)
    assert await passes(both, 1, 1) == [("telegram", "eins")]


async def test_what_rests_goes_over_only_when_its_time_has_come(both: Networks) -> None:
    """Quiet hours hold everywhere."""
    away(both)
    await tells(both, "eins")
    await tells(both, "morgen", held=timedelta(hours=3))
    assert await passes(both, 1, 30, 31, 1) == [("matrix", "eins")]
    back(both)
    assert await passes(both, 120, 1) == [("telegram", "morgen")]


async def test_it_goes_over_once(both: Networks) -> None:
    """If the other network is away as well, it waits there."""
    away(both)
    both.matrix.fail_next(*[AWAY] * 500)
    await tells(both, "eins")
    await passes(both, 1, 61, 61, 61)
    back(both)
    assert await passes(both, 1, 1) == []
    both.matrix._failures.clear()
    assert await passes(both, 60, 1) == [("matrix", "eins")]
