"""Names to addresses, once for each connection, past the guard.

What was looked up is what is connected to: a name that means something else a moment later
(DNS rebinding) gains nothing.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.fetching.inflow import BoundedSocket
from bot.fetching.networks import Networks

Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""Gives the IP addresses of a name; an ``OSError`` if there are none."""

_MOST_ADDRESSES: Final = 8
_THREADS: Final = 8


class PrivateAddress(OSError):  # noqa: N818 # aiohttp wants an OSError; ours is PrivateAddressError
    """A name leads to nothing but addresses that are not connected to."""


class SystemLookup:
    """The machine's own way, in threads of its own.

    So a name server which is silent holds up fetching and nothing else.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="names")

    async def __call__(self, host: str) -> Sequence[str]:
        """Return the addresses of *host*, the best first."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _addresses, host)
        return list(dict.fromkeys(str(one[4][0]) for one in found))

    def close(self) -> None:
        """Forget what is still to be looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str) -> list[Any]:
    return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


class GuardedResolver(AbstractResolver):
    """Gives the addresses of a name that may be connected to, and sockets for them.

    Args:
        lookup: How names become addresses.
        networks: What may be connected to.
    """

    def __init__(self, lookup: Lookup, networks: Networks) -> None:
        self._lookup = lookup
        self._networks = networks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return what is public of *host*'s addresses, or allowed.

        Raises:
            PrivateAddress: Nothing is.
        """
        found = await self._lookup(host)
        allowed = [one for one in found if self._networks.allow(one)][:_MOST_ADDRESSES]
        if found and not allowed:
            raise PrivateAddress(host)
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=family,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in allowed
        ]

    async def close(self) -> None:
        """Nothing is held open."""

    def socket(self, address: tuple[Any, ...]) -> socket.socket:
        """Open a socket for the address that it is going to be connected to.

        Every connection passes here, whatever way its address took.

        Raises:
            PrivateAddress: It must not be connected to.
        """
        family, kind, protocol, _, place = address
        if not self._networks.allow(str(place[0])):
            raise PrivateAddress(str(place[0]))
        return BoundedSocket(family=family, type=kind, proto=protocol)
