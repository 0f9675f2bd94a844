"""For whom an answer holds: a Land, a Staffel or a phase.

An entry says so in words ("Staffel 2019", "Umsetzungsphase", "Sachsen"); so do members, by what
they have told the bot about their project, or in the question itself. Other words, such as
"Kommunen in Haushaltsnotlage", are shown to members and never decide.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from bot.text import laender

Scope = Mapping[str, frozenset[str]]
"""By dimension (``land``, ``staffel``, ``phase``) what is meant."""

STAFFELN: Final = {"2019": "1", "2020": "2", "2021": "3"}
"""A Staffel is called by its number or by its year."""

_STAFFEL: Final = re.compile(
    r"\b(?:staffel|f(?:ö|oe)rderrunde|round|cohort)\s*(1|2|3|2019|2020|2021)\b"
    r"|\b(erste|zweite|dritte|first|second|third)[nrs]?\s+(?:staffel|f(?:ö|oe)rderrunde|round|cohort)\b"
    r"|\b([123])\.\s*(?:staffel|f(?:ö|oe)rderrunde)\b",
    re.IGNORECASE,
)
_ORDINALS: Final = {"erste": "1", "zweite": "2", "dritte": "3"} | {
    "first": "1",
    "second": "2",
    "third": "3",
}
_PHASE: Final = re.compile(
    r"\bphase\s*([ab])\b|\b(strategiephase|strategy phase)\b"
    r"|\b(umsetzungsphase|implementation phase)\b",
    re.IGNORECASE,
)
_LAND: Final = re.compile(
    r"\b(?:"
    + "|".join(
        re.escape(name)
        for name in sorted(
            {name for names in laender.NAMES.values() for name in names.values()} | {"NRW"},
            key=len,
            reverse=True,
        )
        # Cities of the network: "Ist Berlin dabei?" asks for the city.
        if name not in {"Berlin", "Hamburg", "Bremen"}
    )
    + r")\b",
    re.IGNORECASE,
)


def scope(texts: Iterable[str]) -> Scope:
    """What *texts* name, for instance the lines of an entry or what is known of a member."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for dimension, value in _named(text):
            found.setdefault(dimension, set()).add(value)
    return {dimension: frozenset(values) for dimension, values in found.items()}


def _named(text: str) -> Iterable[tuple[str, str]]:
    for number, ordinal, dotted in _STAFFEL.findall(text):
        yield "staffel", _ORDINALS.get(ordinal.lower()) or STAFFELN.get(number, number or dotted)
    for letter, _strategy, implementation in _PHASE.findall(text):
        yield "phase", letter.lower() or ("b" if implementation else "a")
    exact = laender.code(text)
    for land in [exact] if exact else map(laender.code, _LAND.findall(text)):
        if land:
            yield "land", land


def holds(valid: Scope, wanted: Scope) -> bool:
    """Whether what is *valid* for some holds for who is *wanted*; it does unless they differ."""
    return all(
        values & wanted[dimension] for dimension, values in valid.items() if dimension in wanted
    )
