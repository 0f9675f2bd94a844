"""The least that answers like the Bot API: it takes every ``sendMessage`` and keeps nothing.

The strict emulator of the tests does more for each message than some of those that are measured,
so it would be what is measured. Prints its port, then serves until standard input is closed.
"""

import asyncio
import itertools
import sys

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_BODY = (
    b'{"ok":true,"result":{"message_id":%d,"from":{"id":4711,"is_bot":true,'
    b'"first_name":"Stadtfunk","username":"stadtfunk_bot"},"chat":{"id":1001,'
    b'"first_name":"Anna","type":"private"},"date":1764000000,'
    b'"text":"Die Anmeldung ist offen.","entities":[{"offset":4,"length":9,"type":"bold"}]}}'
)
_ACCOUNT = (
    b'{"ok":true,"result":{"id":4711,"is_bot":true,"first_name":"Stadtfunk",'
    b'"username":"stadtfunk_bot"}}'
)
_LENGTH = b"content-length:"
_numbers = itertools.count(1)


class Answering(asyncio.Protocol):
    """One connection, which may be used again and again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with nothing read."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole now."""
        self._read += data
        while (end := _end_of_request(self._read)) is not None:
            asked_who = b"/getMe " in self._read[:200]
            self._read = self._read[end:]
            body = _ACCOUNT if asked_who else _BODY % next(_numbers)
            self._transport.write(_HEAD % len(body) + body)


def _end_of_request(read: bytes) -> int | None:
    head = read.find(b"\r\n\r\n")
    if head < 0:
        return None
    lines = read[:head].lower()
    at = lines.find(_LENGTH)
    length = int(lines[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    end = head + 4 + length
    return end if len(read) >= end else None


async def main() -> None:
    """Serve until nobody is there any more."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    closed = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), closed.set)
    await closed.wait()


if __name__ == "__main__":
    asyncio.run(main())
