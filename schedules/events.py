"""Keeping the events as their files are."""

from bot.scheduling import JobContext, job


@job(lambda settings: settings.events.reload_every)
async def take_changed_events(context: JobContext) -> None:
    """Take in what changed in the files of events; a file with a mistake changes nothing."""
    await context.event_files.refresh(context.database, now=context.clock.now())
