"""Addresses of items: absolute, and the same each time."""

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from bot.text.links import safe_link

_SESSION = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_TRACKING = re.compile(
    r"(?:utm_[a-z]+|fbclid|gclid|mc_[ce]id|phpsessid|jsessionid|sid|pk_[a-z]+|mtm_[a-z]+|wt_z?mc|igshid|_hs(?:enc|mi))=",
    re.IGNORECASE,
)
_LONGEST = 2000


def clean(address: str, base: str = "") -> str:
    """Return *address* absolute and without session and tracking numbers; empty if it is none.

    Args:
        address: What stands in the feed, maybe relative.
        base: The address of the feed or of what it is about.
    """
    bare = "".join(address.split())[:_LONGEST]
    if not bare or not (base or ":" in bare):
        return ""
    try:
        joined = urljoin(base, bare) if base else bare
        parts = urlsplit(_SESSION.sub("", joined))
    except ValueError:
        return ""
    kept = [one for one in parts.query.split("&") if not _TRACKING.match(one)]
    whole = urlunsplit(parts._replace(query="&".join(kept)))
    return whole if safe_link(whole) else ""
