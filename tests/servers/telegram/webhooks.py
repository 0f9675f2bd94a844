"""Bringing updates to a bot's webhook, one at a time and again until it says 200.

Source: https://core.telegram.org/bots/api#setwebhook
"""

from __future__ import annotations

import asyncio

import aiohttp

from tests.servers.telegram.people import Bot, Webhook
from tests.servers.telegram.world import World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0
ANSWER_WITHIN = 10.0


async def deliver_forever(world: World, bot: Bot, session: aiohttp.ClientSession) -> None:
    """Deliver a bot's updates whenever it has a webhook; never returns.

    The real pauses between repeats are seconds to minutes; these are short for tests' sake.
    """
    pause = FIRST_PAUSE
    while True:
        await bot.queue.arrived.wait()
        webhook = bot.webhook
        waiting = bot.queue.take(0, 1, world.now())
        if webhook is None or not waiting:
            bot.queue.arrived.clear()
            continue
        problem = await _deliver(session, webhook, waiting[0])
        if problem is None:
            bot.queue.take(waiting[0]["update_id"] + 1, 1, world.now())
            pause = FIRST_PAUSE
            continue
        webhook.last_error = (int(world.now()), problem)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _deliver(
    session: aiohttp.ClientSession, webhook: Webhook, update: dict[str, object]
) -> str | None:
    """Return what went wrong, or ``None`` when the update was taken."""
    headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
    try:
        async with session.post(webhook.url, json=update, headers=headers) as answer:
            if answer.ok:
                return None
            return f"Wrong response from the webhook: {answer.status} {answer.reason}"
    except TimeoutError:
        return "Read timeout expired"
    except aiohttp.ClientConnectorError:
        return "Connection refused"
    except aiohttp.ClientError:
        return "Connection reset by peer"
