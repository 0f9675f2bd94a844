"""How long a start takes with the sample, and which imports take the longest.

Usage: python -m bench.starting [ROUNDS]
"""

import asyncio
import re
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from statistics import median

from bench.broadcast import TOKEN
from bench.table import Figure, show
from bot.clock import SystemClock
from tests.servers.hub import ROOT, HubProcess
from tests.servers.telegram.fixtures import telegram_in_process

ROUNDS = 3
SHOWN = 12
_LINE = re.compile(r"import time:\s+(?P<own>\d+) \|\s+\d+ \|\s+(?P<module>[\w.]+)")


async def measure(rounds: int = ROUNDS) -> list[Figure]:
    """Start in turns the hub on an empty SQLite file, the same again, and an interpreter."""
    first, again, imports, bare = list[float](), list[float](), list[float](), list[float]()
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now) as telegram:
        await telegram.bot(TOKEN)
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                directory = Path(folder) / "hub"
                await _python("-m", "bot", "init", str(directory))
                _configure(directory, telegram.url)
                first.append(await _start(directory))
                again.append(await _start(directory))
            imports.append(await _python("-c", "import bot.app"))
            bare.append(await _python("-c", "import asyncio"))
    python, least = "an interpreter with asyncio", median(bare)
    return [
        Figure("start until hub.started, new SQLite file, s", median(first), least, python),
        Figure("start until hub.started, existing file, s", median(again), least, python),
        Figure("of that all imports, s", median(imports), least, python),
    ]


async def imports() -> str:
    """Return which packages take the longest to import, each without what it imports itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "importtime", "-c", "import bot.app", cwd=ROOT, stderr=PIPE
    )
    _, printed = await process.communicate()
    spent: dict[str, int] = {}
    for match in _LINE.finditer(printed.decode()):
        package = match["module"].partition(".")[0]
        spent[package] = spent.get(package, 0) + int(match["own"])
    longest = sorted(spent.items(), key=lambda one: -one[1])[:SHOWN]
    return "\n".join(f"{micros / 1000:8.0f} ms  {package}" for package, micros in longest)


def _configure(directory: Path, url: str) -> None:
    channel = f'[channels.telegram]\nenabled = true\ntoken = "{TOKEN}"\nbase_url = "{url}"\n'
    text = (
        f'[knowledge]\npaths = ["knowledge"]\nencoder = false\n[log]\nformat = "json"\n{channel}'
    )
    (directory / "config.toml").write_text(text)


async def _start(directory: Path) -> float:
    hub = HubProcess(directory)
    async with asyncio.TaskGroup() as tasks:
        begin = time.perf_counter()
        await hub.start(tasks)
        taken = time.perf_counter() - begin
        await hub.stop()
    return taken


async def _python(*arguments: str) -> float:
    begin = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=DEVNULL
    )
    assert await process.wait() == 0
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(show(asyncio.run(measure(*map(int, sys.argv[1:2])))))
    print(asyncio.run(imports()))
