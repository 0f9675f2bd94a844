"""Rooms are connected only if somebody with the right in each of them takes part."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import ChannelUnavailableError
from bot.messages import Change
from tests.conversations.bridging import (
    GROUP,
    HERE,
    THERE,
    agree,
    code,
    connect_as_one,
    connect_group,
    heard,
    in_room,
    says,
)
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent


@pytest.fixture(autouse=True)
def moderators(hub: Stage) -> None:
    """Anna decides for one room, Bert for the other, Carla for none."""
    hub.channel.moderators |= {(HERE, "anna"), (THERE, "bert")}


async def asked(hub: Stage, anna: Person, bert: Person, words: str = "") -> list[Sent]:
    """Let Bert enter Anna's code, who knows nothing of him; return what is told of it."""
    made = await code(hub, anna, words=words)
    return await hub.hears(bert.says(f"/verbinden {made}", room=THERE, addressed=True))


async def connected(hub: Stage, person: Person) -> bool:
    """Tell whether what is said in the first room is mirrored."""
    return await hub.hears(says(person, "Hallo")) != []


async def test_a_stranger_is_asked_for_on_the_first_side_before_anything_is_mirrored(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """With the other room, who asks, and their account."""
    told = {one.address.chat: one for one in await asked(hub, anna, bert)}
    question, answer = told[HERE], told[THERE]
    assert question.text.startswith("land (Fake) möchte sich mit diesem Raum verbinden")
    assert "„Bert“, bert" in question.text
    assert answer.text.startswith("In stadt (Fake) steht jetzt die Frage")
    assert not await connected(hub, anna)
    assert await hub.hears(says(bert, "Hallo", THERE)) == []


async def test_who_moderates_the_first_side_agrees_once(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Nobody else; both sides read the rules then."""
    await asked(hub, anna, bert)
    question = in_room(hub, HERE)[-1]
    for stranger in (bert, Person(hub.channel, "dora")):
        text = await hub.says(stranger.taps(question, number=1))
        assert text.startswith("Das dürfen hier nur Moderatoren")
    assert not await connected(hub, anna)
    told = await hub.hears(anna.taps(question, number=1))
    assert {one.address.chat for one in told} == {HERE, THERE}
    assert question.text.startswith("Zugestimmt")
    assert await connected(hub, anna)
    assert (await hub.says(anna.taps(question, value="bridge:yes:1"))).startswith("Diese Anfrage")


async def test_the_first_side_may_refuse(hub: Stage, anna: Person, bert: Person) -> None:
    """Which the other one is told, and the code is used up."""
    await asked(hub, anna, bert)
    (told,) = await agree(hub, anna, number=2)
    assert (told.address.chat, told.text[:9]) == (THERE, "stadt (Fa")
    assert "hat abgelehnt" in told.text
    assert in_room(hub, HERE)[-1].text.startswith("Abgelehnt")
    text = await hub.says(anna.taps(in_room(hub, HERE)[-1], value="bridge:yes:1"))
    assert text.startswith("Diese Anfrage gilt nicht mehr")
    assert not await connected(hub, anna)


async def test_a_request_holds_for_ten_minutes(hub: Stage, anna: Person, bert: Person) -> None:
    """As the code did."""
    await asked(hub, anna, bert)
    hub.clock.advance(timedelta(minutes=10))
    (text,) = await agree(hub, anna)
    assert text.text.startswith("Diese Anfrage gilt nicht mehr")
    assert not await connected(hub, anna)


async def test_a_request_is_answered_only_where_it_was_asked(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Its number is worth nothing to those who moderate another room."""
    await asked(hub, anna, bert)
    own = next(one for one in in_room(hub, THERE) if "Frage" in one.text)
    text = await hub.says(bert.taps(own, value="bridge:yes:1"))
    assert text.startswith("Dieser Knopf bewirkt nichts mehr")
    assert not await connected(hub, anna)


async def test_who_moderates_one_side_only_connects_nothing(hub: Stage, anna: Person) -> None:
    """Whoever has the code needs the right where it is entered; it still holds then."""
    made = await code(hub, anna)
    entered = anna.says(f"/verbinden {made}", room=THERE, addressed=True)
    assert (await hub.says(entered)).startswith("Das dürfen hier nur Moderatoren")
    hub.clock.advance(timedelta(minutes=2))
    hub.channel.moderators.add((THERE, "anna"))
    told = await hub.hears(anna.says(f"/verbinden {made}", room=THERE, addressed=True))
    assert [one.text[:13] for one in told] == ["Verbunden mit"] * 2


async def test_a_code_of_somebody_who_moderates_no_more_is_worth_nothing(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Not even to somebody who moderates both sides."""
    made = await code(hub, anna)
    hub.channel.moderators -= {(HERE, "anna")}
    hub.channel.moderators.add((HERE, "bert"))
    hub.clock.advance(timedelta(minutes=2))
    text = await hub.says(bert.says(f"/verbinden {made}", room=THERE, addressed=True))
    assert text.startswith("Dieser Code gilt nicht mehr: Wer ihn erstellt hat, moderiert")


async def test_a_request_of_somebody_who_moderates_no_more_is_worth_nothing(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """When the first side agrees, the right on the other one is looked at again."""
    await asked(hub, anna, bert)
    hub.channel.moderators -= {(THERE, "bert")}
    hub.clock.advance(timedelta(minutes=2))
    (told,) = await agree(hub, anna)
    assert told.text.startswith("Wer darum gebeten hat, moderiert den anderen Raum nicht mehr")
    assert not await connected(hub, anna)


async def test_where_a_network_does_not_say_the_first_side_is_asked(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Also of somebody who may moderate it as well."""
    hub.channel.moderators.add((HERE, "bert"))
    made = await code(hub, anna)
    await hub.says(bert.says("/eigenesnetz aus", room=THERE, addressed=True))
    hub.clock.advance(timedelta(seconds=30))
    hub.restart()
    hub.channel.standing_failures = {HERE: ChannelUnavailableError("away")}
    told = await hub.hears(bert.says(f"/verbinden {made}", room=THERE, addressed=True))
    assert any("möchte sich" in one.text for one in told)
    hub.channel.standing_failures = {}
    assert len(await agree(hub, anna)) == 2


async def test_an_admin_connects_at_once(hub: Stage, anna: Person, chefin: Person) -> None:
    """Who may decide everywhere."""
    made = await code(hub, anna)
    told = await hub.hears(chefin.says(f"/verbinden {made}", room=THERE, addressed=True))
    assert [one.text[:13] for one in told] == ["Verbunden mit"] * 2


async def test_a_linked_person_connects_both_networks_at_once(hub: Stage, anna: Person) -> None:
    """Being the same member on both, and moderating there."""
    _, told = await connect_as_one(hub, anna)
    told = [one for one in told if one.text.startswith("Verbunden mit")]
    assert {one.address.chat for one in told} == {HERE, GROUP}


async def test_a_stranger_of_another_network_is_asked_for(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """A namesake there is somebody else."""
    await connect_group(hub, anna, bert)
    assert any("möchte sich" in one.text or "Zugestimmt" in one.text for one in in_room(hub, HERE))
    assert len(await heard(hub, says(anna, "Hallo"))) == 1


async def test_what_stands_against_it_meanwhile_is_seen_when_the_first_side_agrees(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """A room that became encrypted is not opened by an old wish."""
    await asked(hub, anna, bert)
    joined = bert.changes(THERE, Change.JOINED)
    await hub.hears(replace(joined, chat=replace(joined.chat, encrypted=True)))
    told = await agree(hub, anna)
    assert [one.text[:32] for one in told] == ["Der andere Raum ist inzwischen v"]
    assert not await connected(hub, anna)


async def test_an_encrypted_first_side_is_asked_with_a_warning(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Those who agree need not be those who made the code."""
    joined = anna.changes(HERE, Change.JOINED)
    await hub.hears(replace(joined, chat=replace(joined.chat, encrypted=True)))
    told = await asked(hub, anna, bert, "unverschlüsselt")
    assert any("die Verschlüsselung verlassen" in one.text for one in told)


async def test_who_agreed_is_in_the_audit_log(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Beside who asked."""
    await asked(hub, anna, bert)
    await agree(hub, anna)
    text = await hub.says(chefin.says("/protokoll"))
    assert "Anna: Verbindung 1: dem Wunsch von „land“ zugestimmt" in text
    assert "Bert: Verbindung 1: „land“ verbunden" in text
