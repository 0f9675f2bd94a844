"""A broadcast of the hub's own relay: told to all subscribers, sent, recorded.

Prints the seconds that passed, and those of the processor.

Everything is as in the hub but the conversations: the audience is a table, the outbox is durable,
and the time is from telling until the last message is recorded as sent.

Usage: python -m bench.contest.ours URL MESSAGES DATABASE
"""

import asyncio
import gc
import sys
import time
from datetime import timedelta
from pathlib import Path

from bench.contest.outbox import count_open, subscribe
from bot.channels.telegram import TelegramChannel
from bot.clock import SystemClock
from bot.config import Settings
from bot.delivery.limits import ChannelLimits
from bot.delivery.relay import Relay, RelaySettings
from bot.delivery.retry import RetryPolicy
from bot.services import notices
from bot.services.notices import Notice
from bot.storage import audiences
from bot.storage.engine import Database
from bot.text.markdown import parse

WINDOW = 50
_RETRY = RetryPolicy(max_attempts=3, first=timedelta(seconds=2), longest=timedelta(minutes=1))


async def main(url: str, messages: int, database_url: str) -> None:
    """Send them."""
    base, _, token = url.rpartition("/bot")
    clock = SystemClock()
    settings = Settings.model_validate(
        {
            "hub": {"data_dir": Path()},
            "channels": {
                "telegram": {
                    "enabled": True, "token": token, "base_url": base, "window": WINDOW,
                }
            },
        }
    )  # fmt: skip
    channel = TelegramChannel(settings.channels.telegram, clock=clock)
    await channel.probe()
    database = Database(database_url)
    await subscribe(database, "telegram", messages, now=clock.now())
    relay = Relay(
        channel, database, clock=clock, limits=ChannelLimits(),
        settings=RelaySettings(owner="bench", retry=_RETRY),
    )  # fmt: skip
    document = parse("Die **Anmeldung** ist offen.")
    notice = Notice(key="n", source="announcement:1", word=lambda _: document)
    gc.freeze()  # as the hub does when its knowledge is built
    began, worked = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as tasks:
        async with database.begin() as session:
            audience = audiences.everybody()
            told = await notices.tell(
                session, notice, audience, settings=settings, now=clock.now()
            )
        assert told == messages
        tasks.create_task(relay.run())
        relay.wake()
        await relay.idle()
        taken, worked = time.perf_counter() - began, time.process_time() - worked
        relay.stop()
    assert await count_open(database) == 0
    sys.stdout.write(f"{taken} {worked}\n")
    await channel.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
