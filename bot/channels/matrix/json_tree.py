"""Reading JSON that strangers wrote: what is wrong reads as empty, so nothing can raise."""

from datetime import UTC, datetime, timedelta
from typing import Any

Tree = dict[str, Any]
"""A JSON object."""

_LONGEST_IDENTIFIER = 255
"""Bytes of UTF-8."""

_LATEST_MILLISECONDS = 32_503_680_000_000
"""The year 3000; some clients send times that no calendar holds."""


def tree(value: Any, *path: str) -> Tree:
    """Return the object at *path* below *value*, or an empty one."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: Any, *path: str) -> str:
    """Return the string at *path* below *value*, or an empty one."""
    found = tree(value, *path[:-1]).get(path[-1]) if path else value
    return found if isinstance(found, str) else ""


def trees(value: Any, *path: str) -> list[Tree]:
    """Return the objects in the list at *path* below *value*."""
    found = tree(value, *path[:-1]).get(path[-1])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def texts(value: Any, *path: str) -> list[str]:
    """Return the strings in the list at *path* below *value*."""
    found = tree(value, *path[:-1]).get(path[-1])
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def event_id_in(value: Any, *path: str) -> str:
    """Return the event id at *path* below *value*; empty if there is none that could be one.

    What is encrypted was checked by no homeserver, so it may hold what can be neither sent nor
    stored, such as half a character.

    Source: https://spec.matrix.org/latest/appendices/#event-ids
    """
    return _identifier(text(value, *path), "$")


def room_id_in(value: Any, *path: str) -> str:
    """Return the room id at *path* below *value*; empty if there is none that could be one.

    Source: https://spec.matrix.org/latest/appendices/#room-ids
    """
    return _identifier(text(value, *path), "!")


def _identifier(found: str, sigil: str) -> str:
    # Lone surrogates and control characters are not printable either.
    plausible = found.startswith(sigil) and len(found) > 1 and found.isprintable()
    return found if plausible and len(found.encode()) <= _LONGEST_IDENTIFIER else ""


def instant(event: Tree) -> datetime:
    """Return when the sender's homeserver took *event* (``origin_server_ts``, milliseconds)."""
    stamp = event.get("origin_server_ts")
    milliseconds = stamp if isinstance(stamp, int) else 0
    bounded = min(max(milliseconds, 0), _LATEST_MILLISECONDS)
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=bounded)
