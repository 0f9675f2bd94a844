"""A configuration file without its secrets, to be shown or kept."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr

from bot.config.completeness import table
from bot.config.lines import line_of
from bot.config.settings import Settings

_LEFT_OUT = '""  # left out of the backup'
_VALUE = re.compile(r"^(\s*[^=]+=\s*).*$")


def without_secrets(path: Path) -> str:
    """Return the file's text, with nothing in the place of each secret.

    What does not read as TOML any more, because a secret was written in an unusual way, is left
    out as a whole.

    Raises:
        OSError: It can't be read.
    """
    text = path.read_text(encoding="utf-8-sig")
    values = _values(text)
    if values is None:
        return ""
    lines = text.splitlines()
    for key in _secret_keys(Settings, values):
        place = line_of(text, key)
        if place is not None and _names(lines[place - 1], key[-1]):
            lines[place - 1] = _VALUE.sub(rf"\g<1>{_LEFT_OUT}", lines[place - 1])
    shown = "\n".join(lines) + "\n"
    return shown if _is_clean(shown) else ""


def _values(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _names(line: str, key: str) -> bool:
    return re.match(rf"\s*[\w.\"' -]*\b{re.escape(key)}\b[\"']?\s*=", line) is not None


def _secret_keys(
    section: type[BaseModel], values: Mapping[str, Any], *before: str
) -> Iterator[tuple[str, ...]]:
    """Yield the keys of all secrets that there can be, with the names that *values* give."""
    for name, field in section.model_fields.items():
        kind, below = field.annotation, table(values, name)
        if kind is SecretStr:
            yield (*before, name)
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _secret_keys(kind, below, *before, name)
        elif get_origin(kind) is dict:
            one = get_args(kind)[1]
            for account in below:
                yield from _secret_keys(one, table(below, account), *before, name, account)


def _is_clean(text: str) -> bool:
    values = _values(text)
    if values is None:
        return False
    for key in _secret_keys(Settings, values):
        found: object = values
        for part in key:
            found = found.get(part, "") if isinstance(found, dict) else ""
        if found:
            return False
    return True
