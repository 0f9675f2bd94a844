"""Editors teach the bot in chat, and what they taught is answered from then on."""

from datetime import timedelta
from pathlib import Path

import pytest

from schedules.knowledge import reload_changed_files
from tests.conversations.announcing import taps
from tests.conversations.editors import promoted
from tests.conversations.stage import SURE, Stage, knowledge_base
from tests.fakes import Person, Sent

QUESTION = "Was ist ein Reallabor?"
ANSWER = "Ein **Versuch** unter echten Bedingungen."
ID = "was-ist-ein-reallabor"


@pytest.fixture(autouse=True)
async def _editor(hub: Stage, carla: Person, tmp_path: Path) -> None:
    """Entries of its own, since something is added to them; and somebody who may do that."""
    hub.knowledge = knowledge_base(tmp_path / "knowledge")
    hub.restart()
    await promoted(hub, carla)


async def reloaded(hub: Stage) -> None:
    """Let the knowledge base notice what it was taught."""
    await hub.ticks(reload_changed_files)


async def previewed(hub: Stage, carla: Person, question: str = QUESTION) -> Sent:
    """Let a lesson be written to its preview."""
    await hub.hears(carla.says("/lehren"))
    await hub.hears(carla.says(question))
    await hub.hears(carla.says(ANSWER))
    (preview,) = await hub.hears(carla.says("https://example.org/labor"))
    return preview


async def taught(hub: Stage, carla: Person, line: str = f"{QUESTION} | {ANSWER}") -> None:
    """Teach something, and let it be taken into use."""
    (preview,) = await hub.hears(carla.says(f"/lehren {line}"))
    await taps(hub, carla, preview, "Speichern")
    await reloaded(hub)


async def test_an_entry_is_taught_step_by_step(hub: Stage, anna: Person, carla: Person) -> None:
    """Question, answer, source; it is shown before it is saved, and answered after."""
    asked = await hub.says(carla.says("/lehren"))
    assert asked.startswith("Welche Frage soll beantwortet werden?")
    assert (await hub.says(carla.says(QUESTION))).startswith("Wie lautet die Antwort?")
    assert (await hub.says(carla.says(ANSWER))).startswith("Woher stammt die Antwort?")
    (preview,) = await hub.hears(carla.says("https://example.org/labor"))
    assert preview.text == (
        "Vorschau. So wird geantwortet:\n\nWas ist ein Reallabor?\n\n"
        "Ein Versuch unter echten Bedingungen.\n\n"
        "Quelle: https://example.org/labor\n\n"
        "[1] Speichern   [2] Ändern   [3] Verwerfen"
    )
    assert "Versuch" not in await hub.says(anna.says(QUESTION))
    await taps(hub, carla, preview, "Speichern")
    assert preview.text == f"„{QUESTION}“ steht jetzt in der Wissensbasis (Kennung: {ID})."
    await reloaded(hub)
    answer = await hub.says(anna.says("was ist ein reallabor"))
    assert answer.startswith(f"{QUESTION}\n\nEin Versuch unter echten Bedingungen.")
    assert "geprüft am 15.01.2027" in answer


async def test_an_entry_is_taught_in_one_message(hub: Stage, carla: Person) -> None:
    """Without a source this is said; typed words save as well."""
    preview = await hub.says(carla.says(f"/lehren {QUESTION} | {ANSWER} | keine"))
    assert "Ohne Quelle." in preview
    again = await hub.says(carla.says("schön"))
    assert again.startswith("Bitte „speichern“ schreiben")
    assert again.endswith("[1] Speichern   [2] Ändern   [3] Verwerfen")
    assert "steht jetzt in der Wissensbasis" in await hub.says(carla.says("speichern"))
    refusal = await hub.says(carla.says("/lehren Was ist das?"))
    assert "/lehren Frage? | Antwort | Quelle" in refusal
    assert await hub.says(carla.says("/teach | x")) == (
        "Darin steht kein Wort. Bitte die Frage so schreiben, wie sie gestellt wird."
    )


