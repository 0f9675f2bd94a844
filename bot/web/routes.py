"""What the HTTP side serves to people and their programs, a module per subject."""

from collections.abc import Callable, Sequence

from aiohttp import web

from bot.web import calendars, pages, posting
from bot.web.site import Site

__all__ = ["SUBJECTS", "Routes", "Site", "routes"]

Routes = Callable[[Site], Sequence[web.RouteDef]]
"""Makes the routes of one subject; called once, before the server listens."""

SUBJECTS: tuple[Routes, ...] = (calendars.routes, posting.routes, pages.routes)
"""Public pages come last: they answer every path that nobody else takes."""


def routes(site: Site) -> list[web.RouteDef]:
    """Return everything that is served, in the order in which paths are tried."""
    return [route for subject in SUBJECTS for route in subject(site)]
