"""PURE: the Länder and the model projects in them, by all the names that people type."""

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

_LAENDER = {
    "BW": ("Baden-Württemberg", "Baden-Württemberg"),
    "BY": ("Bayern", "Bavaria"),
    "BE": ("Berlin", "Berlin"),
    "BB": ("Brandenburg", "Brandenburg"),
    "HB": ("Bremen", "Bremen"),
    "HH": ("Hamburg", "Hamburg"),
    "HE": ("Hessen", "Hesse"),
    "MV": ("Mecklenburg-Vorpommern", "Mecklenburg-Western Pomerania"),
    "NI": ("Niedersachsen", "Lower Saxony"),
    "NW": ("Nordrhein-Westfalen", "North Rhine-Westphalia"),
    "RP": ("Rheinland-Pfalz", "Rhineland-Palatinate"),
    "SL": ("Saarland", "Saarland"),
    "SN": ("Sachsen", "Saxony"),
    "ST": ("Sachsen-Anhalt", "Saxony-Anhalt"),
    "SH": ("Schleswig-Holstein", "Schleswig-Holstein"),
    "TH": ("Thüringen", "Thuringia"),
}
LAENDER = tuple(_LAENDER)
"""ISO 3166-2:DE codes without the ``DE-``, in the order of their German names."""
STAFFELN = ("2019", "2020", "2021")
"""The years in which model projects were chosen."""

_SHORT = {"nrw": "NW", "bawue": "BW", "meckpomm": "MV", "sachsenanhalt": "ST"}
_PREFIX = re.compile(
    r"^(land|freistaat|landkreis|kreis|stadt|hansestadt|city of)\s+", re.IGNORECASE
)
_NEAR = 0.7
_LONGEST = 200
"""Characters of a name; comparing takes time with the square of them."""


@dataclass(frozen=True, slots=True)
class Project:
    """A model project: where it is, and since when (its Staffel)."""

    name: str
    laender: tuple[str, ...]
    staffel: str


def fold(name: str) -> str:
    """Return *name* as names are compared: lower case, umlauts written out, only letters."""
    lower = unicodedata.normalize("NFC", name).casefold()
    spelled = lower.translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"})
    return "".join(sign for sign in spelled if sign.isalnum())


def land_name(code: str, language: str) -> str:
    """Return what a Land is called in ``de`` or ``en``."""
    german, english = _LAENDER[code]
    return english if language == "en" else german


def find_laender(text: str) -> tuple[str, ...]:
    """Return the Länder that *text* means: by name, code or project; empty for none."""
    bare = _PREFIX.sub("", text.strip())
    for wanted in filter(None, (fold(text), fold(bare))):
        code = _land_of().get(wanted)
        if code:
            return (code,)
        project = _project_of().get(wanted)
        if project:
            return project.laender
    return ()


def find_staffel(text: str) -> str | None:
    """Return the Staffel that *text* means: by year or project."""
    wanted = fold(text)
    if wanted in STAFFELN:
        return wanted
    project = _project_of().get(wanted) if wanted else None
    return project.staffel if project else None


def find_project(text: str) -> Project | None:
    """Return the project that *text* means: by its name, or by that of a town in it."""
    bare = _PREFIX.sub("", text.strip())
    found = (_project_of().get(wanted) for wanted in (fold(text), fold(bare)) if wanted)
    return next(filter(None, found), None)


def nearest_project(text: str) -> Project | None:
    """Return the project that *text* was probably meant to be."""
    bare = _PREFIX.sub("", text.strip()[:_LONGEST])
    found = process.extractOne(
        fold(bare), list(_project_of()), scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_NEAR,
    )  # fmt: skip
    return _project_of()[found[0]] if found else None


def nearest_place(text: str) -> str | None:
    """Return the name of a Land or project that *text* was probably meant to be."""
    names = {fold(name): name for both in _LAENDER.values() for name in both}
    names |= {fold(one.name): one.name for one in _project_of().values()}
    found = process.extractOne(
        fold(text), list(names), scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_NEAR,
    )  # fmt: skip
    return names[found[0]] if found else None


@cache
def _land_of() -> dict[str, str]:
    names = {fold(name): code for code, both in _LAENDER.items() for name in both}
    return names | {code.casefold(): code for code in _LAENDER} | _SHORT


@cache
def _project_of() -> dict[str, Project]:
    """Return the projects by every name that they, or the towns in them, go by."""
    found: dict[str, Project] = {}
    sample = files("bot") / "sample" / "mpsc_73.csv"
    for row in csv.DictReader(sample.read_text(encoding="utf-8").splitlines()):
        for name, project in _named(row):
            found.setdefault(fold(name), project)
    return found


def _named(row: dict[str, str]) -> list[tuple[str, Project]]:
    name, laender = row["name"], tuple(row["bundesland"].split(";"))
    whole = Project(name, laender, row["staffel"])
    short = re.sub(r"\s*\(.*\)", "", name)
    names = [name, short, _PREFIX.sub("", short)]
    towns = [*row["mitglieder"].split(";"), *short.split(" und ")]
    named = [(one, whole) for one in names]
    # A town lies in one Land; where the Länder of a project are many, only a list tells which.
    members = [town.strip() for town in row["mitglieder"].split(";") if town.strip()]
    if len(members) == len(laender):
        named += [
            (town, Project(town, (land,), row["staffel"]))
            for town, land in zip(members, laender, strict=True)
        ]
    elif len(laender) == 1:
        named += [(town, whole) for town in towns if town.strip()]
    return named
