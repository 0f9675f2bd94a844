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

# Python's own is_global knows more of these from release to release.
_RESERVED: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "3fff::/20",
        ),
    )
)  # fmt: skip
"""Sources: https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sibling"""
_GLOBAL: Final = IPv6Network("2000::/3")
"""All that was ever given away of IPv6.

Source: https://www.iana.org/assignments/ipv6-address-space
"""
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
    if isinstance(address, IPv6Address) and address not in _GLOBAL:
        return False
    return address not in _METADATA and not any(address in one for one in _RESERVED)
