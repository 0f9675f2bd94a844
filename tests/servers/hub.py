"""The hub itself as a process: configured, started, killed and started again."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

KNOWLEDGE = """\
## Was ist die KTS?

- Wofür steht KTS?

Die Koordinierungs- und Transferstelle.

## Wie hoch ist die Förderquote?

- Fördersatz

65 Prozent, in Haushaltsnotlage 90 Prozent.
"""


@dataclass
class HubProcess:
    """``stadtfunk run`` in a directory of its own.

    Attributes:
        directory: Where its configuration and data are.
        module: The program.
        logs: The events it logged, oldest first, over all its lives.
    """

    directory: Path
    module: str = "bot"
    logs: list[dict[str, Any]] = field(default_factory=list)
    _process: Process | None = None
    _reader: asyncio.Task[None] | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self, tasks: asyncio.TaskGroup, *, until: str = "hub.started") -> None:
        """Start it and wait for the log event *until*."""
        seen = len(self.logs)
        command = ("-m", self.module, "run", "--config", str(self.directory / "config.toml"))
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
        )
        assert self._process.stderr is not None
        self._reader = tasks.create_task(self._read(self._process.stderr))
        await self.logged(until, after=seen)

    async def _read(self, log: asyncio.StreamReader) -> None:
        async for line in log:
            try:
                event = json.loads(line)
            except ValueError:
                event = {"event": "raw", "line": line.decode(errors="replace")}
            self.logs.append(event)
            async with self._news:
                self._news.notify_all()

    async def logged(
        self, event: str, *, after: int = 0, within: float = 60, **facts: str | int
    ) -> dict[str, Any]:
        """Wait until *event* was logged with these *facts*, and return it.

        Args:
            event: Its name.
            after: How many logged events to pass over.
            within: Seconds to wait.
            facts: What the event has to say.
        """
        wanted = {"event": event, **facts}
        try:
            async with asyncio.timeout(within), self._news:
                while True:
                    for entry in self.logs[after:]:
                        if wanted.items() <= entry.items():
                            return entry
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{event!r} was not logged, but {self.logs[after:]}") from None

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        await self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it stand still, as a machine that is asleep."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        os.kill(self.pid, signal.SIGCONT)

    async def stop(self) -> int:
        """Stop it in order and return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        code = await self._process.wait()
        if self._reader is not None:
            await self._reader
        return code


def write_config(
    directory: Path, text: str, *, knowledge: str = KNOWLEDGE, encoder: bool = False
) -> None:
    """Write a configuration with JSON logs, and a small knowledge base beside it."""
    head = (
        '[knowledge]\npaths = ["knowledge.md"]\nreload_every = 1\n'
        f"encoder = {json.dumps(encoder)}\n"
    )
    log = '[log]\nformat = "json"\n'
    (directory / "config.toml").write_text(f"{text}\n{head}\n{log}", encoding="utf-8")
    (directory / "knowledge.md").write_text(knowledge, encoding="utf-8")


@asynccontextmanager
async def hub_in_process(
    directory: Path,
    channels: Mapping[str, Mapping[str, str | int]],
    *,
    more: str = "",
    module: str = "bot",
    make: Callable[[Path, str], HubProcess] = HubProcess,
) -> AsyncIterator[tuple[HubProcess, asyncio.TaskGroup]]:
    """Configure a hub with these channels; start it yourself, it is killed in the end.

    Args:
        directory: Where its configuration and data are.
        channels: The sections of the networks.
        more: Further lines of the configuration.
        module: The program, with the command line of ours.
        make: Makes the process of a directory and a program.
    """
    sections = [
        f"[channels.{name}]\nenabled = true\n"
        + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        for name, values in channels.items()
    ]
    write_config(directory, "\n".join([more, *sections]))
    hub = make(directory, module)
    async with asyncio.TaskGroup() as tasks:
        try:
            yield hub, tasks
        finally:
            if hub.is_running:
                await hub.kill()
