"""Everything about a person is shown to them, and goes when they want it."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import delete, func, select

from bot import logs
from bot.errors import MessageRejectedError, RecipientGoneError, TemporaryDeliveryError
from bot.messages import Change, ChatChange, Identity, Sender
from bot.services import erasure, tombstones
from bot.storage import members, personal
from bot.storage.models import (
    Announcement,
    AuditEntry,
    Delivery,
    Feedback,
    FileRow,
    IdentityRow,
    Member,
    Question,
    Tombstone,
)
from schedules.announcements import publish_announcements
from schedules.housekeeping import forget_old_rows
from schedules.privacy import clean_after_erasures
from tests.conversations.announcing import subscribed
from tests.conversations.editors import ticks
from tests.conversations.erasing import (
    ASKED,
    DRAFT,
    MISSING,
    USER,
    WORDS,
    button,
    cleaned,
    did_everything,
    erases,
    left_in_files,
    left_in_rows,
    prepared,
)
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person


@pytest.fixture(autouse=True)
async def _own_folder(hub: Stage, tmp_path: Path) -> None:
    await prepared(hub, tmp_path / "data")


@pytest.fixture
def vera(hub: Stage) -> Person:
    """Somebody whose account and words are like nobody else's."""
    return Person(hub.channel, USER)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a hub logs, at the lowest level."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure(level="debug", style="json")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_nothing_is_left_of_who_did_everything(
    hub: Stage, vera: Person, anna: Person, chefin: Person
) -> None:
    """Neither in any row, nor in the bytes of the database's files."""
    await did_everything(hub, vera, (anna, chefin))
    assert await left_in_rows(hub), "or the search would prove nothing"
    assert left_in_files(hub)

    (farewell,) = await erases(hub, vera)
    assert farewell.text.startswith("Alles ist gelöscht.")
    await cleaned(hub)

    assert await left_in_rows(hub) == []
    assert left_in_files(hub) == []
    async with hub.database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Tombstone)) == 1


async def test_logs_tell_of_nobody(
    hub: Stage, vera: Person, anna: Person, chefin: Person, written: io.StringIO
) -> None:
    """Not even where the network names them in a refusal."""
    await did_everything(hub, vera, (anna, chefin))
    hub.channel.fail_next(MessageRejectedError(f"no room for {USER}"))
    await hub.hears(vera.says("/help"))
    await erases(hub, vera)
    log = written.getvalue()
    assert "delivery.failed" in log
    assert "no room for ~" in log
    assert [word for word in WORDS if word in log] == []


async def test_what_is_on_its_way_leaves_nothing(hub: Stage, vera: Person) -> None:
    """It may arrive, since it has left; its outcome finds no row."""
    (asked,) = await hub.hears(vera.says("/loeschen_alles"))
    held = asyncio.Event()
    hub.channel.holds_back(held)
    await hub.receives(vera.says("/help"))
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(hub.delivers())
        await hub.channel.holding.wait()
        await hub.receives(vera.taps(asked, value=button(asked, "Ja")))
        held.set()
        await sending
    assert hub.channel.messages[-1].text.startswith("Alles ist gelöscht.")
    assert await left_in_rows(hub) == []
    await hub.runs(clean_after_erasures)
    assert await _deliveries(hub) == 0


async def test_counts_records_and_what_is_for_everybody_stay(
    hub: Stage, vera: Person, anna: Person, chefin: Person
) -> None:
    """Without her: a number that leads to nobody stands in her place."""
    await did_everything(hub, vera, (anna, chefin))
    async with hub.database.begin() as session:
        asked = await session.scalar(select(func.count()).select_from(Question))
        rated = await session.scalar(select(func.count()).select_from(Feedback))
        done = await session.scalar(select(func.count()).select_from(AuditEntry))
    await erases(hub, vera)
    await hub.ticks(publish_announcements)
    rows = await hub.rows()
    assert (rows["questions"], rows["feedback"], rows["audit"]) == (asked, rated, done)
    assert rows["taught_entries"] == rows["announcements"] == 1
    assert "files" not in rows, "what her draft carried goes with it"
    log = await hub.says(chefin.says("/protokoll"))
    async with hub.database.begin() as session:
        nobody = await session.scalar(select(Member.id).where(Member.erased_at.is_not(None)))
        sent = (await session.scalars(select(Announcement))).one()
    assert f"#{nobody}" in log
    assert sent.author_id == nobody
    assert sent.chat == ""


