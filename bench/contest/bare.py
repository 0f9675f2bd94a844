"""Posts with nothing but aiohttp, fifty at once.

Prints the seconds that passed, and those of the processor.

Usage: python bench/contest/bare.py URL MESSAGES
"""

import asyncio
import sys
import time
from collections.abc import Iterator

import aiohttp

WINDOW = 50
ENTITIES = [{"type": "bold", "offset": 4, "length": 9}]


async def main(url: str, messages: int) -> None:
    """Send them."""
    chats = iter(range(1, messages + 1))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=WINDOW)) as session:
        began, worked = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(WINDOW):
                tasks.create_task(_send(session, f"{url}/sendMessage", chats))
        sys.stdout.write(f"{time.perf_counter() - began} {time.process_time() - worked}\n")


async def _send(session: aiohttp.ClientSession, url: str, chats: Iterator[int]) -> None:
    for chat in chats:
        message = {"chat_id": chat, "text": "Die Anmeldung ist offen.", "entities": ENTITIES}
        async with session.post(url, json=message) as response:
            answer = await response.json()
            assert answer["ok"]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
