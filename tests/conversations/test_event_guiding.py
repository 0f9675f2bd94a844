"""Editors keep events step by step, by questions and buttons."""

import pytest

from bot.services import topics
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent


@pytest.fixture(autouse=True)
async def _shipped(hub: Stage) -> None:
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())


async def taps(hub: Stage, person: Person, sent: Sent, label: str) -> list[Sent]:
    """Let a button be tapped; return what comes as a new message."""
    value = next(one.value for one in sent.body.numbered_buttons() if one.label == label)
    return await hub.hears(person.taps(sent, value=value))


async def made(hub: Stage, chefin: Person, *answers: str, deadline: bool = True) -> Sent:
    """Answer what is asked about a new one, and save it."""
    (sent,) = await hub.hears(chefin.says("/frist neu" if deadline else "/termin neu"))
    for answer in answers:
        (sent,) = await hub.hears(chefin.says(answer))
    await taps(hub, chefin, sent, "Speichern")
    return sent


async def test_a_deadline_is_made_step_by_step(hub: Stage, chefin: Person) -> None:
    """Title, date, the rest; what was understood is shown before it is saved."""
    assert (await hub.says(chefin.says("/frist neu"))).startswith("Wie heißt die Frist?")
    assert (await hub.says(chefin.says("Skizze; Klima"))).startswith("Wann?")
    assert "ist kein Datum" in await hub.says(chefin.says("31.2.2027"))
    assert (await hub.says(chefin.says("12. Februar, 24 Uhr"))).startswith("Was gehört noch dazu?")
    (draft,) = await hub.hears(chefin.says("Sachsen; https://www.example.org/x"))
    assert draft.text.startswith(
        "Bitte prüfen. So wird es gespeichert:\n\nSkizze, Klima\n\n"
        "Fällig: Freitag, 12. Februar 2027, 24:00 Uhr\n\nArt: Frist\nLand: Sachsen"
    )
    await taps(hub, chefin, draft, "Speichern")
    assert draft.text.startswith("Gespeichert als Nr. 1.")


async def test_nothing_else_needs_to_be_said(hub: Stage, chefin: Person) -> None:
    """A title and a date make an event."""
    await hub.hears(chefin.says("/termin neu"))
    await hub.hears(chefin.says("Treffen"))
    (more,) = await hub.hears(chefin.says("14. März, 10 Uhr"))
    (draft,) = await taps(hub, chefin, more, "Nichts weiter")
    assert "Sonntag, 14. März 2027, 10:00 Uhr" in draft.text
    (gone,) = await taps(hub, chefin, more, "Nichts weiter")
    assert "Treffen" not in gone.text


async def test_it_is_extended_changed_and_called_off_by_buttons(
    hub: Stage, chefin: Person
) -> None:
    """The buttons stand below the event."""
    await made(hub, chefin, "Skizze", "12. Februar", "Sachsen")
    (shown,) = await hub.hears(chefin.says("/frist 1"))
    (asked,) = await taps(hub, chefin, shown, "Verlängern")
    assert asked.text.startswith("Bis wann wird „Skizze“ verlängert?")
    (draft,) = await hub.hears(chefin.says("5. März"))
    assert "verlängert, bisher Freitag, 12. Februar 2027" in draft.text
    await taps(hub, chefin, draft, "Speichern")
    await taps(hub, chefin, shown, "Ändern")
    (draft,) = await hub.hears(chefin.says("Land: Thüringen"))
    assert "Land: Thüringen" in draft.text
    await taps(hub, chefin, draft, "Speichern")
    (draft,) = await taps(hub, chefin, shown, "Absagen")
    await taps(hub, chefin, draft, "Speichern")
    assert "abgesagt" in await hub.says(chefin.says("/frist 1"))


async def test_an_event_is_postponed_by_a_button(hub: Stage, chefin: Person) -> None:
    """To the date that is written next."""
    await made(hub, chefin, "Treffen", "14. März, 10 Uhr", "Rathaus", deadline=False)
    (shown,) = await hub.hears(chefin.says("/termin 1"))
    await taps(hub, chefin, shown, "Verschieben")
    (draft,) = await hub.hears(chefin.says("21. März, 10 Uhr"))
    assert "Sonntag, 21. März 2027, 10:00 Uhr" in draft.text


async def test_others_see_no_such_buttons(hub: Stage, anna: Person, chefin: Person) -> None:
    """Neither members, nor editors where others read along; nor can they press old ones."""
    await made(hub, chefin, "Skizze", "12. Februar", "Sachsen")
    (shown,) = await hub.hears(anna.says("/frist 1"))
    assert "Absagen" not in shown.text
    assert "Absagen" not in await hub.says(chefin.says("/frist 1", room="ag", addressed=True))
    (refusal,) = await hub.hears(anna.taps(shown, value="event-edit:cancel:1"))
    assert "nur Redakteure" in refusal.text
