"""The kinds of values that keys have."""

import json
import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode


def _seconds(value: object) -> object:
    """Read digits as seconds; the environment knows no numbers."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value


FOR_EVER = timedelta(days=36_500)
"""A hundred years; beyond that lie dates which no calendar has."""

DIGITS = BeforeValidator(_seconds)
"""Marks a length of time; what comes from the environment may be seconds."""

Duration = Annotated[timedelta, Field(gt=timedelta(0), le=FOR_EVER), DIGITS]
"""Seconds, or as in ISO 8601: ``PT90S``, ``P2D``."""


def _listed(value: object) -> object:
    """Read a list that the environment writes as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError('should be a list; in the environment as JSON: ["…", "…"]') from None


LIST = (NoDecode, BeforeValidator(_listed))
"""Marks a list; what comes from the environment is JSON."""

_ACCOUNTS = {
    "telegram": (re.compile(r"[0-9]+"), "telegram:4711"),
    "matrix": (re.compile(r"@[^:]*:.+"), "matrix:@anna:example.org"),
    "console": (re.compile(r".+"), "console:anna"),
}


def _account(value: str) -> str:
    channel, _, user = value.partition(":")
    if channel not in _ACCOUNTS:
        examples = ", ".join(example for _, example in _ACCOUNTS.values())
        raise ValueError(f"{value!r} is no account; for example {examples}")
    form, example = _ACCOUNTS[channel]
    if not form.fullmatch(user):
        raise ValueError(f"{value!r} is no account on {channel}; for example {example}")
    return value


Account = Annotated[str, AfterValidator(_account)]
"""A person's account: ``telegram:4711``, ``matrix:@anna:example.org``, ``console:anna``."""


_PLACES = {
    "telegram": (re.compile(r"-?[0-9]+(?::[0-9]+)?"), "telegram:-1001234567890"),
    "matrix": (re.compile(r"![^\s:]+(?::\S+)?"), "matrix:!redaktion:example.org"),
    "console": (re.compile(r".+"), "console:anna"),
}


def _place(value: str) -> str:
    channel, _, chat = value.partition(":")
    if channel not in _PLACES:
        examples = ", ".join(example for _, example in _PLACES.values())
        raise ValueError(f"{value!r} is no chat; for example {examples}")
    form, example = _PLACES[channel]
    if not form.fullmatch(chat):
        raise ValueError(f"{value!r} is no chat on {channel}; for example {example}")
    return value


ChatPlace = Annotated[str, AfterValidator(_place)]
"""A room, group or direct chat: ``matrix:!id:server``, ``telegram:-100…``; behind the number of a
forum ``:17`` for one of its topics."""
