"""In rooms the bot speaks when it is spoken to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.messages import Address, Change, ChatKind
from bot.storage import chats
from tests.conversations.stage import NOTHING, SURE, UNSURE, Stage
from tests.fakes import Person


async def listen(hub: Stage, chefin: Person) -> None:
    """Let an admin switch on answers that nobody asked the bot for."""
    text = await hub.says(chefin.says("/mitreden an", room="stadt", addressed=True))
    assert text.startswith("Ab jetzt antwortet der Bot hier auch")


async def test_an_addressed_question_is_answered_below_it(hub: Stage, anna: Person) -> None:
    """In a busy room the answer quotes the question."""
    asked = anna.says(SURE, room="stadt", addressed=True)
    (answer,) = await hub.hears(asked)
    assert answer.address == Address("fake", "stadt")
    assert answer.reply_to == asked.message


async def test_an_answer_stays_in_the_thread_of_the_question(hub: Stage, anna: Person) -> None:
    """A topic of a forum is not left."""
    (answer,) = await hub.hears(anna.says(SURE, room="stadt", thread="7", addressed=True))
    assert answer.address == Address("fake", "stadt", "7")


@pytest.mark.parametrize("text", [SURE, NOTHING, UNSURE, "/help", "2"])
async def test_what_people_say_to_each_other_leaves_no_trace(
    hub: Stage, anna: Person, text: str
) -> None:
    """It is neither answered nor kept, and neither is who said it."""
    assert await hub.hears(anna.says(text, room="stadt"), cursor="c1") == []
    assert await hub.rows(but=()) == {"cursors": 1}


async def test_only_an_admin_switches_on_answers_to_everybody(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Members are told who may, and nothing changes."""
    refusal = await hub.says(anna.says("/mitreden an", room="stadt", addressed=True))
    assert refusal.startswith("Das dürfen nur Admins.")
    assert await hub.hears(anna.says(SURE, room="stadt")) == []
    await listen(hub, chefin)
    assert len(await hub.hears(anna.says(SURE, room="stadt"))) == 1


