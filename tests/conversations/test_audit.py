"""Admins read who did what."""

from datetime import timedelta

import pytest

from bot.config import Settings
from bot.services import audit, housekeeping
from bot.text import catalogue
from tests.conversations import calendar
from tests.conversations.stage import Stage
from tests.fakes import Person

EMPTY = "Dazu steht nichts im Protokoll."


async def note(hub: Stage, action: str, subject: str, **details: str | int) -> None:
    """Write down something that the bot did by itself."""
    async with hub.database.begin() as session:
        await audit.note(
            session,
            action=action,
            subject=subject,
            member_id=None,
            now=hub.clock.now(),
            **details,
        )


async def test_what_was_done_is_listed_newest_first(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """One line each: when by the hub's clocks, who, and what."""
    await hub.hears(anna.says("/start"))
    await hub.hears(chefin.says("/rolle fake:anna Redaktion"))
    hub.clock.advance(timedelta(minutes=1))
    await hub.hears(chefin.says("/rolle entziehen fake:anna Redaktion"))
    await note(hub, "announcement-missed", "announcement:7", number=7)
    assert await hub.says(chefin.says("/protokoll")) == (
        "Protokoll\n"
        "- 15.01.2027, 10:01 · der Bot: Ankündigung 7 nicht gesendet,"
        " weil ihre Zeit vorbei war\n"
        "- 15.01.2027, 10:01 · Chefin: fake:anna die Rolle Redaktion entzogen\n"
        "- 15.01.2027, 10:00 · Chefin: fake:anna die Rolle Redaktion gegeben"
    )
    chefin.language = "en"
    assert "15 Jan 2027, 10:00 · Chefin: gave fake:anna the role editor" in await hub.says(
        chefin.says("/audit")
    )


async def test_topics_and_overhearing_are_written_down(hub: Stage, chefin: Person) -> None:
    """Whatever changes something for everybody."""
    await hub.hears(chefin.says("/thema neu Rad / Cycling"))
    await hub.hears(chefin.says("/thema umbenennen Rad: Fuß"))
    (question,) = await hub.hears(chefin.says("/thema löschen Fuß"))
    await hub.hears(chefin.taps(question, number=1))
    await hub.hears(chefin.says("/mitreden an", room="stadt", addressed=True))
    await hub.hears(chefin.says("/mitreden aus", room="stadt", addressed=True))
    text = await hub.says(chefin.says("/protokoll"))
    assert [line.partition("Chefin: ")[2] for line in text.splitlines()[1:]] == [
        "Mitreden ausgeschaltet: stadt",
        "Mitreden eingeschaltet: stadt",
        "Thema „Fuß“ gelöscht, beendete Abonnements: 0",
        "Thema „Rad“ in „Fuß“ umbenannt",
        "Thema „Rad“ angelegt",
    ]


async def test_what_became_of_an_event_is_found_by_its_number(hub: Stage, chefin: Person) -> None:
    """Saved, extended, postponed, called off; what was thrown away was never done."""
    hub.configured(limits={"member_messages": 99})
    await calendar.fill(hub)
    for typed in (
        "/termin neu Treffen; 14.3.2027",
        "/termin verschieben 8 auf 21.3.2027",
        "/termin ändern 8 Ort: Rathaus",
        "/termin absagen 8",
        "/frist neu Skizze; bis 29.1.2027",
        "/frist verlängern 9 bis 12.2.2027",
    ):
        (draft,) = await hub.hears(chefin.says(typed))
        await hub.hears(chefin.taps(draft, number=1))
    (draft,) = await hub.hears(chefin.says("/termin ändern 9 Titel: Anders"))
    await hub.hears(chefin.taps(draft, number=2))
    text = await hub.says(chefin.says("/protokoll termin 8"))
    assert [line.partition("Chefin: ")[2] for line in text.splitlines()[1:]] == [
        "Nr. 8 abgesagt: Treffen",
        "Nr. 8 gespeichert: Treffen",
        "Nr. 8 verschoben: Treffen",
        "Nr. 8 gespeichert: Treffen",
    ]
    assert "Nr. 9 verlängert: Skizze" in await hub.says(chefin.says("/audit deadline 9"))
    assert await hub.says(chefin.says("/protokoll termin 1")) == EMPTY


async def test_long_logs_are_turned_in_place(hub: Stage, chefin: Person) -> None:
    """Eight entries a page, also of one subject alone."""
    for number in range(1, 18):
        await note(hub, "announcement-sent", "announcement:12", number=number)
    await note(hub, "announcement-sent", "announcement:13", number=99)
    (page,) = await hub.hears(chefin.says("/protokoll ankündigung 12"))
    assert "99" not in page.text
    assert (page.text.count("\n- "), page.text.count("[")) == (8, 1)
    assert "Ankündigung 17 gesendet" in page.text
    await hub.hears(chefin.taps(page, number=1))
    assert "Ankündigung 9 gesendet" in page.text
    assert page.text.endswith("[1] Neuere   [2] Ältere")
    await hub.hears(chefin.taps(page, number=2))
    assert page.text.endswith("der Bot: Ankündigung 1 gesendet\n\n[1] Neuere")
    await hub.hears(chefin.taps(page, number=1))
    assert "Ankündigung 9 gesendet" in page.text


@pytest.mark.parametrize("typed", ["quatsch", "termin", "termin acht", "8", "haus 3"])
async def test_an_unreadable_filter_is_refused_with_examples(
    hub: Stage, chefin: Person, typed: str
) -> None:
    """Nothing is guessed."""
    assert (await hub.says(chefin.says(f"/protokoll {typed}"))).startswith(
        "Das lässt sich nicht lesen. Bitte zum Beispiel „protokoll ankündigung 12“"
    )


async def test_the_log_is_for_admins_alone_with_the_bot(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """In a room everybody would read along."""
    assert await hub.says(chefin.says("/protokoll")) == EMPTY
    assert (await hub.says(anna.says("/protokoll"))).startswith("Das dürfen nur Admins.")
    assert await hub.says(chefin.says("/protokoll", room="stadt", addressed=True)) == (
        "Das geht nur im Einzelchat mit dem Bot. Bitte dort /protokoll schreiben."
    )


@pytest.mark.parametrize("value", ["audit:x", "audit:", "audit:1:; drop", "audit:9999999999:"])
async def test_a_button_that_was_tampered_with_does_nothing(
    hub: Stage, chefin: Person, value: str
) -> None:
    """It is answered as any button that is out of date."""
    (page,) = await hub.hears(chefin.says("/protokoll"))
    (said,) = await hub.hears(chefin.taps(page, value=value))
    assert said.text.startswith("Diese")


async def test_a_name_of_several_lines_stays_in_its_line(hub: Stage, chefin: Person) -> None:
    """Rooms are called what their members like."""
    room = "Stadt\n- 01.01.2027 · Anna: " + "x" * 200
    await hub.hears(chefin.says("/mitreden an", room=room, addressed=True))
    text = await hub.says(chefin.says("/protokoll"))
    assert text.count("\n") == 1
    assert len(text) < 200


async def test_what_another_version_wrote_is_shown_as_far_as_it_is_understood(
    hub: Stage,
) -> None:
    """After a step back to an older version the log is still readable."""
    entry = audit.Noted(hub.clock.now(), None, "moon-landed", {})
    assert audit.sentence("de", entry) == "moon-landed"
    bare = audit.Noted(hub.clock.now(), None, "announcement-sent", {"other": 1})
    assert audit.sentence("de", bare) == "Ankündigung ? gesendet"


@pytest.mark.parametrize(
    ("action", "details"), [("moon-landed", {}), ("announcement-sent", {"count": 1})]
)
async def test_what_could_not_be_shown_is_not_written(
    hub: Stage, action: str, details: dict[str, int]
) -> None:
    """A slip in the program is found by its first test."""
    with pytest.raises(ValueError, match=action):
        await note(hub, action, "announcement:1", **details)


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_each_action_of_an_announcement_needs_only_its_number(language: str) -> None:
    """Whoever sends, pauses or recalls writes it down alike."""
    for action in audit.ACTIONS:
        if action.startswith("announcement-"):
            assert catalogue.placeholders(f"audit-{action}", language) == {"number"}


async def test_entries_are_forgotten_when_their_time_is_over(hub: Stage, chefin: Person) -> None:
    """As the operator decides."""
    settings = Settings.model_validate({"audit": {"keep": "P30D"}})
    await hub.hears(chefin.says("/thema neu Rad / Cycling"))
    hub.clock.advance(timedelta(days=29))
    for left, days in ((1, 0), (0, 2)):
        hub.clock.advance(timedelta(days=days))
        async with hub.database.begin() as session:
            await housekeeping.forget_old(session, settings=settings, now=hub.clock.now())
        assert (await hub.rows()).get("audit", 0) == left
