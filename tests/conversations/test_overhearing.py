"""An overheard question is answered once an hour, and only with what holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.messages import (
    Incoming,
    MessageDeleted,
    MessageEdited,
    Presence,
    Reacted,
    Said,
)
from bot.text.document import Document
from tests.conversations.funding import DUE, HALL, RATE, knows
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person

ROOM = "stadt"


@pytest.fixture(autouse=True)
async def room(hub: Stage, chefin: Person) -> None:
    """A room in which the bot answers clear questions, whoever they are meant for."""
    knows(hub)
    await hub.hears(chefin.says("/mitreden an", room=ROOM, addressed=True))


async def test_the_same_answer_comes_once_an_hour(hub: Stage, anna: Person, bert: Person) -> None:
    """Who asks again has only to read above; other questions are answered."""
    assert len(await hub.hears(anna.says(SURE, room=ROOM))) == 1
    before = await hub.rows()
    assert await hub.hears(bert.says("Wofür steht KTS?", room=ROOM)) == []
    assert await hub.rows() == before, "nothing is kept of what is not answered"
    assert len(await hub.hears(bert.says("Wie hoch ist die Förderquote?", room=ROOM))) == 1
    hub.clock.advance(timedelta(minutes=59))
    assert await hub.hears(bert.says(SURE, room=ROOM)) == []
    hub.clock.advance(timedelta(minutes=2))
    assert len(await hub.hears(bert.says(SURE, room=ROOM))) == 1


async def test_an_answer_to_the_bots_own_asker_counts_as_well(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Everybody has read it, whoever it was for and in whichever thread."""
    await hub.hears(anna.says(SURE, room=ROOM, thread="7", addressed=True))
    hub.restart()
    assert await hub.hears(bert.says(SURE, room=ROOM)) == []
    assert len(await hub.hears(bert.says(SURE, room=ROOM, addressed=True))) == 1, "asked for it"


async def test_what_was_chosen_a_minute_ago_counts_from_then(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Not from when it was asked."""
    (choice,) = await hub.hears(anna.says(DUE, room=ROOM, addressed=True))
    hub.clock.advance(timedelta(minutes=70))
    await hub.hears(anna.taps(choice, number=1))
    hub.clock.advance(timedelta(minutes=5))
    await hub.hears(bert.says("/projekt Gera"))
    assert await hub.hears(bert.says(DUE, room=ROOM)) == []
    await hub.hears(bert.says("/projekt Köln"))
    assert "Ende Juni 2027." in await hub.says(bert.says(DUE, room=ROOM))


async def test_an_answer_elsewhere_does_not_count(hub: Stage, anna: Person, bert: Person) -> None:
    """Nobody here has read what anna was told alone."""
    await hub.hears(anna.says(SURE))
    await hub.hears(anna.says(SURE, room="land", addressed=True))
    assert len(await hub.hears(bert.says(SURE, room=ROOM))) == 1


async def test_what_does_not_hold_any_more_is_not_said_unasked(hub: Stage, anna: Person) -> None:
    """Who asks the bot gets it, with the warning."""
    assert await hub.hears(anna.says(RATE, room=ROOM)) == []
    text = await hub.says(anna.says(RATE, room=ROOM, addressed=True))
    assert text.startswith("Achtung: Diese Angabe galt bis 31. März 2026")


async def test_what_depends_on_the_project_is_no_clear_question(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Unless it is known of who asks."""
    assert await hub.hears(anna.says(DUE, room=ROOM)) == []
    assert await hub.hears(anna.says(HALL, room=ROOM)) == []
    await hub.hears(bert.says("/projekt Ulm"))
    assert "Ende März 2026." in await hub.says(bert.says(DUE, room=ROOM))


async def test_what_only_a_mirror_wants_leaves_no_trace(hub: Stage, anna: Person) -> None:
    """Edits, reactions, arrivals and recordings are nothing that the bot answers."""
    before = await hub.rows()
    said = Said(Document.of(SURE))
    message = anna.says("", room=ROOM)
    chat, who, when = message.chat, message.sender, hub.clock.now()
    events: list[Incoming] = [
        replace(message, said=said),
        replace(anna.says("", room=ROOM), addressed=True, said=said),
        MessageEdited("e", message.message, chat, who, when, said),
        MessageDeleted("d", message.message, chat, when),
        Reacted("r", message.message, chat, who, when, added=("👍",)),
        Presence("p", chat, who, when, joined=True),
    ]
    for number, event in enumerate(events):
        assert await hub.hears(event, cursor=f"c{number}") == []
        assert await hub.cursor() == f"c{number}"
    assert await hub.rows() == before
