"""What a name looks like, so that one that imitates another is found. Pure.

Source: https://www.unicode.org/reports/tr39/#Confusable_Detection
"""

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

_LONGEST = 100
_ONE_STROKE = str.maketrans("i|1", "lll")
"""Besides what Unicode lists: an I and an l are told apart in few typefaces."""
_REMEMBERED = 2_000


@lru_cache(maxsize=_REMEMBERED)
def look(name: str) -> str:
    """Return a name's letters as the eye takes them; names of one look are easily confused.

    Letters of other scripts become those that they look like, capitals make no difference, and
    accents, spaces and punctuation are left out: who is too much like somebody else is told
    apart from them, which harms nobody.

    Returns:
        At most 100 characters; empty if nothing can be seen.
    """
    seen = "".join(map(_prototype, _bare(name)))
    seen = "".join(map(_prototype, _bare(seen.casefold()))).casefold().translate(_ONE_STROKE)
    return "".join(filter(str.isalnum, seen))[:_LONGEST]


def _bare(name: str) -> str:
    """Return letters without what is above and below them."""
    apart = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in apart if not unicodedata.category(sign).startswith("M"))


def _prototype(sign: str) -> str:
    """Return the letters that a character looks like; what others look like is its own.

    The list leads from each character to the one that it looks like, and from that one to all.
    """
    alike = _listed().get(sign, ())
    if len(alike) != 1:
        return sign
    other = str(alike[0]["c"])
    back = _listed().get(other, ())
    return min(sign, other) if len(back) == 1 else other


@lru_cache(maxsize=1)
def _listed() -> Mapping[str, Sequence[Mapping[str, str]]]:
    """Return what each character looks like, as Unicode lists it."""
    # Its 8 MB only where names are compared.
    from confusable_homoglyphs.confusables import confusables_data

    listed: Mapping[str, Sequence[Mapping[str, str]]] = confusables_data
    return listed
