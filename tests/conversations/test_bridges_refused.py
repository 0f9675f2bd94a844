"""Nobody connects, reads or changes what is not theirs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.messages import Change
from bot.services import topics
from bot.services.bridge_connecting import MOST_TRIES
from tests.conversations.announcing import ONE_LINE, sends, shown
from tests.conversations.bridging import (
    GROUP,
    HERE,
    THERE,
    THIRD,
    agree,
    code,
    connect,
    connect_group,
    heard,
    in_room,
    says,
)
from tests.conversations.stage import Stage
from tests.fakes import Person

ROOMS = HERE, THERE, THIRD


@pytest.fixture(autouse=True)
def moderators(hub: Stage) -> None:
    """Anna decides for one room, Bert for the others."""
    hub.channel.moderators |= {(HERE, "anna"), (THERE, "bert"), (THIRD, "bert")}


@pytest.fixture(autouse=True)
async def _shipped(hub: Stage) -> None:
    """There is something to subscribe to."""
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())


async def enters(hub: Stage, person: Person, words: str, room: str = THERE) -> str:
    """Enter a code, and return what is answered."""
    return await hub.says(person.says(f"/verbinden {words}", room=room, addressed=True))


async def test_only_a_moderator_gets_a_code(hub: Stage, carla: Person) -> None:
    """Members are told who may."""
    text = await enters(hub, carla, "", HERE)
    assert text.startswith("Das dürfen hier nur Moderatoren")


async def test_a_code_works_once(hub: Stage, anna: Person, bert: Person) -> None:
    """Replayed elsewhere it is none."""
    made = await code(hub, anna)
    await hub.hears(bert.says(f"/verbinden {made}", room=THERE, addressed=True))
    assert (await enters(hub, bert, made, THIRD)).startswith("Dieser Code gilt nicht")


async def test_a_code_works_for_ten_minutes(hub: Stage, anna: Person, bert: Person) -> None:
    """After that it is none."""
    made = await code(hub, anna)
    hub.clock.advance(timedelta(minutes=10, seconds=1))
    assert (await enters(hub, bert, made)).startswith("Dieser Code gilt nicht")


async def test_nobody_guesses_codes(hub: Stage, anna: Person, bert: Person) -> None:
    """After some wrong ones even a right one has to wait."""
    made = await code(hub, anna)
    for number in range(MOST_TRIES):
        assert (await enters(hub, bert, f"AAAA-AAA{number}")).startswith("Dieser Code gilt nicht")
    assert (await enters(hub, bert, made)).startswith("Zu viele Codes")


async def test_a_room_is_not_connected_with_itself(hub: Stage, anna: Person) -> None:
    """Nor with one of its own threads."""
    made = await code(hub, anna)
    assert (await enters(hub, anna, made, HERE)).startswith("Ein Raum lässt sich nicht")
    thread = anna.says(f"/verbinden {made}", room=HERE, thread="7", addressed=True)
    assert (await hub.says(thread)).startswith("Ein Raum lässt sich nicht")


async def test_no_circle_is_connected(hub: Stage, anna: Person, bert: Person) -> None:
    """A room that belongs to a bridge joins no other one, and not the same one twice."""
    hub.channel.moderators.add((HERE, "bert"))
    await connect(hub, anna, bert)
    for room in (THIRD, THERE):
        made = await code(hub, bert, room)
        assert (await enters(hub, bert, made, HERE)).startswith("Dieser Raum ist schon verbunden")
    assert len(await hub.hears(says(anna, "einmal"))) == 1


async def test_an_encrypted_room_is_connected_only_if_that_is_wanted(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Said by whoever asks, and shown to everybody."""
    joined = anna.changes(HERE, Change.JOINED)
    await hub.hears(replace(joined, chat=replace(joined.chat, encrypted=True)))
    assert (await enters(hub, anna, "", HERE)).startswith("Dieser Raum ist verschlüsselt")
    made = await code(hub, anna, words="unverschlüsselt")
    await hub.hears(bert.says(f"/verbinden {made}", room=THERE, addressed=True))
    await agree(hub, anna)
    assert "verlässt die Verschlüsselung" in in_room(hub, HERE)[-1].text
    text = await hub.says(bert.says("/bruecke", room=THERE, addressed=True))
    assert "Verschlüsselt, aber" in text


async def test_what_stays_on_its_network_is_not_mirrored_to_another(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Nor can it be connected; within the network it is mirrored as before."""
    group = await connect_group(hub, anna, bert)
    assert len(await heard(hub, says(anna, "alle"))) == 1
    text = await hub.says(anna.says("/eigenesnetz an", room=HERE, addressed=True))
    assert text.startswith("Was hier gesagt wird, bleibt jetzt")
    assert await heard(hub, says(anna, "nur hier")) == []
    hub.channel.name = "telegram"
    assert await heard(hub, says(group, "Hallo?", GROUP)) == []
    hub.channel.name = "fake"
    await hub.hears(anna.says("/trennen", room=HERE, addressed=True))
    made = await code(hub, anna)
    hub.channel.name = "telegram"
    await hub.delivers()
    assert (await enters(hub, group, made, GROUP)).startswith("Einer der Räume bleibt")


async def test_an_announcement_reaches_connected_rooms_once(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Whether one of them has subscribed or both, and none that only gives."""
    await connect(hub, anna, bert)
    await connect(hub, anna, bert, there=THIRD, words="raus")
    await hub.hears(anna.says("/abo Konferenzen", room=HERE, addressed=True))
    await sends(hub, chefin)
    await hub.hears(bert.says("/abo Konferenzen", room=THERE, addressed=True))
    await sends(hub, chefin, ONE_LINE + " Zweite")
    told = {room: [text for text in shown(hub, room) if "Anmeldung" in text] for room in ROOMS}
    assert [len(told[room]) for room in ROOMS] == [2, 2, 0]


async def test_an_announcement_on_a_locked_topic_does_not_leave_for_telegram(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Neither because somebody there subscribed, nor by a bridge."""
    group = await connect_group(hub, anna, bert)
    hub.channel.name = "telegram"
    await hub.hears(group.says("/abo Konferenzen", room=GROUP, addressed=True))
    hub.channel.name = "fake"
    await hub.hears(anna.says("/abo Konferenzen", room=HERE, addressed=True))
    text = await hub.says(chefin.says("/eigenesnetz thema Konferenzen an"))
    assert "nicht mehr nach Telegram" in text
    await sends(hub, chefin)
    assert [text for text in shown(hub, GROUP) if "Anmeldung" in text] == []
    assert len([text for text in shown(hub, HERE) if "Anmeldung" in text]) == 1
