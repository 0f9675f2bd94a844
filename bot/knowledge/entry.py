"""The entry: one question-and-answer of the knowledge base."""

import re
import unicodedata
from datetime import date, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

LONGEST_SLUG: Final = 60
"""Longest id made from a question, in characters."""

_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Problem(BaseModel):
    """Something in a knowledge file that an editor has to change.

    Attributes:
        file: The file as it was named by the caller.
        line: Line or row, counted from 1; ``None`` when the whole file is meant.
        message: One plain sentence that says what to do.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        """``file:line: message``, as editors and terminals link it."""
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.message}"


class Entry(BaseModel):
    """One question-and-answer of the knowledge base, with several phrasings.

    Attributes:
        id: Unique in the knowledge base and stable, since feedback and links refer to it.
        questions: The phrasings; the first one is the title that members see.
        answer: Markdown; may be empty only for entries that are told apart, never shown.
        tags: Keywords, searched like the answer.
        source: Where the answer comes from: a URL or a sentence.
        reviewed: When somebody last compared the answer with its source.
        valid_for: Whom the answer holds for (a Land, a Staffel); empty means everybody.
        language: ISO 639-1 code of question and answer.
        owner: Who looks after the answer: a name, or an account such as ``@anna:example.org``.
        review_every: How long after a review the next one is due.
        expires: The last day on which the answer holds.
        file: The file it was read from.
        line: The line or row of the question in *file*, counted from 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    questions: tuple[str, ...] = Field(min_length=1)
    answer: str
    tags: tuple[str, ...] = ()
    source: str | None = None
    reviewed: date | None = None
    valid_for: tuple[str, ...] = ()
    language: str = "de"
    owner: str | None = None
    review_every: timedelta | None = None
    expires: date | None = None
    file: str | None = None
    line: int | None = None

    def expired(self, on: date) -> bool:
        """Whether the answer does not hold any more on a day."""
        return self.expires is not None and on > self.expires

    def due(self, every: timedelta | None = None) -> date | None:
        """The day on which the next review is due, if one ever is.

        Args:
            every: How often entries are reviewed that don't say it themselves.
        """
        interval = self.review_every or every
        if self.reviewed is None or interval is None:
            return None
        return self.reviewed + min(interval, date.max - self.reviewed)


def slug(question: str) -> str:
    """The id of an entry without one: lower-case ASCII words joined by hyphens.

    At most :data:`LONGEST_SLUG` characters, cut at a word; empty when *question* holds no
    letter or digit of the Latin script.
    """
    text = unicodedata.normalize("NFKC", question).lower().translate(_LETTERS)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", text)
    while len("-".join(words)) > LONGEST_SLUG and len(words) > 1:
        words.pop()
    return "-".join(words)[:LONGEST_SLUG]
