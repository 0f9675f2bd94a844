"""Editors read what was asked, in words and as a picture."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image

from bot.services.knowledge import KnowledgeBase
from tests.conversations import editors
from tests.conversations.stage import NOTHING, SURE, UNSURE, Stage
from tests.fakes import Person

NONE = "In den letzten 8 Wochen wurde nichts gefragt."
WIDTH = 1080


async def fill(hub: Stage, *people: Person) -> None:
    """Let the first ask what is answered, offered, open and withdrawn, and the others wait too."""
    first = people[0]
    (answer,) = await hub.hears(first.says(SURE))
    await hub.hears(first.taps(answer, number=1))
    await hub.hears(first.says(UNSURE))
    (waiting,) = await hub.hears(first.says(NOTHING))
    await hub.hears(first.taps(waiting, number=1))
    for person in people:
        await editors.asks(hub, person)


async def test_the_last_weeks_are_told_in_words(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Sums, weeks, the entries given most, and what is missed; nobody is named."""
    await fill(hub, anna, bert)
    (told,) = await hub.hears(chefin.says("/statistik"))
    assert told.text == (
        "Fragen der letzten 8 Wochen\n\n"
        "23.11.2026 bis 15.01.2027: 5 Fragen\n"
        "beantwortet: 1 (20\xa0%)\n"
        "Auswahl angeboten: 1 (20\xa0%)\n"
        "offen: 2 (40\xa0%)\n"
        "ohne Antwort beendet: 1 (20\xa0%)\n"
        "1 Antwort wurde bewertet, 100\xa0% „Hat geholfen“\n\n"
        "Je Woche\n\n"
        "- ab 23.11.: 0\n- ab 30.11.: 0\n- ab 07.12.: 0\n- ab 14.12.: 0\n"
        "- ab 21.12.: 0\n- ab 28.12.: 0\n- ab 04.01.: 0\n"
        "- ab 11.01.: 5 (1 beantwortet, 1 Auswahl angeboten, 2 offen, 1 ohne Antwort beendet)\n\n"
        "Am häufigsten gefragt\n\n"
        "- „Was ist die KTS?“ (1-mal)\n\n"
        "Offen, von den meisten vermisst\n\n"
        "- „Zählen Eigenleistungen als Eigenanteil?“ (Nr. 4, 2 Personen)\n\n"
        "[1] Als Bild"
    )


async def test_what_an_editor_answered_is_told(hub: Stage, anna: Person, chefin: Person) -> None:
    """It is the team's work, and the question is missed no longer."""
    await editors.promoted(hub)
    await editors.asks(hub, anna)
    await hub.hears(chefin.says("/statistik"))
    (item,) = await editors.ticks(hub)
    await editors.replies(hub, chefin, item)
    text = await hub.says(chefin.says("/statistik"))
    assert "beantwortet: 1 (100\xa0%), davon 1 von der Redaktion" in text
    assert "Noch keine Antwort wurde bewertet." in text
    assert "vermisst" not in text


@pytest.mark.parametrize("typed", ["/statistik bild", "!stats Diagramm", "statistics picture"])
async def test_a_picture_comes_with_all_the_words(
    hub: Stage, anna: Person, bert: Person, chefin: Person, typed: str
) -> None:
    """Nothing depends on it."""
    await fill(hub, anna, bert)
    words, picture = await hub.hears(chefin.says(typed))
    assert "Am häufigsten gefragt\n\n- „Was ist die KTS?“ (1-mal)" in words.text
    assert words.body.buttons == ()
    attached = picture.body.attachment
    assert attached is not None
    assert (attached.name, attached.mime) == ("statistik-2027-01-15.png", "image/png")
    with Image.open(BytesIO(picture.file or b"")) as image:
        image.load()
        assert (image.format, image.width) == ("PNG", WIDTH)
        assert image.height > WIDTH
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or ()}
    assert {(0, 114, 178), (86, 180, 233), (230, 159, 0), (187, 187, 187)} <= colours


