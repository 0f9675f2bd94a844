"""What nobody could answer reaches the editors, and their answer who asked.

One long file on purpose: each test is a scene between the same people, told by the same few words.
"""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.delivery import outbox
from bot.errors import RecipientGoneError
from bot.messages import Change
from bot.services import inbox_words
from bot.services.inbox import Nearest, View
from bot.storage.models import InboxItem, InboxState, QuestionState
from schedules.housekeeping import forget_old_rows
from tests.conversations.announcing import taps
from tests.conversations.editors import (
    ALIKE,
    ANSWER,
    ASKED,
    OTHER,
    ROOM,
    answers,
    asks,
    promoted,
    replies,
    room,
    shown,
    ticks,
)
from tests.conversations.stage import NOTHING, SURE, UNSURE, Stage
from tests.fakes import START, Person, Sent

UTC = ZoneInfo("UTC")

GONE = "Frage 1 ist zurückgezogen oder hat sich erledigt."
BUTTONS = "[1] Beantworten   [2] Gehört zu diesem Eintrag\n[3] Nicht für uns   [4] Später"


async def posted(hub: Stage, *askers: Person, text: str = ASKED) -> Sent:
    """Let people ask the same, and return the message by which the editors' room knows of it."""
    for asker in askers:
        await asks(hub, asker, text)
    (post,) = await ticks(hub)
    return post


async def item(hub: Stage, number: int = 1) -> InboxItem:
    async with hub.database.begin() as session:
        return await session.get_one(InboxItem, number)


# From the question to the editors


async def gives(hub: Stage, person: Person, board: Sent) -> None:
    """Let the first entry of those that are offered be sent."""
    await hub.hears(person.taps(board, number=1))
    await taps(hub, person, board, "Senden")


async def test_the_editors_room_reads_what_was_asked(hub: Stage, anna: Person) -> None:
    """Number, people, time, words and the nearest entry, but not who asked."""
    await room(hub)
    post = await posted(hub, anna)
    assert post.address.chat == ROOM
    assert post.notify
    lines = post.text.split("\n\n")
    assert lines[0] == f"Offene Frage 1 (1 Person, zuerst heute 10:00): „{ASKED}“"
    assert lines[1].startswith("Am nächsten: „")
    assert lines[1].endswith(" %)")
    assert lines[2] == BUTTONS
    assert "Anna" not in post.text


