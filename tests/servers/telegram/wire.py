"""How the control side's arguments and results travel as JSON."""

from __future__ import annotations

import base64
import types
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from tests.servers.telegram.views import BotRef, ChatRef, UserRef


def encode(value: Any) -> Any:
    """Turn an argument or result into JSON: references become ids, records become objects."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value


def encode_argument(value: Any) -> Any:
    """Turn an argument into JSON; people, bots and chats travel as their ids."""
    if isinstance(value, UserRef | BotRef | ChatRef):
        return value.id
    if isinstance(value, list | tuple):
        return [encode_argument(item) for item in value]
    return encode(value)


def decode(hint: Any, value: Any) -> Any:
    """Turn JSON back into what *hint* says."""
    origin = get_origin(hint)
    if value is None or hint is Any:
        return value
    if origin in (Union, types.UnionType):
        records = [choice for choice in get_args(hint) if is_dataclass(choice)]
        return decode(records[0], value) if records and isinstance(value, dict) else value
    if origin is list and isinstance(value, list):
        return [decode(get_args(hint)[0], item) for item in value]
    if isinstance(hint, type) and is_dataclass(hint):
        return hint(**value)
    return base64.b64decode(value) if hint is bytes else value


def decode_arguments(function: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """Turn a call's JSON arguments into those that *function* takes."""
    hints = get_type_hints(function)
    return {name: decode(hints.get(name, Any), value) for name, value in given.items()}


def result_hint(function: Callable[..., Any]) -> Any:
    """Return what *function* declares to return."""
    return get_type_hints(function)["return"]
