"""Whether somebody may decide for a room: asked of the network, before the transaction begins.

A network may take seconds to answer, and a transaction that waits for it would hold up everybody.
"""

import asyncio
import enum
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.errors import ChannelError
from bot.messages import Address, Identity

_log = structlog.get_logger(__name__)

Ask = Callable[[Address, Identity], Awaitable[bool]]
"""How a network is asked; see :meth:`bot.channels.port.Channel.is_moderator`."""

PATIENCE = timedelta(seconds=5)
"""How long the network may take; meanwhile the channel hears nothing else."""
_VALID = timedelta(minutes=1)
"""How long an answer counts, so that nobody makes the bot flood the network with questions."""
_REMEMBERED = 1_000


class Standing(enum.Enum):
    """What somebody is in a room."""

    MEMBER = enum.auto()
    MODERATOR = enum.auto()
    UNKNOWN = enum.auto()
    """The network did not say."""


class Standings:
    """What networks said of who may decide where, for a minute.

    Args:
        ask: Asks the network of an address.
        clock: Tells the time.
    """

    def __init__(self, ask: Ask, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[tuple[str, str, str], tuple[datetime, Standing]] = OrderedDict()

    async def of(self, who: Identity, chat: Address) -> Standing:
        """Return what *who* is in *chat*; never raises for what the network does."""
        key = (chat.channel, chat.chat, who.user)
        until, standing = self._known.get(key, (self._clock.now(), Standing.UNKNOWN))
        if self._clock.now() < until:
            return standing
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                leads = await self._ask(chat, who)
        except (ChannelError, TimeoutError) as error:
            _log.warning("standing.unknown", channel=chat.channel, error=type(error).__name__)
            return Standing.UNKNOWN
        standing = Standing.MODERATOR if leads else Standing.MEMBER
        self._known[key] = (self._clock.now() + _VALID, standing)
        self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return standing
