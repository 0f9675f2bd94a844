"""The other side of :mod:`bot.fetching.reading_worker`: a process that reads files, one by one.

It imports little, so that it starts soon and stays small.
"""

import os
import pickle
import resource
import signal
import struct
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from bot.feeds.item import Reading
from bot.feeds.reading import parse

TOO_LONG: Final = -signal.SIGPROF
"""How the process ends when a file takes too much computing."""
LENGTH: Final = struct.Struct(">I")
"""In front of everything that goes through the pipes."""
READY: Final = b"ready"

_NICE: Final = 5
"""How much it steps back behind those who wait for an answer."""
_PIECE: Final = 100
"""Items that travel together: what takes them has other things to do as well."""

Order = tuple[str, str, str, datetime | None]
"""Content type, address, zone, now; the file follows."""


def work() -> None:
    """Be the other process: files come from standard input, what was read goes to standard output.

    The arguments are how many seconds of computing one file may take, after how many seconds
    nobody waits for it any more, and how much memory there is.
    """
    computing, waiting, memory = map(int, sys.argv[1:])
    os.nice(_NICE)
    with suppress(ValueError, OSError):  # not every system knows this limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    inlet, outlet = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    _send(outlet, READY)
    while (order := _receive(inlet)) is not None:
        # The kernel ends it, whatever it does then; also if nobody is there any more to do so.
        signal.setitimer(signal.ITIMER_PROF, computing)
        signal.alarm(waiting)
        _answer(outlet, _read(pickle.loads(order), _receive(inlet) or b""))  # noqa: S301 # from the process that has started this one
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)


def _read(order: Order, data: bytes) -> Reading:
    content_type, address, zone, now = order
    return parse(data, content_type=content_type, address=address, zone=zone, now=now)


def _answer(outlet: IO[bytes], found: Reading) -> None:
    """Send the items in pieces, then the rest with the memory that is in use, in bytes."""
    for begin in range(0, len(found.items), _PIECE):
        _send(outlet, pickle.dumps(found.items[begin : begin + _PIECE]))
    _send(outlet, pickle.dumps((replace(found, items=[]), _memory())))


def _memory() -> int:
    """Return how much memory is in use; 0 where the system has another way to tell."""
    # Not getrusage, which goes on from the most that the parent ever had.
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def _send(outlet: IO[bytes], data: Any) -> None:
    outlet.write(LENGTH.pack(len(data)) + data)
    outlet.flush()


def _receive(inlet: IO[bytes]) -> bytes | None:
    """Return the next message; ``None`` when there will be no more."""
    head = inlet.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return inlet.read(LENGTH.unpack(head)[0])
