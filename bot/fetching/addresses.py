"""Addresses that may be asked, each in one spelling."""

import re
import socket
from ipaddress import ip_address
from typing import Final

from yarl import URL

from bot.fetching.trouble import FetchError, Trouble

_SCHEMES: Final = {"http": "http", "https": "https", "webcal": "https", "webcals": "https"}
_LONGEST: Final = 4000
_WEB_PORTS: Final = frozenset({80, 443})
_FIRST_FREE_PORT: Final = 1024
_LABEL: Final = "[a-z0-9_-]{1,63}"
_NAME: Final = re.compile(rf"(?!.{{254}}){_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
# Browsers read a host as a number if its last part is one, whatever the base.
# Source: https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


def sound(address: str) -> URL:
    """Return an address as it can be asked: without fragment, its host in plain spelling.

    Raises:
        FetchError: It is none, or one of a kind that is not asked.
    """
    try:
        url = URL(address.strip()[: _LONGEST + 1])
        return _checked(url)
    except (ValueError, UnicodeError):
        raise FetchError(Trouble.REFUSED, "this is no address that can be asked") from None


def target(url: URL, location: str) -> URL:
    """Return where a redirect leads.

    Passwords in it are left out: who sends us on has none to give.

    Raises:
        FetchError: As for :func:`sound`.
    """
    try:
        joined = url.join(URL(location.strip()[: _LONGEST + 1]))
        return _checked(joined).with_user(None)
    except (ValueError, UnicodeError):
        reason = f"{url.host}: redirects to what is no address"
        raise FetchError(Trouble.REDIRECTS, reason) from None


def literal(url: URL) -> str:
    """Return the host if it is an IP address, and else nothing."""
    host = url.raw_host or ""
    try:
        ip_address(host)
    except ValueError:
        return ""
    return host


def without_password(url: URL) -> str:
    """Return the address as it can be shown and kept."""
    return str(url.with_user(None))


def _checked(url: URL) -> URL:
    scheme = _SCHEMES.get(url.scheme)
    if scheme is None:
        kind = f"{url.scheme[:20]}:// is" if url.scheme else "this is"
        raise FetchError(
            Trouble.REFUSED, f"{kind} not asked; an address begins with https:// or http://"
        )
    host = (url.raw_host or "").rstrip(".")
    if len(str(url)) > _LONGEST or not (_NAME.fullmatch(host) or literal(url)):
        raise ValueError(host)
    if _NUMBER.fullmatch(host):
        host = socket.inet_ntoa(_packed(host))
    # The port is read before the scheme changes, since that changes what is meant without one.
    port = url.explicit_port
    if port is not None and port not in _WEB_PORTS and port < _FIRST_FREE_PORT:
        raise FetchError(Trouble.REFUSED, f"{host}: port {port} is not one of the web")
    return url.with_scheme(scheme).with_host(host).with_port(port).with_fragment(None)


def _packed(host: str) -> bytes:
    try:
        return socket.inet_aton(host)
    except OSError as error:
        raise ValueError(str(error)) from None
