"""How fast a broadcast goes where nothing limits it, and how long it takes to enqueue one.

Usage: python -m bench.speed [MESSAGES] [ROUNDS]
"""

import asyncio
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.table import Figure, medians, show
from tests.servers.hub import ROOT
from tests.servers.postgres import Postgres

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # noqa: S105 # the server's
MESSAGES, ROUNDS = 6000, 3
SUBSCRIBERS = 100_000
ALLOWED_SECONDS, ALLOWED_MB = 3.0, 30.0
AIOGRAM = ROOT / ".venv-aiogram" / "bin" / "python"
"""aiogram wants another pydantic than the hub; `make bench-aiogram` installs it here."""
_OTHERS = {
    "bare": "bare aiohttp posts, not durable",
    "ptb": "python-telegram-bot as shipped, window 50",
    "framework": "aiogram, window 50",
}


async def measure(messages: int = MESSAGES, rounds: int = ROUNDS) -> list[Figure]:
    """Measure all in turns, on the same server; then enqueue."""
    rates = defaultdict[str, list[float]](list)
    with Postgres.running(durable=True) as postgres:
        async with _serving() as url:
            for _ in range(rounds):
                for name in ("bare", "ptb", "framework"):
                    if name != "framework" or AIOGRAM.exists():
                        rates[name].append(messages / await _other(name, url, messages))
                rates["SQLite"].append(messages / await _on_sqlite(url, messages))
                rates["PostgreSQL"].append(messages / await _on_postgres(postgres, url, messages))
        figures = [
            medians(
                f"broadcast without limits on {mine}, messages/s", rates[mine], rates[it], said
            )
            for mine in ("SQLite", "PostgreSQL")
            for it, said in _OTHERS.items()
            if it in rates
        ]
        return [*figures, *await _enqueueing(postgres)]


async def _enqueueing(postgres: Postgres) -> list[Figure]:
    number = str(SUBSCRIBERS)
    with tempfile.TemporaryDirectory() as folder:
        lite = await _run("-m", "bench.contest.enqueue", number, _file(folder))
    great = await _run("-m", "bench.contest.enqueue", number, _new_database(postgres))
    return [
        figure
        for name, (seconds, grown) in (("SQLite", lite), ("PostgreSQL", great))
        for figure in (
            Figure(f"100,000 enqueued on {name}, s", seconds, ALLOWED_SECONDS, "what is allowed"),
            Figure(f"its growth on {name}, MiB", grown, ALLOWED_MB, "what is allowed"),
        )
    ]


async def _other(name: str, url: str, messages: int) -> float:
    python = str(AIOGRAM) if name == "framework" else sys.executable
    return (await _run(f"bench/contest/{name}.py", url, str(messages), python=python))[0]


async def _on_sqlite(url: str, messages: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return (await _run("-m", "bench.contest.ours", url, str(messages), _file(folder)))[0]


async def _on_postgres(postgres: Postgres, url: str, messages: int) -> float:
    database = _new_database(postgres)
    return (await _run("-m", "bench.contest.ours", url, str(messages), database))[0]


def _file(folder: str) -> str:
    return f"sqlite:///{Path(folder) / 'hub.sqlite3'}"


def _new_database(postgres: Postgres) -> str:
    return postgres.url(postgres.create_database())


async def _run(*arguments: str, python: str = sys.executable) -> tuple[float, float]:
    process = await asyncio.create_subprocess_exec(python, *arguments, cwd=ROOT, stdout=PIPE)
    printed, _ = await process.communicate()
    first, second = printed.split()
    return float(first), float(second)


@asynccontextmanager
async def _serving() -> AsyncIterator[str]:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "bench/contest/server.py", cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    assert server.stdout is not None
    assert server.stdin is not None
    port = int(await server.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}/bot{TOKEN}"
    finally:
        server.stdin.close()
        await server.wait()


if __name__ == "__main__":
    print(show(asyncio.run(measure(*map(int, sys.argv[1:3])))))
