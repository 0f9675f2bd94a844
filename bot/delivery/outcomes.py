"""What follows from how a send ended: five kinds of failure, each with one action. Pure."""

from datetime import timedelta
from functools import singledispatch
from typing import NamedTuple

from bot.delivery.retry import RetryPolicy
from bot.errors import (
    ChannelDownError,
    ChannelUnavailableError,
    MessageRejectedError,
    RecipientGoneError,
    RecipientMovedError,
    TemporaryDeliveryError,
)
from bot.messages import MessageId
from bot.storage.models import DeliveryState


class Outcome(NamedTuple):
    """What is to be recorded of one attempt.

    Attributes:
        state: The delivery's new state; ``WAITING`` means that it is tried again.
        message: The network's id of what was sent.
        error: Why it failed, in the network's words.
        wait: How long until the next attempt.
        spend: Whether the attempt counts against the most that are made.
        pause: Whether the whole channel waits.
        flooded: Whether the network asked for fewer messages.
        uncertain: Whether the message may have arrived although it failed.
        moved_to: The chat's new id.
    """

    state: DeliveryState
    message: MessageId | None = None
    error: str | None = None
    wait: timedelta = timedelta(0)
    spend: bool = False
    pause: bool = False
    flooded: bool = False
    uncertain: bool = False
    moved_to: str | None = None

    @property
    def is_failure(self) -> bool:
        """Whether the network could not take a message, and did not only ask for fewer."""
        return self.error is not None and not self.flooded and self.moved_to is None


EXPIRED = Outcome(DeliveryState.EXPIRED, error="too late to be of use")
"""What follows when a message has lost its use before it could be sent."""

PUT_BACK = Outcome(DeliveryState.WAITING)
"""What follows when a message was claimed and has not set off: it waits as it did before."""


def sent(message: MessageId) -> Outcome:
    """Return what follows from success."""
    return Outcome(DeliveryState.SENT, message=message)


def failed(
    error: Exception,
    *,
    retry: RetryPolicy,
    attempts: int,
    luck: float,
    age: timedelta = timedelta(0),
    harmless: bool = False,
) -> Outcome:
    """Return what follows from *error*; arguments as in :meth:`RetryPolicy.wait`."""
    outcome = _of(error)
    if outcome is not None and outcome.moved_to is not None and attempts >= retry.max_attempts:
        # Two chats that each say they moved to the other would be followed for ever.
        return Outcome(DeliveryState.DEAD, error=str(error))
    if outcome is not None:
        return outcome
    if isinstance(error, ChannelDownError):
        return Outcome(DeliveryState.WAITING, error=str(error), wait=retry.refused, pause=True)
    temporary = _as_temporary(error)
    wait = retry.wait(temporary, attempts=attempts, luck=luck, age=age, harmless=harmless)
    if wait is None:
        return Outcome(DeliveryState.DEAD, error=str(temporary), uncertain=temporary.uncertain)
    return Outcome(
        DeliveryState.WAITING,
        error=str(temporary),
        wait=wait,
        spend=retry.spends_attempt(temporary),
        pause=temporary.whole_channel,
        flooded=temporary.whole_channel and temporary.retry_after is not None,
        uncertain=temporary.uncertain,
    )


@singledispatch
def _of(error: Exception) -> Outcome | None:  # noqa: ARG001 # chosen by its type
    return None


@_of.register
def _(error: MessageRejectedError) -> Outcome | None:
    return Outcome(DeliveryState.REJECTED, error=str(error))


@_of.register
def _(error: RecipientGoneError) -> Outcome | None:
    return Outcome(DeliveryState.GONE, error=str(error))


@_of.register
def _(error: RecipientMovedError) -> Outcome | None:
    return Outcome(DeliveryState.WAITING, error=str(error), spend=True, moved_to=error.to)


def _as_temporary(error: Exception) -> TemporaryDeliveryError:
    if isinstance(error, TemporaryDeliveryError):
        return error
    if isinstance(error, ChannelUnavailableError):
        return TemporaryDeliveryError(str(error), retry_after=error.retry_after, outage=True)
    if isinstance(error, TimeoutError):
        return TemporaryDeliveryError("no answer in time", uncertain=True)
    return TemporaryDeliveryError(type(error).__name__, uncertain=True)
