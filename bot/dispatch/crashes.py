"""What is kept of an event whose handler crashed: that it was seen, and an apology."""

import secrets
from datetime import datetime
from functools import partial

import structlog

from bot.channels.port import Received
from bot.clock import Clock
from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.dispatch import metrics, replying
from bot.errors import StorageError
from bot.messages import ChatChange, ChatKind, Handled, Incoming, IncomingMessage
from bot.storage import cursors
from bot.storage.engine import Database, Session
from bot.text import catalogue

_log = structlog.get_logger(__name__)


def handled(event: Incoming | None) -> Handled | None:
    """Return what a handler may take; what only a mirror wants leaves no trace of one."""
    return event if isinstance(event, Handled) else None


async def save_cursor(
    session: Session, channel: str, received: Received, *, now: datetime
) -> None:
    """Keep how far a channel was read, if it was read further."""
    if received.cursor is not None:
        await cursors.save(session, channel=channel, value=received.cursor, now=now)


class Crashes:
    """Lets no event come again for ever because of what it does to a handler.

    Args:
        settings: The operator's.
        clock: Tells the time.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def give_up(self, channel: str, received: Received, database: Database) -> None:
        """Log the exception that is being handled, apologise, and keep as much as can be kept.

        Raises:
            StorageError: Nothing was kept.
        """
        reference = secrets.token_hex(4)
        kind = type(received.event).__name__
        _log.exception("handler.crashed", channel=channel, kind=kind, reference=reference)
        metrics.EVENTS.labels(channel, "crashed").inc()
        apology = partial(self._keep_apology, reference=reference)
        for keep in (apology, self._keep_seen, self._keep_cursor):
            try:
                async with database.begin() as session:
                    await keep(session, channel, received)
            except StorageError:
                raise
            except Exception:  # noqa: BLE001 # what can't be noted must not come again for ever
                _log.exception("event.unnoted", channel=channel, reference=reference)
            else:
                return

    async def _keep_cursor(self, session: Session, channel: str, received: Received) -> None:
        await save_cursor(session, channel, received, now=self._clock.now())

    async def _keep_seen(self, session: Session, channel: str, received: Received) -> bool:
        await self._keep_cursor(session, channel, received)
        return received.event is not None and await cursors.mark_seen(
            session, channel=channel, event=received.event.id, now=self._clock.now()
        )

    async def _keep_apology(
        self, session: Session, channel: str, received: Received, *, reference: str
    ) -> None:
        event = handled(received.event)
        if await self._keep_seen(session, channel, received) and event is not None:
            await self._apologise(session, event, reference)

    async def _apologise(self, session: Session, event: Handled, reference: str) -> None:
        if isinstance(event, ChatChange):
            return
        if isinstance(event, IncomingMessage) and not event.addressed:
            return
        # The member's own choice is not looked up: that may be what has just crashed.
        private = event.chat.kind is ChatKind.DIRECT
        said = catalogue.normalise_language(event.sender.language) if private else None
        language = said or self._settings.hub.language
        body = catalogue.document(language, "failed", reference=reference)
        outgoing = Outgoing(replying.key_of(event), event.chat.address, body)
        await outbox.enqueue(session, outgoing, now=self._clock.now())
