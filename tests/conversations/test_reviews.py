"""Who looks after an entry is asked to review it, once each time that it is due."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.messages import Change
from schedules.knowledge import ask_for_reviews, reload_changed_files
from tests.conversations.announcing import taps
from tests.conversations.editors import promoted
from tests.conversations.stage import Stage, knowledge_base
from tests.fakes import Person, Sent

FRESH = """\
## Wo steht das Merkblatt?

| Feld | Wert |
|---|---|
| id | merkblatt |
| geprüft | 2027-01-01 |
| prüfen alle | 10 Tage |
{more}

Auf der Seite der KfW.
"""
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
async def _editors(hub: Stage, carla: Person, chefin: Person, tmp_path: Path) -> None:
    """One entry that says how often it is reviewed, and two editors who can be reached."""
    hub.knowledge = knowledge_base(tmp_path / "knowledge")
    hub.restart()
    await promoted(hub, carla)
    await hub.hears(chefin.says("/rollen"))


async def written(hub: Stage, tmp_path: Path, more: str = "", name: str = "new.md") -> None:
    """Write the entry into a file of its own, with *more* fields."""
    _write(tmp_path / "knowledge" / name, FRESH.format(more=more).replace("\n\n\n", "\n\n"))
    await hub.ticks(reload_changed_files)


def _write(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")


async def asked(hub: Stage) -> list[Sent]:
    """Let the job tick, twice; return the messages that are new."""
    return [*await hub.ticks(ask_for_reviews), *await hub.ticks(ask_for_reviews)]


async def test_all_editors_are_asked_where_nobody_looks_after_an_entry(
    hub: Stage, carla: Person, tmp_path: Path
) -> None:
    """Once, until it was reviewed and is due again."""
    await written(hub, tmp_path)
    messages = await asked(hub)
    assert sorted(one.address.chat for one in messages) == ["carla", "chefin"]
    (mine,) = [one for one in messages if one.address.chat == "carla"]
    assert mine.text == (
        "Ein Eintrag der Wissensbasis ist zu prüfen: Stimmt die Antwort noch?\n\n"
        "[1] Wo steht das Merkblatt?"
    )
    hub.clock.advance(3 * DAY)
    assert await asked(hub) == []
    (shown,) = await taps(hub, carla, mine, "Wo steht das Merkblatt?")
    assert "Überfällig seit 11.01.2027" in shown.text
    await taps(hub, carla, shown, "Geprüft")
    assert "Geprüft am 18.01.2027" in shown.text
    assert "Überfällig" not in shown.text
    await hub.ticks(reload_changed_files)
    hub.clock.advance(10 * DAY)
    assert await asked(hub) == []
    hub.clock.advance(DAY)
    assert len(await asked(hub)) == len(messages)


@pytest.mark.parametrize("owner", ["fake:anna", "Anna"])
async def test_the_owner_is_asked_instead(
    hub: Stage, anna: Person, tmp_path: Path, owner: str
) -> None:
    """By account or name; who is no editor is asked to tell one."""
    await hub.hears(anna.says("/rollen"))
    await written(hub, tmp_path, f"| zuständig | {owner} |")
    (message,) = await asked(hub)
    assert message.address.chat == "anna"
    assert message.text == (
        "Ein Eintrag der Wissensbasis ist zu prüfen: Stimmt die Antwort noch?\n\n"
        "- Wo steht das Merkblatt?\n\n"
        "Wenn etwas nicht mehr stimmt, bitte der Redaktion Bescheid geben."
    )


async def test_an_owner_who_can_not_be_reached_is_nobody(
    hub: Stage, anna: Person, tmp_path: Path
) -> None:
    """One who never wrote to the bot, or has left it: then all editors are asked."""
    await written(hub, tmp_path, "| zuständig | @anna:example.org |")
    await hub.hears(anna.says("/rollen"))
    await hub.receives(anna.changes("anna", Change.LEFT))
    await written(hub, tmp_path, "| id | zwei |\n| zuständig | fake:anna |", "two.md")
    messages = await asked(hub)
    assert sorted(one.address.chat for one in messages) == ["carla", "chefin"]
    assert messages[0].text.startswith("2 Einträge der Wissensbasis sind zu prüfen")


async def test_an_owner_who_was_named_in_chat_counts(
    hub: Stage, carla: Person, tmp_path: Path
) -> None:
    """More than the one of the file."""
    await written(hub, tmp_path, "| zuständig | Chefin |")
    await hub.hears(carla.says("/eintrag merkblatt zuständig fake:carla"))
    await hub.ticks(reload_changed_files)
    (message,) = await asked(hub)
    assert message.address.chat == "carla"


async def test_nobody_is_asked_at_night(hub: Stage, tmp_path: Path) -> None:
    """Nor on Sundays; in the morning they are."""
    await written(hub, tmp_path)
    for quiet in (datetime(2027, 1, 16, 21, tzinfo=UTC), datetime(2027, 1, 17, 12, tzinfo=UTC)):
        hub.clock.advance(quiet - hub.clock.now())
        assert await asked(hub) == []
    hub.clock.advance(DAY)
    assert await asked(hub) != []


async def test_what_does_not_hold_any_more_is_told(hub: Stage, tmp_path: Path) -> None:
    """Although it was reviewed lately."""
    more = "| prüfen alle | 400 Tage |\n| gültig bis | 2027-01-16 |"
    await written(hub, tmp_path, more)
    assert await asked(hub) == []
    hub.clock.advance(3 * DAY)
    assert len(await asked(hub)) == 2


async def test_the_usual_interval_is_the_operators(hub: Stage, carla: Person) -> None:
    """Of many entries ten are named, and the others can be listed."""
    hub.clock.advance(400 * DAY)
    assert await asked(hub) == []
    assert await hub.says(carla.says("/eintrag fällig")) == "Kein Eintrag ist zu prüfen."
    hub.configured(knowledge={"review_every": "P365D"})
    messages = await asked(hub)
    assert "7 Einträge der Wissensbasis sind zu prüfen" in messages[0].text
    due = await hub.says(carla.says("/eintrag fällig"))
    assert due.startswith(
        "7 Einträge sind zu prüfen, die ältesten zuerst:\n\n[1] Was ist die KTS?"
    )


async def test_of_very_many_ten_are_named(hub: Stage, tmp_path: Path) -> None:
    """In one message."""
    for number in range(12):
        _write(tmp_path / "knowledge" / f"{number}.md", FRESH.format(more=f"| id | e{number} |"))
    await hub.ticks(reload_changed_files)
    messages = await asked(hub)
    assert len(messages) == 2
    assert "2 weitere stehen unter „eintrag fällig“." in messages[0].text
    assert len(messages[0].body.numbered_buttons()) == 10


async def test_without_anybody_to_ask_it_is_asked_later(
    hub: Stage, anna: Person, carla: Person, chefin: Person, tmp_path: Path
) -> None:
    """As soon as there is an editor who can be reached."""
    await written(hub, tmp_path)
    for person in (carla, chefin):
        await hub.receives(person.changes(person.user, Change.LEFT))
    assert await asked(hub) == []
    await hub.hears(carla.says("/rollen"))
    assert [one.address.chat for one in await asked(hub)] == ["carla"]
    assert anna.user not in [one.address.chat for one in hub.channel.messages]
