"""What editors taught in chat, as the knowledge base reads it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.knowledge.combining import Care, Taught
from bot.knowledge.engine import Rating
from bot.knowledge.entry import Entry, Problem
from bot.messages import Identity
from bot.storage import questions, teaching
from bot.storage.engine import Session
from bot.storage.models import EntryCare, IdentityRow

PLACE = "chat"
"""What problems name as the file of an entry that was taught."""

_SCORE = 20
_MOST_RATINGS = 500
"""The last ones; older ones are of a knowledge base that has changed since."""


async def fingerprint(session: Session) -> str:
    """Return a text that changes with what was taught, whichever process took it.

    Ratings come one by one and each says little: they count by the score.
    """
    taught = await teaching.fingerprint(session)
    score = await questions.count_rated(session) // _SCORE
    return f"{taught} {score}" if score else taught


async def load(session: Session, *, seen: str) -> Taught:
    """Read what was taught; what can't be read becomes a problem and costs only itself.

    Args:
        session: The transaction.
        seen: The fingerprint, taken before.
    """
    entries, problems = _read(await teaching.entries(session))
    additions = await added(session)
    return replace(
        additions,
        entries=tuple(entries),
        ratings=await _ratings(session),
        problems=tuple(problems),
        fingerprint=seen,
    )


async def _ratings(session: Session) -> tuple[Rating, ...]:
    rows = await questions.rated(session, most=_MOST_RATINGS)
    return tuple(Rating(text, entry, helpful) for text, entry, helpful in rows)


async def added(session: Session, *, entry: str | None = None) -> Taught:
    """Return what was added to one entry or to all: phrasings and care."""
    phrasings: dict[str, tuple[str, ...]] = {}
    for row in await teaching.phrasings(session, entry=entry):
        phrasings[row.entry] = (*phrasings.get(row.entry, ()), row.text)
    found = await teaching.cares(session, entry=entry)
    cares = {row.entry: _care(row, account) for row, account in found}
    return Taught(phrasings=phrasings, cares=cares)


def _care(row: EntryCare, account: IdentityRow | None) -> Care:
    return Care(
        reviewed=row.reviewed_on,
        owner=str(Identity(account.channel, account.user)) if account else None,
        review_every=timedelta(days=row.review_days) if row.review_days else None,
    )


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
