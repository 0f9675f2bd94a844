"""Fixtures: an emulator in the test's own loop, and one in a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.servers.telegram.client import ControlClient
from tests.servers.telegram.emulator import TelegramEmulator

ROOT = Path(__file__).parents[3]


class TelegramProcess(ControlClient):
    """An emulator in a process of its own, and its control side."""

    def __init__(self, url: str, process: Process) -> None:
        super().__init__(url)
        self.process = process

    @property
    def base_url(self) -> str:
        """Return what ``telegram.Bot`` takes as ``base_url``."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """Return what ``telegram.Bot`` takes as ``base_file_url``."""
        return f"{self.url}/file/bot"


@asynccontextmanager
async def telegram_in_process(*options: str) -> AsyncIterator[TelegramProcess]:
    """Start an emulator with command-line *options*, and stop it in the end.

    It also stops when this process dies, however that happens.
    """
    command = ("-m", "tests.servers.telegram", "--control", "--with-parent", *options)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    if process.stdout is None:
        raise RuntimeError("the emulator has no standard output")
    try:
        line = await process.stdout.readline()
        client = TelegramProcess(json.loads(line)["url"], process)
        async with client:
            yield client
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@pytest.fixture
async def telegram_emulator() -> AsyncIterator[TelegramEmulator]:
    """An emulator inside the test's event loop, limits off."""
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
async def telegram_process() -> AsyncIterator[TelegramProcess]:
    """An emulator in a process of its own, limits off."""
    async with telegram_in_process() as client:
        yield client
