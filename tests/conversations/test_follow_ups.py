"""A question that goes on from the one before is understood together with it."""

from datetime import timedelta

import pytest

from bot.messages import IncomingMessage
from bot.storage.models import QuestionState
from tests.conversations.funding import DUE, OFFICE, PAPERS, knows
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person

FIRST = f"{DUE[:-1]} in Staffel 1?"
THIRD = "und für Staffel 3?"


def in_room(
    person: Person, text: str, *, room: str | None = "stadt", thread: str | None = None
) -> IncomingMessage:
    """Make a message to the bot, in a room unless that is ``None``."""
    return person.says(text, room=room, thread=thread, addressed=True)


@pytest.fixture(autouse=True)
def funding(hub: Stage) -> None:
    """Entries that hold for one Staffel, one Land or one phase."""
    knows(hub)


async def test_a_follow_up_is_answered_like_the_whole_question(hub: Stage, anna: Person) -> None:
    """“And for Staffel 3?” asks what was asked before, for another Staffel."""
    assert "Ende März 2026." in await hub.says(anna.says(FIRST))
    text = await hub.says(anna.says(THIRD))
    assert "Ende Mai 2028." in text
    assert "Gilt für: Staffel 2021" in text
    assert "Ende Juni 2027." in await hub.says(anna.says("Und wie ist es für die zweite Staffel?"))


async def test_a_follow_up_by_command_or_in_another_language_is_one_as_well(
    hub: Stage, anna: Person
) -> None:
    """However it is asked."""
    await hub.hears(anna.says(FIRST))
    assert "Ende Mai 2028." in await hub.says(anna.says("/frage und für Staffel 3?"))
    assert "Ende Juni 2027." in await hub.says(anna.says("What about the second round?"))


@pytest.mark.parametrize(
    ("before", "text", "answer"),
    [
        (f"{OFFICE[:-1]} in Sachsen?", "und in Thüringen?", "Die Thüringer Aufbaubank."),
        (f"{PAPERS[:-1]} in Phase A?", "Und in Phase B?", "Der Maßnahmenplan."),
        ("Wie hoch ist die Förderquote?", "und in Haushaltsnotlage?", "90 Prozent."),
    ],
)
async def test_a_follow_up_may_name_a_land_a_phase_or_anything_else(
    hub: Stage, anna: Person, before: str, text: str, answer: str
) -> None:
    """What was asked first is still what it is about."""
    await hub.hears(anna.says(before))
    assert answer in await hub.says(anna.says(text))


async def test_a_follow_up_that_is_a_new_topic_is_answered_for_itself(
    hub: Stage, anna: Person
) -> None:
    """Many questions begin with "and"."""
    await hub.hears(anna.says(FIRST))
    assert "Das Team Vergabe." in await hub.says(anna.says("Und wer hilft bei der Vergabe?"))
    assert "Im Mai in Leipzig." in await hub.says(anna.says("und die nächste Konferenz?"))


async def test_a_definition_is_no_follow_up(hub: Stage, anna: Person) -> None:
    """“What is phase B” does not ask for the papers of phase B."""
    await hub.hears(anna.says(f"{PAPERS[:-1]} in Phase A?"))
    assert "Der Maßnahmenplan." not in await hub.says(anna.says("Was ist Phase B?"))


async def test_after_ten_minutes_a_message_stands_for_itself(hub: Stage, anna: Person) -> None:
    """Nobody remembers then what was asked."""
    await hub.hears(anna.says(FIRST))
    hub.clock.advance(timedelta(minutes=9, seconds=59))
    assert "Ende Mai 2028." in await hub.says(anna.says(THIRD))
    hub.clock.advance(timedelta(minutes=11))
    assert "Ende Juni 2027." not in await hub.says(anna.says("und für Staffel 2?"))


async def test_a_follow_up_after_a_restart_is_understood(hub: Stage, anna: Person) -> None:
    """What was asked is kept in the database."""
    await hub.hears(anna.says(FIRST))
    hub.restart()
    assert "Ende Mai 2028." in await hub.says(anna.says(THIRD))


