"""The worker that empties the outbox of one channel.

It goes round in turns. Each turn is one transaction, which records what became of the messages
whose answers have come meanwhile and claims as many new ones as then have room; between the turns
the claimed ones are sent, beside each other. A network call inside a transaction would hold locks
for as long as the slowest chat service likes, and a transaction for each message would wait for
the disk that often.

What a crash leaves claimed is sent again. Under a limit of the network's at most
:attr:`Channel.window` messages are in flight or not recorded, which is the bound of what may be
doubled on a network that can't deduplicate; without one as many more as go in a quarter of a
second, see :mod:`bot.delivery.pace`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.channels.port import Channel
from bot.clock import Clock
from bot.delivery.batching import Batching
from bot.delivery.files import Files
from bot.delivery.ledger import Entry, Ledger
from bot.delivery.limits import LIMITS, ChannelLimits, Limiter
from bot.delivery.outcomes import PUT_BACK
from bot.delivery.pace import Pace
from bot.delivery.pauses import Pause
from bot.delivery.retry import RetryPolicy
from bot.delivery.sender import Sender
from bot.delivery.workers import Workers
from bot.errors import ChannelDownError, StorageError
from bot.messages import network
from bot.storage import claims, due
from bot.storage.claims import Claimed
from bot.storage.engine import Database, Session
from bot.tenures import Tenure

_SET_BACK = timedelta(seconds=2)
"""By how much a clock goes back when somebody sets it; less is the ordinary adjustment."""
_STRAGGLERS = timedelta(minutes=1)
"""For how long after that messages are looked for which were made before."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """How one relay works.

    Attributes:
        owner: This process's name in claims; the same after a restart.
        retry: When to try again.
        send_timeout: Longest time one send may take.
        only_chat: Serve no other chat (the console), or ``None`` for all.
        poll: How often to look when nobody woke us: another process may have written.
        fallback_after: After how long a failing message goes to a linked person's other network.
        storage_pause: How long to leave a database alone that failed.
    """

    owner: str
    retry: RetryPolicy
    send_timeout: timedelta = timedelta(seconds=60)
    only_chat: str | None = None
    poll: timedelta = timedelta(seconds=1)
    fallback_after: timedelta = timedelta(hours=1)
    storage_pause: timedelta = timedelta(seconds=1)

    @property
    def claim(self) -> timedelta:
        """How long a claim lasts: longer than it may wait, be sent and be recorded."""
        return self.send_timeout * 3


@dataclass
class _Turn:
    """What one transaction did.

    Attributes:
        claimed: What is to be sent now.
        looked: Whether it saw all that is due now, and not only as much as had room.
        due: If so, when the next delivery falls due.
    """

    claimed: list[Claimed] = field(default_factory=list)
    looked: bool = False
    due: datetime | None = None


class Relay:
    """Takes due deliveries of one channel, sends them, records what became of them.

    Args:
        channel: The network, open already when :meth:`run` begins.
        database: Where the outbox is.
        clock: Tells the time.
        settings: How to work.
        limits: How fast the network takes messages; ``None`` for what is known of it.
        refused: Called each time the network refuses the account; must not raise.
    """

    def __init__(
        self,
        channel: Channel,
        database: Database,
        *,
        clock: Clock,
        settings: RelaySettings,
        limits: ChannelLimits | None = None,
        refused: Callable[[ChannelDownError], Awaitable[None]] | None = None,
    ) -> None:
        self._channel = channel
        self._database = database
        self._clock = clock
        self._settings = settings
        self._limiter = Limiter(limits or LIMITS.get(network(channel.name), ChannelLimits()))
        self._pause = Pause(clock.now())
        self._ledger = Ledger(
            channel.name, owner=settings.owner, clock=clock, fallback_after=settings.fallback_after
        )
        self._tenure = Tenure()
        self._sender = Sender(
            channel,
            clock=clock,
            may_send=lambda: self._tenure.holds,
            files=Files(database),
            limiter=self._limiter,
            pause=self._pause,
            retry=settings.retry,
            patience=settings.send_timeout,
            refused=refused,
        )
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._stopping = False
        self._in_flight: set[int] = set()
        self._latest = clock.now()
        self._set_back_at: datetime | None = None
        self._batching = Batching(self._wake.set, window=channel.window)
        self._pace = Pace(channel.window, time=time.monotonic)
        self._workers = Workers(self._deliver, most=channel.window)

    def wake(self) -> None:
        """Look into the outbox now; called after every commit that may have filled it."""
        self._idle.clear()
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; :meth:`run` returns when what is in flight is recorded."""
        self._stopping = True
        self._wake.set()

    @property
    def is_stopping(self) -> bool:
        """Whether :meth:`stop` was called, which is for good."""
        return self._stopping

    async def idle(self) -> None:
        """Wait until nothing is due."""
        await self._idle.wait()

    async def run(self, tenure: Tenure | None = None) -> None:
        """Deliver until :meth:`stop`, or until *tenure* is lost.

        The channel is open already. Nothing that goes wrong with one message, the network or
        the database ends the relay. It may run again: what it sent and could not record is
        recorded then, unless another process has taken it over.
        """
        self._tenure = tenure = tenure or Tenure()
        self._in_flight = {entry.delivery.id for entry in self._ledger.noted}
        released = False
        async with self._workers.working():
            while not tenure.is_lost and (self._in_flight or not self._stopping):
                self._wake.clear()
                try:
                    if not released:
                        await self._release_claims()
                        released = True
                    await self._follow_clock()
                    with self._batching.recording():
                        turn = await self._turn()
                    if turn.claimed:
                        self._idle.clear()
                        until = self._clock.now() + self._settings.send_timeout
                        self._workers.add(turn.claimed, until=until)
                    self._consider()
                    if turn.looked or not turn.claimed or not self._room(len(self._in_flight)):
                        await self._rest(turn)
                except StorageError as error:
                    event = "outbox.unwritable" if self._ledger.noted else "outbox.unreadable"
                    _log.error(event, channel=self._channel.name, error=str(error))
                    await self._pause_for_storage()
                except Exception:  # noqa: BLE001 # whatever it is, it must not end all sending
                    _log.exception("relay.crashed", channel=self._channel.name)
                    await self._pause_for_storage()

    async def _release_claims(self) -> None:
        """Take up at once what was being sent when this process, or the one before it, died."""
        channel, hold = self._channel.name, self._tenure.hold
        if self._ledger.noted:  # by an earlier tenure, which could not record it any more
            await self._record_apart(self._ledger.noted)
        async with self._database.begin() as session:
            if hold is not None:
                count = await claims.take_over_claims(session, channel=channel, hold=hold)
            else:
                count = await claims.release_claims(
                    session,
                    channel=channel,
                    chat=self._settings.only_chat,
                    owner=self._settings.owner,
                )
            await self._hasten(session, self._clock.now(), tried=False)
        if count:
            _log.warning("deliveries.uncertain", channel=self._channel.name, count=count)

    async def _follow_clock(self) -> None:
        """Let nobody wait for as long as the clock was ahead, once it is set back."""
        now = self._clock.now()
        if now < self._latest - _SET_BACK:
            async with self._database.begin() as session:
                count = await self._hasten(session, now, tried=True)
            _log.warning("clock.set-back", channel=self._channel.name, hastened=count)
            self._set_back_at = now
        elif self._set_back_at is not None:
            # Whoever read the clock before it was set back may commit only now.
            async with self._database.begin() as session:
                await self._hasten(session, now, tried=False)
            if now - self._set_back_at > _STRAGGLERS:
                self._set_back_at = None
        self._latest = now

    async def _hasten(self, session: Session, now: datetime, *, tried: bool) -> int:
        return await claims.hasten(
            session,
            channel=self._channel.name,
            chat=self._settings.only_chat,
            now=now,
            tried=tried,
        )

    async def _deliver(self, delivery: Claimed, until: datetime) -> None:
        if self._may_set_off(until):
            outcome = await self._sender.attempt(delivery)
        else:
            self._limiter.end(delivery.address, self._clock.now())
            outcome = PUT_BACK
        self._ledger.note(delivery, outcome)
        self._consider()

    def _consider(self) -> None:
        ready = self._workers.ready
        self._batching.consider(len(self._ledger), of=len(self._in_flight), ready=ready)

    def _may_set_off(self, until: datetime) -> bool:
        """Tell whether what was claimed a while ago may still be sent."""
        now = self._clock.now()
        return not self._stopping and now <= until and not self._pause.holds(now)

    async def _turn(self) -> _Turn:
        """Record what has arrived, and claim what may go."""
        noted = self._ledger.noted
        flying = self._in_flight - {entry.delivery.id for entry in noted}
        room = self._room(len(flying))
        turn = _Turn()
        if not noted and not room and flying:
            return turn
        now = self._clock.now()
        try:
            async with self._database.begin() as session:
                await self._ledger.record(session, noted)
                if room:
                    await self._claim(session, now, room, flying, turn)
                if turn.looked or not (room or flying):
                    await self._look_ahead(session, turn, now)
        except BaseException as error:
            for row in turn.claimed:  # nothing was claimed, so nothing sets off
                self._limiter.end(row.address, now)
            if noted and isinstance(error, Exception) and not isinstance(error, StorageError):
                _log.exception("outcomes.unrecordable", channel=self._channel.name)
                return await self._record_apart(noted)
            raise
        self._in_flight = flying | {row.id for row in turn.claimed}
        self._ledger.settle(noted)
        self._pace.count(len(noted))
        return turn

    async def _record_apart(self, entries: Sequence[Entry]) -> _Turn:
        """Record outcomes one by one, each as far as it can be."""
        for entry in entries:
            await self._ledger.record_apart(self._database, entry)
            self._in_flight.discard(entry.delivery.id)
        self._wake.set()
        return _Turn()

    def _room(self, claimed: int) -> int:
        """Return how many more messages may be claimed now."""
        now = self._clock.now()
        if self._stopping or self._pause.holds(now) or self._limiter.channel_free_at(now) > now:
            return 0
        window = self._channel.window
        if self._limiter.one_by_one:
            return 1 if claimed < window else 0
        return max(0, window + self._pace.ahead - claimed)

    async def _claim(
        self, session: Session, now: datetime, room: int, flying: set[int], turn: _Turn
    ) -> None:
        """Claim what may go now.

        Messages to a chat that takes none yet are put back, and others looked for, so that a
        full chat does not hold up the rest.
        """
        settings = self._settings
        while not turn.claimed and not turn.looked:
            rows = await claims.claim_due(
                session,
                channel=self._channel.name,
                chat=settings.only_chat,
                owner=settings.owner,
                now=now,
                until=now + settings.claim,
                limit=room,
                hold=self._tenure.hold,
            )
            for row in rows:
                if await self._may_go(session, row, now, flying):
                    self._limiter.begin(row.address, now)
                    turn.claimed.append(row)
            turn.looked = len(rows) < room

    async def _look_ahead(self, session: Session, turn: _Turn, now: datetime) -> None:
        seen_all, turn.looked = turn.looked, True
        turn.due = await due.next_due(
            session,
            channel=self._channel.name,
            chat=self._settings.only_chat,
            now=now if seen_all else None,
        )

    async def _may_go(
        self, session: Session, row: Claimed, now: datetime, flying: set[int]
    ) -> bool:
        if row.id in flying:
            # Our own claim ran out while the database was away: it was sent, and its outcome is
            # about to be recorded. This claim only keeps it from everybody else.
            return False
        free_at = self._limiter.chat_free_at(row.address, now)
        if free_at <= now:
            return True
        await claims.postpone(
            session,
            id=row.id,
            owner=self._settings.owner,
            due_at=free_at,
            error=None,
            spend_attempt=False,
        )
        return False

    async def _rest(self, turn: _Turn) -> None:
        """Wait until somebody wakes us, something falls due, or a second has passed."""
        if self._stopping and not self._in_flight:
            return
        now = self._clock.now()
        nothing = turn.looked and (turn.due is None or turn.due > now)
        if nothing and not self._in_flight and not self._wake.is_set():
            self._idle.set()
        if not nothing and self._room(len(self._in_flight)):
            return  # there was none a moment ago, and nobody wakes us because of time
        # While a broadcast is held up by the limit there is no need to ask 30 times a second.
        free_at = self._limiter.channel_free_at(now)
        wait = self._settings.poll
        for moment in (turn.due, self._pause.until, free_at):
            if moment is not None and now < moment < now + wait:
                wait = moment - now
        try:
            async with asyncio.timeout(wait.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _pause_for_storage(self) -> None:
        await asyncio.sleep(self._settings.storage_pause.total_seconds())