async def test_a_draft_is_changed_before_it_is_saved(hub: Stage, carla: Person) -> None:
    """Each part; the buttons of an older preview do nothing any more."""
    first = await previewed(hub, carla)
    shown = first
    for label, text in (("Frage", "Wozu Reallabore?"), ("Antwort", "Zum Üben."), ("Quelle", "-")):
        (which,) = await taps(hub, carla, shown, "Ändern")
        await taps(hub, carla, which, label)
        (shown,) = await hub.hears(carla.says(text))
    assert shown.text.startswith(
        "Vorschau. So wird geantwortet:\n\nWozu Reallabore?\n\nZum Üben.\n\nOhne Quelle."
    )
    (gone,) = await taps(hub, carla, first, "Speichern")
    assert gone.text.startswith("Dieser Entwurf ist nicht mehr offen.")
    await taps(hub, carla, shown, "Speichern")
    assert "(Kennung: wozu-reallabore)" in shown.text


async def test_a_draft_is_dropped(hub: Stage, carla: Person) -> None:
    """By button or word, and nothing is kept."""
    preview = await previewed(hub, carla)
    await taps(hub, carla, preview, "Verwerfen")
    assert preview.text == "Verworfen. Es wurde nichts gespeichert."
    preview = await previewed(hub, carla)
    await hub.hears(carla.says("abbrechen"))
    await taps(hub, carla, preview, "Speichern")
    assert "taught_entries" not in await hub.rows()


async def test_what_has_an_answer_becomes_a_phrasing(
    hub: Stage, anna: Person, carla: Person
) -> None:
    """The editor is told before they write the answer, and again in the preview."""
    await hub.hears(carla.says("/lehren"))
    (told,) = await hub.hears(carla.says("Was ist eigentlich die KTS?"))
    assert told.text.startswith("Sehr ähnlich ist „Was ist die KTS?“ (Kennung: kts).")
    await taps(hub, carla, told, "Formulierung dazu")
    assert told.text == "Hinzugefügt zu „Was ist die KTS?“."
    assert "Wissensbasis" in await hub.says(anna.says("Qrxx vvyy kkjj?"))
    (preview,) = await hub.hears(carla.says("/lehren Was ist denn die KTS? | Etwas."))
    await taps(hub, carla, preview, "Formulierung dazu")
    await reloaded(hub)
    entry = hub.knowledge.engine.entries["kts"]
    assert entry.questions[2:] == ("Was ist eigentlich die KTS?", "Was ist denn die KTS?")
    assert len(hub.knowledge.entries) == len(hub.knowledge.files)


async def test_members_can_not_teach(hub: Stage, anna: Person, carla: Person) -> None:
    """Neither by command nor by the buttons of others."""
    preview = await previewed(hub, carla)
    for words in ("/lehren", "/lehren a | b", "/eintrag kts", "/formulierung kts | x"):
        assert "nur Redakteure" in await hub.says(anna.says(words))
    for value in ("teach:save:x", "entry:retire-yes:x", "phrasing:remove:1"):
        (refusal,) = await hub.hears(anna.taps(preview, value=value))
        assert "nur Redakteure" in refusal.text
    assert "taught_entries" not in await hub.rows()


async def test_who_is_no_editor_any_more_can_not_finish(
    hub: Stage, carla: Person, chefin: Person
) -> None:
    """The role is asked for at each step."""
    await hub.hears(carla.says("/lehren"))
    await hub.hears(chefin.says("/rolle entziehen fake:carla Redaktion"))
    assert "nur Redakteure" in await hub.says(carla.says(QUESTION))


async def test_in_a_room_nothing_is_asked_step_by_step(hub: Stage, carla: Person) -> None:
    """But one message is enough, and only who wrote it can save it."""
    refusal = await hub.says(carla.says("/lehren", room="ag", addressed=True))
    assert refusal == "Das geht nur im Einzelchat mit dem Bot. Bitte dort /lehren schreiben."
    line = f"/lehren {QUESTION} | {ANSWER}"
    (preview,) = await hub.hears(carla.says(line, room="ag", addressed=True))
    await taps(hub, carla, preview, "Speichern")
    assert ID in preview.text


