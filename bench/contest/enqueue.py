"""How long it takes to tell very many, until the outbox is committed, and the memory it needs.

Prints the seconds, and the megabytes by which the process has grown at its peak.

Usage: python -m bench.contest.enqueue SUBSCRIBERS DATABASE
"""

import asyncio
import resource
import sys
import time
from pathlib import Path

from bench.contest.outbox import subscribe
from bot.clock import SystemClock
from bot.config import Settings
from bot.services import notices
from bot.services.notices import Notice
from bot.storage import audiences
from bot.storage.engine import Database
from bot.text.markdown import parse

_KIB = 1024


async def main(number: int, database_url: str) -> None:
    """Tell them."""
    now = SystemClock().now()
    database = Database(database_url)
    await subscribe(database, "telegram", number, now=now)
    document = parse("Die **Anmeldung** ist offen.")
    notice = Notice(key="n", source="announcement:1", word=lambda _: document)
    settings = Settings.model_validate({"hub": {"data_dir": Path()}})
    before, began = _peak(), time.perf_counter()
    async with database.begin() as session:
        audience = audiences.everybody()
        told = await notices.tell(session, notice, audience, settings=settings, now=now)
    sys.stdout.write(f"{time.perf_counter() - began} {_peak() - before}\n")
    assert told == number
    await database.close()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