async def test_two_members_in_a_room_follow_up_each_their_own_question(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """However their messages are mixed."""
    await hub.hears(in_room(anna, FIRST))
    await hub.hears(in_room(bert, f"{OFFICE[:-1]} in Sachsen?"))
    assert "Ende Mai 2028." in await hub.says(in_room(anna, THIRD))
    assert "Thüringer" in await hub.says(in_room(bert, "und in Thüringen?"))
    assert "Ende Juni 2027." in await hub.says(in_room(anna, "und für Staffel 2?"))


async def test_a_follow_up_stays_in_its_chat_and_thread(hub: Stage, anna: Person) -> None:
    """What somebody asked elsewhere is told nowhere else."""
    await hub.hears(in_room(anna, FIRST, room="stadt", thread="7"))
    for room, thread in (("stadt", None), ("stadt", "8"), ("land", "7"), (None, None)):
        assert "Ende Mai 2028." not in await hub.says(
            in_room(anna, THIRD, room=room, thread=thread)
        )
    assert "Ende Mai 2028." in await hub.says(in_room(anna, THIRD, room="stadt", thread="7"))


async def test_an_overheard_follow_up_gets_no_answer(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """It may go on from what somebody else has said; in reply to the bot it is addressed to it."""
    await hub.hears(chefin.says("/mitreden an", room="stadt", addressed=True))
    await hub.hears(anna.says("/projekt Ulm"))
    (answer,) = await hub.hears(anna.says(DUE, room="stadt"))
    assert "Ende März 2026." in answer.text
    assert await hub.hears(anna.says(THIRD, room="stadt")) == []
    reply = anna.says(THIRD, room="stadt", addressed=True, reply_to=answer.message)
    assert "Ende Mai 2028." in await hub.says(reply)


async def test_a_chosen_suggestion_is_followed_up(hub: Stage, anna: Person) -> None:
    """What was chosen tells better than the question what it was about."""
    (choice,) = await hub.hears(anna.says(DUE))
    hub.clock.advance(timedelta(minutes=8))
    await hub.hears(anna.taps(choice, number=1))
    assert "Ende März 2026." in choice.text
    hub.clock.advance(timedelta(minutes=8))
    assert "Ende Mai 2028." in await hub.says(anna.says(THIRD))


async def test_a_question_back_may_be_answered_in_words(hub: Stage, anna: Person) -> None:
    """Who is asked for which Staffel may write the Staffel."""
    for typed in ("Staffel 3", "die dritte Staffel", "wir sind in der Staffel 2021"):
        assert "hängt vom Projekt ab" in await hub.says(anna.says(DUE))
        assert "Ende Mai 2028." in await hub.says(anna.says(typed))


async def test_a_withdrawn_question_is_not_followed_up(hub: Stage, anna: Person) -> None:
    """Who has dropped it goes on from what was before."""
    await hub.hears(anna.says(FIRST))
    (kept,) = await hub.hears(anna.says("Qrxx vvyy kkjj zzpp wwqq mmnn?"))
    await hub.hears(anna.taps(kept, number=1))
    assert "Ende Mai 2028." in await hub.says(anna.says(THIRD))


async def test_the_team_reads_a_follow_up_with_what_it_goes_on_from(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Alone nobody could answer it, and the same words of others would be taken for the same."""
    await hub.hears(anna.says(SURE))
    await hub.hears(anna.says("und qrxx vvyy?"))
    await hub.hears(bert.says("Wie hoch ist die Förderquote?"))
    await hub.hears(bert.says("und qrxx vvyy?"))
    mine, other = await hub.question(2), await hub.question(4)
    assert mine.text == "Was ist die KTS? und qrxx vvyy?"
    assert other.text == "Wie hoch ist die Förderquote? und qrxx vvyy?"
    if mine.state == other.state == QuestionState.OPEN:
        assert mine.item_id != other.item_id
