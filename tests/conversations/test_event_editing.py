"""Editors keep events in one line; what was understood is shown before it is saved."""

from datetime import timedelta

import pytest

from tests.conversations import calendar
from tests.conversations.stage import Stage
from tests.fakes import Person

NEW = (
    "/termin neu Treffen AG Daten; 14.3.27, 10–12 Uhr; Rathaus; SN, Thüringen; https://a.example/x"
)


@pytest.fixture(autouse=True)
async def _calendar(hub: Stage) -> None:
    await calendar.fill(hub)


async def test_a_new_event_is_shown_then_saved_in_place(hub: Stage, chefin: Person) -> None:
    """It is listed only after the button was pressed."""
    (draft,) = await hub.hears(chefin.says(NEW))
    assert draft.text == (
        "Bitte prüfen. So wird es gespeichert:\n\n"
        "Treffen AG Daten\n\n"
        "Sonntag, 14. März 2027, 10:00–12:00 Uhr\n\n"
        "Art: Treffen\nOrt: Rathaus\nLand: Sachsen, Thüringen\n\n"
        "Quelle: https://a.example/x\n\n"
        "Niemand hat etwas abonniert, zu dem das passt. Es wird nur gespeichert.\n\n"
        "[1] Speichern   [2] Verwerfen"
    )
    assert "AG Daten" not in await hub.says(chefin.says("/termine"))
    assert await hub.hears(chefin.taps(draft, number=1)) == []
    assert draft.text.startswith("Gespeichert als Nr. 8.\n\nTreffen AG Daten")
    assert "14.03.2027, 10:00 Uhr: Treffen AG Daten" in await hub.says(chefin.says("/termine"))


async def test_a_new_deadline_has_its_kind_and_stages(hub: Stage, chefin: Person) -> None:
    """24 Uhr is shown as such."""
    text = await hub.says(
        chefin.says(
            "/frist neu Skizze; bis 29. Januar 2027, 24 Uhr; Ausschlussfrist; "
            "Stufe Registrierung bis 22.1., 12 Uhr; Staffel 2021; Thema daten"
        )
    )
    assert "Fällig: Freitag, 29. Januar 2027, 24:00 Uhr\n" in text
    assert "Vorher nötig: Registrierung bis Freitag, 22. Januar 2027, 12:00 Uhr\n" in text
    assert "Art: Ausschlussfrist\nStaffel: 2021\nThema: daten\n" in text


async def test_a_draft_survives_a_restart_and_expires(hub: Stage, chefin: Person) -> None:
    """It is a row, for a day."""
    (kept,) = await hub.hears(chefin.says(NEW))
    hub.restart()
    await hub.hears(chefin.taps(kept, number=1))
    assert kept.text.startswith("Gespeichert")
    (old,) = await hub.hears(chefin.says(NEW.replace("Daten", "Alt")))
    hub.clock.advance(timedelta(days=1, minutes=1))
    (said,) = await hub.hears(chefin.taps(old, number=1))
    assert said.text.startswith("Dieser Entwurf ist erledigt oder abgelaufen.")


async def test_a_draft_can_be_thrown_away(hub: Stage, chefin: Person) -> None:
    """Nothing is left of it."""
    (draft,) = await hub.hears(chefin.says(NEW))
    save = draft.body.numbered_buttons()[0].value
    await hub.hears(chefin.taps(draft, number=2))
    assert draft.text == "Verworfen. Es bleibt alles, wie es war."
    (said,) = await hub.hears(chefin.taps(draft, value=save))
    assert said.text.startswith("Dieser Entwurf ist erledigt")
    assert "event_drafts" not in await hub.rows()


async def test_a_twin_is_pointed_out(hub: Stage, chefin: Person) -> None:
    """Perhaps somebody else was faster."""
    text = await hub.says(chefin.says("/termin neu kongress; 18.11.2027"))
    assert f"Achtung: Nr. {calendar.CONGRESS} heißt genauso und liegt am selben Tag." in text


async def test_an_event_is_called_off(hub: Stage, chefin: Person) -> None:
    """It stays in the list, so that everybody reads that it is off."""
    (draft,) = await hub.hears(chefin.says(f"/termin absagen {calendar.CONGRESS}"))
    assert draft.text.startswith("Bitte prüfen. So wird Nr. 5 geändert:\n\nKongress · abgesagt")
    await hub.hears(chefin.taps(draft, number=1))
    assert "Kongress · Kiel · abgesagt" in await hub.says(chefin.says("/termine"))


