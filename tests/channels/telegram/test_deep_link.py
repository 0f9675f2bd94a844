"""An address that a member of Matrix is given and taps on their phone links their accounts."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import ROUTERS
from bot.channels.telegram import TelegramChannel
from bot.config import Settings
from bot.dispatch.router import RoutingTable
from bot.hub import Hub, stop
from tests.channels.telegram.stage import until
from tests.fakes import FakeChannel, FakeClock, Person
from tests.servers.telegram import BotRef, TelegramEmulator

_ADDRESS = re.compile(r"https://t\.me/(\w+)\?start=([A-Za-z0-9_-]{1,64})")


class Telegrams(FakeClock):
    """The time at Telegram, which goes on: the relay keeps its pace."""

    def __init__(self, emulator: TelegramEmulator) -> None:
        super().__init__()
        self._emulator = emulator

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.fromtimestamp(self._emulator.time(), UTC)


@pytest.fixture
def matrix(telegram_emulator: TelegramEmulator) -> FakeChannel:
    """The far end of the other network."""
    return FakeChannel(Telegrams(telegram_emulator), name="matrix", deduplicates=True)


@pytest.fixture
async def hub(tmp_path: Path, channel: TelegramChannel, matrix: FakeChannel) -> AsyncIterator[Hub]:
    """A hub at work on both networks."""
    settings = Settings.model_validate(
        {"hub": {"data_dir": tmp_path}, "knowledge": {"encoder": False}}
    )
    hub = Hub(settings, RoutingTable(ROUTERS), owner="test", clock=matrix.clock)
    await hub.prepare()
    async with asyncio.TaskGroup() as tasks:
        working = [hub.start(one, tasks) for one in (channel, matrix)]
        yield hub
        await stop([receiver for receiver, _ in working])
        await hub.drain([sender for _, sender in working])
    await hub.database.close()


async def heard(matrix: FakeChannel, words: str) -> str:
    """Wait until something is said on Matrix, and return the whole message."""
    await until(lambda: any(words in text for text in matrix.texts))
    return next(text for text in matrix.texts if words in text)


@pytest.mark.usefixtures("hub")
async def test_an_address_that_is_tapped_links_both_accounts(
    telegram_emulator: TelegramEmulator, account: BotRef, matrix: FakeChannel
) -> None:
    """After the person has seen who asks and said yes; it works for nobody else then."""
    mina = Person(matrix, "@mina:a.example")
    matrix.deliver(mina.says("/verknuepfen"))
    found = _ADDRESS.search(await heard(matrix, "t.me/"))
    assert found
    assert found[1] == account.username
    anna, bert = (telegram_emulator.user(name, language_code="de") for name in ("Anna", "Bert"))

    telegram_emulator.say(anna, account, f"/start {found[2]}")
    question = await telegram_emulator.wait_for_text(anna, "@mina:a.example")
    assert [button["text"] for row in question.buttons for button in row]
    telegram_emulator.say(bert, account, f"/start {found[2]}")
    await telegram_emulator.wait_for_text(bert, "gilt nicht")
    telegram_emulator.press(anna, question, question.buttons[0][0]["text"])

    assert str(anna.id) in await heard(matrix, f"telegram:{anna.id}")
    matrix.deliver(mina.says("/abo"))
    await heard(matrix, "Meldungen kommen auf Matrix, und auf Telegram, wenn es dort nicht geht")
    telegram_emulator.say(anna, account, "/rollen")
    await telegram_emulator.wait_for_text(anna, "matrix:@mina:a.example")
