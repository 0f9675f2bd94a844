"""One attempt to send, and what is to be recorded of it."""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.channels.port import Channel
from bot.clock import Clock
from bot.delivery import metrics, outcomes
from bot.delivery.bodies import Bodies
from bot.delivery.files import Files
from bot.delivery.limits import Limiter
from bot.delivery.outcomes import Outcome
from bot.delivery.pauses import Pause
from bot.delivery.retry import RetryPolicy
from bot.errors import ChannelDownError, ChannelError, MessageRejectedError
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
        refused: Callable[[ChannelDownError], Awaitable[None]] | None,
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._files = files
        self._limiter = limiter
        self._pause = pause
        self._retry = retry
        self._patience = patience.total_seconds()
        self._refused = refused
        self._bodies = Bodies()
        self._seconds = metrics.SEND_SECONDS.labels(channel.name)
        self._latency = metrics.LATENCY.labels(channel.name)

    async def attempt(self, delivery: Claimed) -> Outcome:
        """Send once and say what is to be recorded of it."""
        with self._seconds.time():
            return await self._attempt(delivery)

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
            outcome = replace(outcome, state=DeliveryState.REJECTED)
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
            body = self._bodies.of(delivery)
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
            body = self._bodies.of(delivery)
            await self._channel.edit(delivery.address, delivery.target, body, key=key)
        elif delivery.action is Action.REACT:
            emoji = to_plain(self._bodies.of(delivery)).strip() or None
            await self._channel.react(delivery.address, delivery.target, emoji, key=key)
        else:
            await self._channel.delete(delivery.address, delivery.target, key=key)
        return delivery.target


def _short(key: str) -> str:
    """Return a key that fits every network; a long one becomes its hash."""
    if len(key) <= _KEY_LENGTH and key.isascii():
        return key
    return hashlib.sha256(key.encode()).hexdigest()
