"""Everything about a person goes when they want it."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import func, select

from bot import logs
from bot.errors import MessageRejectedError, RecipientGoneError, TemporaryDeliveryError
from bot.messages import Change, ChatChange
from bot.storage.models import (
    Announcement,
    AuditEntry,
    Delivery,
    Feedback,
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
    USER,
    WORDS,
    button,
    cleaned,
    did_everything,
    erases,
    left_in_files,
    left_in_rows,
)
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person

pytestmark = pytest.mark.usefixtures("erasable")


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
