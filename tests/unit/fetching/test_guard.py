"""Nothing is asked that only we can reach: whatever it is called, and wherever it comes from."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.fetching import addresses
from bot.fetching.exchange import Request
from bot.fetching.fetcher import Fetcher
from bot.fetching.networks import EVERYWHERE, Networks
from bot.fetching.politeness import Politeness
from bot.fetching.trail import Redirect, Trail
from bot.fetching.trouble import FetchError, PrivateAddressError, Trouble
from tests.fakes import FakeClock
from tests.servers import feed_files
from tests.servers.certificates import serving, signed_by_itself
from tests.servers.feeds import FeedServer
from tests.unit.fetching.network import FakeNames

PRIVATE = [
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "100::1",
    "4000::1",
]
METADATA = ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"]
PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2002:101:101::",
]


@pytest.mark.parametrize("address", [*PRIVATE, *METADATA, "", "x", "127.1", "0x7f.0.0.1"])
def test_a_private_address_is_never_connected_to(address: str) -> None:
    """Whatever it is wrapped in; what is no address is none that is allowed."""
    assert not Networks().allow(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    """Also one beside a private network, and behind a translator."""
    assert Networks().allow(address)


def test_an_operator_opens_a_network() -> None:
    """That one and no other, however its addresses are written."""
    networks = Networks(["10.20.0.0/16", "fd12:3456::/32"])
    assert all(networks.allow(one) for one in ("10.20.1.1", "::ffff:10.20.1.1", "fd12:3456::9"))
    assert not any(networks.allow(one) for one in ("10.21.1.1", "127.0.0.1", "fd12:3457::9"))


@pytest.mark.parametrize("address", METADATA)
def test_the_secrets_of_a_cloud_are_not_opened_by_the_way(address: str) -> None:
    """Only by their very address."""
    assert not Networks(EVERYWHERE).allow(address)
    assert Networks([address]).allow(address)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "017700000001",
        "127.1",
        "127.0.0.1.",
        "127.0.0.1..",
        "0177.0.0.1",
        "\uff11\uff12\uff17.0.0.1",
        "\u2460\u2461\u2466.0.0.1",
        "127\u30020\u30020\u30021",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
        "example.org@127.0.0.1",
        "user:word@127.0.0.1",
        "example.org%2f@127.0.0.1",
    ],
)
async def test_loopback_is_refused_in_every_spelling(clock: FakeClock, host: str) -> None:
    """The spelling is undone before anybody is asked for a name."""
    strict = Fetcher(clock=clock, lookup=FakeNames({}))
    with pytest.raises(PrivateAddressError):
        await strict.fetch(Request(f"http://{host}:8080/feed"))
    await strict.close()


@pytest.mark.parametrize(
    "address",
    [
        "", "x", "feeds.example/rss", "http://", "http:///rss", "https://a b/", "http://a..b:x/",
        "file:///etc/passwd", "ftp://feeds.example/", "javascript:alert(1)", "http://[::1/",
        "http://feeds.example:22/", "http://feeds.example:99999/", "http://0x/", "http://1.2.3.4.5/",
        "http://" + "x" * 64 + ".example/", "https://feeds.example/" + "x" * 5000,
        "http://feeds.example\\@127.0.0.1/", "data:,x",
    ],
)  # fmt: skip
async def test_what_is_no_address_of_the_web_is_refused(fetcher: Fetcher, address: str) -> None:
    """With a sentence, before anything is asked."""
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(Request(address))
    assert caught.value.kind is Trouble.REFUSED


@given(
    st.one_of(
        st.text(max_size=60),
        st.from_regex(r"(https?|webcal)://[^/]{0,80}(/.{0,20})?", fullmatch=True),
    )
)
def test_any_text_is_an_address_or_refused(text: str) -> None:
    """In plain spelling, which spelt again stays the same; anywhere else it is our error."""
    with suppress(FetchError):
        url = addresses.sound(text)
        assert url.scheme in {"http", "https"}
        assert url.raw_host
        assert url.raw_host.isascii()
        assert addresses.sound(str(url)) == url
    with suppress(FetchError):
        assert addresses.target(URL("https://a.example/x/"), text).scheme in {"http", "https"}


def test_one_address_has_one_spelling() -> None:
    """Calendars' own scheme means encrypted HTTP."""
    spelt = {
        "webcal://Feeds.Example/k.ics#x": "https://feeds.example/k.ics",
        "webcals://feeds.example:8443/": "https://feeds.example:8443/",
        " http://feeds.example./ä?b=%2B ": "http://feeds.example/%C3%A4?b=%2B",
        "http://bücher.example/": "http://xn--bcher-kva.example/",
        "http://0x5db8d822:8080/": "http://93.184.216.34:8080/",
    }
    assert {one: str(addresses.sound(one)) for one in spelt} == spelt


