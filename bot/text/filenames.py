"""Names of files that strangers chose, made harmless. Pure."""

import unicodedata

LONGEST_NAME = 100
"""Characters, the ending included; every file system and chat client takes that many."""

_NO_SIGNS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control characters, marks that turn the direction of writing, halves of characters."""
_FORBIDDEN = frozenset('<>:"|?*')
"""What Windows takes in no name."""


def plain_name(name: str) -> str:
    """Return *name* without folders and invisible characters, at most :data:`LONGEST_NAME` long.

    Empty if nothing is left. What Windows does not allow becomes an underscore; dots and spaces
    at both ends go, so that the name is neither hidden nor ``..``. Of a long name the beginning
    and the ending stay.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in _NO_SIGNS)
    bare = " ".join("".join("_" if sign in _FORBIDDEN else sign for sign in seen).split())
    return _shortened(bare.strip(". "))


def with_ending(name: str, *endings: str, unnamed: str) -> str:
    """Return *name* with one of *endings*: its own if it is one of them, else the first.

    What was another ending becomes part of the name: ``bild.exe`` is shown as ``bild.exe.png``,
    since nobody should open a picture as a program.

    Args:
        name: As strangers wrote it; cleaned as :func:`plain_name` does.
        endings: Each with its dot, in lower case.
        unnamed: What to call a file without a name, without ending.
    """
    plain = plain_name(name)
    if plain.lower().endswith(endings):
        return plain
    return _shortened(f"{plain or unnamed}{endings[0]}")


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > LONGEST_NAME // 2:
        return name[:LONGEST_NAME].rstrip(". ")
    return stem[: LONGEST_NAME - len(dot + ending)].rstrip(". ") + dot + ending
