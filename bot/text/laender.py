"""The Länder by their names, as people write them and read them."""

from typing import Final

NAMES: Final[dict[str, dict[str, str]]] = {
    "BW": {"de": "Baden-Württemberg", "en": "Baden-Württemberg"},
    "BY": {"de": "Bayern", "en": "Bavaria"},
    "BE": {"de": "Berlin", "en": "Berlin"},
    "BB": {"de": "Brandenburg", "en": "Brandenburg"},
    "HB": {"de": "Bremen", "en": "Bremen"},
    "HH": {"de": "Hamburg", "en": "Hamburg"},
    "HE": {"de": "Hessen", "en": "Hesse"},
    "MV": {"de": "Mecklenburg-Vorpommern", "en": "Mecklenburg-Western Pomerania"},
    "NI": {"de": "Niedersachsen", "en": "Lower Saxony"},
    "NW": {"de": "Nordrhein-Westfalen", "en": "North Rhine-Westphalia"},
    "RP": {"de": "Rheinland-Pfalz", "en": "Rhineland-Palatinate"},
    "SL": {"de": "Saarland", "en": "Saarland"},
    "SN": {"de": "Sachsen", "en": "Saxony"},
    "ST": {"de": "Sachsen-Anhalt", "en": "Saxony-Anhalt"},
    "SH": {"de": "Schleswig-Holstein", "en": "Schleswig-Holstein"},
    "TH": {"de": "Thüringen", "en": "Thuringia"},
}
"""By ISO 3166-2:DE code, without the ``DE-``."""

_ALIASES: Final = {"NRW": "NW", "MECKPOMM": "MV", "THUERINGEN": "TH"}


def code(word: str) -> str | None:
    """Return the Land that a name or code means, in either language; ``None`` for all else."""
    wanted = word.strip().casefold()
    for short, names in NAMES.items():
        if wanted in {short.casefold(), f"de-{short}".casefold()} or any(
            wanted == name.casefold() for name in names.values()
        ):
            return short
    return _ALIASES.get(word.strip().upper())


def name(short: str, language: str) -> str:
    """Return a Land's name; an unknown code as it is."""
    names = NAMES.get(short, {})
    return names.get(language) or names.get("de") or short
