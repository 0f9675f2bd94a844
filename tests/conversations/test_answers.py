"""A question is answered, offered a choice, or kept for the team."""

import pytest

from bot.services.knowledge import KnowledgeBase
from bot.storage.models import Question, QuestionState
from tests.conversations.stage import NOTHING, SURE, UNSURE, Stage
from tests.fakes import Person

ANSWER = (
    "Was ist die KTS?\n\n"
    "Die Koordinierungs- und Transferstelle begleitet die Modellprojekte.\n\n"
    "Quelle: https://www.smart-city-dialog.de/kts · geprüft am 12.10.2026"
)


async def test_an_answer_has_title_text_source_and_review_date(hub: Stage, anna: Person) -> None:
    """Who asks reads what is so, where that comes from and how fresh it is."""
    (answer,) = await hub.hears(anna.says(SURE))
    assert answer.text == f"{ANSWER}\n\n[1] Hat geholfen   [2] Hat nicht geholfen"
    (row,) = answer.body.buttons
    assert [button.label for button in row] == ["Hat geholfen", "Hat nicht geholfen"]
    links = [s.link for b in answer.body.blocks if b.kind == "paragraph" for s in b.spans]
    assert "https://www.smart-city-dialog.de/kts" in links


async def test_an_answer_to_an_english_speaker_is_framed_in_english(
    hub: Stage, anna: Person
) -> None:
    """The entry stays as it was written; everything around it follows the member."""
    anna.language = "en-GB"
    text = await hub.says(anna.says(SURE))
    assert "· reviewed on 12 Oct 2026" in text
    assert "[1] This helped" in text


async def test_an_answer_without_source_still_says_when_it_was_reviewed(
    hub: Stage, anna: Person
) -> None:
    """The review date alone stands in a line of its own."""
    text = await hub.says(anna.says("Wann ist die nächste Konferenz?"))
    assert "\n\nGeprüft am 12.10.2026\n\n" in text
    assert "Quelle" not in text


async def test_thumbs_up_is_kept_and_thanked_for_in_place(hub: Stage, anna: Person) -> None:
    """The pressed message changes; no second one is sent."""
    (answer,) = await hub.hears(anna.says(SURE))
    assert await hub.hears(anna.taps(answer, number=1)) == []
    assert answer.edited
    assert answer.text == f"{ANSWER}\n\nDanke für die Rückmeldung."
    assert await hub.ratings() == [True]
    assert (await hub.question(1)).state == QuestionState.ANSWERED


async def test_thumbs_down_brings_the_question_to_the_team(hub: Stage, anna: Person) -> None:
    """An answer that did not help leaves the question open."""
    (answer,) = await hub.hears(anna.says(SURE))
    await hub.hears(anna.taps(answer, number=2))
    assert "Die Frage ist beim Team der KTS (Nr. 1)" in answer.text
    assert await hub.ratings() == [False]
    assert (await hub.question(1)).state == QuestionState.OPEN


async def test_the_last_word_on_an_answer_counts(hub: Stage, anna: Person) -> None:
    """Whoever pressed the wrong thumb first is heard with the second."""
    (answer,) = await hub.hears(anna.says(SURE))
    down, up = (answer.body.button(number) for number in (2, 1))
    assert down
    assert up
    for button in (down, up):
        await hub.hears(anna.taps(answer, value=button.value))
    assert await hub.ratings() == [True]
    assert (await hub.question(1)).state == QuestionState.ANSWERED


async def test_a_rating_changes_only_the_pressed_message(hub: Stage, anna: Person) -> None:
    """The answer to an earlier question stays as it was."""
    (first,) = await hub.hears(anna.says(SURE))
    (second,) = await hub.hears(anna.says("Wie hoch ist die Förderquote?"))
    before = first.text
    await hub.hears(anna.taps(second, number=1))
    assert second.edited
    assert (first.edited, first.text) == (False, before)


async def test_a_typed_rating_is_thanked_without_repeating_the_answer(
    hub: Stage, anna: Person
) -> None:
    """A number that was typed is answered below, in one line."""
    await hub.hears(anna.says(SURE))
    assert await hub.says(anna.says("1")) == "Danke für die Rückmeldung."


