"""What is said in bridged chats, and how it is to be read on the other side."""

import re
from dataclasses import dataclass
from html import escape

MATRIX, TELEGRAM = "matrix", "telegram"
_TOKEN = re.compile(r"\bn\d{3}\b")
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (64).to_bytes(4, "big") * 2
_HEADS = {"picture": _PNG, "sticker": _PNG, "voice": b"OggS"}
MIMES = {
    "picture": "image/png", "file": "application/pdf", "voice": "audio/ogg", "video": "video/mp4",
}  # fmt: skip
OPTIONS = ["ja", "nein"]
MAP = "https://www.openstreetmap.org/?mlat=51.34&mlon=12.37#map=17/51.34/12.37"
BULLETS = {MATRIX: "- ", TELEGRAM: "• "}


@dataclass(eq=False)
class Line:
    """One message that somebody writes.

    Attributes:
        token: What no other line has in its words or in its file.
        network: Where it is written.
        author: The name of who writes.
        kind: ``text``, ``formatted``, ``question``, ``picture``, ``file``, ``voice``, ``video``,
            ``sticker``, ``location`` or ``poll``.
        words: What it says now; of a file the caption, of a poll the question.
        reply_to: The line that it answers, on whichever network that was written.
        thread: The line with which its thread began, on Matrix.
        topic: The topic that it is written in, on Telegram.
        id: The network's, once it was said.
        link: Of a poll, where one can vote.
        gone: Whether it was deleted, or its copies.
        needed: Whether another line answers it, so that it is to stay.
        reaction: What the bot is to show at it on either network.
    """

    token: str
    network: str
    author: str
    kind: str = "text"
    words: str = ""
    reply_to: "Line | None" = None
    thread: "Line | None" = None
    topic: int | None = None
    id: str = ""
    link: str = ""
    gone: bool = False
    needed: bool = False
    reaction: tuple[str, str] | None = None

    @property
    def other(self) -> str:
        """The network of the copy."""
        return TELEGRAM if self.network == MATRIX else MATRIX

    @property
    def data(self) -> bytes:
        """What the file holds; empty if it is none."""
        if self.kind not in {*MIMES, "sticker"}:
            return b""
        return _HEADS.get(self.kind, b"file") + f" {self.token} ".encode()

    @property
    def sign(self) -> str:
        """How the copy begins."""
        gap = "\n\n" if self.kind == "poll" else ""
        return f"{self.author} ({self.network.title()}): {gap}"

    @property
    def copied(self) -> str:
        """The words of the copy behind the sign."""
        match self.kind:
            case "poll":
                listed = "".join(f"\n{BULLETS[self.other]}{one}" for one in OPTIONS)
                return f"{self.words}{listed}" + (f"\n\n{self.link}" if self.link else "")
            case "location" if self.network == TELEGRAM:
                return f"{self.words}, Markt 1 ({MAP})"
            case _:
                return self.words

    @property
    def shown_as(self) -> str:
        """The kind of the copy: what has no words of its own becomes a text."""
        if self.kind == "sticker":
            return "picture"
        return self.kind if self.kind in MIMES else "text"

    @property
    def marks(self) -> list[str]:
        """What stands out of the copy, as its end tells of it."""
        first, second, *_ = [*self.words.split(" ")[1:], "", ""]
        if self.other == TELEGRAM:
            link = [f"text_link: {self.link}"] if self.link else []
            return {
                "formatted": [f"bold: {first}", f"italic: {second}"],
                "location": [f"text_link: {self.words}"],
                "poll": [f"bold: {self.words}", *link],
            }.get(self.kind, [])
        return {
            "formatted": [f"<strong>{escape(first)}</strong> <em>{second}</em>"],
            "poll": [f"<h4>{escape(self.words)}</h4><ul><li>ja</li><li>nein</li></ul>"],
        }.get(self.kind, [])


@dataclass(frozen=True)
class Shown:
    """One message of the bot as its readers see it.

    Attributes:
        id: The network's.
        tokens: The lines that it says: several, if they were joined.
        kind: As of a line, but for what becomes a text or a picture.
        text: All of its words.
        marks: What stands out of it, in the network's own way.
        data: The content of its file; empty if it has none.
        reply: What it answers, by the network's id.
        thread: The thread or topic that it is in.
        at: When it came, by the network's clock in Unix time; 0 where nobody asks.
    """

    id: str
    tokens: tuple[str, ...]
    kind: str
    text: str
    marks: tuple[str, ...] = ()
    data: bytes = b""
    reply: str | None = None
    thread: str | None = None
    at: float = 0


def tokens_in(text: str, data: bytes = b"") -> tuple[str, ...]:
    """Return which lines a message says; of a file without words by its content."""
    return tuple(_TOKEN.findall(text) or _TOKEN.findall(data.decode(errors="replace")))