async def test_answers_to_everybody_can_be_switched_off_again(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """In either language."""
    await listen(hub, chefin)
    text = await hub.says(chefin.says("!overhear off", room="stadt", addressed=True))
    assert text.startswith("Ab jetzt antwortet der Bot hier nur")
    assert await hub.hears(anna.says(SURE, room="stadt")) == []


async def test_switching_needs_a_room_and_a_direction(hub: Stage, chefin: Person) -> None:
    """Each mistake is answered with the way out."""
    text = await hub.says(chefin.says("/mitreden vielleicht", room="stadt", addressed=True))
    assert text == "Bitte „an“ oder „aus“ hinter den Befehl schreiben."
    assert "nur in Räumen" in await hub.says(chefin.says("/mitreden an"))


async def test_answers_to_everybody_hold_for_one_room_and_after_a_restart(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Another room stays as it is."""
    await listen(hub, chefin)
    hub.restart()
    assert len(await hub.hears(anna.says(SURE, room="stadt"))) == 1
    assert await hub.hears(anna.says(SURE, room="land")) == []


@pytest.mark.parametrize("text", [UNSURE, NOTHING, "/help", "/hepl", "1", "Danke!", "x" * 5000])
async def test_overheard_talk_gets_no_suggestion_and_no_regret(
    hub: Stage, anna: Person, chefin: Person, text: str
) -> None:
    """Only a sure answer justifies to interrupt; everything else leaves no trace."""
    await listen(hub, chefin)
    before = await hub.rows()
    assert await hub.hears(anna.says(text, room="stadt")) == []
    assert await hub.rows() == before


async def test_overheard_talk_does_not_use_up_what_one_may_ask(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Whoever chats a lot can still ask the bot, and is told of no limit."""
    await listen(hub, chefin)
    for _ in range(80):
        await hub.receives(anna.says("Bis morgen dann", room="stadt"))
    (answer,) = await hub.hears(anna.says(SURE, room="stadt", addressed=True))
    assert answer.text.startswith("Was ist die KTS?")


async def test_a_room_is_greeted_once(hub: Stage, chefin: Person) -> None:
    """Joining says how to ask; a repeated or later invitation to the same room says nothing."""
    (greeting,) = await hub.hears(chefin.changes("stadt", Change.JOINED))
    assert greeting.address == Address("fake", "stadt")
    assert greeting.text == (
        "Hier antwortet jetzt Stadtfunk. Eine Frage bitte an den Bot richten: mit einer "
        "Erwähnung oder als Antwort auf eine seiner Nachrichten. Sonst bleibt es hier still."
        "\n\nAlle Befehle zeigt /help."
    )
    assert await hub.hears(chefin.changes("stadt", Change.JOINED)) == []


async def test_a_direct_chat_is_not_greeted_before_it_speaks(hub: Stage, anna: Person) -> None:
    """Nobody is written to unasked; /start is what people press."""
    joined = anna.changes("anna", Change.JOINED)
    direct = type(joined)(joined.id, anna.chat(), joined.change, joined.sent_at)
    assert await hub.hears(direct) == []
    assert (await hub.says(anna.says("/start"))).startswith("Das ist Stadtfunk.")


async def test_nothing_is_sent_to_a_room_that_was_left(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """What waits for it is given up, and the others get theirs."""
    await hub.receives(anna.says(SURE, room="stadt", addressed=True))
    await hub.receives(anna.says(SURE, room="land", addressed=True))
    await hub.receives(chefin.changes("stadt", Change.LEFT))
    assert [sent.address.chat for sent in await hub.delivers()] == ["land"]


async def test_a_room_is_greeted_again_after_it_was_left(hub: Stage, chefin: Person) -> None:
    """There may be other people in it by then."""
    for change in (Change.JOINED, Change.LEFT):
        await hub.hears(chefin.changes("stadt", change))
    assert len(await hub.hears(chefin.changes("stadt", Change.JOINED))) == 1


async def test_a_moved_room_keeps_its_settings_and_questions(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """What waits goes to the new address, the old buttons work there, nobody is greeted again."""
    await listen(hub, chefin)
    await hub.receives(anna.says(NOTHING, room="stadt", addressed=True))
    await hub.receives(chefin.changes("stadt", Change.MOVED, moved_to="neustadt"))
    (kept,) = await hub.delivers()
    assert kept.address == Address("fake", "neustadt")
    assert await hub.hears(chefin.changes("neustadt", Change.JOINED)) == []
    await hub.hears(anna.taps(kept, value="faq-withdraw:1"))
    assert kept.text.startswith("Frage Nr. 1 ist zurückgezogen")
    assert len(await hub.hears(anna.says(SURE, room="neustadt"))) == 1


async def test_a_move_to_nowhere_changes_nothing(hub: Stage, chefin: Person) -> None:
    """A network that does not say where is not followed."""
    await hub.hears(chefin.changes("stadt", Change.JOINED))
    assert await hub.hears(chefin.changes("stadt", Change.MOVED)) == []
    async with hub.database.begin() as session:
        row = await chats.find(session, channel="fake", chat="stadt")
    assert row is not None
    assert row.left_at is None


async def test_the_same_event_twice_is_answered_once(hub: Stage, anna: Person) -> None:
    """Networks repeat what they are not sure of."""
    asked = anna.says(SURE)
    assert len(await hub.hears(asked, cursor="c1")) == 1
    assert await hub.hears(asked, cursor="c2") == []
    hub.restart()
    assert await hub.hears(asked, cursor="c3") == []
    assert await hub.cursor() == "c3"


async def test_what_is_too_old_is_not_answered(hub: Stage, anna: Person) -> None:
    """After a long stop nobody wants last week's answers, but the cursor moves on."""
    hub.configured(hub={"answer_within": timedelta(hours=1)})
    assert await hub.hears(anna.says(SURE, age=timedelta(minutes=61)), cursor="c1") == []
    assert await hub.rows(but=()) == {"cursors": 1}
    assert len(await hub.hears(anna.says(SURE, age=timedelta(minutes=59)))) == 1


async def test_a_late_answer_in_a_direct_chat_quotes_the_question(
    hub: Stage, anna: Person
) -> None:
    """After some minutes it is no longer obvious what is answered."""
    prompt, late = anna.says(SURE), anna.says(SURE, age=timedelta(minutes=5))
    assert [sent.reply_to for sent in await hub.hears(prompt)] == [None]
    assert [sent.reply_to for sent in await hub.hears(late)] == [late.message]


@pytest.mark.parametrize("text", ["", "  \n", "\0", "\0 \0"])
async def test_an_empty_message_is_not_answered(hub: Stage, anna: Person, text: str) -> None:
    """A picture without words is no question."""
    assert await hub.hears(anna.says(text)) == []


async def test_a_telegram_channel_is_not_greeted(hub: Stage, anna: Person) -> None:
    """Its subscribers can't ask there, and would all get the message."""
    change = anna.changes("news", Change.JOINED)
    chat = replace(change.chat, kind=ChatKind.BROADCAST)
    assert await hub.hears(replace(change, chat=chat)) == []