@pytest.mark.parametrize("answer", ["x" * 8001, "   "])
async def test_an_answer_that_can_not_be_kept_is_asked_for_again(
    hub: Stage, carla: Person, answer: str
) -> None:
    """What was said so far is not lost."""
    await hub.hears(carla.says("/lehren"))
    await hub.hears(carla.says(QUESTION))
    replies = await hub.hears(carla.says(answer))
    assert all("Bitte" in one.text for one in replies)
    assert (await hub.says(carla.says(ANSWER))).startswith("Woher stammt die Antwort?")


async def test_an_entry_is_shown_with_all_there_is_to_know(hub: Stage, carla: Person) -> None:
    """By its id; one of a file says where it is changed."""
    shown = await hub.says(carla.says("/eintrag kts"))
    assert shown == (
        "Was ist die KTS?\n\n"
        "Die Koordinierungs- und Transferstelle begleitet die Modellprojekte.\n\n"
        "Quelle: https://www.smart-city-dialog.de/kts · geprüft am 12.10.2026\n\n"
        "- Kennung: kts\n- Zuständig: niemand bestimmtes\n- Geprüft am 12.10.2026\n"
        "- Herkunft: knowledge/entries.md:5. Geändert wird er dort.\n\n"
        "Eine weitere Formulierung:\n\n- Wofür steht KTS?\n\n"
        "[1] Geprüft   [2] Formulierung dazu"
    )


async def test_an_entry_is_found_by_words(hub: Stage, carla: Person) -> None:
    """One that is named or fits is shown, several are offered, and none is a refusal."""
    (which,) = await hub.hears(carla.says("/eintrag Verwendungsnachweis Phase"))
    assert "Verwendungsnachweis Phase A" in which.text
    (shown,) = await taps(hub, carla, which, "Verwendungsnachweis Phase B")
    assert "Kennung: vn-b" in shown.text
    refusal = await hub.says(carla.says("/eintrag Qrxx vvyy"))
    assert refusal.startswith("Einen Eintrag „Qrxx vvyy“ gibt es nicht.")
    assert "/eintrag fällig" in await hub.says(carla.says("/eintrag"))


async def test_a_taught_entry_is_changed_by_buttons(
    hub: Stage, anna: Person, carla: Person
) -> None:
    """Also right after it was taught, before it is in use."""
    (preview,) = await hub.hears(carla.says(f"/lehren {QUESTION} | {ANSWER}"))
    await taps(hub, carla, preview, "Speichern")
    (shown,) = await hub.hears(carla.says(f"/eintrag {ID}"))
    assert "Herkunft: aus dem Chat" in shown.text
    for label, text in (
        ("Frage", "Wozu ein Reallabor?"),
        ("Antwort", "Zum Üben."),
        ("Quelle", "Das Amt"),
    ):
        (which,) = await taps(hub, carla, shown, "Ändern")
        await taps(hub, carla, which, label)
        (changed,) = await hub.hears(carla.says(text))
        assert changed.text.startswith("Geändert.")
    await reloaded(hub)
    answer = await hub.says(anna.says("Wozu ein Reallabor?"))
    assert answer.startswith("Wozu ein Reallabor?\n\nZum Üben.\n\nQuelle: Das Amt")


async def test_a_taught_entry_is_retired_after_a_question(
    hub: Stage, anna: Person, carla: Person, chefin: Person
) -> None:
    """It is not given any more, and the log tells who did what."""
    await taught(hub, carla)
    (shown,) = await hub.hears(carla.says(f"/eintrag {ID}"))
    (really,) = await taps(hub, carla, shown, "Stilllegen")
    await taps(hub, carla, really, "Ja, stilllegen")
    assert really.text == f"„{ID}“ ist stillgelegt."
    await reloaded(hub)
    assert "Versuch" not in await hub.says(anna.says(QUESTION))
    log = await hub.says(chefin.says(f"/protokoll eintrag {ID}"))
    assert f"Carla: Eintrag „{ID}“ stillgelegt" in log
    assert f"Carla: Eintrag „{ID}“ angelegt" in log


