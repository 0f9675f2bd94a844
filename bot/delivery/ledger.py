"""What became of what was sent, recorded in as few transactions as possible.

Each commit waits for the disk, however much it keeps. So an outcome is only noted when it is
there, and recorded with all others that came meanwhile by the next transaction of the relay. A
message counts as in flight until then; that is why the window still bounds what a crash doubles.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from bot.clock import Clock
from bot.delivery import metrics, outbox, readdressing
from bot.delivery.outbox import MIRRORED, REPLIED, RULES
from bot.delivery.outcomes import PUT_BACK, Outcome
from bot.errors import StorageError
from bot.messages import MessageId
from bot.storage import bridge_places, bridges, chats, claims
from bot.storage.claims import Claimed, Ended
from bot.storage.engine import Database, Session
from bot.storage.models import Action, DeliveryState

_log = structlog.get_logger(__name__)

_FAILED = {DeliveryState.GONE, DeliveryState.DEAD, DeliveryState.REJECTED}


class Entry(NamedTuple):
    """How sending a delivery ended, and when: waits count from then, not from the recording."""

    delivery: Claimed
    outcome: Outcome
    at: datetime


class Ledger:
    """The outcomes of one channel that no transaction has kept yet.

    Args:
        channel: The network's name.
        owner: In whose name the deliveries are claimed.
        clock: Tells the time.
        fallback_after: After how long a failing message goes to a linked person's other network.
    """

    def __init__(
        self, channel: str, *, owner: str, clock: Clock, fallback_after: timedelta
    ) -> None:
        self._fallback_after = fallback_after
        self._channel = channel
        self._owner = owner
        self._clock = clock
        self._noted: list[Entry] = []

    @property
    def noted(self) -> Sequence[Entry]:
        """What waits to be recorded, as it is now."""
        return tuple(self._noted)

    def __len__(self) -> int:
        """Count what waits to be recorded."""
        return len(self._noted)

    def note(self, delivery: Claimed, outcome: Outcome) -> None:
        """Keep an outcome in mind until it is recorded."""
        self._noted.append(Entry(delivery, outcome, self._clock.now()))

    async def record(self, session: Session, entries: Sequence[Entry]) -> None:
        """Record outcomes; they stay noted until :meth:`settle`, for the commit may fail."""
        sent: list[Ended] = []
        unsent: list[int] = []
        for entry in entries:
            message = entry.outcome.message
            if entry.outcome is PUT_BACK:
                unsent.append(entry.delivery.id)
                continue
            if message is None:
                await self._record_one(session, entry)
                continue
            sent.append(Ended(entry.delivery.id, message, entry.at))
            if outbox.is_secret(entry.delivery):
                await outbox.forget_secret(session, entry.delivery)
        if unsent:
            await claims.put_back(session, unsent, owner=self._owner)
            _log.info("deliveries.put-back", channel=self._channel, count=len(unsent))
        if sent:
            await claims.finish_sent(session, sent, owner=self._owner)
            await _note_sent(session, entries)
        for entry in entries:
            if entry.outcome.message is not None and outbox.is_farewell(entry.delivery):
                await outbox.forget_farewell(session, entry.delivery)

    async def _record_one(self, session: Session, entry: Entry) -> None:
        delivery, outcome, now = entry.delivery, entry.outcome, entry.at
        chat = {"channel": self._channel, "chat": delivery.address.chat}
        if outcome.state is DeliveryState.WAITING:
            await claims.postpone(
                session,
                id=delivery.id,
                owner=self._owner,
                due_at=now + outcome.wait,
                error=outcome.error,
                spend_attempt=outcome.spend,
                uncertain=outcome.uncertain,
                failing_since=now if outcome.is_failure else None,
            )
            await readdressing.fall_back(
                session, delivery_id=delivery.id, now=now, after=self._fallback_after
            )
        else:
            await claims.finish(
                session,
                id=delivery.id,
                owner=self._owner,
                state=outcome.state,
                now=now,
                message=outcome.message,
                error=outcome.error,
            )
            await _note_sent(session, [entry])
        if outcome.moved_to is not None:
            await chats.move(session, to=outcome.moved_to, **chat)
        if outcome.state is DeliveryState.GONE:
            await readdressing.leave(session, reason=outcome.error or "gone", now=now, **chat)
        is_over = outcome.state is not DeliveryState.WAITING
        if is_over and not await self._goes_over(session, entry):
            await outbox.forget_secret(session, delivery)
            await outbox.forget_farewell(session, delivery)

    async def _goes_over(self, session: Session, entry: Entry) -> bool:
        """Let what surely has not arrived go to a linked person's other network."""
        if entry.outcome.state not in _FAILED or entry.outcome.uncertain:
            return False
        return await readdressing.retry_elsewhere(
            session, delivery_id=entry.delivery.id, now=entry.at
        )

    def settle(self, entries: Sequence[Entry]) -> None:
        """Forget outcomes, since a transaction has kept them."""
        done = {entry.delivery.id for entry in entries}
        self._noted = [entry for entry in self._noted if entry.delivery.id not in done]
        attempts = (entry.outcome for entry in entries if entry.outcome is not PUT_BACK)
        for state, number in Counter(outcome.state for outcome in attempts).items():
            metrics.ATTEMPTS.labels(self._channel, state.value).inc(number)

    async def record_apart(self, database: Database, entry: Entry) -> None:
        """Record one outcome by a transaction of its own, as much of it as the database takes.

        If it was not recorded at all, the message would be sent again each time its claim runs
        out. It is tried twice, because another process may have been in the way, and then
        without the network's words and ids, which may be what does not fit.

        Raises:
            StorageError: The database is away; the outcome stays noted.
        """
        outcome = entry.outcome
        state = outcome.state
        final = DeliveryState.DEAD if state is DeliveryState.WAITING else state
        bare = Outcome(final, error="what the network said can't be recorded")
        # What has not set off has nothing that might not fit; its claim runs out.
        last = () if outcome is PUT_BACK else (bare,)
        for attempt in (outcome, outcome, *last):
            try:
                async with database.begin() as session:
                    await self._record_one(session, entry._replace(outcome=attempt))
            except StorageError:
                raise
            except Exception:  # noqa: BLE001 # one message must not end the relay
                _log.exception("outcome.unrecordable", delivery=entry.delivery.id)
            else:
                break
        self.settle([entry])


async def _note_sent(session: Session, entries: Sequence[Entry]) -> None:
    """Keep as which messages those arrived that somebody may refer to later."""
    mapped = _mapped(entries)
    await bridge_places.note_sent(session, mapped)
    for key, message in mapped:
        if key.startswith(RULES):
            await bridges.note_arrived(session, notice=key, message=message)


def _mapped(entries: Sequence[Entry]) -> list[tuple[str, MessageId]]:
    """Return what bridges may refer to later; a broadcast is not asked about for each message."""
    return [
        (entry.delivery.key, entry.outcome.message)
        for entry in entries
        if entry.outcome.message is not None
        and entry.delivery.action is Action.SEND
        and entry.delivery.key.startswith((MIRRORED, REPLIED))
    ]
