"""What the HTTP side serves to people and their programs, a module per subject."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock
from bot.config import Settings
from bot.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Site:
    """What answers are made of.

    Attributes:
        database: Where everything is kept; a handler opens its own transaction.
        clock: Tells the time.
        settings: The operator's.
    """

    database: Database
    clock: Clock
    settings: Settings


Routes = Callable[[Site], Sequence[web.RouteDef]]
"""Makes the routes of one subject; called once, before the server listens."""

SUBJECTS: tuple[Routes, ...] = ()


def routes(site: Site) -> list[web.RouteDef]:
    """Return everything that is served, in the order in which paths are tried."""
    return [route for subject in SUBJECTS for route in subject(site)]
