"""One attempt to send, and what is to be recorded of it."""

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.channels.port import Channel, Shared
from bot.clock import Clock
from bot.delivery import metrics, outcomes
from bot.delivery.bodies import Bodies
from bot.delivery.files import Files
from bot.delivery.limits import Limiter
from bot.delivery.outcomes import Outcome
from bot.delivery.pauses import Pause
from bot.delivery.retry import RetryPolicy
from bot.errors import (
    ChannelDownError,
    ChannelError,
    MessageRejectedError,
    TemporaryDeliveryError,
)
from bot.messages import MessageId
from bot.storage.claims import Claimed
from bot.storage.models import Action, DeliveryState
from bot.text.renderers import to_plain

_log = structlog.get_logger(__name__)

_KEY_LENGTH = 64


class Sender:
    """Sends what was claimed over one channel, each once.

    Args:
        channel: The network.
        clock: Tells the time.
        files: The contents of attachments.
        limiter: Told when a message has arrived, or never will.
        pause: Extended when the network wants the whole channel to wait.
        retry: When to try again.
        patience: Longest time one send may take.
        may_send: Whether this process still has the right to.
        refused: Called each time the network refuses the account; must not raise.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        clock: Clock,
        files: Files,
        limiter: Limiter,
        pause: Pause,
        retry: RetryPolicy,
        patience: timedelta,
        may_send: Callable[[], bool],
        refused: Callable[[ChannelDownError], Awaitable[None]] | None,
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._files = files
        self._limiter = limiter
        self._pause = pause
        self._retry = retry
        self._patience = patience.total_seconds()
        self._may_send = may_send
        self._refused = refused
        self._shared = channel if isinstance(channel, Shared) else None
        self._bodies = Bodies()
        self._seconds = metrics.SEND_SECONDS.labels(channel.name)
        self._latency = metrics.LATENCY.labels(channel.name)

    async def attempt(self, delivery: Claimed) -> Outcome:
        """Send once and say what is to be recorded of it."""
        began = time.perf_counter()
        try:
            return await self._attempt(delivery)
        finally:
            self._seconds.observe(time.perf_counter() - began)

    async def _attempt(self, delivery: Claimed) -> Outcome:
        try:
            if delivery.expires_at is not None and delivery.expires_at <= self._clock.now():
                return outcomes.EXPIRED
            async with asyncio.timeout(self._patience):
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
        self._latency.observe(max(0.0, age.total_seconds()))
        return outcomes.sent(message)

    def _failed(self, delivery: Claimed, error: Exception) -> Outcome:
        outcome = outcomes.failed(
            error,
            retry=self._retry,
            attempts=delivery.attempts,
            age=self._clock.now() - delivery.created_at,
            harmless=self._channel.deduplicates,
            luck=random.random(),  # noqa: S311 # jitter is no secret
        )
        if outcome.moved_to is not None and delivery.action is not Action.SEND:
            # What is to be changed stayed behind; in the new chat its id is another message's.
            outcome = outcome._replace(state=DeliveryState.REJECTED)
        if outcome.pause:
            self._hold(outcome)
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

    def _hold(self, outcome: Outcome) -> None:
        """Pause the channel, and slow down after a flood.

        Once, however many messages were refused together.
        """
        now = self._clock.now()
        if outcome.flooded and not (self._pause.until and self._pause.until > now):
            self._limiter.slow_down(outcome.wait)
        self._pause.extend(outcome.wait, now)

    async def _act(self, delivery: Claimed) -> MessageId:
        key = _short(delivery.key)
        if delivery.action is Action.SEND:
            return await self._arrived(delivery, key) or await self._send(delivery, key)
        self._require_right()
        if delivery.target is None:
            raise MessageRejectedError("there is no message to change")
        if delivery.action is Action.EDIT:
            body = self._bodies.of(delivery)
            await self._channel.edit(delivery.address, delivery.target, body, key=key)
        elif delivery.action is Action.REACT:
            emoji = to_plain(self._bodies.of(delivery)).strip() or None
            await self._channel.react(delivery.address, delivery.target, emoji, key=key)
        elif delivery.action in {Action.PIN, Action.UNPIN}:
            pinned = delivery.action is Action.PIN
            await self._channel.pin(delivery.address, delivery.target, pinned=pinned)
        else:
            await self._channel.delete(delivery.address, delivery.target, key=key)
        return delivery.target

    async def _arrived(self, delivery: Claimed, key: str) -> MessageId | None:
        """Look for what may have been sent already, by a process that is known otherwise."""
        if not delivery.uncertain or self._shared is None:
            return None
        self._require_right()
        return await self._shared.find(
            delivery.address, self._bodies.of(delivery), key=key, since=delivery.created_at
        )

    async def _send(self, delivery: Claimed, key: str) -> MessageId:
        body = self._bodies.of(delivery)
        attached = body.attachment
        content = await self._files.content(attached) if attached else None
        self._require_right()
        return await self._channel.send(
            delivery.address,
            body,
            key=key,
            reply_to=delivery.reply_to,
            notify=delivery.notify,
            file=content,
        )

    def _require_right(self) -> None:
        """See to it that a process which was asleep sends nothing: another one may have.

        Raises:
            TemporaryDeliveryError: It has to be asked for anew.
        """
        if not self._may_send():
            raise TemporaryDeliveryError("the right to send ran out", outage=True)


def _short(key: str) -> str:
    """Return a key that fits every network; a long one becomes its hash."""
    if len(key) <= _KEY_LENGTH and key.isascii():
        return key
    return hashlib.sha256(key.encode()).hexdigest()