async def test_somebody_elses_thumb_does_not_reopen_the_question(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """In a room everybody may rate, but only who asked can say that the answer is missing."""
    (answer,) = await hub.hears(anna.says(SURE, room="stadt", addressed=True))
    await hub.hears(bert.taps(answer, number=2))
    assert answer.text.endswith("[1] Hat geholfen   [2] Hat nicht geholfen"), "others may too"
    assert await hub.ratings() == [False]
    assert (await hub.question(1)).state == QuestionState.ANSWERED


async def test_several_fitting_entries_are_offered(hub: Stage, anna: Person) -> None:
    """Unsure means: up to three suggestions, and a way to say that none was meant."""
    text = await hub.says(anna.says(UNSURE))
    assert text == (
        "Dazu passt mehreres. Was ist gemeint?\n\n"
        "[1] Verwendungsnachweis Phase A\n"
        "[2] Verwendungsnachweis Phase B\n"
        "[3] Formular zum Verwendungsnachweis\n"
        "[4] Nichts davon"
    )


async def test_choosing_a_suggestion_turns_the_message_into_the_answer(
    hub: Stage, anna: Person
) -> None:
    """The question is over then, and the answer can be rated."""
    (choice,) = await hub.hears(anna.says(UNSURE))
    assert await hub.hears(anna.taps(choice, number=2)) == []
    assert choice.text.startswith("Verwendungsnachweis Phase B\n\nZwölf Monate")
    assert choice.text.endswith("[1] Hat geholfen   [2] Hat nicht geholfen")
    question = await hub.question(1)
    assert (question.state, question.entry) == (QuestionState.ANSWERED, "vn-b")
    await hub.hears(anna.taps(choice, number=1))
    assert await hub.ratings() == [True]


async def test_none_of_the_suggestions_keeps_the_question(hub: Stage, anna: Person) -> None:
    """The team sees what the knowledge base could not tell apart."""
    (choice,) = await hub.hears(anna.says(UNSURE))
    await hub.hears(anna.taps(choice, number=4))
    assert choice.edited
    assert "beim Team der KTS (Nr. 1)" in choice.text
    question = await hub.question(1)
    assert (question.state, question.text) == (QuestionState.OPEN, UNSURE)


async def test_a_typed_number_is_a_button(hub: Stage, anna: Person) -> None:
    """Where nothing can be tapped the number is enough; the answer stands below it."""
    await hub.hears(anna.says(UNSURE))
    text = await hub.says(anna.says("3"))
    assert text.startswith("Formular zum Verwendungsnachweis\n\nDas Formular")
    assert (await hub.question(1)).entry == "vn-form"


async def test_a_number_may_be_typed_as_people_write_numbers(hub: Stage, anna: Person) -> None:
    """A full stop or bracket behind it changes nothing."""
    for typed in ("1.", "1)", " 1 "):
        await hub.hears(anna.says(UNSURE))
        assert (await hub.says(anna.says(typed))).startswith("Verwendungsnachweis Phase A")


async def test_a_number_in_reply_to_an_older_message_means_its_button(
    hub: Stage, anna: Person
) -> None:
    """Replying says which message is meant."""
    (choice,) = await hub.hears(anna.says(UNSURE))
    await hub.hears(anna.says(SURE))
    text = await hub.says(anna.says("2", reply_to=choice.message))
    assert text.startswith("Verwendungsnachweis Phase B")


@pytest.mark.parametrize("text", ["2", "2.", "[2]", "(2)", "42", "[42]", "0"])
async def test_a_number_without_buttons_is_no_question(
    hub: Stage, anna: Person, text: str
) -> None:
    """Nothing was offered, so nothing can be chosen, and the team gets no riddles."""
    assert "keine Auswahl" in await hub.says(anna.says(text))
    assert await hub.hears(anna.says(text, room="stadt", addressed=True)) == []
    assert "questions" not in await hub.rows()


async def test_a_number_that_was_not_offered_is_no_question(hub: Stage, anna: Person) -> None:
    """There is no fifth button below four."""
    for typed in ("5", "17"):
        await hub.hears(anna.says(UNSURE))
        assert "keine Auswahl" in await hub.says(anna.says(typed))


async def test_what_nothing_fits_is_kept_with_its_number(hub: Stage, anna: Person) -> None:
    """One line says so, and the question waits for the team."""
    text = await hub.says(anna.says(NOTHING))
    assert text == (
        "Dazu steht noch nichts in der Wissensbasis. Die Frage ist beim Team der KTS (Nr. 1); "
        "die Antwort kommt hierher.\n\n[1] Frage zurückziehen"
    )
    question = await hub.question(1)
    assert (question.state, question.text) == (QuestionState.OPEN, NOTHING)


@pytest.mark.parametrize("text", ["Danke!", "hallo", "Ok, danke"])
async def test_thanks_and_greetings_are_no_questions_to_the_team(
    hub: Stage, anna: Person, text: str
) -> None:
    """Alone with the bot one reads how to ask, in a room nothing at all; neither is kept."""
    assert await hub.says(anna.says(text)) == (
        "Fragen bitte einfach hier schreiben, in eigenen Worten.\n\nAlle Befehle zeigt /help."
    )
    assert await hub.hears(anna.says(text, room="stadt", addressed=True)) == []
    assert "questions" not in await hub.rows()


async def test_an_empty_knowledge_base_is_admitted(hub: Stage, anna: Person) -> None:
    """The question is kept all the same."""
    hub.knowledge = KnowledgeBase([], encoder=False)
    hub.restart()
    assert (await hub.says(anna.says(SURE))).startswith("Die Wissensbasis ist noch leer.")
    assert (await hub.question(1)).state == QuestionState.OPEN


async def test_the_asker_can_withdraw_a_question(hub: Stage, anna: Person) -> None:
    """The message says so in place, and pressing again changes nothing."""
    (kept,) = await hub.hears(anna.says(NOTHING))
    button = kept.body.button(1)
    assert button
    for _ in range(2):
        assert await hub.hears(anna.taps(kept, value=button.value)) == []
    assert kept.text == "Frage Nr. 1 ist zurückgezogen."
    assert (await hub.question(1)).state == QuestionState.WITHDRAWN


async def test_nobody_else_can_withdraw_a_question(hub: Stage, anna: Person, bert: Person) -> None:
    """Whoever tries reads why not, and the question stays open."""
    (kept,) = await hub.hears(anna.says(NOTHING, room="stadt", addressed=True))
    refusal = await hub.says(bert.taps(kept, number=1))
    assert refusal == "Zurückziehen kann eine Frage nur, wer sie gestellt hat."
    assert (await hub.question(1)).state == QuestionState.OPEN
    assert not kept.edited


async def test_an_answered_question_can_not_be_withdrawn(hub: Stage, anna: Person) -> None:
    """An old button is no way back."""
    (answer,) = await hub.hears(anna.says(SURE))
    refusal = await hub.says(anna.taps(answer, value="faq-withdraw:1"))
    assert refusal.startswith("Zurückziehen geht nicht mehr")
    assert (await hub.question(1)).state == QuestionState.ANSWERED


async def test_the_command_asks_as_well(hub: Stage, anna: Person) -> None:
    """In rooms it is the way to a question without a mention."""
    for event in (anna.says(f"/frage {SURE}"), anna.says(f"!ask {SURE}")):
        assert (await hub.says(event)).startswith(ANSWER)
    assert (await hub.says(anna.says("/frage"))).startswith("Die Frage fehlt noch")


async def test_entries_that_are_gone_since_then_are_admitted(hub: Stage, anna: Person) -> None:
    """A button of yesterday's answer says that it does nothing any more."""
    (choice,) = await hub.hears(anna.says(UNSURE))
    async with hub.database.begin() as session:
        (await session.get_one(Question, 1)).candidates = ["gone"]
    assert "Dieser Knopf bewirkt nichts mehr" in await hub.says(anna.taps(choice, number=1))
