from datetime import timedelta

import pytest

from bot.delivery import outcomes
from bot.delivery.outcomes import Outcome
from bot.delivery.retry import RetryPolicy
from bot.errors import (
    ChannelDownError,
    ChannelError,
    ChannelUnavailableError,
    MessageRejectedError,
    RecipientGoneError,
    RecipientMovedError,
    TemporaryDeliveryError,
)
from bot.messages import MessageId
from bot.storage.models import DeliveryState as State

POLICY = RetryPolicy(3, timedelta(seconds=2), timedelta(minutes=1), refused=timedelta(seconds=30))
TEN = timedelta(minutes=10)


def failed(error: Exception, attempts: int = 0) -> Outcome:
    return outcomes.failed(error, retry=POLICY, attempts=attempts, luck=0.0)


def test_success_is_recorded_with_the_networks_id() -> None:
    """An edit needs it later."""
    assert outcomes.sent(MessageId("m1")) == Outcome(State.SENT, message=MessageId("m1"))


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (MessageRejectedError("too long"), Outcome(State.REJECTED, error="too long")),
        (RecipientGoneError("blocked"), Outcome(State.GONE, error="blocked")),
        (
            RecipientMovedError("-100"),
            Outcome(State.WAITING, error="moved to -100", spend=True, moved_to="-100"),
        ),
        (
            ChannelDownError("refused"),
            Outcome(State.WAITING, error="refused", wait=timedelta(seconds=30), pause=True),
        ),
        (
            TemporaryDeliveryError("502"),
            Outcome(State.WAITING, error="502", wait=timedelta(seconds=1), spend=True),
        ),
        (
            TemporaryDeliveryError("lost", uncertain=True),
            Outcome(
                State.WAITING, error="lost", wait=timedelta(seconds=1), spend=True, uncertain=True
            ),
        ),
        (
            TemporaryDeliveryError("flood", retry_after=TEN),
            Outcome(State.WAITING, error="flood", wait=TEN),
        ),
        (
            TemporaryDeliveryError("flood", retry_after=TEN, whole_channel=True),
            Outcome(State.WAITING, error="flood", wait=TEN, pause=True, flooded=True),
        ),
        (
            ChannelUnavailableError("no route", retry_after=TEN),
            Outcome(State.WAITING, error="no route", wait=TEN),
        ),
        (
            TimeoutError(),
            Outcome(
                State.WAITING,
                error="no answer in time",
                wait=timedelta(seconds=1),
                spend=True,
                uncertain=True,
            ),
        ),
        (
            KeyError("what a member said"),
            Outcome(
                State.WAITING,
                error="KeyError",
                wait=timedelta(seconds=1),
                spend=True,
                uncertain=True,
            ),
        ),
        (
            ChannelError("unheard of"),
            Outcome(
                State.WAITING,
                error="ChannelError",
                wait=timedelta(seconds=1),
                spend=True,
                uncertain=True,
            ),
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, Exception) else "",
)
def test_each_failure_has_one_outcome(error: Exception, outcome: Outcome) -> None:
    """The type says what to do next."""
    assert failed(error) == outcome


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TemporaryDeliveryError("502"), State.DEAD),
        (TimeoutError(), State.DEAD),
        (KeyError("bug"), State.DEAD),
        (TemporaryDeliveryError("flood", retry_after=TEN), State.WAITING),
        (ChannelDownError("refused"), State.WAITING),
        (RecipientMovedError("-100"), State.DEAD),
        (MessageRejectedError("too long"), State.REJECTED),
        (RecipientGoneError("blocked"), State.GONE),
    ],
    ids=lambda value: repr(value) if isinstance(value, Exception) else "",
)
def test_only_waits_that_are_not_the_messages_fault_go_on_for_ever(
    error: Exception, state: State
) -> None:
    """After the most attempts a message is dead, unless the network or the operator is due."""
    assert failed(error, attempts=POLICY.max_attempts).state is state


def test_the_last_attempt_is_the_one_that_the_policy_names() -> None:
    """Three attempts are three, not two and not four."""
    assert failed(TemporaryDeliveryError("502"), attempts=1).state is State.WAITING
    assert failed(TemporaryDeliveryError("502"), attempts=2).state is State.DEAD


def test_a_message_that_died_uncertain_may_have_arrived() -> None:
    """The operator who looks at the dead ones has to know."""
    assert failed(TimeoutError(), attempts=2) == Outcome(
        State.DEAD, error="no answer in time", uncertain=True
    )


def test_a_network_that_asks_for_fewer_messages_is_not_away() -> None:
    """So what waits for it is not sent on another one."""
    flood = TemporaryDeliveryError("flood", retry_after=timedelta(minutes=40), whole_channel=True)
    for error, away in (
        (flood, False),
        (RecipientMovedError("-200"), False),
        (TemporaryDeliveryError("refused", outage=True), True),
        (ChannelDownError("401"), True),
    ):
        outcome = outcomes.failed(error, retry=POLICY, attempts=0, luck=0)
        assert outcome.is_failure is away
