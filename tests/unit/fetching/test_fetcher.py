"""Feeds as they are fetched from servers that mean well."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import HttpUrl

from bot.config import Settings
from bot.config.feeds import FeedSettings
from bot.config.settings import HubSettings
from bot.feeds.reading import parse
from bot.fetching.exchange import Request
from bot.fetching.fetcher import Fetcher
from bot.fetching.trouble import FetchError, Trouble
from tests.fakes import FakeClock
from tests.servers import feed_files
from tests.servers.feeds import FeedServer
from tests.unit.fetching.network import FakeNames


@pytest.mark.parametrize("form", ["rss", "atom", "ics", "json"])
@pytest.mark.parametrize("packed", ["", "?packed=gzip", "?packed=br"])
async def test_a_feed_comes_as_it_is(
    server: FeedServer, fetcher: Fetcher, form: str, packed: str
) -> None:
    """Packed or not, in every format."""
    fetched = await fetcher.fetch(Request(server.url(f"/{form}/3{packed}")))
    assert fetched.body == feed_files.feed(form, 3)
    assert fetched.content_type == feed_files.TYPES[form]
    assert fetched.moved_to == ""
    found = parse(fetched.body, content_type=fetched.content_type, address=fetched.address)
    assert [one.title for one in found.items] == feed_files.titles(3)


async def test_what_is_known_already_is_not_sent_again(
    server: FeedServer, fetcher: Fetcher
) -> None:
    """The second request says which version is here, and a newer one comes."""
    first = await fetcher.fetch(Request(server.url("/rss/3")))
    assert first.etag
    assert first.last_modified
    again = Request(server.url("/rss/3"), first.etag, first.last_modified)
    second = await fetcher.fetch(again)
    assert (second.body, second.etag, second.last_modified) == (
        None,
        first.etag,
        first.last_modified,
    )
    assert server.heads["/rss/3"]["If-Modified-Since"] == first.last_modified
    newer = await fetcher.fetch(Request(server.url("/rss/3?revision=1"), first.etag))
    assert newer.body == feed_files.feed("rss", 3, revision=1)


async def test_we_say_who_we_are_and_keep_no_cookies(server: FeedServer, fetcher: Fetcher) -> None:
    """Who runs the server can write to us."""
    await fetcher.fetch(Request(server.url("/rss/3")))
    head = server.heads["/rss/3"]
    assert head["User-Agent"].startswith("Stadtfunk/")
    assert head["User-Agent"].endswith(" (+bot@example.org)")
    assert head["From"] == "bot@example.org"
    assert head["Accept-Encoding"] == "gzip, deflate, br"
    assert head["Cookie"] is None


async def test_a_password_goes_to_its_own_server_only(
    server: FeedServer, fetcher: Fetcher, names: FakeNames
) -> None:
    """Not along with a redirect, and not into what is kept as the file's address."""
    names.name("other.example", ["127.0.0.1"])
    private = server.url("/rss/3").replace("://", "://anna:geheim@")
    fetched = await fetcher.fetch(Request(private))
    assert server.heads["/rss/3"]["Authorization"].startswith("Basic ")
    assert fetched.address == server.url("/rss/3")
    for host, told in (("127.0.0.1", True), ("other.example", False)):
        there = server.url("/rss/4", host=host)
        path = f"/broken/redirect_to/302?{there}"
        await fetcher.fetch(Request(server.url(path).replace("://", "://anna:geheim@")))
        assert bool(server.heads["/rss/4"]["Authorization"]) is told


@pytest.mark.parametrize(
    ("statuses", "lasting"),
    [([301], True), ([308, 301], True), ([302], False), ([301, 307], False), ([303, 301], False)],
)
async def test_a_new_address_is_told_if_it_is_for_good(
    server: FeedServer, fetcher: Fetcher, *, statuses: list[int], lasting: bool
) -> None:
    """One redirect that is not for good is enough to stay with the old address."""
    address = "/rss/3"
    for status in reversed(statuses):
        address = f"/broken/redirect_to/{status}?{address}"
    fetched = await fetcher.fetch(Request(server.url(address)))
    assert fetched.body == feed_files.feed("rss", 3)
    assert fetched.address == server.url("/rss/3")
    assert fetched.moved_to == (server.url("/rss/3") if lasting else "")


async def test_thousands_of_sources_of_one_host_are_fetched(
    server: FeedServer, fetcher: Fetcher
) -> None:
    """Never more of them at a time than there may be."""
    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(fetcher.fetch(Request(server.url(f"/rss/{number}"))))
            for number in range(300)
        ]
    bodies = [task.result().body for task in tasks]
    assert bodies == [feed_files.feed("rss", number) for number in range(300)]
    assert server.most <= 17


async def test_a_host_that_wants_peace_has_it(
    server: FeedServer, fetcher: Fetcher, clock: FakeClock
) -> None:
    """The whole host, as long as it said, and no other."""
    busy = Request(server.url("/broken/status/503?120"))
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(busy)
    assert (caught.value.kind, caught.value.retry_after) == (
        Trouble.TEMPORARY,
        timedelta(seconds=120),
    )
    clock.advance(timedelta(seconds=90))
    with pytest.raises(FetchError) as still:
        await fetcher.fetch(Request(server.url("/rss/3")))
    assert (still.value.kind, still.value.retry_after) == (
        Trouble.TEMPORARY,
        timedelta(seconds=30),
    )
    assert server.seen["/rss/3"] == 0
    assert (await fetcher.fetch(Request(server.url("/rss/3", host="feeds.example")))).body
    clock.advance(timedelta(seconds=31))
    assert (await fetcher.fetch(Request(server.url("/rss/3")))).body


async def test_who_goes_away_while_fetching_leaves_nothing_behind(
    server: FeedServer, fetcher: Fetcher
) -> None:
    """Others have their turn at once."""
    async with asyncio.TaskGroup() as group:
        hanging = group.create_task(fetcher.fetch(Request(server.url("/broken/hang/1"))))
        while not server.seen["/broken/hang/1"]:
            await asyncio.sleep(0.01)
        hanging.cancel()
    assert (await fetcher.fetch(Request(server.url("/rss/3")))).body


@pytest.mark.parametrize(
    ("contact", "agent"),
    [
        ("", "(+https://www.example.org/impressum)"),
        ("https://www.example.org/bot", "(+https://www.example.org/bot)"),
        ("bot@example.org", "(+bot@example.org)"),
    ],
)
async def test_an_operator_sets_limits_and_a_contact(
    server: FeedServer, clock: FakeClock, contact: str, agent: str
) -> None:
    """Without a contact of its own, the imprint is one."""
    settings = Settings(
        hub=HubSettings(operator_url=HttpUrl("https://www.example.org/impressum")),
        feeds=FeedSettings(allow_networks=("127.0.0.0/8", "::1"), max_bytes=2000, contact=contact),
    )
    fetcher = Fetcher.configured(settings, clock=clock)
    await fetcher.fetch(Request(server.url("/rss/3")))
    assert server.heads["/rss/3"]["User-Agent"].endswith(agent)
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(Request(server.url("/rss/3?items=50", host="localhost")))
    assert caught.value.kind is Trouble.TOO_LARGE
    await fetcher.close()
