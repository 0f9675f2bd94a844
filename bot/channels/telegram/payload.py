"""Reading what the Bot API writes; a hostile or broken text is refused and never a crash."""

import json
from typing import Any, TypeGuard

from pydantic_core import from_json
from telegram import Update

_LONGEST_INTEGER = 19
"""Characters; Telegram's numbers have at most 52 bits, and Python refuses to read 4301 digits."""


def decode(payload: bytes) -> Any:
    """Read JSON; an integer that is too long for Telegram becomes a float.

    Raises:
        ValueError: It is no JSON, or nested too deeply.
    """
    try:
        return _DECODER.decode(payload.decode(json.detect_encoding(payload), "surrogatepass"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def decode_quickly(payload: bytes) -> Any:
    """Read JSON as :func:`decode` does, in a tenth of the time if nothing is strange in it.

    Raises:
        ValueError: As in :func:`decode`.
    """
    try:
        return from_json(payload)
    except ValueError:  # it refuses halves of surrogate pairs, and numbers without an end
        return decode(payload)


def decode_object(payload: bytes) -> dict[str, Any]:
    """Read a JSON object; an empty one stands for everything else."""
    try:
        answer = decode_quickly(payload)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def readable(update: Any) -> dict[str, Any]:
    """Return *update* if PTB can read it, else an empty update of the same number.

    Raises:
        ValueError: It is no update at all.
    """
    number = update.get("update_id") if isinstance(update, dict) else None
    # A negative offset would make Telegram forget what waits.
    if not is_integer(number) or number < 0:
        raise ValueError("no update")
    try:
        Update.de_json(dict(update), None)
    except Exception:  # noqa: BLE001 - whatever is wrong with it will be wrong for ever
        return {"update_id": number}
    return dict(update)


def is_integer(value: object) -> TypeGuard[int]:
    """Tell whether *value* is a whole number; in Python ``True`` is one too, in JSON it isn't."""
    return isinstance(value, int) and not isinstance(value, bool)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


_DECODER = json.JSONDecoder(parse_int=_integer)
"""Made once; to make it takes as long as to read an answer."""
