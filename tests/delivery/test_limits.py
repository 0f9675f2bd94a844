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
durations = st.timedeltas(min_value=timedelta(0), max_value=timedelta(seconds=3))
steps = st.lists(
    st.tuples(
        st.timedeltas(min_value=timedelta(0), max_value=timedelta(seconds=1)),
        st.sampled_from(["anna", "ben", "-1", "-2"]),
        durations,
        st.floats(0, 1),
    ),
    max_size=60,
)


def to(chat: str) -> Address:
    return Address("fake", chat)


def busiest(sends: Sequence[datetime], per: timedelta) -> int:
    """Return the most sends in any window that begins with one and lasts *per*."""
    return max((sum(s <= one < s + per for one in sends) for s in sends), default=0)


class Traffic:
    """Messages on their way, each of which the network counts at some instant."""

    def __init__(self, limiter: Limiter) -> None:
        self.limiter = limiter
        self.counted: list[tuple[datetime, str]] = []
        self._flying: list[tuple[datetime, str]] = []

    def land(self, until: datetime) -> None:
        """Let arrive what has arrived by *until*."""
        for at, chat in sorted(self._flying):
            if at <= until:
                self._flying.remove((at, chat))
                self.limiter.end(to(chat), at)

    def send(
        self, chat: str, now: datetime, *, takes: timedelta, counted_after: float
    ) -> datetime:
        """Send as soon as it is allowed, and return when that was."""
        free = now
        while True:
            self.land(free)
            later = max(
                self.limiter.channel_free_at(free), self.limiter.chat_free_at(to(chat), free)
            )
            if later <= free:
                break
            landing = min((at for at, _ in self._flying), default=later)
            free = min(later, landing) if landing > free else later
        self.limiter.begin(to(chat), free)
        self.counted.append((free + takes * counted_after, chat))
        self._flying.append((free + takes, chat))
        return free


@given(rates, rates, rates, steps)
def test_who_obeys_never_exceeds_a_limit_in_any_window(
    whole: Rate, direct: Rate, group: Rate, steps: list[tuple[timedelta, str, timedelta, float]]
) -> None:
    """Wherever the network begins to count, and however long requests take, there is no 429."""
    traffic = Traffic(Limiter(ChannelLimits(whole=whole, direct=direct, group=group)))
    now = START
    for pause, chat, takes, counted_after in steps:
        now = traffic.send(chat, now + pause, takes=takes, counted_after=counted_after)

    assert busiest([at for at, _ in traffic.counted], whole.per) <= whole.count
    for chat in {chat for _, chat in traffic.counted}:
        rate = group if chat.startswith("-") else direct
        sends = [at for at, to_ in traffic.counted if to_ == chat]
        assert busiest(sends, rate.per) <= rate.count


def send(limiter: Limiter, chat: str, now: datetime = START) -> None:
    """Send a message that arrives at once."""
    limiter.begin(to(chat), now)
    limiter.end(to(chat), now)


@given(rates)
def test_what_a_limit_allows_may_go_at_once(rate: Rate) -> None:
    """Nobody waits without a reason: the full number goes out in one moment."""
    limiter = Limiter(ChannelLimits(whole=rate, direct=rate))
    for _ in range(rate.count):
        assert limiter.channel_free_at(START) == START
        assert limiter.chat_free_at(to("anna"), START) == START
        send(limiter, "anna")
    assert limiter.channel_free_at(START) == START + rate.per
    assert limiter.chat_free_at(to("anna"), START) == START + rate.per
    assert limiter.chat_free_at(to("ben"), START) == START


def test_telegram_is_written_to_evenly() -> None:
    """A broadcast uses nearly all of the allowed rate, one message after the other."""
    limiter = Limiter(LIMITS["telegram"])
    now, sent = START, 0
    while now < START + timedelta(seconds=10):
        now = limiter.channel_free_at(now)
        limiter.begin(to(str(sent)), now)
        now += timedelta(milliseconds=15)
        limiter.end(to(str(sent)), now)
        sent += 1
    assert 290 <= sent <= 300


def test_who_is_late_once_makes_up_for_a_few_messages() -> None:
    """While a report is counted five are missed; they follow, and then it goes on evenly."""
    limiter = Limiter(LIMITS["telegram"])
    limiter.begin(to("0"), START)
    limiter.end(to("0"), START)
    now, at_once = START + timedelta(seconds=1), 0
    while limiter.channel_free_at(now) == now:
        at_once += 1
        limiter.begin(to(str(at_once)), now)
        limiter.end(to(str(at_once)), now)
    assert at_once == 6


