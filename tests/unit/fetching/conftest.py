"""A web server of feeds, and a fetcher that may reach nothing else."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.fetching.exchange import Limits
from bot.fetching.fetcher import Fetcher
from bot.fetching.networks import Networks
from bot.fetching.politeness import Politeness
from tests.fakes import FakeClock
from tests.servers.feeds import FeedServer
from tests.unit.fetching.network import FakeNames

SMALL = Limits(
    timeout=timedelta(seconds=20),
    connecting=timedelta(seconds=10),
    max_bytes=100_000,
    redirects=3,
)


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """The feeds, sound and broken."""
    async with FeedServer.running() as running:
        yield running


@pytest.fixture
def names() -> FakeNames:
    """The names that there are."""
    return FakeNames({"feeds.example": ["127.0.0.1"]})


@pytest.fixture
async def fetcher(clock: FakeClock, names: FakeNames) -> AsyncIterator[Fetcher]:
    """One that takes little, and waits for nobody's peace."""
    fetcher = Fetcher(
        clock=clock,
        limits=SMALL,
        networks=Networks(["127.0.0.1"]),
        politeness=Politeness(clock=clock, gap=timedelta(0), per_host=50),
        contact="bot@example.org",
        lookup=names,
    )
    yield fetcher
    await fetcher.close()
