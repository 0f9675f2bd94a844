"""A person at a terminal."""

import re
from io import StringIO
from queue import SimpleQueue

from bot.channels.console import ConsoleChannel
from bot.channels.port import Channel
from bot.clock import SystemClock
from bot.messages import Address, ChatKind, Identity, MessageId
from tests.channels.networks import Nature, Shown

_BUTTON = re.compile(r"\[\d+\] (.+?)(?= {3}\[|$)", re.MULTILINE)
_LINK = re.compile(r"\((https?://\S+)\)")


def buttons_in(text: str) -> tuple[str, ...]:
    """Return the labels of the buttons that *text* offers by number."""
    return tuple(_BUTTON.findall(text))


class Keyboard(StringIO):
    """Hands lines out when they are typed, as a terminal does, and not before."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = SimpleQueue[str]()

    def enter(self, line: str) -> None:
        """Type a line."""
        self._lines.put(f"{line}\n")

    def end(self) -> None:
        """Type Ctrl-D."""
        self._lines.put("")

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override] # noqa: ARG002 # as StringIO's
        """Wait for a line; empty at the end, however often it is asked for."""
        line = self._lines.get()
        if not line:
            self.end()
        return line


class Screen(StringIO):
    """Keeps apart what was written one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def write(self, text: str, /) -> int:
        """Show *text* below what is there."""
        self.written.append(text)
        return super().write(text)


class Terminal:
    """A keyboard and a screen; what is printed stays, and nobody else is there."""

    name = "console"
    nature = Nature(
        ChatKind.DIRECT,
        second="2",
        remote=False,
        repeats=False,
        changes=False,
        deduplicates=False,
        loses=False,
        marks=False,
        menu=False,
        files=False,
    )
    address = Address("console", "anna")
    member = Identity("console", "anna")
    cursor: str | None = None
    missing = MessageId("never")
    secret = ""

    async def meet(self) -> None:
        """Do nothing: whoever types has met the bot."""

    async def start(self) -> None:
        self._keyboard, self._screen = Keyboard(), Screen()

    def channel(self) -> Channel:
        async def settled() -> None:
            pass

        return ConsoleChannel(
            "anna",
            clock=SystemClock(),
            source=self._keyboard,
            sink=self._screen,
            settled=settled,
        )

    def refused(self) -> Channel:
        return self.channel()

    def unreachable(self) -> Channel:
        return self.channel()

    async def say(self, text: str) -> None:
        self._keyboard.enter(text)

    async def hand_in(self, name: str, content: bytes, mime: str, caption: str = "") -> None:
        """Do nothing: there is no way to send a file."""

    async def choose(self, number: int) -> None:
        await self.say(str(number))

    async def shows(self) -> list[Shown]:
        return [
            Shown(text.rstrip(), tuple(_LINK.findall(text)), buttons=buttons_in(text))
            for text in self._screen.written
        ]

    async def menu(self) -> list[str]:
        return []

    async def lose_recipient(self) -> None:
        """Do nothing: whoever leaves a terminal ends the program."""

    async def stop(self) -> None:
        """Do nothing: there is no service."""

    async def close(self) -> None:
        self._keyboard.end()
