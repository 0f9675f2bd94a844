"""What is banned everywhere is caught, and is nowhere."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUFF = Path(sys.executable).parent / "ruff"
SOURCES = sorted(
    file for package in ("bot", "handlers", "schedules") for file in (ROOT / package).rglob("*.py")
)
WALL_TIME = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"},
}
"""Names under which a module may have imported what reads the machine's clock."""


def banned() -> list[str]:
    """Return what the configuration of ruff bans."""
    tree = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return list(tree["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"])


def complaints(code: str, file: str) -> str:
    """Return what ruff says of *code* if it stood in *file*."""
    done = subprocess.run(
        [RUFF, "check", "--output-format=concise", "--stdin-filename", file, "-"],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def use(name: str) -> str:
    """Return a line that uses the banned *name* as people write it."""
    module, _, function = name.rpartition(".")
    package, _, owner = module.partition(".")
    start = f"from {package} import {owner}" if owner else f"import {package}"
    return f"{start}\n\nVALUE = {owner or package}.{function}()\n"


@pytest.mark.parametrize("name", banned())
@pytest.mark.parametrize("file", ["bot/services/new.py", "handlers/new.py", "tests/test_new.py"])
def test_a_banned_name_is_caught_everywhere(name: str, file: str) -> None:
    """In the program and in its tests alike."""
    found = complaints(use(name), file)
    assert f"TID251 `{name}` is banned" in found


def test_the_clock_itself_may_read_the_time() -> None:
    """There has to be one place."""
    assert "TID251" not in complaints(use("datetime.datetime.now"), "bot/clock.py")


@pytest.mark.parametrize(
    "name",
    [
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "time.time",
        "time.sleep",
        "asyncio.create_task",
        "asyncio.gather",
    ],
)
def test_what_the_design_bans_is_banned(name: str) -> None:
    """The configuration says the same as the design."""
    assert name in banned()


def wall_time_readings(file: Path) -> Iterator[str]:
    """Yield where *file* asks the machine what time it is."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        if node.attr in WALL_TIME.get(node.value.id, ()):
            yield f"{file.relative_to(ROOT)}:{node.lineno}: {node.value.id}.{node.attr}"


def test_only_the_clock_reads_wall_time() -> None:
    """Not even where a comment silences the linter."""
    files = [file for file in SOURCES if file.relative_to(ROOT) != Path("bot/clock.py")]
    assert [found for file in files for found in wall_time_readings(file)] == []
    assert list(wall_time_readings(ROOT / "bot" / "clock.py"))
