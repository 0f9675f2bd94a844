"""Each contract of the house is proven by a violation that it catches."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "handlers", "schedules")
LINTER = Path(sys.executable).parent / "lint-imports"


@dataclass(frozen=True)
class Violation:
    """An import that is not allowed: *file* imports *module*.

    Attributes:
        also: A second contract that is broken, where there is no way to break the first alone.
    """

    contract: str
    file: str
    module: str
    also: str | None = None

    def __str__(self) -> str:
        return f"{self.contract}: {self.file} imports {self.module}"


VIOLATIONS = [
    Violation("floors", "bot/errors.py", "bot.clock"),
    Violation("floors", "bot/services/chats.py", "bot.dispatch.commands"),
    Violation("floors", "bot/storage/chats.py", "bot.delivery.retry"),
    Violation("floors", "bot/web/server.py", "bot.dispatch.commands"),
    Violation("floors", "bot/newcomer.py", "bot.errors"),
    Violation("edges", "handlers/help.py", "bot.app", also="handlers"),
    Violation("edges", "handlers/help.py", "schedules.knowledge"),
    Violation("edges", "bot/dispatch/router.py", "handlers.help", also="handlers"),
    Violation("handlers", "handlers/help.py", "handlers.faq"),
    Violation("schedules", "schedules/knowledge.py", "schedules.housekeeping"),
    Violation("polite", "handlers/help.py", "bot.storage.chats"),
    Violation("polite", "handlers/help.py", "bot.delivery.outbox"),
    Violation("polite", "schedules/knowledge.py", "aiohttp"),
    Violation("sql", "bot/services/chats.py", "sqlalchemy"),
    Violation("sql", "bot/delivery/outbox.py", "asyncpg"),
    Violation("composition", "bot/operations.py", "bot.channels.telegram"),
    Violation("channels", "bot/channels/console.py", "bot.channels.matrix"),
    Violation("nio", "bot/services/chats.py", "nio"),
    Violation("telegram", "bot/channels/matrix/channel.py", "telegram"),
    Violation("apscheduler", "bot/app.py", "apscheduler"),
    Violation("pure", "bot/text/dates.py", "asyncio"),
    Violation("pure", "bot/delivery/retry.py", "socket"),
    Violation("pure", "bot/timing/quiet.py", "asyncio"),
    Violation("pure", "bot/feeds/reading.py", "httpx"),
    Violation("floors", "bot/feeds/item.py", "bot.events.event"),
    Violation("floors", "bot/feeds/reading.py", "bot.fetching.trouble"),
    Violation("floors", "bot/pages/links.py", "bot.services.topics"),
    Violation("floors", "bot/events/words.py", "bot.pages.links"),
    Violation("pure", "bot/pages/links.py", "aiohttp"),
    Violation("floors", "bot/places.py", "bot.timing.times"),
]


def contracts() -> dict[str, str]:
    """Return the names of the contracts by their ids."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    start = "importlinter:contract:"
    return {
        section.removeprefix(start): parser[section]["name"]
        for section in parser.sections()
        if section.startswith(start)
    }


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program; what was read of it once is remembered beside it."""
    copy = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            target = copy / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    shutil.copy(ROOT / ".importlinter", copy)
    return copy


def broken(house: Path) -> set[str]:
    """Return the names of the contracts that the program in *house* breaks."""
    done = subprocess.run(
        [LINTER, "--no-logo"],
        cwd=house,
        env=os.environ | {"COLUMNS": "200", "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Analyzed" in done.stdout, done.stdout + done.stderr
    found = set(re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE))
    assert bool(found) == bool(done.returncode)
    return found


def test_the_house_keeps_all_contracts(house: Path) -> None:
    """Without a violation nothing is broken, so what follows is the violations' doing."""
    assert broken(house) == set()


def test_every_contract_is_put_to_the_test() -> None:
    """A contract that nothing violates here might as well not exist."""
    assert {violation.contract for violation in VIOLATIONS} == contracts().keys()


@pytest.mark.parametrize("violation", VIOLATIONS, ids=str)
def test_a_violation_breaks_exactly_its_contract(house: Path, violation: Violation) -> None:
    """One forbidden import is enough, and the report names the contract that is meant."""
    file = house / violation.file
    before = file.read_text(encoding="utf-8") if file.exists() else None
    file.write_text(f"{before or ''}\nimport {violation.module}\n", encoding="utf-8")
    try:
        meant = {violation.contract, violation.also or violation.contract}
        assert broken(house) == {contracts()[contract] for contract in meant}
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before, encoding="utf-8")