async def test_editors_read_the_question_no_more(
    hub: Stage, vera: Person, anna: Person, chefin: Person
) -> None:
    """The message in their room is edited, also on the network."""
    await did_everything(hub, vera, (anna, chefin))
    shown = [one.text for one in hub.channel.messages if one.address.chat == "redaktion"]
    assert any(ASKED in text for text in shown)
    await erases(hub, vera)
    await ticks(hub)
    shown = [one.text for one in hub.channel.messages if one.address.chat == "redaktion"]
    assert not any(ASKED in text for text in shown)


async def test_what_was_sent_before_makes_nothing_anew(hub: Stage, vera: Person) -> None:
    """A network that repeats, or is late, brings nobody back; who writes later is new."""
    await hub.hears(vera.says("/abo Konferenzen"))
    hub.clock.advance(timedelta(minutes=5))
    await erases(hub, vera)
    left = await hub.rows()
    assert "members" not in left
    assert await hub.hears(vera.says(SURE, age=timedelta(minutes=1))) == []
    assert await hub.hears(vera.says("/stopp", age=timedelta(minutes=1))) == []
    assert await hub.rows() == left
    hub.clock.advance(timedelta(minutes=1))
    assert "Konferenzen" not in await hub.says(vera.says("/meine"))
    assert (await hub.rows())["members"] == 1


async def test_a_room_that_she_had_left_it_in_is_known_all_the_same(
    hub: Stage, vera: Person
) -> None:
    """What became of a room is no matter of hers."""
    await erases(hub, vera)
    change = vera.changes("platz", Change.JOINED)
    late = ChatChange(
        "late", change.chat, change.change, hub.clock.now() - timedelta(hours=1), None, vera.sender
    )
    await hub.hears(late)
    rows = await hub.rows()
    assert rows["chats"] == 1
    assert "members" not in rows


async def test_the_last_message_is_tried_again_and_leaves_nothing(
    hub: Stage, vera: Person
) -> None:
    """A network that fails once gets it later; then its row is gone."""
    (asked,) = await hub.hears(vera.says("/loeschen_alles"))
    hub.channel.fail_next(TemporaryDeliveryError("busy"))
    assert await hub.hears(vera.taps(asked, value=button(asked, "Ja"))) == []
    assert await _deliveries(hub) == 1
    hub.clock.advance(timedelta(minutes=2))
    assert len(await hub.delivers()) == 1
    assert await _deliveries(hub) == 0


async def test_the_last_message_waits_no_longer_than_an_hour(hub: Stage, vera: Person) -> None:
    """Whether the relay meets it or the housekeeping."""
    (asked,) = await hub.hears(vera.says("/loeschen_alles"))
    await hub.receives(vera.taps(asked, value=button(asked, "Ja")))
    hub.clock.advance(timedelta(hours=1, minutes=1))
    await hub.runs(forget_old_rows)
    assert await _deliveries(hub) == 0


async def test_who_has_blocked_the_bot_leaves_nothing_either(hub: Stage, vera: Person) -> None:
    (asked,) = await hub.hears(vera.says("/loeschen_alles"))
    hub.channel.fail_next(RecipientGoneError("blocked"))
    await hub.hears(vera.taps(asked, value=button(asked, "Ja")))
    assert await hub.rows(but=[]) == {"topics": 4, "tombstones": 1}


async def _deliveries(hub: Stage) -> int:
    async with hub.database.begin() as session:
        return await session.scalar(select(func.count()).select_from(Delivery)) or 0


async def test_the_question_holds_for_an_hour_and_for_who_was_asked(
    hub: Stage, vera: Person, anna: Person
) -> None:
    """An old message can't erase who came back, nor one be used by somebody else."""
    (asked,) = await hub.hears(vera.says("/loeschen_alles"))
    yes = button(asked, "Ja")
    assert "gilt hier nicht mehr" in await hub.says(anna.taps(asked, value=yes))
    hub.clock.advance(timedelta(hours=2))
    assert "älter als eine Stunde" in await hub.says(vera.taps(asked, value=yes))
    assert (await hub.rows())["members"] == 2


async def test_no_is_no(hub: Stage, vera: Person) -> None:
    (asked,) = await hub.hears(vera.says("/loeschen_alles"))
    await hub.hears(vera.taps(asked, value=button(asked, "Nein")))
    assert asked.text == "Es wurde nichts gelöscht."
    assert (await hub.rows())["members"] == 1


