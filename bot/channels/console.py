"""The terminal as a channel: a line is a message, buttons become numbers."""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TextIO
from uuid import uuid4

from bot.channels.port import Finding, Level, Menu, Received
from bot.clock import Clock
from bot.errors import MessageRejectedError
from bot.messages import (
    Address,
    Chat,
    ChatKind,
    Identity,
    IncomingFile,
    IncomingMessage,
    MessageId,
    Sender,
)
from bot.text.document import Attachment, Document
from bot.text.renderers import to_plain

NAME = "console"
PROMPT = "> "


class ConsoleChannel:
    """A conversation of one person with the bot, at a terminal or through a pipe.

    Args:
        person: Who is typing; also the chat's id, so that each name has a chat of its own.
        clock: Tells the time.
        source: Where lines come from.
        sink: Where answers go.
        settled: Waits until the answers to the last line are written, so that a prompt or the
            end of the program comes after them.
        language: What the person's terminal says of their language, if anything.
    """

    def __init__(
        self,
        person: str,
        *,
        clock: Clock,
        source: TextIO = sys.stdin,
        sink: TextIO = sys.stdout,
        settled: Callable[[], Awaitable[None]],
        language: str | None = None,
    ) -> None:
        self._sender = Sender(Identity(NAME, person), person, language)
        self._chat = Chat(Address(NAME, person), ChatKind.DIRECT)
        self._clock = clock
        self._source = source
        self._sink = sink
        self._settled = settled
        self._interactive = source.isatty() and sink.isatty()
        self.last_contact: datetime | None = None
        self.longest_silence: timedelta | None = None
        self.hint: str | None = None

    @property
    def name(self) -> str:
        """``console``."""
        return NAME

    @property
    def window(self) -> int:
        """One at a time, so that answers stand in the order of the questions."""
        return 1

    async def open(self) -> None:
        """Show the hint, if somebody is there to read it."""
        if self._interactive and self.hint:
            self._print(self.hint)

    @property
    def deduplicates(self) -> bool:
        """A terminal prints whatever it is told."""
        return False

    async def probe(self) -> None:
        """Do nothing: a terminal accepts everybody."""

    async def receive(self, cursor: str | None) -> AsyncGenerator[Received, None]:  # noqa: ARG002 # nothing to resume
        """Yield the lines until the end of the input, each after the answers to the last."""
        while True:
            await self._settled()
            if self._interactive:
                self._sink.write(PROMPT)
                self._sink.flush()
            line = await _line(self._source)
            if not line:
                return
            if line.strip():
                yield Received(self._message(line), None)

    def _message(self, line: str) -> IncomingMessage:
        now = self.last_contact = self._clock.now()
        name = uuid4().hex
        return IncomingMessage(
            id=name,
            message=MessageId(name),
            chat=self._chat,
            sender=self._sender,
            text=line.strip(),
            addressed=True,
            sent_at=now,
        )

    async def send(
        self,
        to: Address,  # noqa: ARG002 # there is one reader
        body: Document,
        *,
        key: str,  # noqa: ARG002 # a terminal can't deduplicate
        reply_to: MessageId | None = None,  # noqa: ARG002 # answers stand below questions
        notify: bool = False,  # noqa: ARG002 # nothing rings
        file: bytes | None = None,  # noqa: ARG002 # a terminal shows no files
    ) -> MessageId:
        """Print a message, or what a file is called, and a blank line."""
        words = to_plain(body, numbered=True)
        self._print((_mention(body.attachment) if body.attachment else words) + "\n")
        return MessageId(uuid4().hex)

    async def edit(self, to: Address, message: MessageId, body: Document, *, key: str) -> None:  # noqa: ARG002 # what is printed stays
        """Print the new text below the old one."""
        await self.send(to, body, key=key)

    async def delete(self, to: Address, message: MessageId, *, key: str) -> None:
        """Do nothing: what is printed stays."""

    async def react(
        self,
        to: Address,
        message: MessageId,
        emoji: str | None,
        *,
        key: str,
    ) -> MessageId | None:
        """Do nothing: a terminal has no reactions."""

    async def pin(self, to: Address, message: MessageId, *, pinned: bool) -> None:
        """Do nothing: a terminal has no place for it."""

    async def fetch(self, file: IncomingFile) -> bytes:  # noqa: ARG002 # there is none
        """Nobody sends files at a terminal.

        Raises:
            MessageRejectedError: Always.
        """
        raise MessageRejectedError("a terminal has no files")

    async def is_moderator(self, chat: Address, who: Identity) -> bool:  # noqa: ARG002 # there is one person
        """Whoever is at the terminal decides there."""
        return True

    async def publish_menus(self, menus: Sequence[Menu]) -> None:
        """Do nothing: a terminal has no menu."""

    async def diagnose(self) -> list[Finding]:
        """There is nothing that could be wrong with a terminal."""
        return [Finding(NAME, Level.OK, "stadtfunk chat")]

    async def close(self) -> None:
        """Leave the terminal as it is."""

    def _print(self, text: str) -> None:
        try:
            self._sink.write(text + "\n")
            self._sink.flush()
        except BrokenPipeError:
            # Whoever read (`| head -1`) has seen enough. The rest goes nowhere, as does what
            # Python itself still flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._sink.fileno())


def _mention(attachment: Attachment) -> str:
    """Return what stands for a file; kilobytes, since most are some hundred of them."""
    size = max(1, round(attachment.size / 1000))
    return f"[Datei: {attachment.name}, {size} kB]"


async def _line(source: TextIO) -> str:
    """Read a line without holding up the loop; empty at the end of the input.

    A daemon thread reads: one of the loop's own would keep the program alive after Ctrl-C until
    somebody pressed Enter, and a terminal or file can't be awaited everywhere.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def give(line: str) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        line = source.readline()
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(give, line)

    threading.Thread(target=read, daemon=True).start()
    return await answer
