"""How much may come through a connection, of whatever kind it is.

Limits of bodies and headers do not count what stands between them: a server may send provisional
answers (103) for ever, and reading them would keep the whole hub busy.
"""

import socket
from contextvars import ContextVar
from dataclasses import dataclass
from errno import ECONNABORTED
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing_extensions import Buffer

_STEP: Final = 16 * 1024
"""Bytes; what the HTTP library makes of them should not take longer than a blink."""


@dataclass(slots=True)
class Allowance:
    """What may still come.

    Attributes:
        left: Bytes.
    """

    left: int


ALLOWANCE: ContextVar[Allowance] = ContextVar("allowance")
"""Of what is being asked for here; the library that opens the connection has no place for it."""


class BoundedSocket(socket.socket):
    """Brings little at a time, and fails when more comes than is allowed."""

    def __init__(self, *, family: int, type: int, proto: int) -> None:  # noqa: A002 # as socket has it
        super().__init__(family, type, proto)
        self._allowance = ALLOWANCE.get()

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As every socket has it."""
        data = super().recv(min(size, _STEP), flags)
        self._count(len(data))
        return data

    def recv_into(self, buffer: "Buffer", nbytes: int = 0, flags: int = 0) -> int:
        """As every socket has it; used for encrypted connections."""
        number = super().recv_into(buffer, min(nbytes or len(memoryview(buffer)), _STEP), flags)
        self._count(number)
        return number

    def _count(self, number: int) -> None:
        self._allowance.left -= number
        if self._allowance.left < 0:
            raise ConnectionAbortedError(ECONNABORTED, "too much has come")