def test_who_is_a_little_late_each_time_is_not_slower_on_the_whole() -> None:
    """Timers and databases are late by some milliseconds, which would add up."""
    limiter = Limiter(LIMITS["telegram"])
    now, sent = START, 0
    while now < START + timedelta(seconds=10):
        now = limiter.channel_free_at(now) + timedelta(milliseconds=4)
        limiter.begin(to(str(sent)), now)
        now += timedelta(milliseconds=10)
        limiter.end(to(str(sent)), now)
        sent += 1
    assert sent >= 285


def test_a_network_that_complains_is_written_to_as_slowly_as_it_asks() -> None:
    """And faster again, little by little, as long as it does not complain."""
    limiter = Limiter(ChannelLimits())
    send(limiter, "anna")
    limiter.slow_down(timedelta(seconds=5))
    assert limiter.one_by_one
    assert limiter.channel_free_at(START) == START + timedelta(seconds=5)
    limiter.speed_up()
    assert START + timedelta(seconds=4) < limiter.channel_free_at(START)
    assert limiter.channel_free_at(START) < START + timedelta(seconds=5)
    for _ in range(200):
        limiter.speed_up()
    assert limiter.channel_free_at(START) == START
    assert not limiter.one_by_one


def test_a_long_penalty_teaches_no_speed() -> None:
    """After ten minutes of silence nobody is written to at a crawl."""
    limiter = Limiter(ChannelLimits())
    limiter.slow_down(timedelta(minutes=10))
    send(limiter, "anna")
    assert limiter.channel_free_at(START) == START


def test_a_network_with_known_limits_is_not_slowed_down_further() -> None:
    """Its complaints are honoured by waiting, not by guessing."""
    limiter = Limiter(LIMITS["telegram"])
    limiter.slow_down(timedelta(seconds=5))
    send(limiter, "4711")
    assert limiter.channel_free_at(START) < START + timedelta(seconds=1)


def test_without_limits_everything_goes_at_once() -> None:
    """A network that sets no limit is not slowed down."""
    limiter = Limiter(ChannelLimits())
    for _ in range(1000):
        send(limiter, "anna")
    assert limiter.channel_free_at(START) == START
    assert limiter.chat_free_at(to("anna"), START) == START


@pytest.mark.parametrize(("chat", "count"), [("4711", 3), ("-4711", 19), ("-1004711", 19)])
def test_telegram_groups_are_known_by_their_negative_id(chat: str, count: int) -> None:
    """A group takes 20 messages a minute, a person about one a second."""
    limiter = Limiter(LIMITS["telegram"])
    sent = 0
    while limiter.chat_free_at(to(chat), START) == START:
        send(limiter, chat)
        sent += 1
    assert sent == count


def test_memory_stays_bounded_and_forgets_the_quietest_chats_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broadcast to any number of chats does not fill the memory."""
    monkeypatch.setattr(limits, "_REMEMBERED", 100)
    limiter = Limiter(ChannelLimits(direct=Rate(1, timedelta(minutes=1))))
    send(limiter, "busy")
    for number in range(99):
        send(limiter, f"{number}")
    send(limiter, "busy")
    for number in range(99, 150):
        send(limiter, f"{number}")
    assert len(limiter._chats) == 100
    assert limiter.chat_free_at(to("busy"), START) > START
    assert limiter.chat_free_at(to("149"), START) > START
    assert limiter.chat_free_at(to("0"), START) == START


def test_a_clock_that_is_set_back_silences_nobody_for_longer_than_the_window() -> None:
    """The remembered sends lie in the future then."""
    limiter = Limiter(ChannelLimits(whole=Rate(1, timedelta(seconds=1))))
    send(limiter, "1")
    earlier = START - timedelta(hours=1)
    free = limiter.channel_free_at(earlier)
    assert free == earlier + timedelta(seconds=1)
    assert limiter.channel_free_at(free) == free, "and not ever again from the present on"


def test_a_clock_that_is_set_back_does_not_stretch_the_gap() -> None:
    """The next slot of the timetable lies in the future then."""
    limiter = Limiter(ChannelLimits(gap=timedelta(seconds=1)))
    send(limiter, "1")
    free = limiter.channel_free_at(START - timedelta(hours=1))
    assert free == START - timedelta(hours=1) + timedelta(seconds=1)
    assert limiter.channel_free_at(free) == free
