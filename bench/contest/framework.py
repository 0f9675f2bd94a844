"""Sends with aiogram, fifty at once.

Prints the seconds that passed, and those of the processor.

aiogram and the hub want different versions of pydantic, so it has an environment of its own.

Usage: .venv-aiogram/bin/python bench/contest/framework.py URL MESSAGES
"""

import asyncio
import sys
import time
from collections.abc import Iterator

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import MessageEntity

WINDOW = 50


async def main(url: str, messages: int) -> None:
    """Send them."""
    base, _, token = url.rpartition("/bot")
    chats = iter(range(1, messages + 1))
    session = AiohttpSession(api=TelegramAPIServer.from_base(base), limit=WINDOW)
    async with Bot(token, session=session) as bot:
        began, worked = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(WINDOW):
                tasks.create_task(_send(bot, chats))
        sys.stdout.write(f"{time.perf_counter() - began} {time.process_time() - worked}\n")


async def _send(bot: Bot, chats: Iterator[int]) -> None:
    entities = [MessageEntity(type="bold", offset=4, length=9)]
    for chat in chats:
        await bot.send_message(chat, "Die Anmeldung ist offen.", entities=entities)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
