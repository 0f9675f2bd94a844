"""A web server with any number of feeds, and with every way to be broken that we could think of.

``/rss/17``, ``/atom/17``, ``/ics/17``, ``/json/17`` are sound: they know their version and can
come packed (``?packed=gzip``, ``?packed=br``), with more items (``?items=200``) and newer ones
(``?revision=1``). ``/broken/<how>/<anything>`` is broken as :data:`feed_troubles.TROUBLES` says.

In a process of its own: ``python -m tests.servers.feeds --port 0`` prints the port and serves
until it is ended; ``/-/seen`` then tells how often each path was asked for.
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.message import Message
from email.parser import HeaderParser
from urllib.parse import parse_qsl, urlsplit

import brotli

from tests.servers import feed_files
from tests.servers.feed_troubles import TROUBLES
from tests.servers.feed_visit import Visit

CHANGED = "Mon, 01 Mar 2027 08:00:00 GMT"
_HELLO = b"\x16"
"""How TLS begins."""


class FeedServer:
    """The server, on the loopback interface.

    Attributes:
        port: Where it listens.
        seen: How often each path was asked for.
        unchanged: How often it was enough to say that nothing has changed.
        sent: How many bytes went out for each path, with what is still on its way.
        heads: What the last request for each path said.
        most: How many visitors there were at the same time, at most.
        news: How many items each feed has beside those that its address asks for, by number.
    """

    def __init__(self, *, scheme: str = "http") -> None:
        self.port = 0
        self.seen: Counter[str] = Counter()
        self.unchanged: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.heads: dict[str, Message] = {}
        self.most = 0
        self.news: Counter[int] = Counter()
        self._listening: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()
        self._scheme = scheme

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"{self._scheme}://{host}:{self.port}{path}"

    @classmethod
    @asynccontextmanager
    async def running(
        cls, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator["FeedServer"]:
        """Serve as long as the block lasts."""
        server = cls(scheme="https" if tls else "http")
        listening = await asyncio.start_server(server._visited, host, port, ssl=tls, backlog=500)
        server._listening = listening
        server.port = listening.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            await server.stop()

    async def stop(self) -> None:
        """Listen no more, and end the visits that would never end by themselves."""
        if self._listening is not None:
            self._listening.close()
        for one in self._visits:
            one.cancel()
        if self._visits:
            await asyncio.wait(self._visits)

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)
        self.most = max(self.most, len(self._visits))
        with suppress(OSError, asyncio.IncompleteReadError, ValueError, asyncio.CancelledError):
            first = await reader.readexactly(1)
            if first == _HELLO:
                writer.write(b"HTTP/1.1 400 This is no TLS\r\n\r\n")
            else:
                head = first + await reader.readuntil(b"\r\n\r\n")
                await self._answer(head.decode("latin-1"), reader, writer)
        writer.close()

    async def _answer(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        line, _, rest = head.partition("\r\n")
        target = line.split(" ")[1]
        self.seen[target] += 1
        self.heads[target] = HeaderParser().parsestr(rest)
        visit = Visit(target, self.heads[target], reader, writer, self.sent, self.url(""))
        parts = urlsplit(target).path.strip("/").split("/")
        if parts[0] == "broken":
            await TROUBLES[parts[1]](visit)
        elif parts == ["-", "seen"]:
            await visit.reply(json.dumps(self._told()).encode())
        elif parts[0] in feed_files.TYPES:
            await self._sound(visit, parts[0], int(parts[1]))
        else:
            await visit.reply(b"nothing here", status="404 Not Found")

    def _told(self) -> dict[str, object]:
        return {"seen": self.seen, "unchanged": self.unchanged, "most": self.most}

    async def _sound(self, visit: Visit, form: str, number: int) -> None:
        asked = dict(parse_qsl(urlsplit(visit.target).query))
        body = feed_files.feed(
            form,
            number,
            items=int(asked.get("items", "5")),
            revision=int(asked.get("revision", "0")) + self.news[number],
        )
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"Content-Type": feed_files.TYPES[form], "ETag": etag, "Last-Modified": CHANGED}
        if visit.head.get("If-None-Match") == etag:
            self.unchanged[visit.target] += 1
            await visit.reply(b"", status="304 Not Modified", **headers)
            return
        if packed := asked.get("packed", ""):
            body = gzip.compress(body) if packed == "gzip" else brotli.compress(body)
            headers["Content-Encoding"] = packed
        await visit.reply(body, **headers)


async def serve(host: str, port: int) -> None:
    """Serve for ever, and print the port first."""
    async with FeedServer.running(host=host, port=port) as server:
        print(server.port, flush=True)  # noqa: T201 # what it is asked for
        await asyncio.Event().wait()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", type=int, default=0)
    given = arguments.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(given.host, given.port))