async def test_people_who_ask_the_same_make_one_message(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """It is edited as often as somebody joins, and each reads the same number."""
    await room(hub)
    post = await posted(hub, anna)
    assert "beim Team der KTS (Nr. 1)" in (await asks(hub, bert, ALIKE)).text
    await asks(hub, carla, ASKED)
    await asks(hub, carla, ASKED)
    assert await ticks(hub) == []
    assert post.edited
    assert post.text.startswith("Offene Frage 1 (3 Personen, zuerst heute 10:00)")
    assert f"Auch so gefragt: „{ALIKE}“" in post.text
    assert "Nr. 5" in (await asks(hub, bert, OTHER)).text
    assert len(await ticks(hub)) == 1


@pytest.mark.parametrize("letter", ["x", "\N{GOTHIC LETTER AHSA}"])
def test_however_much_was_asked_an_item_is_one_message(letter: str) -> None:
    """Of several only the first could be changed, and the buttons are below the last."""
    long = tuple(f"{number} {letter * 5000}" for number in range(50))
    view = View(
        number=1,
        state=InboxState.OPEN,
        people=50,
        asked_at=START,
        text=long[0],
        others=long,
        missing=long,
        given=long,
        nearest=Nearest("entry", long[0], 0.5),
        hidden_until=None,
        who=None,
        written=False,
    )
    for language in ("de", "en"):
        body = inbox_words.item(view, language, UTC, now=START)
        assert len(outbox.parts(body, limit=min(outbox.LENGTHS.values()))) == 1


async def test_without_a_room_each_editor_reads_it_alone(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """Who is no editor does not; an English editor reads English."""
    bert.language = "en"
    await promoted(hub, bert)
    await hub.hears(carla.says("/rollen"))
    await asks(hub, anna)
    told = {one.address.chat: one.text for one in await ticks(hub)}
    assert told.keys() == {"bert", "chefin"}
    assert told["bert"].startswith("Open question 1 (1 person, first today 10:00)")


async def test_a_room_that_the_bot_has_left_is_none(hub: Stage, anna: Person) -> None:
    """Then the editors hear of it alone, and nothing is lost."""
    await room(hub)
    chefin = Person(hub.channel, "chefin", _count=3000)
    await hub.hears(chefin.says("/start"))
    await hub.hears(chefin.changes(ROOM, Change.LEFT))
    post = await posted(hub, anna)
    assert post.address.chat == "chefin"


async def test_what_none_of_the_suggestions_meant_goes_to_the_editors(
    hub: Stage, anna: Person
) -> None:
    """Not before that was said; and a choice after all takes it out again."""
    await room(hub)
    (choice,) = await hub.hears(anna.says(UNSURE))
    assert await ticks(hub) == []
    buttons = choice.body.numbered_buttons()
    await hub.hears(anna.taps(choice, value=buttons[-1].value))
    (post,) = await ticks(hub)
    assert UNSURE in post.text
    await hub.hears(anna.taps(choice, value=buttons[0].value))
    assert await ticks(hub) == []
    assert post.text == GONE


async def test_overheard_questions_are_kept_if_answered_and_never_wait(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """People talk to each other there."""
    await room(hub)
    await hub.hears(chefin.says("/mitreden an", room="stadt", addressed=True))
    await hub.hears(anna.says(OTHER, room="stadt", addressed=False))
    assert "questions" not in await hub.rows()
    await hub.hears(anna.says(SURE, room="stadt", addressed=False))
    question = await hub.question(1)
    assert (question.asked_in, question.entry) == ("ambient", "kts")
    assert await ticks(hub) == []


async def test_withdrawn_questions_leave_and_the_last_one_closes(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """The editors' message says so; the words of who withdrew are shown no more."""
    await room(hub)
    first, second = await asks(hub, anna, ASKED), await asks(hub, bert, ALIKE)
    (post,) = await ticks(hub)
    await hub.hears(anna.taps(first, number=1))
    assert first.text == "Frage Nr. 1 ist zurückgezogen."
    await ticks(hub)
    assert f"Offene Frage 1 (1 Person, zuerst heute 10:00): „{ALIKE}“" in post.text
    assert ASKED not in post.text
    await hub.hears(bert.taps(second, number=1))
    assert second.text == "Frage Nr. 1 ist zurückgezogen."
    await ticks(hub)
    assert post.text == GONE
    assert "Nr. 3" in (await asks(hub, anna, ASKED)).text


async def test_nobody_floods_the_editors(hub: Stage, anna: Person) -> None:
    """The way out is to wait or to withdraw."""
    for number in range(20):
        hub.clock.advance(timedelta(minutes=1))
        await asks(hub, anna, f"{NOTHING} {number}{number}x")
    hub.clock.advance(timedelta(minutes=1))
    told = await asks(hub, anna, OTHER)
    assert told.text.startswith("Schon 20 Fragen von hier sind beim Team.")
    assert (await hub.rows())["questions"] == 20


# What was missing


async def test_who_was_not_helped_is_asked_once_what_was_missing(hub: Stage, anna: Person) -> None:
    """The next message is kept with the question, and the editors read it."""
    await room(hub)
    (answer,) = await hub.hears(anna.says(SURE))
    await taps(hub, anna, answer, "Hat nicht geholfen")
    assert "Was fehlte? Die nächste Nachricht hier geht dazu ans Team." in answer.text
    assert [b.label for b in answer.body.numbered_buttons()] == ["Überspringen"]
    told = await hub.says(anna.says("Die Adresse der Geschäftsstelle"))
    assert told == "Danke, das steht jetzt bei der Frage."
    assert (await hub.question(1)).missing == "Die Adresse der Geschäftsstelle"
    (post,) = await ticks(hub)
    assert "Nicht geholfen hat: „Was ist die KTS?“" in post.text
    assert "Gefehlt hat: „Die Adresse der Geschäftsstelle“" in post.text
    await hub.hears(anna.taps(answer, value="faq-rate:1:0"))
    assert "Was fehlte?" not in answer.text


async def test_what_was_missing_may_be_skipped(hub: Stage, anna: Person) -> None:
    """The message then asks no more, and the next one is a question again."""
    (answer,) = await hub.hears(anna.says(SURE))
    await taps(hub, anna, answer, "Hat nicht geholfen")
    await taps(hub, anna, answer, "Überspringen")
    assert "Was fehlte?" not in answer.text
    assert answer.body.buttons == ()
    assert "Koordinierungs" in await hub.says(anna.says(SURE))
    assert (await hub.question(1)).missing == ""


async def test_a_typed_number_skips_as_well(hub: Stage, anna: Person) -> None:
    """The answer stands below it."""
    await hub.hears(anna.says(SURE))
    asked = await hub.says(anna.says("2"))
    assert asked.endswith("[1] Überspringen")
    assert await hub.says(anna.says("1")) == "In Ordnung, die Frage ist auch so beim Team."


async def test_another_question_is_answered_instead(hub: Stage, anna: Person) -> None:
    """Whoever was not helped often asks in other words at once."""
    (answer,) = await hub.hears(anna.says(SURE))
    await taps(hub, anna, answer, "Hat nicht geholfen")
    assert "65 Prozent" in await hub.says(anna.says("Wie hoch ist die Förderquote?"))
    assert (await hub.question(1)).missing == ""
    assert "Koordinierungs" in await hub.says(anna.says(SURE))


async def test_only_a_text_tells_what_was_missing(hub: Stage, anna: Person) -> None:
    """What is refused can be given again."""
    (answer,) = await hub.hears(anna.says(SURE))
    await taps(hub, anna, answer, "Hat nicht geholfen")
    told = await hub.says(anna.says("", file=anna.file(b"%PDF-1.7\n%%EOF")))
    assert told.startswith("Was fehlte, bitte als Text schreiben.")
    assert "möglich sind 1000 Zeichen" in await hub.says(anna.says("x" * 1001))
    assert "Danke" in await hub.says(anna.says("Alles"))


async def test_in_a_room_only_who_asked_is_asked(hub: Stage, anna: Person, bert: Person) -> None:
    """Somebody else's thumb and skipping change nothing there."""
    (answer,) = await hub.hears(anna.says(SURE, room="stadt", addressed=True))
    await taps(hub, bert, answer, "Hat nicht geholfen")
    assert "Was fehlte?" not in answer.text
    await taps(hub, anna, answer, "Hat nicht geholfen")
    assert "Was fehlte? Bitte auf diese Nachricht antworten" in answer.text
    await taps(hub, bert, answer, "Überspringen")
    assert "Was fehlte?" in answer.text
    said = bert.says("Nichts fehlte.", room="stadt", addressed=True, reply_to=answer.message)
    assert "Danke" not in await hub.says(said)
    said = anna.says("Die Adresse", room="stadt", addressed=True, reply_to=answer.message)
    assert await hub.says(said) == "Danke, das steht jetzt bei der Frage."
    assert (await hub.question(1)).missing == "Die Adresse"


async def test_who_was_helped_after_all_waits_no_more(hub: Stage, anna: Person) -> None:
    """The last word counts for the editors as well."""
    await room(hub)
    (answer,) = await hub.hears(anna.says(SURE))
    down, up = (answer.body.button(number) for number in (2, 1))
    assert down
    assert up
    await hub.hears(anna.taps(answer, value=down.value))
    (post,) = await ticks(hub)
    await hub.hears(anna.taps(answer, value=up.value))
    await ticks(hub)
    assert post.text == GONE
    await hub.hears(anna.taps(answer, value=down.value))
    (again,) = await ticks(hub)
    assert again.text.startswith("Offene Frage 1 (1 Person")
    assert post.text == "Frage 1 steht weiter unten."


# From the editors to who asked


async def test_a_reply_is_sent_to_everybody_who_asked(
    hub: Stage, anna: Person, bert: Person, carla: Person, chefin: Person
) -> None:
    """Once to each chat; in a room in reply to the first question; with the means to rate it."""
    await room(hub)
    await asks(hub, anna)
    await asks(hub, anna)
    first = bert.says(ALIKE, room="stadt", addressed=True)
    await hub.hears(first)
    await hub.hears(carla.says(ASKED, room="stadt", addressed=True))
    (post,) = await ticks(hub)
    (told,) = await replies(hub, chefin, post)
    assert told.text.startswith("Gesendet an 3 Personen. In die Wissensbasis übernehmen?")
    (alone,), (public,) = answers(hub, "anna"), answers(hub, "stadt")
    assert alone.text == (
        f"Antwort auf die Frage „{ASKED}“:\n\nJa, wenn sie belegt sind.\n\n"
        "[1] Hat geholfen   [2] Hat nicht geholfen"
    )
    bold = [s.text for b in alone.body.blocks if b.kind == "paragraph" for s in b.spans if s.bold]
    assert "belegt" in bold, "formatting stays"
    assert (alone.reply_to, alone.notify) == (None, True)
    assert public.text.startswith(f"Antwort auf die Frage „{ALIKE}“:")
    assert public.reply_to == first.message
    assert post.text == (
        f"Frage 1: „{ASKED}“\n\nBeantwortet von Chefin, gesendet an 3 Personen.\n\n"
        "[1] Antwort ändern"
    )
    assert [(await hub.question(n)).state for n in (1, 2, 3, 4)] == [QuestionState.ANSWERED] * 4
    await ticks(hub)
    assert len(answers(hub, "anna")) == len(answers(hub, "stadt")) == 1


async def test_a_button_asks_for_the_answer(hub: Stage, anna: Person, chefin: Person) -> None:
    """The next message is it, also one that looks like a question; then messages are messages."""
    await room(hub)
    post = await posted(hub, anna)
    (prompt,) = await taps(hub, chefin, post, "Beantworten")
    assert prompt.text.startswith("Bitte die Antwort auf Frage 1 schreiben; sie geht sofort an")
    assert prompt.text.endswith("Hier im Raum bitte als Antwort auf diese Nachricht.")
    said = chefin.says(SURE, room=ROOM, addressed=True, reply_to=prompt.message)
    await hub.hears(said)
    assert SURE in answers(hub, "anna")[0].text
    assert "Koordinierungs" in await hub.says(chefin.says(SURE))


async def test_the_answer_can_be_called_off(hub: Stage, anna: Person, chefin: Person) -> None:
    """Nothing is sent then."""
    await room(hub)
    post = await posted(hub, anna)
    await taps(hub, chefin, post, "Beantworten")
    await hub.hears(chefin.says("abbrechen", room=ROOM, addressed=True))
    await hub.hears(chefin.says(SURE, room=ROOM, addressed=True))
    assert answers(hub, "anna") == []


async def test_of_two_editors_the_first_counts(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """The second reads who was faster, whatever they do, and nothing is sent twice."""
    await room(hub, bert)
    post = await posted(hub, anna)
    buttons = {one.label: one.value for one in post.body.numbered_buttons()}
    await taps(hub, bert, post, "Beantworten")
    await replies(hub, chefin, post)
    (told,) = await replies(hub, bert, post, "Nein.")
    assert told.text == "Das hat Chefin schon beantwortet."
    for label, value in buttons.items():
        (told,) = await hub.hears(bert.taps(post, value=value))
        assert told.text == "Das hat Chefin schon beantwortet.", label
    assert len(answers(hub, "anna")) == 1


async def test_who_was_asked_for_an_answer_reads_that_somebody_was_faster(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Once; what they write next is an ordinary message again."""
    await promoted(hub, bert)
    await hub.hears(chefin.says("/start"))
    await asks(hub, anna)
    posts = {one.address.chat: one for one in await ticks(hub)}
    await taps(hub, bert, posts["bert"], "Beantworten")
    await replies(hub, chefin, posts["chefin"])
    assert await hub.says(bert.says("Nein.")) == "Das hat Chefin schon beantwortet."
    assert "Koordinierungs" in await hub.says(bert.says(SURE))
    assert "Beantwortet von Chefin, gesendet an 1 Person." in posts["bert"].text
    assert len(answers(hub, "anna")) == 1


async def test_two_replies_at_the_same_moment_send_one_answer(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Whoever commits first."""
    await room(hub, bert)
    post = await posted(hub, anna)
    async with asyncio.TaskGroup() as tasks:
        for editor in (bert, chefin):
            said = editor.says("Ja.", room=ROOM, addressed=True, reply_to=post.message)
            tasks.create_task(hub.receives(said))
    await hub.delivers()
    assert len(answers(hub, "anna")) == 1
    assert sum("schon beantwortet" in text for text in shown(hub)) == 1


async def test_nobody_else_answers(hub: Stage, anna: Person, bert: Person) -> None:
    """The editors' room may have guests."""
    await room(hub)
    post = await posted(hub, anna)
    (told,) = await replies(hub, bert, post)
    assert told.text.startswith("Das dürfen nur Redakteure.")
    (told,) = await taps(hub, bert, post, "Nicht für uns")
    assert told.text.startswith("Das dürfen nur Redakteure.")
    assert answers(hub, "anna") == []


@pytest.mark.parametrize(("text", "refusal"), [("***", "Die Antwort ist leer."), ("", "Dateien")])
async def test_what_is_no_answer_is_not_sent(
    hub: Stage, anna: Person, chefin: Person, text: str, refusal: str
) -> None:
    """Neither nothing nor a file; the question stays open."""
    await room(hub)
    await hub.hears(chefin.says("/start"))
    post = await posted(hub, anna)
    file = None if text else chefin.file(b"%PDF-1.7\n%%EOF")
    said = chefin.says(text, room=ROOM, addressed=True, reply_to=post.message, file=file)
    assert (await hub.says(said)).startswith(refusal)
    assert (await item(hub)).state == InboxState.OPEN
    assert len(await replies(hub, chefin, post)) == 1


async def test_who_can_not_be_reached_any_more_is_counted(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """The others get their answer; if nobody is left, it may still be kept."""
    await room(hub)
    post = await posted(hub, anna, bert)
    hub.channel.fail_next(RecipientGoneError("blocked"))
    await hub.hears(bert.says("/rollen"))
    (told,) = await replies(hub, chefin, post)
    assert told.text.startswith("Gesendet an 1 Person. In die Wissensbasis übernehmen?")
    assert "1 Person ist nicht mehr erreichbar." in told.text
    await asks(hub, anna, OTHER)
    (other,) = await ticks(hub)
    hub.channel.fail_next(RecipientGoneError("blocked"))
    await hub.hears(anna.says("/rollen"))
    (told,) = await replies(hub, chefin, other)
    assert told.text.startswith("Niemand, der gefragt hat, ist noch erreichbar;")
    assert "Als neuer Eintrag" in told.text


async def test_it_goes_on_after_a_restart_at_any_step(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """What was asked, shown, begun and answered is all kept."""
    await room(hub)
    await asks(hub, anna)
    hub.restart()
    (post,) = await ticks(hub)
    hub.restart()
    (prompt,) = await taps(hub, chefin, post, "Beantworten")
    hub.restart()
    said = chefin.says(ANSWER, room=ROOM, addressed=True, reply_to=prompt.message)
    await hub.receives(said)
    hub.restart()
    await hub.receives(said)  # as after a crash before the network was told
    await hub.delivers()
    hub.restart()
    assert len(answers(hub, "anna")) == 1
    assert "Beantwortet von Chefin, gesendet an 1 Person." in post.text
    assert await ticks(hub) == []


async def test_an_answer_can_be_rated(hub: Stage, anna: Person, bert: Person) -> None:
    """Thanks stand below it; who was not helped waits again, and the editors see it anew."""
    chefin = Person(hub.channel, "chefin", _count=5000)
    await room(hub)
    post = await posted(hub, anna, bert)
    await replies(hub, chefin, post)
    (good,), (bad,) = answers(hub, "anna"), answers(hub, "bert")
    await taps(hub, anna, good, "Hat geholfen")
    assert good.text.endswith("Ja, wenn sie belegt sind.\n\nDanke für die Rückmeldung.")
    await taps(hub, bert, bad, "Hat nicht geholfen")
    assert "Was fehlte?" in bad.text
    await hub.hears(bert.says("Womit belegt?"))
    (again,) = await ticks(hub)
    assert "(1 Person, zuerst heute 10:00)" in again.text
    assert "Gefehlt hat: „Womit belegt?“" in again.text
    await replies(hub, chefin, again, "Mit Stundenzetteln.")
    assert len(answers(hub, "anna")) == 1
    assert "Mit Stundenzetteln." in answers(hub, "bert")[1].text


# Changing an answer


async def test_an_answer_is_changed_wherever_it_was_sent(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """In place, and as often as it takes; a rating stays possible."""
    await room(hub)
    await asks(hub, anna)
    await hub.hears(bert.says(ALIKE, room="stadt", addressed=True))
    (post,) = await ticks(hub)
    (told,) = await replies(hub, chefin, post, "Nein.")
    for button_of, text in ((told, "Ja."), (post, ANSWER)):
        (prompt,) = await taps(hub, chefin, button_of, "Antwort ändern")
        assert prompt.text.startswith("Bitte die neue Antwort auf Frage 1 schreiben;")
        said = chefin.says(text, room=ROOM, addressed=True, reply_to=prompt.message)
        assert await hub.says(said) == (
            "Geändert in 2 Chats. Ein Eintrag der Wissensbasis bleibt, wie er ist."
        )
    for chat, asked in (("anna", ASKED), ("stadt", ALIKE)):
        (answer,) = answers(hub, chat)
        assert answer.text == (
            f"Antwort auf die Frage „{asked}“:\n\nJa, wenn sie belegt sind.\n\n"
            "[1] Hat geholfen   [2] Hat nicht geholfen"
        )
    assert "Koordinierungs" in await hub.says(chefin.says(SURE, room=ROOM, addressed=True))
    assert (await hub.says(chefin.says("/protokoll frage 1"))).count("Frage 1 geändert") == 2


async def test_only_one_message_can_be_changed(hub: Stage, anna: Person, chefin: Person) -> None:
    """What does not fit is refused before anything is changed; so is what is on its way."""
    await room(hub)
    post = await posted(hub, anna)
    await hub.receives(chefin.says("Nein.", room=ROOM, addressed=True, reply_to=post.message))
    await hub.receives(chefin.taps(post, value="inbox:revise:1"))
    await hub.receives(chefin.says("Ja.", room=ROOM, addressed=True))
    await hub.delivers()
    assert any(text.startswith("Die Antwort wird gerade gesendet.") for text in shown(hub))
    long = await hub.says(chefin.says("Ja. " * 1500, room=ROOM, addressed=True))
    assert long.startswith("Ändern lässt sich nur, was in eine Nachricht passt.")
    assert "Nein." in answers(hub, "anna")[0].text
    assert "Geändert in 1 Chat" in await hub.says(chefin.says("Ja.", room=ROOM, addressed=True))
    assert "Ja." in answers(hub, "anna")[0].text


async def test_a_given_entry_is_changed_as_an_entry(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Its answer stands in the knowledge base."""
    await room(hub)
    post = await posted(hub, anna)
    (board,) = await taps(hub, chefin, post, "Gehört zu diesem Eintrag")
    await gives(hub, chefin, board)
    assert "Antwort ändern" not in post.text
    assert "wartet nicht" in await hub.says(chefin.taps(post, value="inbox:revise:1"))


# The other buttons


async def test_not_for_us_says_kindly_where_to_turn(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Who asked alone with the bot reads it once; rooms are left in peace."""
    await room(hub)
    await asks(hub, anna)
    await asks(hub, anna)
    await hub.hears(bert.says(ASKED, room="stadt", addressed=True))
    (post,) = await ticks(hub)
    button = post.body.numbered_buttons()[2]
    told = await taps(hub, chefin, post, "Nicht für uns")
    assert [one.address.chat for one in told] == ["anna"]
    assert told[0].text.startswith(
        f"Zur Frage „{ASKED}“: Dazu kann das Team der KTS nichts sagen. Weiter hilft"
    )
    assert post.text == f"Frage 1: „{ASKED}“\n\nNicht für uns, meint Chefin."
    (again,) = await hub.hears(chefin.taps(post, value=button.value))
    assert again.text == "Das hat Chefin schon geschlossen: nicht für uns."
    assert (await hub.question(1)).state == QuestionState.DISMISSED


async def test_later_hides_it_until_the_next_morning(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Also if somebody else asks meanwhile; then it is shown again, with all who asked."""
    await room(hub)
    post = await posted(hub, anna)
    for _ in range(2):
        await hub.hears(chefin.taps(post, value="inbox:later:1"))
    hidden = "Offene Frage 1 kommt wieder: Samstag, 16. Januar 2027, 08:00 Uhr"
    assert post.text == hidden
    await asks(hub, bert)
    hub.clock.advance(timedelta(hours=21))
    assert await ticks(hub) == []
    assert post.text == hidden
    hub.clock.advance(timedelta(hours=1))
    (again,) = await ticks(hub)
    assert again.text.startswith("Offene Frage 1 (2 Personen, zuerst gestern 10:00)")
    assert post.text == "Frage 1 steht weiter unten."
    await replies(hub, chefin, post)
    assert len(answers(hub, "anna")) == 1, "a reply to the older message counts as well"


async def test_who_opens_a_hidden_question_sees_it_again(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """With all that can be done about it, and not once more in the morning."""
    await room(hub)
    post = await posted(hub, anna)
    await taps(hub, chefin, post, "Später")
    (opened,) = await hub.hears(chefin.says("/inbox 1"))
    assert opened.text.endswith(BUTTONS)
    await ticks(hub)
    assert post.text == opened.text
    hub.clock.advance(timedelta(days=1))
    assert await ticks(hub) == []
    await asks(hub, anna, OTHER)
    await taps(hub, chefin, opened, "Nicht für uns")
    assert (await hub.says(chefin.taps(post, value="inbox:later:1"))).startswith("Das hat Chefin")


async def test_what_is_withdrawn_can_not_be_answered(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Who replies too late reads that nobody waits any more."""
    await room(hub)
    kept = await asks(hub, anna)
    (post,) = await ticks(hub)
    await hub.hears(anna.taps(kept, number=1))
    (told,) = await replies(hub, chefin, post)
    assert told.text.startswith("Frage 1 ist zurückgezogen oder hat sich erledigt;")
    assert answers(hub, "anna") == []


async def test_at_night_the_next_morning_is_that_of_the_same_day(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Half past two is still yesterday for who is awake."""
    await room(hub)
    hub.clock.advance(timedelta(hours=16, minutes=30))
    post = await posted(hub, anna)
    await taps(hub, chefin, post, "Später")
    assert post.text.endswith("Samstag, 16. Januar 2027, 08:00 Uhr")


async def test_an_entry_is_given_to_everybody_who_asked(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """And the words of the question become its phrasings."""
    await room(hub)
    post = await posted(hub, anna, bert)
    (board,) = await taps(hub, chefin, post, "Gehört zu diesem Eintrag")
    assert board.text.startswith("Zu welchem Eintrag gehört Frage 1?")
    labels = [one.label for one in board.body.numbered_buttons()]
    assert labels[0] == "Wann ist die nächste Konferenz?"
    assert labels[-1] == "Ohne Formulierung"
    await gives(hub, chefin, board)
    assert board.text == "„Wann ist die nächste Konferenz?“ ist an 2 Personen gesendet."
    (answer,) = answers(hub, "anna")
    assert "Wann ist die nächste Konferenz?\n\nIm Mai in Leipzig." in answer.text
    rows = await hub.rows()
    assert rows["taught_phrasings"] == 1
    assert (await hub.question(1)).entry == "konferenz"
    await taps(hub, anna, answer, "Hat geholfen")
    assert answer.text.endswith("Danke für die Rückmeldung.")
    (again,) = await hub.hears(chefin.taps(board, value="inbox:learn:1:0"))
    assert again.text == "Das hat Chefin schon beantwortet."


async def test_an_entry_is_given_without_keeping_the_words(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Once and back is no change."""
    await room(hub)
    post = await posted(hub, anna)
    (board,) = await taps(hub, chefin, post, "Gehört zu diesem Eintrag")
    for label in ("Ohne Formulierung", "Mit Formulierung", "Ohne Formulierung"):
        await taps(hub, chefin, board, label)
    assert "Der Wortlaut der Frage wird nicht übernommen." in board.text
    await gives(hub, chefin, board)
    assert len(answers(hub, "anna")) == 1
    assert "taught_phrasings" not in await hub.rows()


@pytest.mark.parametrize("words", ["vergabe", "Wer hilft bei der Vergabe"])
async def test_an_entry_is_found_by_id_or_words(
    hub: Stage, anna: Person, chefin: Person, words: str
) -> None:
    """Who asked for the entries searches in the next message."""
    await room(hub)
    post = await posted(hub, anna)
    (board,) = await taps(hub, chefin, post, "Gehört zu diesem Eintrag")
    said = chefin.says(words, room=ROOM, addressed=True, reply_to=board.message)
    (found,) = await hub.hears(said)
    assert found.body.numbered_buttons()[0].label == "Wer hilft bei der Vergabe?"
    await gives(hub, chefin, found)
    assert "Das Team Vergabe." in answers(hub, "anna")[0].text
    assert "Koordinierungs" in await hub.says(chefin.says(SURE, room=ROOM, addressed=True))


async def test_an_entry_that_is_gone_is_admitted(hub: Stage, chefin: Person) -> None:
    """Nothing is sent."""
    (start,) = await hub.hears(chefin.says("/start"))
    for value in ("inbox:give:1:000000000000:1", "inbox:also:1:0", "inbox:x:1", "inbox:new:x"):
        assert "bewirkt nichts mehr" in await hub.says(chefin.taps(start, value=value))


# Looking into the inbox


async def test_the_inbox_lists_what_most_people_wait_for_first(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Five on a page, and each can be opened and answered from there."""
    letters = "qwxyzj"
    texts = [f"{letter * 4} {letter * 6}?" for letter in letters]
    for text in texts:
        await asks(hub, anna, text)
    await asks(hub, bert, texts[-1])
    (page,) = await hub.hears(chefin.says("/inbox"))
    assert page.text.startswith("6 offene Fragen, die häufigsten zuerst")
    assert "6 · 2 Personen · heute 10:00 · „jjjj jjjjjj?“" in page.text.splitlines()[2]
    assert page.text.endswith("[1] 6   [2] 1   [3] 2   [4] 3   [5] 4\n[6] Weitere")
    await taps(hub, chefin, page, "Weitere")
    assert "5 · 1 Person · heute 10:00 · „zzzz zzzzzz?“" in page.text
    assert page.text.endswith("[1] 5\n[2] Vorige")
    (post,) = await hub.hears(chefin.taps(page, number=1))
    assert post.text.startswith("Offene Frage 5 (1 Person")
    (told,) = await replies(hub, chefin, post)
    assert told.text.startswith("Gesendet an 1 Person.")


async def test_one_question_is_opened_by_its_number(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Also by that of another question of the same item; the older message points to it."""
    await hub.hears(chefin.says("/start"))
    await asks(hub, anna)
    await asks(hub, bert)
    (first,) = await ticks(hub)
    post = first
    for typed in ("/inbox 1", "inbox 2", "!inbox Nr. 1"):
        (post,) = await hub.hears(chefin.says(typed))
        assert post.text.startswith("Offene Frage 1 (2 Personen")
    await ticks(hub)
    assert first.text == "Frage 1 steht weiter unten."
    assert "Nr. 77 wartet nicht" in await hub.says(chefin.says("/inbox 77"))
    assert "inbox 128" in await hub.says(chefin.says("/inbox alles"))
    await replies(hub, chefin, post)
    (closed,) = await hub.hears(chefin.says("/inbox 1"))
    assert "Beantwortet von Chefin, gesendet an 2 Personen." in closed.text


async def test_an_empty_inbox_says_so(hub: Stage, chefin: Person) -> None:
    """Also where nothing was ever asked."""
    assert await hub.says(chefin.says("/inbox")) == "Keine offenen Fragen."


async def test_the_inbox_is_for_editors_among_themselves(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Elsewhere others would read along; the refusal says how a room becomes one of theirs."""
    assert (await hub.says(anna.says("/inbox"))).startswith("Das dürfen nur Redakteure.")
    told = await hub.says(chefin.says("/inbox", room="stadt", addressed=True))
    assert "gehört fake:stadt zu editors unter [knowledge]" in told
    await room(hub)
    assert await hub.says(chefin.says("/inbox", room=ROOM, addressed=True)) == (
        "Keine offenen Fragen."
    )


async def test_what_is_hidden_is_marked_in_the_list(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """It is open all the same."""
    await room(hub)
    post = await posted(hub, anna)
    await taps(hub, chefin, post, "Später")
    listed = await hub.says(chefin.says("/inbox"))
    assert "(kommt wieder: Samstag, 16. Januar 2027, 08:00 Uhr)" in listed


# What is left


async def test_the_log_knows_who_decided(hub: Stage, anna: Person, chefin: Person) -> None:
    """Answered, given an entry, not for us; and never the words."""
    await room(hub)
    await replies(hub, chefin, await posted(hub, anna))
    post = await posted(hub, anna, text=OTHER)
    await taps(hub, chefin, post, "Nicht für uns")
    post = await posted(hub, anna, text=NOTHING)
    (board,) = await taps(hub, chefin, post, "Gehört zu diesem Eintrag")
    await gives(hub, chefin, board)
    log = await hub.says(chefin.says("/protokoll"))
    assert "Chefin: Frage 1 beantwortet" in log
    assert "Chefin: Frage 2 geschlossen: nicht für uns" in log
    assert "Chefin: Frage 3 mit einem Eintrag beantwortet" in log
    assert ANSWER not in log
    one = await hub.says(chefin.says("/protokoll frage 2"))
    assert "Frage 2 geschlossen" in one
    assert "Frage 1" not in one


async def test_what_was_passed_on_is_not_brought_back_by_a_rating(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Editors decide once; else one person could ring for them without end."""
    await room(hub)
    (answer,) = await hub.hears(anna.says(SURE, room="stadt", addressed=True))
    unhelpful = answer.body.numbered_buttons()[1].value
    await hub.hears(anna.taps(answer, value=unhelpful))
    (post,) = await ticks(hub)
    await taps(hub, chefin, post, "Nicht für uns")
    await hub.hears(anna.taps(answer, value=unhelpful))
    assert await ticks(hub) == []
    assert (await item(hub)).state == InboxState.DISMISSED


async def test_nobody_brings_back_what_its_author_has_withdrawn(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Not even by a button that was there before."""
    await room(hub)
    (choice,) = await hub.hears(anna.says(UNSURE, room="stadt", addressed=True))
    none = choice.body.numbered_buttons()[-1].value
    await hub.hears(anna.taps(choice, value=none))
    await ticks(hub)
    await hub.hears(anna.taps(choice, value="faq-withdraw:1"))
    (told,) = await hub.hears(bert.taps(choice, value=none))
    assert told.text.startswith("Dieser Knopf bewirkt nichts mehr.")
    assert await ticks(hub) == []
    assert (await item(hub)).state == InboxState.CLOSED


async def test_who_is_no_editor_any_more_reads_nothing_new(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """Neither what others ask nor who answers it; and a reply answers nothing."""
    await promoted(hub, bert)
    await asks(hub, anna)
    posts = {one.address.chat: one for one in await ticks(hub)}
    chefin = Person(hub.channel, "chefin", _count=4000)
    await hub.hears(chefin.says("/rolle entziehen fake:bert Redaktion"))
    await asks(hub, carla, ALIKE)
    await ticks(hub)
    assert ALIKE in posts["chefin"].text
    assert posts["bert"].text == "Frage 1 ist bei der Redaktion."
    (told,) = await replies(hub, bert, posts["bert"])
    assert told.text.startswith("Das dürfen nur Redakteure.")


async def test_an_open_item_can_be_replied_to_however_old_its_message_is(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """A reply must never be taken for a question of the editor's own."""
    await room(hub)
    post = await posted(hub, anna)
    hub.clock.advance(timedelta(days=100))
    await hub.ticks(forget_old_rows)
    await replies(hub, chefin, post)
    assert len(answers(hub, "anna")) == 1
    hub.clock.advance(timedelta(days=31))
    await hub.ticks(forget_old_rows)
    assert "deliveries" not in await hub.rows()


async def test_what_is_forgotten_waits_no_more(hub: Stage, anna: Person) -> None:
    """Nothing is kept of a question whose time is over."""
    await room(hub)
    await posted(hub, anna)
    hub.clock.advance(timedelta(days=181))
    await hub.ticks(forget_old_rows)
    await ticks(hub)
    await hub.ticks(forget_old_rows)
    rows = await hub.rows()
    assert "questions" not in rows
    assert "inbox_items" not in rows


async def test_a_question_follows_its_room_to_another_id(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """The answer comes there, but in reply to nothing: the ids of messages are others now."""
    await room(hub)
    await hub.hears(anna.says(ASKED, room="alt", addressed=True))
    (post,) = await ticks(hub)
    await hub.hears(anna.changes("alt", Change.MOVED, moved_to="neu"))
    await replies(hub, chefin, post)
    (answer,) = answers(hub, "neu")
    assert answer.reply_to is None


async def test_the_privacy_answer_names_the_editors(hub: Stage, anna: Person) -> None:
    """Who asks is told who reads it, and for how long it is kept."""
    told = await hub.says(anna.says("/datenschutz"))
    assert "was darin fehlte: 180 Tage lang" in told
    assert "liest die Redaktion, ohne Namen" in told


async def test_nothing_is_sent_before_the_editor_has_seen_it(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """The first tap shows what would go to how many; the second sends it, or goes back."""
    await room(hub)
    post = await posted(hub, anna)
    (board,) = await taps(hub, chefin, post, "Gehört zu diesem Eintrag")
    entry = board.body.numbered_buttons()[0].label
    await hub.hears(chefin.taps(board, number=1))
    assert board.text.startswith("Das geht an 1 Person:")
    assert entry in board.text
    assert answers(hub, "anna") == []
    await taps(hub, chefin, board, "Anderer Eintrag")
    assert board.text.startswith("Zu welchem Eintrag gehört Frage 1?")
    assert answers(hub, "anna") == []
    await gives(hub, chefin, board)
    assert len(answers(hub, "anna")) == 1
