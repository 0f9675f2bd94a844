from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.retry import LONGEST_ASKED, RetryPolicy
from bot.errors import TemporaryDeliveryError

FAILED = TemporaryDeliveryError("502")
waits = st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=36_500))
policies = st.builds(RetryPolicy, st.integers(1, 100), waits, waits)
lucks = st.floats(0, 1, exclude_max=True)
attempts = st.integers(0, 200)


@given(policies, attempts, lucks)
def test_a_wait_is_at_least_half_and_at_most_the_whole_of_its_length(
    policy: RetryPolicy, attempts: int, luck: float
) -> None:
    """Neither at once nor later than the operator allows, whatever the policy."""
    wait = policy.wait(FAILED, attempts=attempts, luck=luck)
    if attempts + 1 >= policy.max_attempts:
        assert wait is None
    else:
        assert wait is not None
        rounding = timedelta(milliseconds=1)
        shortest = min(policy.first, policy.longest) / 2
        assert shortest - rounding <= wait <= policy.longest + rounding


@given(policies, attempts, lucks)
def test_the_next_wait_is_never_shorter(policy: RetryPolicy, attempts: int, luck: float) -> None:
    """A network in trouble is asked less and less often."""
    wait = policy.wait(FAILED, attempts=attempts, luck=luck)
    following = policy.wait(FAILED, attempts=attempts + 1, luck=luck)
    if wait is None:
        assert following is None
    else:
        assert following is None or following >= wait


@given(policies, st.timedeltas(), attempts, lucks)
def test_what_the_network_asked_for_is_honoured_and_spends_nothing(
    policy: RetryPolicy, asked: timedelta, attempts: int, luck: float
) -> None:
    """Never sooner, except than after a day; never given up; at least a second."""
    error = TemporaryDeliveryError("flood", retry_after=asked)
    wait = policy.wait(error, attempts=attempts, luck=luck)
    assert wait is not None
    assert wait >= min(asked, LONGEST_ASKED)
    assert timedelta(seconds=1) <= wait <= max(asked, timedelta(seconds=1))
    assert wait <= LONGEST_ASKED
    assert not policy.spends_attempt(error)


def test_any_other_failure_spends_an_attempt() -> None:
    """Only so is a message given up some day."""
    assert RetryPolicy(1, timedelta(1), timedelta(1)).spends_attempt(FAILED)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 2), (1, 4), (2, 8), (3, 10), (9, 10), (10, None)]
)
def test_waits_double_up_to_the_longest(attempts: int, seconds: int | None) -> None:
    """Two seconds, four, eight, then always ten, and after eleven failures the end."""
    policy = RetryPolicy(11, timedelta(seconds=2), timedelta(seconds=10))
    wait = policy.wait(FAILED, attempts=attempts, luck=1)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_an_outage_spends_no_attempt_and_ends_with_the_age() -> None:
    """An hour without network must not cost anybody an answer."""
    policy = RetryPolicy(3, timedelta(seconds=2), timedelta(minutes=15), max_age=timedelta(days=1))
    outage = TemporaryDeliveryError("away", outage=True)
    assert not policy.spends_attempt(outage)
    waits = [
        policy.wait(outage, attempts=0, luck=1, age=timedelta(minutes=age))
        for age in (0, 1, 10, 60, 1439, 1440)
    ]
    assert waits[:2] == [timedelta(seconds=2), timedelta(seconds=30)]
    assert waits[2:] == [*(timedelta(minutes=minutes) for minutes in (5, 15, 15)), None]


def test_a_lost_answer_makes_few_copies_only_where_copies_can_happen() -> None:
    """A network that recognises repeats may be asked as often as any."""
    policy = RetryPolicy(9, timedelta(seconds=2), timedelta(minutes=1), max_uncertain=3)
    lost = TemporaryDeliveryError("reset", uncertain=True, outage=True)
    assert policy.spends_attempt(lost)
    assert policy.wait(lost, attempts=1, luck=1) is not None
    assert policy.wait(lost, attempts=2, luck=1) is None
    assert policy.wait(lost, attempts=2, luck=1, harmless=True) is not None
