"""Sends with python-telegram-bot as it comes, fifty at once.

Prints the seconds that passed, and those of the processor.

Usage: python bench/contest/ptb.py URL MESSAGES
"""

import asyncio
import sys
import time
from collections.abc import Iterator

from telegram import Bot, MessageEntity
from telegram.request import HTTPXRequest

WINDOW = 50


async def main(url: str, messages: int) -> None:
    """Send them."""
    base, _, token = url.rpartition("/bot")
    chats = iter(range(1, messages + 1))
    # With as many connections as messages at once, or it would wait for them.
    request = HTTPXRequest(connection_pool_size=WINDOW)
    bot = Bot(token, base_url=f"{base}/bot", request=request)
    async with request:
        began, worked = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(WINDOW):
                tasks.create_task(_send(bot, chats))
        sys.stdout.write(f"{time.perf_counter() - began} {time.process_time() - worked}\n")


async def _send(bot: Bot, chats: Iterator[int]) -> None:
    entities = [MessageEntity("bold", 4, 9)]
    for chat in chats:
        await bot.send_message(chat, "Die Anmeldung ist offen.", entities=entities)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
