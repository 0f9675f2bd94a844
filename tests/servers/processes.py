"""Servers of the tests as operating-system processes that never outlive the tests."""

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.05
START_SECONDS = 60.0
STOP_SECONDS = 15.0

# Below the range from which Linux takes the ports of outgoing connections: a server that is
# stopped for a while finds its port free when it comes back.
PORTS = range(20_000, 30_000)


class ServerStartError(RuntimeError):
    """A server ended or stayed silent instead of starting; the message carries its log."""


def free_port() -> int:
    """Choose a TCP port of the loopback interface that nobody listens on."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            # As the servers do: a connection in TIME_WAIT does not make a port taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def accepts_connections(port: int) -> bool:
    """Tell whether anybody listens on *port* of the loopback interface."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _leash(death_signal: signal.Signals) -> list[str]:
    """Return a command prefix that lets the kernel end the server when the tests die.

    ``setpriv`` (util-linux) asks the kernel for it and then becomes the server. Where it is
    missing, only a regular exit of the tests ends the server.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG")] if setpriv else []


class ServerProcess:
    """One server process: started, waited for, stopped, started again.

    Start it from the main thread: the kernel ends the server together with the *thread* that
    started it.

    Args:
        command: What to run.
        directory: The working directory; also takes ``output.log``.
        ready: Asked until it answers true; the server then counts as started.
        user: Account to run as, or ``None`` for our own.
        stop_signal: What makes this server stop in an orderly way.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        directory: Path,
        ready: Callable[[], bool],
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._command = [*_leash(stop_signal), *map(str, command)]
        self._directory = directory
        self._log = directory / "output.log"
        self._ready = ready
        self._user = user
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def spawn(self) -> None:
        """Start the process without waiting for it to be ready."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._directory,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own: Ctrl-C reaches the tests, and they stop the server.
                start_new_session=True,
            )
        atexit.register(self.kill)

    def wait_until_ready(self) -> None:
        """Block until the server answers.

        Raises:
            ServerStartError: It ended, or did not answer within a minute.
        """
        nap = threading.Event()
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            if not self.running:
                break
            if self._ready():
                return
            nap.wait(POLL_SECONDS)
        self.kill()
        text = self._log.read_text(errors="replace")
        raise ServerStartError(f"{self._command[-1]} did not start:\n{text[-4000:]}")

    def start(self) -> None:
        """Start the process and block until it answers."""
        self.spawn()
        self.wait_until_ready()

    def stop(self) -> None:
        """Ask the server to stop, and block until it has."""
        self._signal(self._stop_signal)
        with suppress(subprocess.TimeoutExpired):
            if self._process is not None:
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the server at once, with everything that it started."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        atexit.unregister(self.kill)

    def freeze(self) -> None:
        """Make the server hang: it accepts connections and never answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.running:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
