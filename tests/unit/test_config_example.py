"""``config.example.toml`` is the reference of the configuration, so it has to be complete."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot import config
from bot.config import Settings

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
_TABLE = re.compile(r"\[([a-z_.]+)\]")
_KEY = re.compile(r"(?:# )?([a-z_]+) = ")


def keys(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Give each key of the settings, dotted."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from keys(kind, (*path, name))
        else:
            yield ".".join((*path, name))


def mentioned() -> dict[str, list[str]]:
    """Return each key of the example, also those commented out, with the comment above it."""
    found: dict[str, list[str]] = {}
    table, comment = "", list[str]()
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if heading := _TABLE.fullmatch(line):
            table, comment = f"{heading[1]}.", []
        elif key := _KEY.match(line):
            found[table + key[1]], comment = comment, []
        elif line.startswith("#"):
            comment.append(line)
        elif not line:
            comment = []
    return found


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in list(os.environ):
        if variable.upper().startswith("STADTFUNK_"):
            monkeypatch.delenv(variable)


def uncommented() -> str:
    """Return the example with every key in force that it shows."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return "\n".join(line.removeprefix("# ") if _KEY.match(line) else line for line in lines)


def test_the_example_is_a_valid_configuration() -> None:
    """Who copies it begins with something that loads."""
    config.load(EXAMPLE, environment={})


def test_what_is_commented_out_is_valid_too(tmp_path: Path) -> None:
    """Who removes a `# ` gets no error for it."""
    path = tmp_path / "config.toml"
    path.write_text(uncommented(), encoding="utf-8")
    config.load(path, environment={})


@pytest.mark.parametrize("key", sorted(keys(Settings)))
def test_every_key_is_explained(key: str) -> None:
    """Its comment says what it means and what holds without it."""
    assert key in mentioned(), "the example does not mention it"
    assert any(len(line) > len("# a word or two") for line in mentioned()[key])


def test_no_key_is_shown_that_does_not_exist() -> None:
    """What was renamed or removed leaves the example as well."""
    assert sorted(set(mentioned()) - set(keys(Settings))) == []


def test_the_reader_of_comments_sees_what_toml_sees() -> None:
    """Otherwise the tests above would look past a key."""

    def dotted(tree: dict[str, Any], path: str = "") -> Iterator[str]:
        for name, value in tree.items():
            if isinstance(value, dict) and name != "accounts":  # whose keys are the operator's
                yield from dotted(value, f"{path}{name}.")
            else:
                yield f"{path}{name}"

    assert sorted(dotted(tomllib.loads(uncommented()))) == sorted(mentioned())
