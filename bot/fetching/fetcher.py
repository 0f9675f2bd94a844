"""Files of other servers, each within its limits and politely."""

import asyncio
import ssl
from typing import Final, Self

import aiohttp

from bot.clock import Clock
from bot.config import Settings
from bot.fetching import addresses, answers, failures, introduction
from bot.fetching.exchange import Fetched, Limits, Request
from bot.fetching.inflow import ALLOWANCE, Allowance
from bot.fetching.networks import Networks
from bot.fetching.politeness import Politeness
from bot.fetching.resolving import GuardedResolver, Lookup, SystemLookup
from bot.fetching.trail import Redirect, Trail
from bot.fetching.trouble import FetchError, PrivateAddressError

_LONGEST_LINE: Final = 8 * 1024
_MOST_HEADERS: Final = 128
_HEAD: Final = 128 * 1024
"""What may come before a file, in bytes: certificates, and the head of the answer."""


class Fetcher:
    """Fetches feeds and calendars; close it in the end.

    It keeps no cookies and no connections, follows redirects itself and asks no private address
    that is not allowed.

    Args:
        clock: For what servers say about time.
        limits: How much one source may take.
        networks: What may be connected to.
        politeness: Says when a host may be asked.
        contact: Where the operators of other servers can turn to.
        lookup: How names become addresses, instead of the machine's way.
        trusted: The certificates that are believed, instead of the machine's.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        limits: Limits = Limits(),  # noqa: B008 # frozen
        networks: Networks | None = None,
        politeness: Politeness | None = None,
        contact: str = "",
        lookup: Lookup | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._networks = networks or Networks()
        self._politeness = politeness or Politeness(clock=clock)
        self._headers = introduction.headers(contact)
        self._own_lookup = None if lookup else SystemLookup()
        self._lookup = lookup or self._own_lookup
        self._trusted = trusted
        self._opened: aiohttp.ClientSession | None = None

    @classmethod
    def configured(cls, settings: Settings, *, clock: Clock) -> Self:
        """Return one as the operator wants it."""
        feeds = settings.feeds
        return cls(
            clock=clock,
            limits=Limits(
                timeout=feeds.timeout, max_bytes=feeds.max_bytes, redirects=feeds.redirects
            ),
            networks=Networks(feeds.allow_networks),
            politeness=Politeness(
                clock=clock,
                concurrency=feeds.concurrency,
                per_host=feeds.host_concurrency,
                gap=feeds.host_gap,
            ),
            contact=introduction.contact_of(settings),
        )

    async def fetch(self, request: Request) -> Fetched:
        """Ask for a file, and return it if it is new.

        Raises:
            FetchError: There is none; the kind says what to do next.
        """
        trail = Trail(addresses.sound(request.address), most=self._limits.redirects)
        left = self._limits.timeout.total_seconds()
        while True:
            host = _host(trail)
            async with self._politeness.visit(host):
                # Redirects on the same host belong to the same visit.
                while _host(trail) == host:
                    began = _time()
                    outcome = await self._ask(trail, request, seconds=left)
                    left -= _time() - began
                    if isinstance(outcome, Fetched):
                        return outcome
                    trail.follow(outcome)

    async def close(self) -> None:
        """Let go of everything."""
        if self._opened is not None:
            await self._opened.close()
        if self._own_lookup is not None:
            self._own_lookup.close()

    async def _ask(self, trail: Trail, request: Request, *, seconds: float) -> Fetched | Redirect:
        host = _host(trail)
        literal = addresses.literal(trail.url)
        if literal and not self._networks.allow(literal):
            raise PrivateAddressError(host)
        allowance = Allowance(_HEAD)
        ALLOWANCE.set(allowance)
        try:
            async with asyncio.timeout(seconds):
                response = await self._session().get(
                    trail.url, headers=answers.conditions(request), allow_redirects=False
                )
                # Twice, since encryption and chunks take some, too.
                allowance.left = _HEAD + 2 * self._limits.max_bytes
                try:
                    return await self._outcome(response, trail, request)
                finally:
                    response.close()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise failures.in_words(error, host) from None

    async def _outcome(
        self, response: aiohttp.ClientResponse, trail: Trail, request: Request
    ) -> Fetched | Redirect:
        now = self._clock.now()
        if wait := answers.silence(response, now):
            self._politeness.leave_alone(_host(trail), wait)
        try:
            return await answers.take(
                response, request, trail, most=self._limits.max_bytes, now=now
            )
        except FetchError as error:
            reason = f"{_host(trail)}: {error}"
            raise FetchError(error.kind, reason, retry_after=error.retry_after) from None

    def _session(self) -> aiohttp.ClientSession:
        """Return the session, which can only be opened where an event loop runs."""
        if self._opened is None:
            assert self._lookup is not None, "one of them is given"  # noqa: S101 # for mypy
            resolver = GuardedResolver(self._lookup, self._networks)
            connector = aiohttp.TCPConnector(
                limit=0,
                force_close=True,
                use_dns_cache=False,
                resolver=resolver,
                socket_factory=resolver.socket,
                ssl=self._trusted or True,
            )
            self._opened = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._limits.connecting.total_seconds()
                ),
                auto_decompress=False,
                trust_env=False,
                max_line_size=_LONGEST_LINE,
                max_field_size=_LONGEST_LINE,
                max_headers=_MOST_HEADERS,
            )
        return self._opened


def _host(trail: Trail) -> str:
    return trail.url.host or ""


def _time() -> float:
    return asyncio.get_running_loop().time()
