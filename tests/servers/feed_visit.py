"""One request that the feed server has got, and ways to answer it, right or wrong."""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message


@dataclass
class Visit:
    """A visitor.

    Attributes:
        target: Path and query.
        head: What the request says.
        reader: From the visitor.
        writer: To the visitor.
        sent: Where bytes are counted that go out.
        home: The server's own address.
    """

    target: str
    head: Message
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sent: Counter[str]
    home: str

    async def send(self, data: bytes) -> None:
        """Send bytes as they are; waits while the visitor takes none."""
        self.writer.write(data)
        self.sent[self.target] += len(data)
        await self.writer.drain()

    async def begin(self, status: str = "200 OK", **headers: str) -> None:
        """Send the head of an answer."""
        await self.send_head(status, headers.items())

    async def send_head(self, status: str, headers: Iterable[tuple[str, str]]) -> None:
        """Send the head of an answer, with headers that may be there several times."""
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers)
        await self.send(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode())

    async def reply(self, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Send a whole answer."""
        whole: Mapping[str, str] = {"Content_Length": str(len(body)), **headers}
        if status.startswith(("204", "304")):
            whole = headers
        await self.begin(status, **whole)
        await self.send(body)

    async def wait(self) -> None:
        """Do nothing until the visitor has gone."""
        while await self.reader.read(1024):
            pass

    def reset(self) -> None:
        """Tear the connection down (RST), as crashed machines do."""
        plug: socket.socket = self.writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
