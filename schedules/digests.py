"""Sending what was collected."""

from datetime import timedelta

from bot.scheduling import JobContext, job
from bot.services import digests


@job(timedelta(seconds=20))
async def send_digests(context: JobContext) -> None:
    """Put the digests that are due into the outbox, some chats at a time.

    Safe to miss and safe to repeat: an item notes by which digest it was told in the same
    transaction that puts the digest into the outbox.
    """
    looked = 1
    while looked:
        async with context.database.begin() as session:
            looked = await digests.send_due(
                session, settings=context.settings, now=context.clock.now()
            )
