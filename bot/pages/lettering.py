"""Words in pictures: measured, cut where they don't fit, and never read as formulas.

matplotlib is loaded when the first picture is drawn (about 40 MB).
"""

import threading
from typing import Any, Final

INK: Final = "#222222"
BLUE: Final = "#0072B2"
"""Of the palette of Okabe and Ito: https://jfly.uni-koeln.de/color/"""
DOTS: Final = 150
"""An inch."""
WIDTH: Final = 7.2
"""Inches; 1,080 pixels, as phones show them."""
_FRACTIONS: Final = 64
"""Of a pixel, in which a font is measured."""
_LONGEST: Final = 80

drawing = threading.Lock()
"""Held while a picture is drawn: matplotlib is not made for several threads."""


class Lettering:
    """The font that comes with matplotlib, in one size.

    Args:
        points: Its size.
        bold: Whether it is the bold one, which is wider.
    """

    def __init__(self, points: int, *, bold: bool = False) -> None:
        from matplotlib import font_manager

        weight = "bold" if bold else "normal"
        style = font_manager.FontProperties(family="DejaVu Sans", weight=weight)
        self._font: Any = font_manager.get_font(font_manager.findfont(style))
        self._font.set_size(points, DOTS)
        self._glyphs = frozenset(self._font.get_charmap())
        self._points = points

    def fitting(self, words: str, inches: float) -> str:
        """Return what fits into a line, with a box for what the font has no picture of."""
        line = " ".join(words.split())
        line = "".join(letter if ord(letter) in self._glyphs else "□" for letter in line)
        self._font.set_size(self._points, DOTS)
        for longest in range(_LONGEST, 0, -2):
            shown = line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
            self._font.set_text(shown)
            if self._font.get_width_height()[0] <= inches * DOTS * _FRACTIONS:
                return shown
        return ""
