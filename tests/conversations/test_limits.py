"""Whoever asks too much is told so once; the others go on."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.dispatch.limits import FloodGuard, Ruling
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person

NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def strict(hub: Stage) -> Stage:
    """A hub that lets a member say three things in a minute, and a room five."""
    hub.configured(limits={"member_messages": 3, "room_messages": 5})
    return hub


async def test_too_many_messages_get_one_notice_and_then_silence(
    strict: Stage, anna: Person
) -> None:
    """The notice says from when on it goes on, in the hub's time zone."""
    for _ in range(3):
        assert len(await strict.hears(anna.says(SURE))) == 1
    notice = await strict.says(anna.says(SURE))
    assert notice == "Zu viele Nachrichten auf einmal. Ab 10:01 Uhr geht es weiter."
    for _ in range(5):
        assert await strict.hears(anna.says(SURE)) == []


async def test_it_goes_on_when_the_notice_said(strict: Stage, anna: Person) -> None:
    """The time that was shown is never too early."""
    strict.clock.advance(timedelta(seconds=20))
    for _ in range(3):
        await strict.hears(anna.says(SURE))
    assert "Ab 10:02 Uhr" in await strict.says(anna.says(SURE))
    strict.clock.advance(timedelta(seconds=100))
    assert (await strict.says(anna.says(SURE))).startswith("Was ist die KTS?")


async def test_a_flood_that_goes_on_reads_one_notice_a_minute(strict: Stage, anna: Person) -> None:
    """A place that falls free now and then is no reason to complain again."""
    notices = 0
    for _ in range(30):
        strict.clock.advance(timedelta(seconds=4))
        notices += sum("Zu viele" in sent.text for sent in await strict.hears(anna.says(SURE)))
    assert notices == 2


async def test_others_are_not_held_up_by_a_flood(
    strict: Stage, anna: Person, bert: Person
) -> None:
    """Each member has a limit of their own."""
    for _ in range(10):
        await strict.receives(anna.says(SURE))
    await strict.delivers()
    assert (await strict.says(bert.says(SURE))).startswith("Was ist die KTS?")


async def test_a_room_has_a_limit_of_its_own(strict: Stage) -> None:
    """Many members together are told once, and may go on alone with the bot."""
    people = [Person(strict.channel, f"mitglied{number}") for number in range(8)]
    shown = []
    for person in people:
        event = person.says(SURE, room="stadt", addressed=True)
        shown += [sent.text.split("\n")[0] for sent in await strict.hears(event)]
    assert shown[:5] == ["Was ist die KTS?"] * 5
    assert shown[5:] == ["Zu viele Nachrichten auf einmal. Ab 10:01 Uhr geht es weiter."]
    assert (await strict.says(people[-1].says(SURE))).startswith("Was ist die KTS?")


async def test_taps_count_as_messages(strict: Stage, anna: Person) -> None:
    """Tapping without end costs as much as writing."""
    (answer,) = await strict.hears(anna.says(SURE))
    for _ in range(2):
        await strict.hears(anna.taps(answer, value="faq-rate:1:1"))
    assert "Zu viele Nachrichten" in await strict.says(anna.taps(answer, value="faq-rate:1:0"))
    assert await strict.ratings() == [True]


def test_the_window_slides() -> None:
    """A message is forgotten one window after it was sent, not at the full minute."""
    guard = FloodGuard(MINUTE)
    for seconds in (0, 30):
        assert guard.judge("a", limit=2, now=NOW + timedelta(seconds=seconds)) is Ruling.ALLOW
    assert guard.free_at("a", NOW) == NOW + MINUTE
    assert guard.judge("a", limit=2, now=NOW + timedelta(seconds=59)) is Ruling.NOTICE
    assert guard.judge("a", limit=2, now=NOW + MINUTE) is Ruling.ALLOW
    assert guard.free_at("a", NOW) == NOW + timedelta(seconds=90)


def test_what_comes_late_is_counted_when_it_was_said() -> None:
    """A hub that was away for minutes takes all that was said meanwhile at an ordinary pace."""
    guard, back = FloodGuard(MINUTE), NOW + 10 * MINUTE
    for number in range(20):
        said = NOW + number * MINUTE / 2
        assert guard.judge("a", limit=2, now=back, said_at=said) is Ruling.ALLOW
    burst = [guard.judge("a", limit=2, now=back, said_at=back) for _ in range(3)]
    assert burst[1:] == [Ruling.NOTICE, Ruling.SILENCE]


def test_who_lies_about_the_time_gains_an_hour_once() -> None:
    """No message counts as said before the last one, nor more than an hour ago."""
    guard = FloodGuard(MINUTE)

    def allowed() -> int:
        claims = [NOW - (1000 - number) * MINUTE for number in range(1000)]
        rulings = [guard.judge("a", limit=2, now=NOW, said_at=claim) for claim in claims]
        return rulings.count(Ruling.ALLOW)

    assert 0 < allowed() <= 2 * 61
    assert allowed() <= 2


def test_somebody_unknown_is_free_at_once() -> None:
    """Nothing was counted yet."""
    assert FloodGuard(MINUTE).free_at("a", NOW) == NOW


def test_the_memory_of_the_guard_is_bounded() -> None:
    """A crowd of strangers pushes out the oldest, who then start afresh."""
    guard = FloodGuard(MINUTE)
    for number in range(10_001):
        guard.judge(str(number), limit=1, now=NOW)
    assert guard.judge("10000", limit=1, now=NOW) is Ruling.NOTICE
    assert guard.judge("0", limit=1, now=NOW) is Ruling.ALLOW
