from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import limits
from bot.delivery.limits import LIMITS, ChannelLimits, Limiter, Rate
from bot.messages import Address
from tests.fakes import START

rates = st.builds(
    Rate,
    st.integers(1, 5),
    st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(seconds=5)),
)
steps = st.lists(
    st.tuples(
        st.timedeltas(min_value=timedelta(0), max_value=timedelta(seconds=1)),
        st.sampled_from(["anna", "ben", "-1", "-2"]),
    ),
    max_size=60,
)


def to(chat: str) -> Address:
    return Address("fake", chat)


def busiest(sends: Sequence[datetime], per: timedelta) -> int:
    """Return the most sends in any window that begins with one and lasts *per*."""
    return max((sum(s <= one < s + per for one in sends) for s in sends), default=0)


@given(rates, rates, rates, steps)
def test_who_obeys_never_exceeds_a_limit_in_any_window(
    whole: Rate, direct: Rate, group: Rate, steps: list[tuple[timedelta, str]]
) -> None:
    """Wherever the network begins to count, it finds no reason for a 429."""
    limiter = Limiter(ChannelLimits(whole=whole, direct=direct, group=group))
    now = START
    sends: list[tuple[datetime, str]] = []
    for pause, chat in steps:
        now += pause
        now = max(limiter.channel_free_at(now), limiter.chat_free_at(to(chat), now))
        limiter.note(to(chat), now)
        sends.append((now, chat))

    assert busiest([at for at, _ in sends], whole.per) <= whole.count
    for chat in {chat for _, chat in sends}:
        rate = group if chat.startswith("-") else direct
        assert busiest([at for at, to_ in sends if to_ == chat], rate.per) <= rate.count


@given(rates)
def test_what_a_limit_allows_may_go_at_once(rate: Rate) -> None:
    """Nobody waits without a reason: the full number goes out in one moment."""
    limiter = Limiter(ChannelLimits(whole=rate, direct=rate))
    for _ in range(rate.count):
        assert limiter.channel_free_at(START) == START
        assert limiter.chat_free_at(to("anna"), START) == START
        limiter.note(to("anna"), START)
    assert limiter.channel_free_at(START) == START + rate.per
    assert limiter.chat_free_at(to("anna"), START) == START + rate.per
    assert limiter.chat_free_at(to("ben"), START) == START


def test_without_limits_everything_goes_at_once() -> None:
    """A network that sets no limit is not slowed down."""
    limiter = Limiter(ChannelLimits())
    for _ in range(1000):
        limiter.note(to("anna"), START)
    assert limiter.channel_free_at(START) == START
    assert limiter.chat_free_at(to("anna"), START) == START


@pytest.mark.parametrize(("chat", "count"), [("4711", 3), ("-4711", 19), ("-1004711", 19)])
def test_telegram_groups_are_known_by_their_negative_id(chat: str, count: int) -> None:
    """A group takes 20 messages a minute, a person about one a second."""
    limiter = Limiter(LIMITS["telegram"])
    sent = 0
    while limiter.chat_free_at(to(chat), START) == START:
        limiter.note(to(chat), START)
        sent += 1
    assert sent == count


def test_memory_stays_bounded_and_forgets_the_quietest_chats_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broadcast to any number of chats does not fill the memory."""
    monkeypatch.setattr(limits, "_REMEMBERED", 100)
    limiter = Limiter(ChannelLimits(direct=Rate(1, timedelta(minutes=1))))
    limiter.note(to("busy"), START)
    for number in range(99):
        limiter.note(to(f"{number}"), START)
    limiter.note(to("busy"), START)
    for number in range(99, 150):
        limiter.note(to(f"{number}"), START)
    assert len(limiter._chats) == 100
    assert limiter.chat_free_at(to("busy"), START) > START
    assert limiter.chat_free_at(to("149"), START) > START
    assert limiter.chat_free_at(to("0"), START) == START


def test_a_clock_that_is_set_back_silences_nobody_for_longer_than_the_window() -> None:
    """The remembered sends lie in the future then."""
    limiter = Limiter(ChannelLimits(whole=Rate(1, timedelta(seconds=1))))
    limiter.note(Address("fake", "1"), START)
    earlier = START - timedelta(hours=1)
    assert limiter.channel_free_at(earlier) == earlier + timedelta(seconds=1)