async def test_a_name_that_leads_inside_is_refused(fetcher: Fetcher, names: FakeNames) -> None:
    """And the sentence does not tell where it leads."""
    names.name("inside.example", ["10.0.0.1", "fd00::1", "169.254.169.254"])
    with pytest.raises(PrivateAddressError) as caught:
        await fetcher.fetch(Request("http://inside.example:8080/"))
    assert str(caught.value) == "inside.example: this is an address of a private network"


async def test_of_many_addresses_only_allowed_ones_are_tried(
    server: FeedServer, fetcher: Fetcher, names: FakeNames
) -> None:
    """A name may have private ones beside public ones, as at home."""
    names.name("both.example", ["10.0.0.1", "127.0.0.1", "192.168.0.1"])
    fetched = await fetcher.fetch(Request(server.url("/rss/1", host="both.example")))
    assert fetched.body == feed_files.feed("rss", 1)


async def test_a_name_that_changes_its_mind_gains_nothing(
    server: FeedServer, fetcher: Fetcher, names: FakeNames
) -> None:
    """Each connection is made to what was looked up for it, and that was looked at."""
    names.name("turncoat.example", ["127.0.0.1"], ["127.0.0.2"])
    request = Request(server.url("/rss/1", host="turncoat.example"))
    assert (await fetcher.fetch(request)).body
    assert names.asked == ["turncoat.example"]
    with pytest.raises(PrivateAddressError):
        await fetcher.fetch(request)
    assert server.seen["/rss/1"] == 1


async def test_names_are_looked_up_by_the_machine(server: FeedServer, clock: FakeClock) -> None:
    """If nobody else is given; what there is not is a trouble that may pass."""
    fetcher = Fetcher(clock=clock, networks=Networks(EVERYWHERE))
    assert (await fetcher.fetch(Request(server.url("/rss/1", host="localhost")))).body
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(Request("http://there-is-no.invalid/"))
    assert caught.value.kind is Trouble.TEMPORARY
    await fetcher.close()


async def test_who_is_not_there_is_a_trouble_that_may_pass(
    server: FeedServer, fetcher: Fetcher
) -> None:
    """A port on which nobody listens any more."""
    address = server.url("/rss/1")
    await server.stop()
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(Request(address))
    assert caught.value.kind is Trouble.TEMPORARY
    assert str(caught.value).startswith("127.0.0.1: can't be reached: ")


@pytest.fixture
def encrypted(tmp_path: Path) -> Path:
    """The certificate of a server."""
    return signed_by_itself(tmp_path, "feeds.example")


@pytest.fixture
def trusting(clock: FakeClock, names: FakeNames) -> Callable[[ssl.SSLContext | None], Fetcher]:
    """Makes fetchers that believe some certificates."""

    def make(trusted: ssl.SSLContext | None) -> Fetcher:
        return Fetcher(
            clock=clock,
            networks=Networks(["127.0.0.1"]),
            politeness=Politeness(clock=clock, gap=timedelta(0)),
            lookup=names,
            trusted=trusted,
        )

    return make


async def test_a_server_has_to_prove_who_it_is(
    encrypted: Path, trusting: Callable[[ssl.SSLContext | None], Fetcher], names: FakeNames
) -> None:
    """A certificate that nobody vouches for is refused, and one for another name."""
    names.name("other.example", ["127.0.0.1"])
    believing = trusting(ssl.create_default_context(cafile=encrypted))
    doubting = trusting(None)
    async with FeedServer.running(tls=serving(encrypted)) as server, asyncio.timeout(60):
        address = server.url("/rss/1", host="feeds.example")
        assert (await believing.fetch(Request(address))).body
        assert (await believing.fetch(Request(address.replace("https", "webcal")))).body
        for fetcher, asked in (
            (doubting, address),
            (believing, server.url("/rss/1", host="other.example")),
        ):
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch(Request(asked))
            assert caught.value.kind is Trouble.INSECURE
    await believing.close()
    await doubting.close()


async def test_encryption_where_there_is_none_is_no_crash(
    server: FeedServer, fetcher: Fetcher
) -> None:
    """Somebody has written https for http."""
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(Request(server.url("/rss/1").replace("http:", "https:")))
    assert caught.value.kind is Trouble.INSECURE


def follow(start: str, *locations: str) -> Trail:
    """Return the trail from *start* along redirects for good."""
    trail = Trail(URL(start), most=5)
    for one in locations:
        trail.follow(Redirect(one, lasting=True))
    return trail


def test_a_redirect_never_leads_from_encryption_to_the_open() -> None:
    """A server that writes http for itself means https; another host is not followed."""
    trail = follow("https://a.example/feed", "http://a.example/feed/")
    assert trail.moved_to == "https://a.example/feed/"
    assert follow("http://a.example/x", "https://a.example/x").moved_to == "https://a.example/x"
    for location in ("http://b.example/feed", "http://a.example:8080/feed"):
        with pytest.raises(FetchError) as caught:
            follow("https://a.example/feed", location)
        assert caught.value.kind is Trouble.REDIRECTS
    with pytest.raises(FetchError, match="in a circle"):
        follow("https://a.example/feed", "http://a.example/feed")
