"""Runs an emulator in a process of its own.

Prints one line of JSON, ``{"url": …}``, as soon as it listens.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys

from tests.servers.telegram.clock import EPOCH, running_from
from tests.servers.telegram.emulator import TelegramEmulator


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.telegram")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--control", action="store_true", help="offer /control/ over HTTP")
    parser.add_argument("--limits", choices=("off", "strict"), default="off")
    parser.add_argument("--epoch", type=float, default=EPOCH, help="Unix time at the start")
    parser.add_argument("--bot", action="append", default=[], help="token of a bot to create")
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when standard input is closed"
    )
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if arguments.with_parent:
        loop.add_reader(sys.stdin.fileno(), stopped.set)
    emulator = TelegramEmulator(
        clock=running_from(arguments.epoch),
        limits=arguments.limits,
        port=arguments.port,
        control=arguments.control,
    )
    async with emulator:
        for token in arguments.bot:
            emulator.bot(token)
        sys.stdout.write(json.dumps({"url": emulator.url}) + "\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    # Messages and calls are kept for good, so looking through them for garbage is in vain.
    gc.set_threshold(100_000, 50, 100)
    asyncio.run(_serve(_arguments()))