async def test_an_event_is_postponed_and_keeps_its_length(hub: Stage, chefin: Person) -> None:
    """The date that held before is named."""
    (draft,) = await hub.hears(
        chefin.says(f"/termin verschieben {calendar.CONGRESS} auf 2.12.2027")
    )
    assert "2.–3. Dezember 2027 (verschoben, bisher Donnerstag, 18. November 2027)" in draft.text
    await hub.hears(chefin.taps(draft, number=1))
    assert "02.–03.12.2027: Kongress · Kiel · verschoben" in await hub.says(
        chefin.says("/termine")
    )


async def test_a_deadline_is_extended_and_keeps_its_hour(hub: Stage, chefin: Person) -> None:
    """Unless a new one is written."""
    text = await hub.says(chefin.says(f"/frist verlängern {calendar.CALL} bis 26.2."))
    assert (
        "Fällig: Freitag, 26. Februar 2027, 23:59 Uhr "
        "(verlängert, bisher Freitag, 12. Februar 2027, 23:59 Uhr)" in text
    )
    assert "24:00 Uhr (verl" in await hub.says(
        chefin.says(f"!deadline extend {calendar.CALL} until 26.2.2027, 24:00")
    )


async def test_one_date_of_a_series_is_moved_or_called_off(hub: Stage, chefin: Person) -> None:
    """The others stay."""
    (draft,) = await hub.hears(
        chefin.says(f"/termin verschieben {calendar.HOUR} vom 3.2. auf 4.2.")
    )
    assert "Do., 04.02.2027, 10:00 Uhr (verlegt vom Mi., 03.02.2027, 10:00 Uhr)" in draft.text
    await hub.hears(chefin.taps(draft, number=1))
    (draft,) = await hub.hears(chefin.says(f"/termin absagen {calendar.HOUR} 17.2.2027"))
    await hub.hears(chefin.taps(draft, number=1))
    text = await hub.says(chefin.says(f"/termin {calendar.HOUR}"))
    assert (
        "Mi., 20.01.2027, 10:00 Uhr; Do., 04.02.2027, 10:00 Uhr (verlegt vom "
        "Mi., 03.02.2027, 10:00 Uhr); Mi., 17.02.2027, 10:00 Uhr (fällt aus); "
        "Mi., 03.03.2027, 10:00 Uhr" in text
    )


async def test_a_series_is_written_in_words(hub: Stage, chefin: Person) -> None:
    """Nobody has to know iCalendar."""
    text = await hub.says(
        chefin.says("/termin neu Runde; morgen 10 Uhr; alle zwei Wochen bis 20.2.2027; online")
    )
    assert "Sa., 16.01.2027, 10:00 Uhr; Sa., 30.01.2027, 10:00 Uhr; Sa., 13.02.2027" in text


async def test_fields_are_changed_by_their_names(hub: Stage, chefin: Person) -> None:
    """All others stay."""
    (draft,) = await hub.hears(
        chefin.says(f"/termin ändern {calendar.CONGRESS}; Ort: Ulm; Land: BW; Datum: 1.12.2027")
    )
    await hub.hears(chefin.taps(draft, number=1))
    assert draft.text == (
        "Gespeichert als Nr. 5.\n\nKongress\n\nMittwoch, 1. Dezember 2027\n\n"
        "Art: Konferenz\nOrt: Ulm\nLand: Baden-Württemberg\n\n"
        "Quelle: https://www.example.org/kongress\n\nNr. 5"
    )


async def test_a_change_meanwhile_is_not_overwritten(hub: Stage, chefin: Person) -> None:
    """Two editors at once do not undo each other."""
    (first,) = await hub.hears(chefin.says(f"/termin absagen {calendar.CONGRESS}"))
    (second,) = await hub.hears(chefin.says(f"/termin ändern {calendar.CONGRESS}; Ort: Ulm"))
    await hub.hears(chefin.taps(first, number=1))
    (said,) = await hub.hears(chefin.taps(second, number=1))
    assert said.text.startswith("Nr. 5 wurde inzwischen geändert.")


@pytest.mark.parametrize("typed", [NEW, "/termin absagen 5", "/frist verlängern 2 bis 1.3.2027"])
async def test_members_may_not_edit(hub: Stage, anna: Person, typed: str) -> None:
    """They are told whom to tell."""
    assert (await hub.says(anna.says(typed))).startswith("Termine und Fristen pflegt das Team.")


