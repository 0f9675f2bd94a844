"""Which addresses of the internet may be connected to: public ones, and those that are allowed."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
"""What to allow where nothing has to be protected, as in a test or on one's own machine."""

_GLOBAL: Final = IPv6Network("2000::/3")
"""Source: https://www.iana.org/assignments/ipv6-address-space"""
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (NAT64). Source: https://www.rfc-editor.org/rfc/rfc6052#section-2.1"""

_METADATA: Final = frozenset(
    ip_address(one)
    for one in (
        "169.254.169.254",
        "169.254.170.2",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
    )
)
"""Where clouds tell a machine its secrets: never opened by allowing a whole network."""


class Networks:
    """The guard in front of every connection.

    Args:
        allowed: Networks as CIDR that may be connected to although they are private.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = tuple(ip_network(one) for one in allowed)

    def allow(self, address: str) -> bool:
        """Tell whether there may be a connection to *address*; an unknown spelling may not."""
        try:
            meant = _meant(ip_address(address))
        except ValueError:
            return False
        return _is_public(meant) or any(_opens(one, meant) for one in self._allowed)


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that is inside an IPv6 address, or else the address."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _opens(network: IPv4Network | IPv6Network, address: IPv4Address | IPv6Address) -> bool:
    return address in network and (address not in _METADATA or network.num_addresses == 1)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if address in _METADATA or not address.is_global or address.is_multicast:
        return False
    return address in _GLOBAL if isinstance(address, IPv6Address) else not address.is_reserved
