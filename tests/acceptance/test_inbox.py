"""From "nobody could answer" to "three people got the answer, and the bot knows it"."""

import json
from pathlib import Path

import pytest

from tests.acceptance.city import City, answered, city
from tests.acceptance.places import Heard, Place, SecretRoom, until
from tests.servers.matrix_client import Message
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.timeout(240)

ASKED = (
    "Zählen Eigenleistungen als Eigenanteil?",
    "Werden Eigenleistungen als Eigenanteil anerkannt?",
    "Können wir Eigenleistungen als Eigenanteil anrechnen?",
)
IN_OTHER_WORDS = "Rechnet man uns Eigenleistungen als Eigenanteil an?"
ANSWER = "Ja, wenn sie **belegt** sind: mit Stundenzetteln."
READ = "Ja, wenn sie belegt sind: mit Stundenzetteln."
SOURCE = "https://www.kfw.de/merkblatt"


async def _editors(here: City, monkeypatch: pytest.MonkeyPatch) -> SecretRoom:
    """Make an encrypted room that of the editors, and its owner one of them."""
    room = await here.secret_room("redakteurin", direct=False)
    await here.joined([room])
    await room.say("!rollen")
    await answered(room, 2)
    await here.chief.say(f"/rolle matrix:{room.member.user_id} Redaktion")
    await answered(here.chief, 2)
    await room.say("!inbox")
    refused = await _told(room, "gehört")
    assert f"matrix:{room.room}" in refused.text
    monkeypatch.setenv("STADTFUNK_KNOWLEDGE__EDITORS", json.dumps([f"matrix:{room.room}"]))
    await here.restart()
    return room


async def _told(place: Place, words: str) -> Heard:
    """Wait for something that the bot says in a place, and return how it is now."""
    found: list[Heard] = []

    async def said() -> bool:
        found[:] = [one for one in await place.heard() if words in one.text]
        return bool(found)

    await until(said, within=40, what=f"{words!r} in {place.name}")
    return found[-1]


async def _reacts(room: SecretRoom, to: Heard, number: int) -> None:
    await room.member.react(room.room, to.id, f"{number}\ufe0f\u20e3")


def _answer_in(room: SecretRoom) -> Message:
    (found,) = [
        one
        for one in room.member.history(room.room)
        if one.sender == room.bot and READ in one.body and one.replaces is None
    ]
    return found


async def test_three_people_on_two_networks_get_one_answer_and_the_bot_learns_it(
    fresh_homeserver: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked alone on each network and in a room; answered by a reply in the editors' room.

    Long on purpose: one story, each step of which builds on those before.
    """
    async with city(fresh_homeserver, tmp_path) as here:
        editors = await _editors(here, monkeypatch)
        askers: list[Place] = [
            await here.newcomer("Tom"),
            alone := await here.secret_room("mia", direct=True),
            public := await here.secret_room("max", direct=False),
        ]
        await here.joined([alone, public])

        for place, question in zip(askers, ASKED, strict=True):
            await place.say(question)
            await _told(place, "Die Frage ist beim Team der KTS (Nr. 1); die Antwort kommt")
        post = await _told(editors, "Offene Frage 1 (3 Personen, zuerst heute")
        for question in ASKED:
            assert question in post.text
        assert sum("Offene Frage 1" in one.text for one in await editors.heard()) == 1

        await here.quiet()  # nobody replies in the milliseconds in which it is noted as sent
        await editors.member.say(editors.room, ANSWER, reply_to=post.id)
        sent = await _told(editors, "Gesendet an 3 Personen. In die Wissensbasis übernehmen?")
        for place in askers:
            await _told(place, READ)
        await here.quiet()
        await _reacts(editors, sent, 1)
        asked = await _told(editors, "Woher stammt die Antwort?")
        await editors.member.say(editors.room, SOURCE, reply_to=asked.id)
        await _told(editors, "steht jetzt in der Wissensbasis")
        await here.hub.logged("knowledge.loaded", entries=3)

        newcomer = await here.newcomer("Ute")
        await newcomer.say(IN_OTHER_WORDS)
        told = await _told(newcomer, READ)
        assert "kfw.de/merkblatt" in told.text

        await here.quiet()
        for place in askers:
            heard = [one.text for one in await place.heard() if READ in one.text]
            assert len(heard) == 1, place.name
            assert heard[0].startswith("Antwort auf die Frage „")
        (question,) = [
            one.event_id
            for one in public.member.history(public.room)
            if ASKED[2] in one.body and one.sender == public.member.user_id
        ]
        relation = _answer_in(public).relates_to or {}
        assert relation["m.in_reply_to"]["event_id"] == question
        post = await _told(editors, "Beantwortet von")
        assert "gesendet an 3 Personen." in post.text
        log = await _log(here)
        assert "Frage 1 beantwortet" in log


async def _log(here: City) -> str:
    await here.chief.say("/protokoll frage 1")
    return (await here.chief.told("Frage 1 beantwortet")).text