@pytest.mark.parametrize("command", ["/meine_daten", "/loeschen_alles", "/löschen_alles"])
async def test_neither_is_done_where_others_read_along(
    hub: Stage, vera: Person, command: str
) -> None:
    said = await hub.says(vera.says(command, room="platz", addressed=True))
    assert said.startswith("Das geht nur im Einzelchat mit dem Bot.")


async def test_an_admin_reads_what_the_configuration_keeps(hub: Stage, chefin: Person) -> None:
    """The hub can't change it, and says so before and afterwards."""
    (asked,) = await hub.hears(chefin.says("/loeschen_alles"))
    assert "fake:chefin steht als Admin in der Konfiguration" in asked.text
    (done,) = await hub.hears(chefin.taps(asked, value=button(asked, "Ja")))
    assert "In der Konfiguration des Bots steht das Konto noch als Admin." in done.text


async def test_what_others_are_told_by_the_same_words_is_not_spoilt(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """A name that is a word strikes nothing out of announcements."""
    await subscribed(hub, anna)
    joker = Person(hub.channel, "anmeldung")
    await hub.hears(joker.says("/start"))
    (preview,) = await hub.hears(chefin.says("/ankuendigung Thema Konferenzen: Anmeldung offen."))
    await hub.hears(chefin.taps(preview, value=button(preview, "Jetzt senden")))
    await hub.runs(publish_announcements)
    (asked, *told) = await hub.hears(joker.says("/loeschen_alles"))
    await hub.hears(joker.taps(asked, value=button(asked, "Ja")))
    assert any("Anmeldung offen." in one.text for one in [*told, *hub.channel.messages])
    assert "Anmeldung" in json.dumps(await _texts(hub))


async def _texts(hub: Stage) -> list[object]:
    async with hub.database.begin() as session:
        return list(await session.scalars(select(Announcement.texts)))


# Seeing it


async def test_everything_is_shown_and_given_as_a_file(
    hub: Stage, vera: Person, anna: Person, chefin: Person
) -> None:
    """Each table that holds anything of hers is in it, and she reads it in her language."""
    await did_everything(hub, vera, (anna, chefin))
    words, file = await _my_data(hub, vera)
    tables = file["tables"]
    assert tables["identities"]["rows"][0]["user"] == USER
    assert {row["text"] for row in tables["questions"]["rows"]} >= {ASKED}
    assert MISSING in {row["missing"] for row in tables["questions"]["rows"]}
    assert any(DRAFT in json.dumps(row["texts"]) for row in tables["announcements"]["rows"])
    assert any("Abonniert" in (row["says"] or "") for row in tables["deliveries"]["rows"])
    expected = {
        "members", "identities", "chats", "subscriptions", "consents", "calendar_feeds",
        "deliveries", "dialogs", "questions", "feedback", "grants", "announcements", "audit",
        "taught_entries",
    }  # fmt: skip
    assert expected <= tables.keys()
    assert all(personal.BY_NAME[name].is_personal for name in tables)
    assert "Konten und angezeigte Namen" in words
    assert USER in words


async def _my_data(hub: Stage, person: Person) -> tuple[str, dict[str, Any]]:
    sent = await hub.hears(person.says("/meine_daten"))
    assert sent[-1].file is not None
    return "".join(one.text for one in sent), json.loads(sent[-1].file)


async def test_the_answer_itself_is_not_kept(hub: Stage, vera: Person) -> None:
    """Neither its words nor the file, once they were sent."""
    await hub.hears(vera.says("/meine_daten"))
    async with hub.database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(FileRow)) == 0
    assert "Alles, was hier gespeichert ist" not in "".join(await left_in_rows(hub))


async def test_nobody_reads_what_is_held_about_others(
    hub: Stage, vera: Person, anna: Person, chefin: Person
) -> None:
    await did_everything(hub, vera, (anna, chefin))
    stranger = Person(hub.channel, "fremd")
    await hub.hears(stranger.says("/abo Konferenzen"))
    _, file = await _my_data(hub, stranger)
    text = json.dumps(file, ensure_ascii=False)
    assert not any(word in text for word in WORDS)


