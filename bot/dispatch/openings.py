"""Addresses that begin a conversation with the bot on a network."""

from collections.abc import Callable

Opening = Callable[[str, str], str | None]
"""Returns the address for a network and what is to be said first, if that network has any."""


def nowhere(channel: str, payload: str) -> None:  # noqa: ARG001 # one of the kind
    """Return no address, as long as no network has any."""
    return
