"""A configuration file without its secrets, to be shown or kept."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, SecretStr

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
    lines = text.splitlines()
    for key in _secret_keys(Settings):
        place = line_of(text, key)
        if place is not None and _names(lines[place - 1], key[-1]):
            lines[place - 1] = _VALUE.sub(rf"\g<1>{_LEFT_OUT}", lines[place - 1])
    shown = "\n".join(lines) + "\n"
    return shown if _is_clean(shown) else ""


def _names(line: str, key: str) -> bool:
    return re.match(rf"\s*[\w.\"' -]*\b{re.escape(key)}\b[\"']?\s*=", line) is not None


def _secret_keys(section: type[BaseModel], *before: str) -> Iterator[tuple[str, ...]]:
    for name, field in section.model_fields.items():
        if field.annotation is SecretStr:
            yield (*before, name)
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _secret_keys(field.annotation, *before, name)


def _is_clean(text: str) -> bool:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    for key in _secret_keys(Settings):
        found: object = values
        for part in key:
            found = found.get(part, "") if isinstance(found, dict) else ""
        if found:
            return False
    return True
