"""Where words leave an encryption, the rules that say so are pinned."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import MessageRejectedError
from bot.messages import Change
from schedules.housekeeping import forget_old_rows
from tests.conversations.bridging import (
    GROUP,
    HERE,
    THERE,
    THIRD,
    agree,
    code,
    connect,
    heard,
    in_room,
    says,
)
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent


@pytest.fixture(autouse=True)
async def _encrypted(hub: Stage, anna: Person) -> None:
    """Anna decides for an encrypted room, Bert for others."""
    hub.channel.moderators |= {(HERE, "anna"), (THERE, "bert"), (THIRD, "bert")}
    joined = anna.changes(HERE, Change.JOINED)
    await hub.hears(replace(joined, chat=replace(joined.chat, encrypted=True)))


async def opened(hub: Stage, anna: Person, bert: Person, there: str = THERE) -> list[Sent]:
    """Connect the encrypted room with another; return what is told of it."""
    return await connect(hub, anna, bert, there=there, code_words="unverschlüsselt")


def pinned(hub: Stage, room: str) -> list[str]:
    """Return the first words of what is pinned in a room."""
    return [
        one.text[:24]
        for chat, message in hub.channel.pinned
        for one in hub.channel.messages
        if (chat, message) == (room, one.message)
    ]


async def test_the_rules_are_pinned_in_the_encrypted_room_until_it_is_parted(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """In the other one of its network nothing is."""
    hub.channel.pinned = [(HERE, in_room(hub, HERE)[0].message)]
    before = pinned(hub, HERE)
    await opened(hub, anna, bert)
    assert pinned(hub, HERE) == [*before, "Verbunden mit land (Fake"]
    assert pinned(hub, THERE) == []
    await hub.hears(bert.says("/trennen", room=THERE, addressed=True))
    assert pinned(hub, HERE) == before


async def test_a_room_that_joins_brings_new_rules(hub: Stage, anna: Person, bert: Person) -> None:
    """The old ones are pinned no more."""
    await opened(hub, anna, bert)
    await opened(hub, anna, bert, THIRD)
    assert pinned(hub, HERE) == ["Verbunden mit land (Fake"]
    assert "fluss" in in_room(hub, HERE)[-1].text
    assert hub.channel.pinned == [(HERE, in_room(hub, HERE)[-1].message)]
    await hub.hears(bert.says("/trennen", room=THIRD, addressed=True))
    assert len(hub.channel.pinned) == 1, "two are connected still"


async def test_rules_are_taken_down_when_their_delivery_is_long_forgotten(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """The message is remembered as long as the bridge."""
    await opened(hub, anna, bert)
    hub.clock.advance(timedelta(days=200))
    await hub.ticks(forget_old_rows)
    await hub.hears(anna.says("/trennen", room=HERE, addressed=True))
    assert hub.channel.pinned == []


async def test_where_the_bot_may_pin_nothing_the_rules_say_what_to_do(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """And the bridge works all the same."""
    made = await code(hub, anna, words="unverschlüsselt")
    await hub.receives(bert.says(f"/verbinden {made}", room=THERE, addressed=True))
    await hub.delivers()
    await hub.receives(anna.taps(in_room(hub, HERE)[-1], number=1))
    hub.channel.fail_pins(MessageRejectedError("not allowed"))
    await hub.delivers()
    assert hub.channel.pinned == []
    assert "bitte von Hand anheften" in in_room(hub, HERE)[-1].text
    assert len(await hub.hears(says(anna, "Hallo"))) == 1


async def test_on_telegram_they_are_pinned_as_well(hub: Stage, anna: Person) -> None:
    """There everybody reads along what was encrypted."""
    made = await code(hub, anna, words="unverschlüsselt")
    hub.channel.name = "telegram"
    hub.channel.moderators.add((GROUP, "bert"))
    there = Person(hub.channel, "bert", _count=500)
    await hub.receives(there.says(f"/verbinden {made}", room=GROUP, addressed=True))
    hub.channel.name = "fake"
    await heard(hub)
    await agree(hub, anna)
    await heard(hub)
    assert pinned(hub, GROUP) == ["Verbunden mit stadt (Fak"]
    await hub.receives(anna.says("/trennen", room=HERE, addressed=True))
    await heard(hub)
    assert hub.channel.pinned == []
