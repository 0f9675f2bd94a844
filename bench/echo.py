"""The baseline of a reply: the least bot there can be, on bare aiohttp.

It polls, and answers each text with a fixed one. It keeps nothing: a crash loses what it holds.
"""

import asyncio
import json
import sys

import aiohttp


async def main(base: str) -> None:
    """Answer until killed; *base* is the address with the token."""
    offset = 0
    print(json.dumps({"event": "hub.started"}), file=sys.stderr, flush=True)
    async with aiohttp.ClientSession() as session:
        while True:
            poll = {"offset": offset, "timeout": 10}
            async with session.post(f"{base}/getUpdates", json=poll) as response:
                updates = (await response.json())["result"]
            for update in updates:
                offset = update["update_id"] + 1
                chat = update["message"]["chat"]["id"]
                reply = {"chat_id": chat, "text": "Koordinierungs- und Transferstelle"}
                async with session.post(f"{base}/sendMessage", json=reply) as response:
                    await response.read()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
