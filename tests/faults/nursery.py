"""The hub's processes, forked from one that has loaded the program already.

Loading takes seconds of a processor's time, which a run of hundreds of power cuts would mostly
consist of. What is forked runs, dies and leaves behind what the program does that was loaded anew.
"""

import asyncio
import ctypes
import multiprocessing
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from tests.servers.hub import HubProcess

_DIE_WITH_PARENT = 1
"""Source: https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html"""
_CHANGED = 0.02
"""Seconds between two looks whether a process has ended."""


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.turned"])
    return context


def _live(config: Path, log: Connection) -> None:
    """Be a hub, with its log going to *log*."""
    from tests.faults import turned  # the suite itself has no need to load it

    # The one that forked us ends with the tests, however these end.
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(log.fileno(), 2)
    turned.live(config)


@dataclass
class ForkedHub(HubProcess):
    """``stadtfunk run``, forked."""

    _child: ForkServerProcess | None = None

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._child is not None
        assert self._child.pid is not None
        return self._child.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.is_alive()

    async def start(self, tasks: asyncio.TaskGroup, *, until: str = "hub.started") -> None:
        """Start it and wait for the log event *until*."""
        seen = len(self.logs)
        ours, its = multiprocessing.Pipe(duplex=False)
        config = self.directory / "config.toml"
        self._child = _context().Process(target=_live, args=(config, its))
        self._child.start()
        its.close()
        self._reader = tasks.create_task(self._read_all(ours))
        await self.logged(until, after=seen)

    async def _read_all(self, log: Connection) -> None:
        stream = asyncio.StreamReader(limit=_LONGEST)
        loop = asyncio.get_running_loop()
        with os.fdopen(os.dup(log.fileno()), "rb") as pipe:
            log.close()
            transport, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(stream), pipe
            )
            await self._read(stream)
            transport.close()

    async def _end(self, number: signal.Signals) -> int:
        assert self._child is not None
        if self._child.is_alive():
            os.kill(self.pid, number)
        while self._child.is_alive():
            await asyncio.sleep(_CHANGED)
        if self._reader is not None:
            await self._reader
        return self._child.exitcode or 0


_LONGEST = 2**20