async def test_only_the_author_may_save_a_draft(hub: Stage, anna: Person, chefin: Person) -> None:
    """Whoever else presses the button in a room changes nothing."""
    (draft,) = await hub.hears(chefin.says(NEW, room="stadt", addressed=True))
    (said,) = await hub.hears(anna.taps(draft, number=1))
    assert said.text.startswith("Termine und Fristen pflegt das Team.")
    (said,) = await hub.hears(anna.taps(draft, number=2))
    assert said.text.startswith("Speichern oder verwerfen kann einen Entwurf nur")
    await hub.hears(chefin.taps(draft, number=1))
    assert draft.text.startswith("Gespeichert")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/termin neu Treffen", "Titel oder Datum fehlt noch."),
        ("/termin neu x; 31.2.2027", "„31.2.2027“ ist kein Datum. Bitte zum Beispiel 28.2.2027"),
        ("/termin neu x; 3/4/2027", "lässt sich als 3.4.2027 und als 4.3.2027 lesen"),
        ("/termin neu x; Montag, 14.3.2027", "Der 14.3.2027 ist ein anderer Wochentag."),
        ("/termin neu x; 14.3.2025", "Das ist schon vorbei."),
        ("/termin neu " + "x" * 300 + "; 14.3.", "Der Titel ist zu lang."),
        ("/termin neu x; 14.3.; Land: Bajern", "Der Wert für „Land“ passt nicht."),
        ("/termin neu x; 14.3.; RRULE:FREQ=OFTEN", "Der Wert für „Wiederholung“ passt nicht."),
        ("/termin absagen", "Die Nummer fehlt noch, zum Beispiel: /termin absagen 7"),
        ("/termin absagen 99", "Nr. 99 gibt es nicht."),
        ("/termin absagen 7", "Nr. 7 ist schon so."),
        ("/termin absagen 5 18.11.2027", "Nr. 5 ist keine Reihe"),
        ("/termin absagen 6 21.1.2027", "„Sprechstunde“ hat am 21.1.2027 keinen Termin."),
        ("/termin verschieben 5", "Das neue Datum fehlt noch"),
        ("/termin verschieben 5 auf 1.1.2026", "Das ist schon vorbei."),
        ("/termin verschieben 6 auf 1.3.2027", "Nr. 6 ist eine Reihe."),
        ("/frist verlängern 2", "Das neue Datum fehlt noch"),
        ("/frist verlängern 2 bis", "Das neue Datum fehlt noch"),
        ("/frist verlängern 2 bis 1.2.2027", "liegt nicht nach der bisherigen Frist"),
        ("/frist verlängern 5 bis 1.12.2027", "Nr. 5 ist keine Frist."),
        ("/termin ändern 5", "Bitte dazuschreiben, was sich ändert"),
        ("/termin ändern 5; Rathaus", "Zu „Rathaus“ fehlt das Feld."),
        ("/termin ändern 5; Ende: 1.1.2027", "Das Ende passt nicht zum Anfang: Es liegt davor"),
        ("/termin ändern 5; Art: Stichtag", "Der Wert für „Art“ passt nicht."),
        ("/termin ändern 5; Status: weg", "Der Wert für „Status“ passt nicht."),
    ],
)
async def test_a_refusal_is_plain_and_shows_the_way_out(
    hub: Stage, chefin: Person, typed: str, answer: str
) -> None:
    """Nothing is kept of what was refused."""
    assert answer in await hub.says(chefin.says(typed))
    assert "event_drafts" not in await hub.rows()


@pytest.mark.parametrize("typed", ["/terminpflege", "!editevents"])
async def test_editors_read_what_they_can_write(hub: Stage, chefin: Person, typed: str) -> None:
    """With the prefix of their network, and each example is one that works."""
    text = await hub.says(chefin.says(typed))
    assert "- /frist neu Skizze; bis 29.1.2028, 24 Uhr" in text


@pytest.mark.parametrize("language", ["de", "en"])
async def test_the_examples_for_editors_work(hub: Stage, chefin: Person, language: str) -> None:
    """What is shown can be copied."""
    chefin.language = language
    text = await hub.says(chefin.says("/terminpflege"))
    examples = [line[2:] for line in text.splitlines() if line.startswith("- /")]
    new = [line for line in examples if " neu " in line or " new " in line]
    assert len(new) == 3
    for line in new:
        answer = await hub.says(chefin.says(line))
        assert ("Speichern" if language == "de" else "Save") in answer
