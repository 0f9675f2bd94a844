"""What members send with an answer: fetched from the network before the transaction begins.

For the same reason as in :mod:`bot.dispatch.standing`: a network may take its time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.errors import ChannelError, ChannelUnavailableError
from bot.messages import IncomingFile

_log = structlog.get_logger(__name__)

Fetch = Callable[[str, IncomingFile], Awaitable[bytes]]
"""How a channel, by its name, is asked; see :meth:`bot.channels.port.Channel.fetch`."""

PATIENCE = timedelta(seconds=20)
"""How long the network may take; meanwhile the channel hears nothing else."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with an answer.

    Attributes:
        name: What its sender calls it, made harmless; may be empty.
        mime: What its sender says it is; never trusted.
        content: Its bytes.
    """

    name: str
    mime: str
    content: bytes = field(repr=False)


async def fetched(
    fetch: Fetch, channel: str, file: IncomingFile, *, insists: bool = False
) -> Upload | None:
    """Return the file with its content; ``None`` if the network fails.

    Args:
        fetch: Asks the network.
        channel: By which channel it came.
        file: What it is.
        insists: Whether a network that is away is an error.

    Raises:
        ChannelUnavailableError: As *insists* says; the same may succeed later.
    """
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            content = await fetch(channel, file)
    except (ChannelError, TimeoutError) as error:
        if insists and isinstance(error, ChannelUnavailableError):
            raise
        _log.warning("file.unreadable", channel=channel, error=type(error).__name__)
        return None
    return Upload(file.name, file.mime, content)
