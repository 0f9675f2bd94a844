"""What an operator does beside running the hub."""

from pathlib import Path
from typing import Any

import pytest

from bot import operations
from bot.channels.port import Level
from bot.config import Settings
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import Delivery, DeliveryState
from tests.channels.telegram.stage import HandClock, new_channel
from tests.fakes import FakeClock
from tests.servers.telegram import BotRef, TelegramEmulator
from tests.servers.telegram.fixtures import telegram_emulator

__all__ = ["telegram_emulator"]

HERE: dict[str, Any] = {"mode": "webhook", "public_url": "http://127.0.0.1:9"}


def settings_in(directory: Path, **values: Any) -> Settings:
    return Settings.model_validate({"hub": {"data_dir": directory / "data"}, **values})


async def test_an_online_check_of_polling_leaves_a_production_webhook(
    telegram_emulator: TelegramEmulator, tmp_path: Path
) -> None:
    """Somebody checks a configuration on a laptop while the bot runs elsewhere."""
    account: BotRef = telegram_emulator.bot()
    running = new_channel(telegram_emulator.url, account.token, HandClock(), **HERE)
    await running.open()
    webhook = telegram_emulator.world.bots[account.id].webhook
    section = {"enabled": True, "token": account.token, "base_url": telegram_emulator.url}
    problems = await operations.check_online(settings_in(tmp_path, channels={"telegram": section}))
    await running.close()

    assert problems == []
    assert webhook is not None
    assert telegram_emulator.world.bots[account.id].webhook is webhook


async def test_neither_check_nor_doctor_makes_a_database(tmp_path: Path) -> None:
    """A file that the administrator's account made could not be written by the service's."""
    settings = settings_in(tmp_path)
    problems = await operations.check_online(settings)
    database = (await operations.diagnose(settings))[1]

    assert problems == []  # `stadtfunk run` makes it
    assert (database.level, database.text) == (Level.OK, "none yet; `stadtfunk run` makes it")
    assert not settings.hub.data_dir.exists()


async def test_an_online_check_asks_for_the_schema_that_nobody_else_will_make(
    tmp_path: Path,
) -> None:
    """With migrate_at_start = false the hub would stop at its start."""
    settings = settings_in(tmp_path, database={"migrate_at_start": False})
    absent = await operations.check_online(settings)
    await operations.migrate(settings)

    assert absent == ["database: there is no database yet: run `stadtfunk migrate`"]
    assert await operations.check_online(settings) == []


async def test_an_online_check_refuses_the_schema_of_a_newer_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody went back to an older program."""
    settings = settings_in(tmp_path)
    await operations.migrate(settings)
    monkeypatch.setattr(schema, "head", lambda: "0000")
    monkeypatch.setattr(schema, "knows", lambda revision: revision == "0000")
    [problem] = await operations.check_online(settings)

    assert problem.startswith("database: the schema (")
    assert problem.endswith("is newer than this program: update the program")


async def test_the_doctor_tells_how_much_waits_and_where_nobody_reads_it(tmp_path: Path) -> None:
    """A room of editors that the bot was never invited to is easily overlooked."""
    room, other = "matrix:!redaktion:example.org", "telegram:-1001"
    settings = settings_in(tmp_path, knowledge={"editors": [room]}, feeds={"editors": [other]})
    await operations.migrate(settings)
    findings = await operations.diagnose(settings)
    assert [(one.level, one.text) for one in findings if one.subject in {"inbox", "feeds"}] == [
        (Level.OK, "open questions: 0"),
        (
            Level.WARN,
            f"the bot is not in {room}, so that no editor reads there: knowledge.editors",
        ),
        (Level.WARN, f"the bot is not in {other}, so that no editor reads there: feeds.editors"),
    ]


async def test_the_doctor_tells_of_messages_that_were_given_up(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Nobody reads the log every day."""
    settings = settings_in(tmp_path)
    await operations.migrate(settings)
    database = Database(settings.database_url)
    async with database.begin() as session:
        session.add(
            Delivery(
                key="lost", channel="fake", chat="room", action="send", priority=0,
                state=DeliveryState.DEAD, due_at=clock.now(), created_at=clock.now(),
            )
        )  # fmt: skip
    await database.close()
    findings = await operations.diagnose(settings)
    assert [one.text for one in findings if one.subject == "outbox"] == [
        "messages given up lately: 1; the log says why (delivery.failed)"
    ]
