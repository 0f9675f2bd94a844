"""Buttons on Matrix: a reaction with the button's number. Pure."""

_KEYCAP, _EMOJI_STYLE, _TEN = "\u20e3", "\ufe0f", "\U0001f51f"
_SKIN_TONES = {chr(point) for point in range(0x1F3FB, 0x1F400)}
_YES, _NO = "\U0001f44d", "\U0001f44e"

MOST = 10
"""How many buttons can be shown as a reaction; further ones are typed."""


def reaction(number: int) -> str:
    """Return the reaction that stands for a button's *number*, from 1 to :data:`MOST`."""
    return _TEN if number == MOST else f"{number}{_EMOJI_STYLE}{_KEYCAP}"


BUTTONS = frozenset(reaction(number) for number in range(1, MOST + 1))
"""What we show as buttons ourselves."""


def number_of(key: str) -> int | None:
    """Return the number that a reaction stands for; thumbs up and down are 1 and 2."""
    bare = "".join(sign for sign in key.strip() if sign not in _SKIN_TONES | {_EMOJI_STYLE})
    if bare in {_YES, _NO}:
        return 1 if bare == _YES else 2
    if bare == _TEN:
        return MOST
    digits = bare.replace(_KEYCAP, "")
    if digits.isascii() and digits.isdigit() and 1 <= int(digits[:3]) <= MOST:
        return int(digits[:3])
    return None
