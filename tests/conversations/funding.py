"""Entries that hold only for some projects, only until a day, or that look alike."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.services.knowledge import KnowledgeBase
from tests.conversations.stage import KNOWLEDGE, Stage


def _entry(name: str, questions: str, answer: str, **fields: str) -> str:
    title, *others = questions.split("|")
    rows = {"id": name} | {field.replace("_", " "): value for field, value in fields.items()}
    lines = [
        f"## {title}",
        *(f"- {one}" for one in others),
        "\n| Feld | Wert |\n|---|---|",
        *(f"| {field} | {value} |" for field, value in rows.items()),
        f"\n{answer}\n\n",
    ]
    return "\n".join(lines)


DUE = "Bis wann muss der Verwendungsnachweis fertig sein?"
OFFICE = "Welche Stelle prüft die Belege?"
PAPERS = "Was ist beim Mittelabruf vorzulegen?"
RATE = "Wie hoch ist der Zinssatz bei Rückforderungen?"
HALL = "Wo ist das Bürgerbüro?"

FUNDING = KNOWLEDGE.replace("---\nreviewed: 2026-10-12\n---\n", "") + "".join([
    _entry("vn-1", f"{DUE}|Frist Verwendungsnachweis", "Ende März 2026.", gilt_für="Staffel 2019"),
    _entry("vn-2", f"{DUE}|Frist Verwendungsnachweis", "Ende Juni 2027.", gilt_für="Staffel 2020"),
    _entry("vn-3", f"{DUE}|Frist Verwendungsnachweis", "Ende Mai 2028.", gilt_für="Staffel 2021"),
    _entry("belege-sn", OFFICE, "Die Sächsische Aufbaubank.", gilt_für="Sachsen"),
    _entry("belege-th", OFFICE, "Die Thüringer Aufbaubank.", gilt_für="Thüringen"),
    _entry("abruf-a", PAPERS, "Die Strategie.", gilt_für="Strategiephase"),
    _entry("abruf-b", PAPERS, "Der Maßnahmenplan.", gilt_für="Umsetzungsphase"),
    _entry("zins", f"{RATE}|Zinssatz Rückforderung", "Fünf Prozent.", gültig_bis="2026-03-31"),
    _entry("buero-alt", HALL, "Im Rathaus am Markt.", gültig_bis="2026-12-31"),
    _entry("buero-neu", HALL, "Im Rathaus am Bahnhof."),
    _entry("haushalt", "Wie hoch ist die Förderquote in Haushaltsnotlage?", "90 Prozent."),
])  # fmt: skip


def knows(hub: Stage, text: str = FUNDING) -> None:
    """Let the hub begin anew with these entries."""
    hub.knowledge = _loaded(text)
    hub.restart()


@cache
def _loaded(text: str) -> KnowledgeBase:
    """Build an engine once for all tests that ask the same; it is never changed."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "funding.md"
        file.write_text(text, encoding="utf-8")
        base = KnowledgeBase([file], encoder=False)
        base.load()
    assert base.problems == ()
    return base
