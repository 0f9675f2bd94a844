"""What an editor has answered, the bot answers by itself from then on."""

from datetime import timedelta
from pathlib import Path

import pytest

from schedules.knowledge import reload_changed_files
from tests.conversations.announcing import taps
from tests.conversations.editors import (
    ALIKE,
    ANSWER,
    ASKED,
    OTHER,
    ROOM,
    answers,
    asks,
    replies,
    room,
    ticks,
)
from tests.conversations.stage import SURE, Stage, knowledge_base
from tests.fakes import Person, Sent


@pytest.fixture(autouse=True)
def _knowledge(hub: Stage, tmp_path: Path) -> None:
    """Entries of its own, since something is added to them."""
    hub.knowledge = knowledge_base(tmp_path / "knowledge")
    hub.restart()


async def sent(hub: Stage, editor: Person, *askers: Person, text: str = ANSWER) -> Sent:
    """Let people ask and an editor reply; return what the editor reads then."""
    await room(hub)
    for number, asker in enumerate(askers):
        await asks(hub, asker, ALIKE if number else ASKED)
    (post,) = await ticks(hub)
    (told,) = await replies(hub, editor, post, text)
    return told


async def reloaded(hub: Stage) -> None:
    """Let the knowledge base notice what it was taught."""
    await hub.ticks(reload_changed_files)


async def test_an_answer_becomes_an_entry_with_its_source(
    hub: Stage, anna: Person, bert: Person, carla: Person, chefin: Person
) -> None:
    """What was asked first is its title, the other words are phrasings."""
    told = await sent(hub, chefin, anna, bert)
    await taps(hub, chefin, told, "Als neuer Eintrag")
    assert told.text.startswith("Woher stammt die Antwort?")
    assert f"Überschrift für alle wird der Wortlaut der Frage: „{ASKED}“." in told.text
    assert told.text.endswith("[1] Ohne Quelle")
    said = chefin.says(
        "https://www.kfw.de/merkblatt", room=ROOM, addressed=True, reply_to=told.message
    )
    taken = await hub.says(said)
    assert taken == (
        f"„{ASKED}“ steht jetzt in der Wissensbasis "
        "(Kennung: zaehlen-eigenleistungen-als-eigenanteil)."
    )
    await reloaded(hub)
    entry = hub.knowledge.engine.entries["zaehlen-eigenleistungen-als-eigenanteil"]
    assert entry.questions == (ASKED, ALIKE)
    assert entry.answer == ANSWER
    assert entry.source == "https://www.kfw.de/merkblatt"
    answer = await hub.says(carla.says(ALIKE))
    assert answer.startswith(f"{ASKED}\n\nJa, wenn sie belegt sind.")
    assert "kfw.de/merkblatt" in answer
    assert (await hub.question(1)).entry == entry.id
    assert "Koordinierungs" in await hub.says(chefin.says(SURE, room=ROOM, addressed=True))


async def test_the_source_may_be_left_out(hub: Stage, anna: Person, chefin: Person) -> None:
    """Asked for twice it is one entry, and who was asked for the source is asked no more."""
    told = await sent(hub, chefin, anna)
    await taps(hub, chefin, told, "Als neuer Eintrag")
    button = told.body.numbered_buttons()[0].value
    await hub.hears(chefin.taps(told, value=button))
    assert told.text.startswith(f"„{ASKED}“ steht jetzt in der Wissensbasis")
    for value in (button, "inbox:new:1"):
        again = await hub.says(chefin.taps(told, value=value))
        assert again == "Die Antwort auf Frage 1 gehört schon zur Wissensbasis."
    assert (await hub.rows())["taught_entries"] == 1
    assert "Koordinierungs" in await hub.says(chefin.says(SURE, room=ROOM, addressed=True))


async def test_an_answer_may_stay_out(hub: Stage, anna: Person, chefin: Person) -> None:
    """Not everything is for everybody."""
    told = await sent(hub, chefin, anna)
    await taps(hub, chefin, told, "Nein")
    assert (
        told.text == "Die Antwort auf Frage 1 ist gesendet und bleibt außerhalb der Wissensbasis."
    )
    assert "taught_entries" not in await hub.rows()


async def test_the_words_may_belong_to_an_entry_that_is_there(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Offered if one is near; the answer was sent already and stays."""
    await room(hub)
    (choice,) = await hub.hears(anna.says("Wie ist das mit dem VN?"))
    await hub.hears(anna.taps(choice, number=4))
    (post,) = await ticks(hub)
    (told,) = await replies(hub, chefin, post)
    await taps(hub, chefin, told, "Als Formulierung von „Verwendungsnachweis Phase A“")
    assert (
        told.text == "Der Wortlaut ist jetzt eine Formulierung von „Verwendungsnachweis Phase A“."
    )
    assert len(answers(hub, "anna")) == 1
    again = await hub.says(chefin.taps(told, value="inbox:new:1"))
    assert again == "Die Antwort auf Frage 1 gehört schon zur Wissensbasis."


async def test_another_editor_may_keep_the_answer(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Hours later as well, after a restart."""
    told = await sent(hub, chefin, anna)
    hub.clock.advance(timedelta(hours=5))
    hub.restart()
    await hub.hears(bert.says("/rollen"))
    await hub.hears(chefin.says("/rolle fake:bert Redaktion"))
    await taps(hub, bert, told, "Als neuer Eintrag")
    hub.restart()
    await hub.hears(bert.taps(told, number=1))
    assert "steht jetzt in der Wissensbasis" in told.text


async def test_a_very_long_question_gets_a_short_title(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Nobody has to shorten it by hand."""
    await room(hub)
    await asks(hub, anna, f"{OTHER} " + "Qrxx vvyy kkjj? " * 40)
    (post,) = await ticks(hub)
    (told,) = await replies(hub, chefin, post)
    await taps(hub, chefin, told, "Als neuer Eintrag")
    await hub.hears(chefin.taps(told, number=1))
    assert told.text.startswith(f"„{OTHER}")
    await reloaded(hub)
    (entry,) = [one for one in hub.knowledge.entries if one.answer == ANSWER]
    assert len(entry.questions[0]) <= 300


async def test_what_was_not_answered_in_words_is_no_entry(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Neither what is open nor what was given as an entry."""
    await room(hub)
    await asks(hub, anna)
    (post,) = await ticks(hub)
    for value in ("inbox:new:1", "inbox:bare:1", "inbox:new:77"):
        assert "wartet nicht" in await hub.says(chefin.taps(post, value=value))


@pytest.mark.parametrize("words", ["keine", "Ohne Quelle", "none"])
async def test_words_for_no_source_are_none(
    hub: Stage, anna: Person, chefin: Person, words: str
) -> None:
    """Also those of the button; members would read them under the answer."""
    told = await sent(hub, chefin, anna)
    await taps(hub, chefin, told, "Als neuer Eintrag")
    await hub.says(chefin.says(words, room=ROOM, addressed=True, reply_to=told.message))
    await reloaded(hub)
    assert hub.knowledge.engine.entries["zaehlen-eigenleistungen-als-eigenanteil"].source is None
