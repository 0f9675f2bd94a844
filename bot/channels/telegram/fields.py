"""What stands in a field of Telegram's.

PTB does not look at it, and beyond the port nobody asks again.
"""

from datetime import datetime

from bot.channels.telegram.payload import is_integer


def id_in(value: object) -> str:
    """Return a number that is an id.

    Raises:
        TypeError: It is none.
    """
    if not is_integer(value):
        raise TypeError("no id of Telegram's")
    return str(value)


def text_in(value: object) -> str:
    """Return a text.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def instant_in(value: object) -> datetime:
    """Return an instant.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, datetime):
        raise TypeError("no instant")
    return value


def size_in(value: object) -> int | None:
    """Return a number of bytes, if it is one."""
    return value if is_integer(value) and value >= 0 else None
