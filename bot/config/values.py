"""The kinds of values that keys have."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
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

_ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,15}")
AccountName = Annotated[str, StringConstraints(pattern=f"^{_ACCOUNT_NAME.pattern}$")]
"""What the operator calls a further account of the hub on a network: ``west``."""


def network_of(channel: str) -> str:
    """Return the network of a channel, which a further account carries its name behind."""
    network, point, account = channel.partition(".")
    return network if not point or _ACCOUNT_NAME.fullmatch(account) else channel


_Forms = Mapping[str, tuple[re.Pattern[str], str]]
"""By network, what follows it and its colon, and an example of the whole."""


def _of_a_network(what: str, forms: _Forms) -> AfterValidator:
    """Make sure that a value names a network and what belongs to it."""

    def checked(value: str) -> str:
        channel, _, rest = value.partition(":")
        channel = network_of(channel)
        if channel not in forms:
            examples = ", ".join(example for _, example in forms.values())
            raise ValueError(f"{value!r} is no {what}; for example {examples}")
        form, example = forms[channel]
        if not form.fullmatch(rest):
            raise ValueError(f"{value!r} is no {what} on {channel}; for example {example}")
        return value

    return AfterValidator(checked)


_ACCOUNTS = {
    "telegram": (re.compile(r"[0-9]+"), "telegram:4711"),
    "matrix": (re.compile(r"@[^:]*:.+"), "matrix:@anna:example.org"),
    "console": (re.compile(r".+"), "console:anna"),
}
Account = Annotated[str, _of_a_network("account", _ACCOUNTS)]
"""A person's account: ``telegram:4711``, ``matrix:@anna:example.org``, ``console:anna``."""

_PLACES = {
    "telegram": (re.compile(r"-?[0-9]+(?::[0-9]+)?"), "telegram:-1001234567890"),
    "matrix": (re.compile(r"![^\s:]+(?::\S+)?"), "matrix:!redaktion:example.org"),
    "console": (re.compile(r".+"), "console:anna"),
}
ChatPlace = Annotated[str, _of_a_network("chat", _PLACES)]
"""A room, group or direct chat: ``matrix:!id:server``, ``telegram:-100…``; behind the number of a
forum ``:17`` for one of its topics."""
