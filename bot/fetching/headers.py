"""What the heads of answers say, as far as it is of use; nonsense counts as not said."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_ASKED: Final = timedelta(days=1)
"""Nobody is left alone longer; a server that says ten years is asked again every day."""
_LONGEST: Final = 500
_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)
_NOT_KEPT: Final = re.compile(r"(?:^|[,\s])no-(?:store|cache)\b", re.IGNORECASE)


def text(headers: Mapping[str, str], name: str) -> str:
    """Return a header that can be kept and sent again; empty without one, or a strange one."""
    value = headers.get(name, "").strip()
    return value if len(value) <= _LONGEST and value.isascii() and value.isprintable() else ""


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long to wait: a number of seconds, or until a date.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    value = text(headers, "Retry-After")
    if value.isdecimal():
        return _bounded(int(value))
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return _bounded((until - now).total_seconds())


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long a good answer holds, so that asking before is of no use."""
    control = text(headers, "Cache-Control")
    age = _MAX_AGE.search(control)
    if _NOT_KEPT.search(control):
        age = None
    passed = text(headers, "Age")
    kept = int(age[1]) - (int(passed) if passed.isdecimal() else 0) if age else 0
    asked = retry_after(headers, now)
    waits = [one for one in (asked, _bounded(kept) if kept > 0 else None) if one]
    return max(waits, default=None)


def _bounded(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, 0), LONGEST_ASKED.total_seconds()))
