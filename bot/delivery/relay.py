"""The worker that empties the outbox of one channel.

Claim, send and record are three steps on purpose: a network call inside a database transaction
would hold locks for as long as the slowest chat service likes. What a crash leaves claimed is
sent again; at most :attr:`Channel.window` messages can be in that state, which is the bound of
what may be doubled on a network that can't deduplicate.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from pydantic import ValidationError

from bot.channels.port import Channel
from bot.clock import Clock
from bot.delivery import metrics, outbox, outcomes
from bot.delivery.files import Files
from bot.delivery.limits import LIMITS, ChannelLimits, Limiter
from bot.delivery.outcomes import Outcome
from bot.delivery.retry import RetryPolicy
from bot.errors import ChannelDownError, ChannelError, MessageRejectedError, StorageError
from bot.messages import MessageId
from bot.storage import chats, deliveries
from bot.storage.deliveries import Claimed
from bot.storage.engine import Database, Session
from bot.storage.models import Action, DeliveryState
from bot.text.document import Document

_log = structlog.get_logger(__name__)

_KEY_LENGTH = 64


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """How one relay works.

    Attributes:
        owner: This process's name in claims; the same after a restart.
        retry: When to try again.
        send_timeout: Longest time one send may take.
        only_chat: Serve no other chat (the console), or ``None`` for all.
        poll: How often to look when nobody woke us: another process may have written.
        storage_pause: How long to leave a database alone that failed.
    """

    owner: str
    retry: RetryPolicy
    send_timeout: timedelta = timedelta(seconds=60)
    only_chat: str | None = None
    poll: timedelta = timedelta(seconds=1)
    storage_pause: timedelta = timedelta(seconds=1)

    @property
    def claim(self) -> timedelta:
        """How long a claim lasts: longer than any send and its recording."""
        return self.send_timeout * 2


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
        self._files = Files(database)
        self._limiter = Limiter(limits or LIMITS.get(channel.name, ChannelLimits()))
        self._refused = refused
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._stopping = False
        self._in_flight: set[int] = set()
        self._paused_from = clock.now()
        self._paused_until: datetime | None = None

    def wake(self) -> None:
        """Look into the outbox now; called after every commit that may have filled it."""
        self._idle.clear()
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; :meth:`run` returns when what is in flight is recorded."""
        self._stopping = True
        self._wake.set()

    async def idle(self) -> None:
        """Wait until nothing is due."""
        await self._idle.wait()

    async def run(self) -> None:
        """Deliver until :meth:`stop`.

        The channel is open already. Nothing that goes wrong with one message, the network or
        the database ends the relay.
        """
        released = False
        async with asyncio.TaskGroup() as sends:
            while not self._stopping:
                self._wake.clear()
                try:
                    if not released:
                        await self._release_claims()
                        released = True
                    claimed = await self._claim()
                    for delivery in claimed:
                        self._idle.clear()
                        self._in_flight.add(delivery.id)
                        sends.create_task(self._deliver(delivery))
                    if not claimed:
                        await self._rest()
                except StorageError as error:
                    self._complain("outbox.unreadable", error)
                    await self._pause()
                except Exception:  # noqa: BLE001 # whatever it is, it must not end all sending
                    _log.exception("relay.crashed", channel=self._channel.name)
                    await self._pause()

    async def _release_claims(self) -> None:
        """Take up at once what this process was sending when it died."""
        async with self._database.begin() as session:
            count = await deliveries.release_claims(
                session,
                channel=self._channel.name,
                chat=self._settings.only_chat,
                owner=self._settings.owner,
            )
        if count:
            _log.warning("deliveries.uncertain", channel=self._channel.name, count=count)

    async def _claim(self) -> list[Claimed]:
        now = self._clock.now()
        free = self._channel.window - len(self._in_flight)
        if self._paused_until is not None and now < self._paused_from:
            self._paused_until = None  # the clock was set back: the pause would last that long
        held = self._paused_until is not None and now < self._paused_until
        if free <= 0 or held or self._limiter.channel_free_at(now) > now:
            return []
        ready: list[Claimed] = []
        try:
            async with self._database.begin() as session:
                await self._claim_in(session, now, 1 if self._limiter.one_by_one else free, ready)
        except BaseException:
            for row in ready:  # nothing was claimed, so nothing sets off
                self._limiter.end(row.address, now)
            raise
        return ready

    async def _claim_in(
        self, session: Session, now: datetime, limit: int, ready: list[Claimed]
    ) -> None:
        """Claim what may go now.

        Messages to a chat that takes none yet are put back, and others looked for, so that a
        full chat does not hold up the rest.
        """
        settings = self._settings
        while not ready:
            rows = await deliveries.claim_due(
                session,
                channel=self._channel.name,
                chat=settings.only_chat,
                owner=settings.owner,
                now=now,
                until=now + settings.claim,
                limit=limit,
            )
            for row in rows:
                if await self._may_go(session, row, now):
                    self._limiter.begin(row.address, now)
                    ready.append(row)
            if not rows:
                break

    async def _may_go(self, session: Session, row: Claimed, now: datetime) -> bool:
        if row.id in self._in_flight:
            # Our own claim ran out while the database was away: it was sent, and its task is
            # about to record that. This claim only keeps it from everybody else.
            return False
        free_at = self._limiter.chat_free_at(row.address, now)
        if free_at <= now:
            return True
        await deliveries.postpone(
            session,
            id=row.id,
            owner=self._settings.owner,
            due_at=free_at,
            error=None,
            spend_attempt=False,
        )
        return False

    async def _rest(self) -> None:
        """Wait until somebody wakes us, something falls due, or a second has passed."""
        now = self._clock.now()
        free_at = self._limiter.channel_free_at(now)
        # While a broadcast is held up by the limit there is no need to ask 29 times a second.
        due = await self._next_due(now) if free_at <= now else None
        wait = self._settings.poll
        for moment in (due, self._paused_until, free_at):
            if moment is not None and now < moment < now + wait:
                wait = moment - now
        try:
            async with asyncio.timeout(wait.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _next_due(self, now: datetime) -> datetime | None:
        async with self._database.begin() as session:
            due = await deliveries.next_due(
                session, channel=self._channel.name, chat=self._settings.only_chat
            )
        if (due is None or due > now) and not self._in_flight and not self._wake.is_set():
            self._idle.set()
        return due

    async def _deliver(self, delivery: Claimed) -> None:
        try:
            with metrics.SEND_SECONDS.labels(self._channel.name).time():
                outcome = await self._attempt(delivery)
            await self._note(delivery, outcome)
        finally:
            self._in_flight.discard(delivery.id)
            self._wake.set()

    async def _note(self, delivery: Claimed, outcome: Outcome) -> None:
        """Record an outcome, as much of it as the database takes.

        If it was not recorded at all, the message would be sent again each time its claim runs
        out. It is tried twice, because another process may have been in the way, and then
        without the network's words and ids, which may be what does not fit.
        """
        state = outcome.state
        final = DeliveryState.DEAD if state is DeliveryState.WAITING else state
        bare = Outcome(final, error="what the network said can't be recorded")
        for attempt in (outcome, outcome, bare):
            try:
                return await self._keep_trying(partial(self._record, delivery, attempt))
            except Exception:  # noqa: BLE001 # one message must not end the relay
                _log.exception("outcome.unrecordable", delivery=delivery.id)
        return None

    async def _attempt(self, delivery: Claimed) -> Outcome:
        """Send once and say what is to be recorded of it."""
        try:
            if delivery.expires_at is not None and delivery.expires_at <= self._clock.now():
                return outcomes.EXPIRED
            async with asyncio.timeout(self._settings.send_timeout.total_seconds()):
                message = await self._act(delivery)
        except (ChannelError, TimeoutError) as error:
            outcome = self._failed(delivery, error)
            if isinstance(error, ChannelDownError) and self._refused is not None:
                await self._refused(error)
            return outcome
        except Exception as error:  # noqa: BLE001 # an adapter's fault must not stop all others
            _log.exception("send.crashed", channel=self._channel.name, delivery=delivery.id)
            return self._failed(delivery, error)
        finally:
            self._limiter.end(delivery.address, self._clock.now())
        self._limiter.speed_up()
        age = self._clock.now() - delivery.created_at
        metrics.LATENCY.labels(self._channel.name).observe(max(0.0, age.total_seconds()))
        return outcomes.sent(message)

    def _failed(self, delivery: Claimed, error: Exception) -> Outcome:
        outcome = outcomes.failed(
            error,
            retry=self._settings.retry,
            attempts=delivery.attempts,
            age=self._clock.now() - delivery.created_at,
            harmless=self._channel.deduplicates,
            luck=random.random(),  # noqa: S311 # jitter is no secret
        )
        if outcome.moved_to is not None and delivery.action is not Action.SEND:
            # What is to be changed stayed behind; in the new chat its id is another message's.
            outcome = replace(outcome, state=DeliveryState.REJECTED)
        if outcome.pause:
            self._learn(outcome)
            self._paused_from = self._clock.now()
            until = self._paused_from + outcome.wait
            self._paused_until = max(until, self._paused_until or until)
        _log.warning(
            "delivery.failed",
            channel=self._channel.name,
            delivery=delivery.id,
            state=outcome.state.value,
            error=outcome.error,
            uncertain=outcome.uncertain,
            again_in=outcome.wait.total_seconds(),
        )
        return outcome

    def _learn(self, outcome: Outcome) -> None:
        """Slow down after a flood; once, however many messages were refused together."""
        now = self._clock.now()
        if outcome.flooded and (self._paused_until is None or self._paused_until <= now):
            self._limiter.slow_down(outcome.wait)

    async def _act(self, delivery: Claimed) -> MessageId:
        key = _short(delivery.key)
        if delivery.action is Action.SEND:
            body = _body(delivery)
            attached = body.attachment
            return await self._channel.send(
                delivery.address,
                body,
                key=key,
                reply_to=delivery.reply_to,
                notify=delivery.notify,
                file=await self._files.content(attached) if attached else None,
            )
        if delivery.target is None:
            raise MessageRejectedError("there is no message to change")
        if delivery.action is Action.EDIT:
            await self._channel.edit(delivery.address, delivery.target, _body(delivery), key=key)
        else:
            await self._channel.delete(delivery.address, delivery.target, key=key)
        return delivery.target

    async def _record(self, delivery: Claimed, outcome: Outcome) -> None:
        now, owner = self._clock.now(), self._settings.owner
        chat = {"channel": self._channel.name, "chat": delivery.address.chat}
        async with self._database.begin() as session:
            if outcome.state is DeliveryState.WAITING:
                await deliveries.postpone(
                    session,
                    id=delivery.id,
                    owner=owner,
                    due_at=now + outcome.wait,
                    error=outcome.error,
                    spend_attempt=outcome.spend,
                )
            else:
                await deliveries.finish(
                    session,
                    id=delivery.id,
                    owner=owner,
                    state=outcome.state,
                    now=now,
                    message=outcome.message,
                    error=outcome.error,
                )
                await outbox.forget_secret(session, delivery)
            if outcome.moved_to is not None:
                await chats.move(session, to=outcome.moved_to, **chat)
            if outcome.state is DeliveryState.GONE:
                await chats.leave(session, reason=outcome.error or "gone", now=now, **chat)
        metrics.ATTEMPTS.labels(self._channel.name, outcome.state.value).inc()

    async def _keep_trying(self, action: Callable[[], Awaitable[None]]) -> None:
        """Repeat *action* until the database takes it: what was sent must not be forgotten."""
        while True:
            try:
                await action()
            except StorageError as error:
                self._complain("outbox.unwritable", error)
                await self._pause()
            else:
                return

    def _complain(self, event: str, error: StorageError) -> None:
        _log.error(event, channel=self._channel.name, error=str(error))

    async def _pause(self) -> None:
        await asyncio.sleep(self._settings.storage_pause.total_seconds())


def _body(delivery: Claimed) -> Document:
    try:
        return Document.model_validate(delivery.content)
    except ValidationError:
        # Its text quotes the body, so it goes no further.
        raise MessageRejectedError("the stored body can't be read") from None


def _short(key: str) -> str:
    """Return a key that fits every network; a long one becomes its hash."""
    if len(key) <= _KEY_LENGTH and key.isascii():
        return key
    return hashlib.sha256(key.encode()).hexdigest()