async def test_the_table_follows_the_configuration(hub: Stage, vera: Person) -> None:
    """What /datenschutz tells is what housekeeping does."""
    hub.configured(knowledge={"keep_questions": "P33D"}, privacy={"keep_inactive": "P77D"})
    (short,) = await hub.hears(vera.says("/datenschutz"))
    assert "33 Tage lang" in short.text
    assert "Wer 77 Tage lang nichts schreibt" in short.text
    (table,) = await hub.hears(vera.taps(short, value="privacy:all"))
    assert "Fragen und was daraus wurde: 33 Tage" in table.text
    assert "Nach dem Löschen: eine Prüfsumme des Kontos: 365 Tage" in table.text
    assert (await hub.says(vera.says("/privacy all"))) == table.text


# By itself


async def test_who_is_not_there_for_long_is_erased(
    hub: Stage, vera: Person, anna: Person, bert: Person, chefin: Person
) -> None:
    """But not who is told something, has a role, or is an admin."""
    await hub.hears(vera.says("/start"))
    await subscribed(hub, anna)
    await hub.hears(bert.says("/start"))
    await hub.hears(chefin.says("/rolle fake:bert Redaktion"))
    hub.clock.advance(timedelta(days=731))
    await hub.runs(forget_old_rows)
    async with hub.database.begin() as session:
        left = set(await session.scalars(select(IdentityRow.user)))
    assert left == {"anna", "bert", "chefin"}


async def test_who_wrote_in_time_stays(hub: Stage, vera: Person) -> None:
    await hub.hears(vera.says("/start"))
    hub.clock.advance(timedelta(days=700))
    await hub.hears(vera.says("/help"))
    hub.clock.advance(timedelta(days=700))
    await hub.runs(forget_old_rows)
    assert (await hub.rows())["members"] == 1


async def test_authors_drafts_and_tombstones_are_forgotten_in_time(
    hub: Stage, vera: Person, chefin: Person
) -> None:
    await erases(hub, vera)
    await hub.hears(chefin.says("/ankuendigung Thema Konferenzen: Eins."))
    hub.clock.advance(timedelta(days=91))
    await hub.runs(forget_old_rows)
    assert "announcements" not in await hub.rows()
    assert (await hub.rows())["tombstones"] == 1
    hub.clock.advance(timedelta(days=280))
    await hub.runs(forget_old_rows)
    assert "tombstones" not in await hub.rows()


async def test_who_was_erased_after_a_backup_is_erased_from_it_again(
    hub: Stage, vera: Person, anna: Person
) -> None:
    """Not who came back before the backup was made."""
    hub.clock.advance(timedelta(days=1))
    for person in (vera, anna):
        await hub.hears(person.says("/start"))
    now = hub.clock.now()
    marks = await _marks(hub, vera, anna)
    async with hub.database.begin() as session:
        await erasure.erase_again(
            session,
            [(marks[0], now + timedelta(hours=1)), (marks[1], now - timedelta(hours=1))],
            settings=hub.settings,
            now=now,
        )
        left = set(await session.scalars(select(IdentityRow.user)))
    assert left == {"anna"}


async def _marks(hub: Stage, *people: Person) -> list[str]:
    """Return what the tombstones of people are, without erasing them."""
    found = []
    for person in people:
        async with hub.database.begin() as session:
            await tombstones.put(
                session,
                [person.sender.identity],
                settings=hub.settings,
                now=hub.clock.now() - timedelta(days=9),
            )
            found += list(await session.scalars(select(Tombstone.mark)))
            await session.execute(delete(Tombstone))
    return found


async def test_who_writes_to_several_bots_of_the_hub_is_one_person(
    hub: Stage, vera: Person
) -> None:
    """Under the same number on the same network; each of them has members of its own."""
    await hub.hears(vera.says("/start"))
    async with hub.database.begin() as session:
        other = Sender(Identity("fake.west", USER), "Vera")
        await members.note(session, sender=other, now=hub.clock.now())
        stranger = Sender(Identity("other", USER), "Wer")
        await members.note(session, sender=stranger, now=hub.clock.now())
    _, file = await _my_data(hub, vera)
    assert [row["channel"] for row in file["tables"]["identities"]["rows"]] == [
        "fake",
        "fake.west",
    ]
    await erases(hub, vera)
    async with hub.database.begin() as session:
        left = set(await session.scalars(select(IdentityRow.channel)))
    assert left == {"other"}
