"""How hosts are spared."""

import asyncio
from datetime import timedelta

from bot.fetching.politeness import Politeness
from tests.fakes import FakeClock

MANY = 5000


class Visits:
    """What a host sees.

    Attributes:
        now: Visitors at this moment.
        most: At most at the same time.
        order: Who came, in order.
    """

    def __init__(self, politeness: Politeness) -> None:
        self._politeness = politeness
        self.now = 0
        self.most = 0
        self.order: list[int] = []

    async def visit(self, host: str, number: int = 0) -> None:
        """Go there, and give others the chance to do so."""
        async with self._politeness.visit(host):
            self.now += 1
            self.most = max(self.most, self.now)
            self.order.append(number)
            for _ in range(3):
                await asyncio.sleep(0)
            self.now -= 1


async def together(*visits: "asyncio._CoroutineLike[None]") -> None:
    """Let everybody try at the same time."""
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for one in visits:
            group.create_task(one)


async def test_a_host_has_one_visitor_at_a_time(clock: FakeClock) -> None:
    """They come in the order in which they asked."""
    visits = Visits(Politeness(clock=clock, gap=timedelta(0)))
    await together(*(visits.visit("a.example", number) for number in range(20)))
    assert visits.most == 1
    assert visits.order == list(range(20))


async def test_all_hosts_together_have_no_more_than_there_may_be(clock: FakeClock) -> None:
    """However many hosts there are."""
    visits = Visits(Politeness(clock=clock, gap=timedelta(0), concurrency=4))
    await together(*(visits.visit(f"{number}.example") for number in range(40)))
    assert visits.most == 4


async def test_who_waits_for_a_host_keeps_nobody_from_another(clock: FakeClock) -> None:
    """Neither by its visit nor by its gap."""
    visits = Visits(Politeness(clock=clock, gap=timedelta(hours=1), concurrency=1))
    await visits.visit("slow.example")
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(visits.visit("slow.example", one)) for one in range(5)]
        await together(*(visits.visit(f"{number}.example", 7) for number in range(10)))
        assert visits.order == [0, *[7] * 10]
        for one in waiting:
            one.cancel()


async def test_a_gap_is_kept_also_where_more_than_one_may_visit(clock: FakeClock) -> None:
    """A free place is no reason to come at once."""
    politeness = Politeness(clock=clock, gap=timedelta(hours=1), per_host=2, luck=lambda: 0)
    visits = Visits(politeness)
    async with asyncio.TaskGroup() as group:
        both = [group.create_task(visits.visit("a.example", one)) for one in range(2)]
        await both[0]
        await together(*(visits.visit(f"{number}.example", 7) for number in range(10)))
        assert visits.order == [0, *[7] * 10]
        both[1].cancel()


async def test_hosts_of_no_more_use_are_forgotten(clock: FakeClock) -> None:
    """Redirects may name any number of them."""
    politeness = Politeness(clock=clock, gap=timedelta(0))
    for number in range(MANY):
        async with politeness.visit(f"{number}.example"):
            pass
    assert len(politeness._hosts) < MANY / 2