async def test_what_was_exported_is_changed_in_its_file(
    hub: Stage, carla: Person, tmp_path: Path
) -> None:
    """Old buttons say so, and a question that is open ends."""
    await taught(hub, carla)
    (shown,) = await hub.hears(carla.says(f"/eintrag {ID}"))
    (which,) = await taps(hub, carla, shown, "Ändern")
    await taps(hub, carla, which, "Antwort")
    _write(tmp_path / "knowledge" / "taught.md", f"## {QUESTION}\n\nAus der Datei.\n")
    await reloaded(hub)
    assert "in seiner Datei geändert" in await hub.says(carla.says("Anders."))
    (refusal,) = await taps(hub, carla, shown, "Ändern")
    assert refusal.text == ("Dieser Eintrag wird in seiner Datei geändert: knowledge/taught.md:1.")
    assert "Aus der Datei." in await hub.says(carla.says(QUESTION))


def _write(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")


async def test_a_phrasing_is_added_and_taken_back(hub: Stage, anna: Person, carla: Person) -> None:
    """In one message, and by the button below the entry."""
    words = "Xylophon Quark"
    assert await hub.says(carla.says(f"/formulierung kts | {words}")) == (
        "Hinzugefügt zu „Was ist die KTS?“."
    )
    assert "schon" in await hub.says(carla.says("/formulierung kts | xylophon QUARK?"))
    await reloaded(hub)
    assert "Koordinierungs" in await hub.says(anna.says(words))
    (shown,) = await hub.hears(carla.says("/eintrag kts"))
    (which,) = await taps(hub, carla, shown, "Formulierung entfernen")
    await taps(hub, carla, which, f"Entfernen: {words}")
    assert which.text == "Entfernt von „kts“."
    await reloaded(hub)
    assert "Koordinierungs" not in await hub.says(anna.says(words))
    (gone,) = await hub.hears(carla.taps(which, value="phrasing:remove:1"))
    assert gone.text == "Diese Formulierung ist schon entfernt."


async def test_a_phrasing_is_added_step_by_step(hub: Stage, carla: Person) -> None:
    """First the entry is chosen, then the words are written."""
    assert (await hub.says(carla.says("/formulierung"))).startswith("Zu welchem Eintrag?")
    (which,) = await hub.hears(carla.says("Verwendungsnachweis Phase"))
    (asked,) = await taps(hub, carla, which, "Verwendungsnachweis Phase B")
    assert asked.text.startswith("Wie wird nach „Verwendungsnachweis Phase B“ noch gefragt?")
    said = await hub.says(carla.says("Wie ist das mit dem Nachweis danach?"))
    assert said == "Hinzugefügt zu „Verwendungsnachweis Phase B“."
    assert "Wie wird nach" in await hub.says(carla.says("/formulierung konferenz"))
    refusal = await hub.says(carla.says("/formulierung nichts | x"))
    assert refusal.startswith("Einen Eintrag „nichts“ gibt es nicht.")


async def test_words_that_two_entries_share_are_named(hub: Stage, carla: Person) -> None:
    """Because who asks like that is offered both."""
    said = await hub.says(carla.says(f"/formulierung quote | {SURE}"))
    assert "Dieselben Worte hat auch „Was ist die KTS?“ (Kennung: kts)." in said


async def test_an_entry_gets_an_owner_and_an_interval(hub: Stage, carla: Person) -> None:
    """In words, and both are shown at once."""
    assert await hub.says(carla.says("/eintrag kts zuständig ich")) == (
        "Für „kts“ ist jetzt fake:carla zuständig."
    )
    assert await hub.says(carla.says("/eintrag kts prüfen alle 6 Monate")) == (
        "„kts“ ist jetzt alle 182 Tage zu prüfen."
    )
    shown = await hub.says(carla.says("/eintrag kts"))
    assert "Zuständig: fake:carla" in shown
    assert "Nächste Prüfung: 12.04.2027" in shown
    assert "kein Zeitraum" in await hub.says(carla.says("/eintrag kts prüfen alle paar Jahre"))
    assert "kennt der Bot nicht" in await hub.says(carla.says("/entry kts owner nobody"))


async def test_a_lesson_is_forgotten_after_an_hour(hub: Stage, carla: Person) -> None:
    """A message is a question again then, and old buttons save nothing."""
    preview = await previewed(hub, carla)
    hub.clock.advance(timedelta(hours=2))
    assert "Koordinierungs" in await hub.says(carla.says(SURE))
    (gone,) = await taps(hub, carla, preview, "Speichern")
    assert gone.text.startswith("Dieser Entwurf ist nicht mehr offen.")
