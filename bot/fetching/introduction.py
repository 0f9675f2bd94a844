"""How we introduce ourselves to servers."""

from typing import Final

from bot import __version__
from bot.config import Settings
from bot.fetching.unpacking import ACCEPTED

_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/feed+json, text/calendar, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


def contact_of(settings: Settings) -> str:
    """Return where the operators of other servers can turn to; empty if nowhere."""
    return settings.feeds.contact or str(settings.hub.operator_url or "")


def headers(contact: str) -> dict[str, str]:
    """Return what every request says.

    Args:
        contact: A web page or a mail address, or nothing.
    """
    said = {
        "User-Agent": f"Stadtfunk/{__version__}" + (f" (+{contact})" if contact else ""),
        "Accept": _ACCEPT,
        "Accept-Encoding": ACCEPTED,
    }
    if "@" in contact and "://" not in contact:
        said["From"] = contact
    return said
