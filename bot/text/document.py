"""A message as a tree: made early, rendered late, so that nothing ever has to be escaped twice."""

import enum
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

MAX_BUTTON_VALUE = 64
"""Bytes; Telegram's limit of ``callback_data`` (https://core.telegram.org/bots/api)."""


class _Node(BaseModel):
    # A message must not be quoted in an error that is logged.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Span(_Node):
    """A run of text with the same marks.

    Attributes:
        text: Literal text; markup in it has no meaning.
        link: An absolute ``http``, ``https`` or ``mailto`` address, if the run is a link.
        underline: Where the network has it.
        spoiler: Whether it is hidden until it is tapped, where the network has that.
        mention: The identity of whom the run names (``telegram:4711``, ``matrix:@a:b``); on the
            person's own network it rings for them.
    """

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str | None = None
    underline: bool = False
    spoiler: bool = False
    mention: str | None = None


class Paragraph(_Node):
    r"""Text that stands by itself; ``\n`` in a span is a line break."""

    kind: Literal["paragraph"] = "paragraph"
    spans: tuple[Span, ...]


class Heading(_Node):
    """A title; chat networks show it bold."""

    kind: Literal["heading"] = "heading"
    spans: tuple[Span, ...]


class Listing(_Node):
    """A list; *start* is the first number of an ordered one, ``None`` of an unordered one."""

    kind: Literal["listing"] = "listing"
    items: tuple[tuple[Span, ...], ...]
    start: int | None = None


class Quote(_Node):
    """Somebody else's words."""

    kind: Literal["quote"] = "quote"
    spans: tuple[Span, ...]


class CodeBlock(_Node):
    """Preformatted text."""

    kind: Literal["code"] = "code"
    text: str


Block = Annotated[Paragraph | Heading | Listing | Quote | CodeBlock, Field(discriminator="kind")]


class Button(_Node):
    """Something to tap, or a number to choose where the network has no buttons.

    Attributes:
        label: What it says.
        value: What comes back when it is pressed, at most 64 bytes of UTF-8.
    """

    label: Annotated[str, StringConstraints(min_length=1)]
    value: Annotated[str, StringConstraints(min_length=1)]

    @field_validator("value")
    @classmethod
    def _fits(cls, value: str) -> str:
        if len(value.encode()) > MAX_BUTTON_VALUE:
            msg = f"a button's value has at most {MAX_BUTTON_VALUE} bytes"
            raise ValueError(msg)
        return value


class FileKind(enum.StrEnum):
    """How a file is shown."""

    DOCUMENT = "document"
    PICTURE = "picture"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"


class Attachment(_Node):
    """A picture, a document or a recording that a message carries.

    Attributes:
        file: The SHA-256 of its content, in hexadecimal digits: under which it is kept.
        name: What it is called, with its ending.
        mime: Its media type, such as ``application/pdf``.
        size: Bytes.
        kind: How it is shown, where the network can and takes it as such; else as a document.
            ``None`` shows a picture as a picture and everything else as a document.
    """

    file: str
    name: str
    mime: str
    size: int
    kind: FileKind | None = None


class Document(_Node):
    """What to say: blocks from top to bottom, then rows of buttons, then what is attached.

    Attributes:
        preview: Whether a network may show a preview of the first link.
        attachment: A file; the outbox makes a message of its own of it, behind the words.
        everyone: Whether it rings for the whole room, where the network has a way to say so
            and the bot may. The outbox leaves it on the first of several messages only.
        secret: Whether the hub forgets the words as soon as they were sent.
        captioned: Whether words and file are one message, if the words fit a caption.
    """

    blocks: tuple[Block, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    preview: bool = False
    attachment: Attachment | None = None
    everyone: bool = False
    secret: bool = False
    captioned: bool = False

    def with_attachment(self, attachment: Attachment | None) -> Self:
        """Return the same words with this file, or without any."""
        return self.model_copy(update={"attachment": attachment})

    @classmethod
    def of(cls, *parts: "str | Block") -> Self:
        """Make a document of paragraphs of literal text and ready blocks."""
        return cls(
            blocks=tuple(
                Paragraph(spans=(Span(text=part),)) if isinstance(part, str) else part
                for part in parts
            )
        )

    def with_buttons(self, *rows: Iterable[Button]) -> Self:
        """Return the same words with these rows of buttons."""
        return self.model_copy(update={"buttons": tuple(tuple(row) for row in rows)})

    def __add__(self, other: "Document") -> Self:
        """Return the blocks and buttons of both, one after the other."""
        return self.model_copy(
            update={
                "blocks": self.blocks + other.blocks,
                "buttons": self.buttons + other.buttons,
                "preview": self.preview or other.preview,
                "attachment": self.attachment or other.attachment,
                "everyone": self.everyone or other.everyone,
                "secret": self.secret or other.secret,
                "captioned": self.captioned or other.captioned,
            }
        )

    def numbered_buttons(self) -> list[Button]:
        """Return the buttons in reading order; a button's number is its place from 1."""
        return [button for row in self.buttons for button in row]

    def button(self, number: int) -> Button | None:
        """Return the button with this *number* (from 1), if there is one."""
        buttons = self.numbered_buttons()
        return buttons[number - 1] if 1 <= number <= len(buttons) else None
