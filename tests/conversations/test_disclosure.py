"""Everything that is held about a person is shown to them."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.messages import Identity, Sender
from bot.storage import members, personal
from bot.storage.models import (
    FileRow,
    IdentityRow,
)
from tests.conversations.erasing import (
    ASKED,
    DRAFT,
    MISSING,
    USER,
    WORDS,
    did_everything,
    erases,
    left_in_rows,
)
from tests.conversations.stage import Stage
from tests.fakes import Person

pytestmark = pytest.mark.usefixtures("erasable")


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