async def test_the_button_sends_the_picture_with_the_sums(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """In the language of who taps; twice the same picture is kept once."""
    await fill(hub, anna, bert)
    (told,) = await hub.hears(chefin.says("/statistik"))
    chefin.language = "en"
    words, picture = await hub.hears(chefin.taps(told, number=1))
    assert words.text.startswith("Questions of the last 8 weeks\n\n23 Nov 2026 to 15 Jan 2027: 5")
    assert "By week" not in words.text
    assert picture.body.attachment is not None
    assert picture.body.attachment.name == "statistics-2027-01-15.png"
    await hub.hears(chefin.taps(told, number=1))
    assert (await hub.rows())["files"] == 1


@pytest.mark.parametrize("typed", ["/statistik", "/statistik bild"])
async def test_without_questions_there_is_nothing_to_draw(
    hub: Stage, chefin: Person, typed: str
) -> None:
    """Also after nothing but thanks, which is no question."""
    await hub.hears(chefin.says("Danke"))
    assert await hub.says(chefin.says(typed)) == NONE


async def test_questions_that_wait_longer_are_told_all_the_same(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Whoever asked has not forgotten it."""
    await editors.asks(hub, anna)
    hub.clock.advance(timedelta(weeks=8))
    text = await hub.says(chefin.says("/statistik"))
    assert text.startswith(NONE)
    assert text.endswith("- „Zählen Eigenleistungen als Eigenanteil?“ (Nr. 1, 1 Person)")


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        # Sunday and Monday around midnight in Berlin, in winter and in summer
        (datetime(2027, 1, 3, 22, 59, tzinfo=UTC), "ab 28.12.: 1 (1 beantwortet)"),
        (datetime(2027, 1, 3, 23, 0, tzinfo=UTC), "ab 04.01.: 1 (1 beantwortet)"),
        (datetime(2027, 3, 28, 21, 59, tzinfo=UTC), "ab 22.03.: 1 (1 beantwortet)"),
        (datetime(2027, 3, 28, 22, 0, tzinfo=UTC), "ab 29.03.: 1 (1 beantwortet)"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "ab 28.12.: 1 (1 beantwortet)"),
    ],
)
async def test_weeks_begin_on_monday_by_the_clocks_of_the_hub(
    hub: Stage, anna: Person, chefin: Person, asked: datetime, line: str
) -> None:
    """Across the year's end, and when the clocks change."""
    hub.clock.advance(asked - hub.clock.now())
    await hub.hears(anna.says(SURE))
    hub.clock.advance(timedelta(days=10))
    assert line in await hub.says(chefin.says("/statistik"))


async def test_it_is_for_editors_among_themselves(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """In their room or alone with the bot; others are told who may."""
    await editors.room(hub, anna)
    assert await hub.says(anna.says("/statistik")) == NONE
    assert await hub.says(anna.says("/statistik", room=editors.ROOM, addressed=True)) == NONE
    assert await hub.says(chefin.says("/statistik", room="stadt", addressed=True)) == (
        "Die Statistik zeigt der Bot nur in direkten Chats und in Räumen der Redaktion."
        " Bitte dort /statistik schreiben."
    )
    assert (await hub.says(bert.says("/statistik"))).startswith("Das dürfen nur")


async def test_a_button_in_a_room_of_others_shows_nothing(hub: Stage, chefin: Person) -> None:
    """Buttons can be forged, and rooms lose their purpose."""
    (told,) = await hub.hears(chefin.says("/start", room="stadt", addressed=True))
    (said,) = await hub.hears(chefin.taps(told, value="statistics:picture"))
    assert said.text.startswith("Die Statistik zeigt der Bot nur in direkten Chats")


async def test_what_can_not_be_read_is_refused_with_the_way_out(
    hub: Stage, chefin: Person
) -> None:
    """Without the prefix it is a question."""
    assert await hub.says(chefin.says("/statistik gestern")) == (
        "Das lässt sich nicht lesen. Bitte „statistik“ oder „statistik bild“ schreiben."
    )


async def test_entries_that_are_gone_are_named_by_their_id(
    hub: Stage, anna: Person, chefin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor knows it."""
    await hub.hears(anna.says(SURE))
    monkeypatch.setattr(KnowledgeBase, "entries", ())
    assert "- „kts“ (1-mal)" in await hub.says(chefin.says("/statistik"))


async def test_an_odd_question_stays_in_its_line(hub: Stage, anna: Person, chefin: Person) -> None:
    """Members write what they like; a picture draws it as well."""
    odd = "Qrxx $\\frac{1}{$ \n# vvyy\u202e \U0001f600 你好 " + "kkjj " * 60
    await hub.hears(anna.says(odd))
    words, picture = await hub.hears(chefin.says("/statistik bild"))
    (line,) = [one for one in words.text.splitlines() if "Qrxx" in one]
    assert line.startswith("- „Qrxx $\\frac{1}{$ # vvyy")
    assert len(line) < 200
    with Image.open(BytesIO(picture.file or b"")) as image:
        image.load()
        assert image.width == WIDTH
