"""What editors taught in chat, as the knowledge base reads it."""

from collections.abc import Sequence

from bot.knowledge.combining import Taught
from bot.knowledge.entry import Entry, Problem
from bot.storage import teaching
from bot.storage.engine import Session

PLACE = "chat"
"""What problems name as the file of an entry that was taught."""


async def fingerprint(session: Session) -> str:
    """Return a text that changes with what was taught, whichever process took it."""
    return await teaching.fingerprint(session)


async def load(session: Session, *, seen: str) -> Taught:
    """Read what was taught; what can't be read becomes a problem and costs only itself.

    Args:
        session: The transaction.
        seen: The fingerprint, taken before.
    """
    phrasings: dict[str, tuple[str, ...]] = {}
    for row in await teaching.phrasings(session):
        phrasings[row.entry] = (*phrasings.get(row.entry, ()), row.text)
    entries, problems = _read(await teaching.entries(session))
    reviews = dict(await teaching.reviews(session))
    return Taught(tuple(entries), phrasings, reviews, tuple(problems), seen)


def _read(rows: Sequence[tuple[str, str]]) -> tuple[list[Entry], list[Problem]]:
    entries, problems = [], []
    for name, content in rows:
        try:
            entry = Entry.model_validate_json(content)
        except ValueError:  # spoiled by hand, or written by a later version of this program
            message = f"The entry “{name}” can't be read; please teach it again."
            problems.append(Problem(file=PLACE, line=None, message=message))
        else:
            entries.append(entry.model_copy(update={"id": name, "file": None, "line": None}))
    return entries, problems
