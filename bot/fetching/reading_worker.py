"""Reading files in a process of its own.

What others publish may be made to take long, or much memory. Here that costs its own source, and
neither the hub nor the other sources.
"""

import asyncio
import io
import math
import os
import pickle
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.feeds.item import Reading
from bot.fetching import reading_child
from bot.fetching.reading_child import LENGTH, READY, TOO_LONG, Order
from bot.fetching.trouble import FetchError, Trouble

_STARTING: Final = timedelta(seconds=60)
_PATIENCE: Final = 3
"""How much longer than it computes a file may take, where the machine is busy."""
_TRIES: Final = 2
"""A process that was ended from outside says nothing about the file it had; one more may."""
_SLICE: Final = 256 * 1024
_LONGEST_ANSWER: Final = 64 * 1024 * 1024
_KNOWN: Final = ("bot.feeds.item", "bot.feeds.when", "bot.text.moments", "datetime")
"""Where the classes are that a reading consists of; the process is believed no others."""


class _Ended(Exception):  # noqa: N818 # it is caught here and goes nowhere
    """The process is not there any more."""


class ReadingWorker:
    """Reads files one after another in a process that it starts when there is something to read.

    Args:
        limit: How much computing one file may take; waited for it is three times as long.
        memory: How much memory the process may have, in bytes; a file that needs more can't be
            read.
        renew_at: The process is replaced when it has so much memory after a file, in bytes.
        files: The process is replaced after so many files.
    """

    def __init__(
        self,
        *,
        limit: timedelta = timedelta(seconds=10),
        memory: int = 512 * 1024 * 1024,
        renew_at: int = 150 * 1024 * 1024,
        files: int = 2000,
    ) -> None:
        self._limit = math.ceil(limit.total_seconds())
        self._memory = memory
        self._renew_at = renew_at
        self._files = files
        self._one_by_one = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._done = 0

    @property
    def process_id(self) -> int | None:
        """The process that reads now, or reads next; ``None`` before it is started."""
        return self._process.pid if self._process else None

    async def read(
        self,
        data: bytes,
        *,
        content_type: str = "",
        address: str = "",
        zone: str = "Europe/Berlin",
        now: datetime | None = None,
    ) -> Reading:
        """Read a file as :func:`bot.feeds.reading.parse` does, with the same arguments.

        Raises:
            FetchError: It took too long, or the process did not survive it.
            ZoneInfoNotFoundError: *zone* is none.
        """
        ZoneInfo(zone)
        order = content_type, address, zone, now
        async with self._one_by_one:
            for _ in range(_TRIES):
                try:
                    return await self._tried(order, data)
                except _Ended:
                    continue
            raise FetchError(Trouble.UNREADABLE, "the process that reads files did not survive it")

    async def close(self) -> None:
        """End the process."""
        async with self._one_by_one:
            await self._end()

    async def _tried(self, order: Order, data: bytes) -> Reading:
        try:
            process = await self._started()
            async with asyncio.timeout(_PATIENCE * self._limit):
                await _ask(process, order, data)
                found, memory = await _answer(process)
        except TimeoutError:
            await self._end()
            raise self._too_long() from None
        except (OSError, EOFError):
            ended_by = await self._end()
            raise (self._too_long() if ended_by == TOO_LONG else _Ended()) from None
        except BaseException:  # nobody takes the answer any more, so the next one would be wrong
            await self._end()
            raise
        self._done += 1
        if self._done >= self._files or memory >= self._renew_at:
            await self._end()
        return found

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._done = 0
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-c", f"from {reading_child.__name__} import work; work()",
                str(self._limit), str((_PATIENCE + 1) * self._limit), str(self._memory),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, env=_environment(), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            reason = f"no process can be started that reads files: {error.strerror}"
            raise FetchError(Trouble.TEMPORARY, reason) from None
        await _greeted(self._process)
        return self._process

    def _too_long(self) -> FetchError:
        reason = f"reading the file took longer than {self._limit} s"
        return FetchError(Trouble.UNREADABLE, reason)

    async def _end(self) -> int | None:
        """End the process, if there is one; return how it ended."""
        process, self._process = self._process, None
        if process is None:
            return None
        with suppress(ProcessLookupError):  # it may have ended by itself
            process.kill()
        return await process.wait()


def _environment() -> dict[str, str]:
    """Let the other process find the same program."""
    home = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


async def _greeted(process: asyncio.subprocess.Process) -> None:
    """Wait until the process has started.

    Raises:
        EOFError: It has not.
    """
    try:
        async with asyncio.timeout(_STARTING.total_seconds()):
            word = await _message(process)
    except TimeoutError:
        word = b""
    if word != READY:
        raise EOFError


async def _ask(process: asyncio.subprocess.Process, order: Order, data: bytes) -> None:
    assert process.stdin is not None, "it has pipes"  # noqa: S101 # for mypy
    told = pickle.dumps(order)
    process.stdin.write(LENGTH.pack(len(told)) + told + LENGTH.pack(len(data)))
    for begin in range(0, len(data), _SLICE):
        process.stdin.write(data[begin : begin + _SLICE])
        await process.stdin.drain()


async def _answer(process: asyncio.subprocess.Process) -> tuple[Reading, int]:
    items = []
    async for piece in _pieces(process):
        if isinstance(piece, list):
            items += piece
        else:
            found, memory = piece
            found.items = items
            return found, memory
    raise EOFError


async def _pieces(process: asyncio.subprocess.Process) -> AsyncIterator[Any]:
    taken = 0
    while taken < _LONGEST_ANSWER:
        message = await _message(process)
        taken += len(message)
        yield _loaded(message)


async def _message(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None, "it has pipes"  # noqa: S101 # for mypy
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    if length > _LONGEST_ANSWER:
        raise EOFError
    return await process.stdout.readexactly(length)


def _loaded(message: bytes) -> Any:
    try:
        return _Unpickler(io.BytesIO(message)).load()
    except Exception as error:  # what is no pickle fails in any way
        raise EOFError from error


class _Unpickler(pickle.Unpickler):
    """Makes nothing but readings, whatever a hostile file has made of the process."""

    def find_class(self, module: str, name: str) -> Any:
        if module not in _KNOWN or "." in name:
            raise pickle.UnpicklingError(name)
        return super().find_class(module, name)
