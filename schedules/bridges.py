"""Watching over connected chats."""

from datetime import timedelta

from bot.scheduling import JobContext, job
from bot.services import bridges


@job(timedelta(seconds=10))
async def watch_bridges(context: JobContext) -> None:
    """Tell connected chats where messages are held up, once, and when that is over.

    Safe to miss and safe to repeat: what was told is kept with the chat.
    """
    language = context.settings.hub.language
    async with context.database.begin() as session:
        await bridges.watch(session, language=language, now=context.clock.now())
