"""Telling a command from a question."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

_COMMAND = re.compile(r"[/!]([^\W\d_]\w*)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_NEAR = 0.6
"""Least similarity (1 is equal) at which another command is proposed."""
_VERY_NEAR = 0.75


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was typed.

    Attributes:
        name: Folded: lower case, ``ä`` as ``ae``.
        argument: Everything behind it, stripped; maybe empty.
    """

    name: str
    argument: str = ""


def fold(name: str) -> str:
    """Return *name* as commands are compared: lower case, umlauts written out."""
    lower = unicodedata.normalize("NFC", name).casefold()
    return lower.translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"})


def parse(text: str) -> Command | None:
    """Read ``/befehl argument`` or ``!befehl argument``; ``None`` for anything else."""
    match = _COMMAND.fullmatch(text.strip())
    return Command(fold(match[1]), (match[2] or "").strip()) if match else None


def nearest(name: str, known: Iterable[str], *, sure: bool = False) -> str | None:
    """Return the known command that *name* was probably meant to be.

    Args:
        name: What was typed, folded.
        known: Names of commands.
        sure: Propose only what is hardly anything else.
    """
    found = process.extractOne(
        name,
        list(known),
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_VERY_NEAR if sure else _NEAR,
    )
    return found[0] if found else None
