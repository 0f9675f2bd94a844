"""A Telegram channel from the bot's first sight of it to a message in it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import ROUTERS
from bot.channels.telegram import TelegramChannel
from bot.clock import Clock
from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing, Priority
from bot.dispatch.router import RoutingTable
from bot.hub import Hub, stop
from bot.storage import audiences
from bot.text.document import Document
from tests.servers.telegram import BotRef, TelegramEmulator, UserRef
from tests.storage.rows import addresses


class Telegrams:
    """The time at Telegram, at whose pace the relay has to send."""

    def __init__(self, emulator: TelegramEmulator) -> None:
        self._emulator = emulator

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.fromtimestamp(self._emulator.time(), UTC)


@pytest.fixture
def clock(telegram_emulator: TelegramEmulator) -> Clock:
    """One for both sides."""
    return Telegrams(telegram_emulator)


@pytest.fixture
async def hub(
    tmp_path: Path, channel: TelegramChannel, clock: Clock, anna: UserRef
) -> AsyncIterator[Hub]:
    """A hub at work on the channel, with Anna as its admin."""
    settings = Settings.model_validate(
        {
            "admins": [f"telegram:{anna.id}"],
            "hub": {"data_dir": tmp_path},
            "knowledge": {"encoder": False},
        }
    )
    hub = Hub(settings, RoutingTable(ROUTERS), owner="test", clock=clock)
    await hub.prepare()
    async with asyncio.TaskGroup() as tasks:
        receiver, sender = hub.start(channel, tasks)
        yield hub
        await stop([receiver])
        await hub.drain([sender])
    await hub.database.close()


async def test_a_channel_is_learnt_subscribed_and_gets_a_message(
    telegram_emulator: TelegramEmulator,
    hub: Hub,
    clock: Clock,
    account: BotRef,
    anna: UserRef,
) -> None:
    """Its administrator makes the bot one, tells it what to post, and it is posted."""
    telegram_emulator.say(anna, account, "/kanaele")
    await telegram_emulator.wait_for_text(anna, "Der Bot darf noch in keinem Telegram-Kanal")

    paper = telegram_emulator.channel("Amtsblatt", members=[anna])
    telegram_emulator.add_bot(account, paper)
    told = await telegram_emulator.wait_for_text(anna, "im Telegram-Kanal „Amtsblatt“ schreiben")
    number = (told.text or "").partition("Nr. ")[2].partition(".")[0]

    telegram_emulator.say(anna, account, f"/kanal {number} abo Förderfristen")
    await telegram_emulator.wait_for_text(anna, "Abonniert: Förderfristen.")
    await tell(hub, clock, "Frist in 14 Tagen: Skizze")
    await telegram_emulator.wait_for_text(paper, "Frist in 14 Tagen: Skizze")


async def test_a_channel_that_takes_the_right_back_is_no_longer_listed(
    telegram_emulator: TelegramEmulator, hub: Hub, account: BotRef, anna: UserRef
) -> None:
    """Nothing could be posted there."""
    assert hub.settings.admins == (f"telegram:{anna.id}",)
    paper = telegram_emulator.channel("Amtsblatt", members=[anna, account])
    telegram_emulator.say(anna, account, "/kanaele")
    await telegram_emulator.wait_for_text(anna, "Amtsblatt: nichts abonniert")
    telegram_emulator.demote(account, paper)
    telegram_emulator.say(anna, account, "/kanaele")
    await telegram_emulator.wait_for_text(anna, "Der Bot darf noch in keinem Telegram-Kanal")


async def tell(hub: Hub, clock: Clock, text: str) -> None:
    """Put a message for everybody who hears about deadlines into the outbox."""
    async with hub.database.begin() as session:
        for address in await addresses(session, audiences.subscribers(topic_ids=[2])):
            outgoing = Outgoing("k", address, Document.of(text), priority=Priority.REMINDER)
            assert await outbox.enqueue(session, outgoing, now=clock.now())
