import csv
import json
import re
from pathlib import Path

import pytest

from bot.knowledge.engine import Engine
from bot.knowledge.loading import Loaded

SAMPLE = Path(__file__).resolve().parents[3] / "bot" / "sample"

ANSWERED = {
    "Was ist die KTS?": "kts-was",
    "was ist die kts": "kts-was",
    "What is the KTS?": "kts-was",
    "Koordinierungsstelle Transfer": "kts-was",
    "wofuer steht Koordinierungs und Transferstelle": "kts-was",
    "In welcher Staffel ist Ulm?": "projekt-ulm",
    "Ist Solingen dabei?": "projekt-solingen",
    "ist muenchen dabei": "projekt-hamburg-leipzig-muenchen",
    "Staffel Köln": "projekt-koeln",
    "In welcher Staffel ist Brandis?": "projekt-partheland",
    "Verwendungsnachweis Formular": "vn-formular",
    "how high is the funding rate": "foerderquote",
    "FOERDERQUOTE": "foerderquote",
    "open source pflicht": "os-pflicht",
    "peer learning kosten": "peer-learning",
    "Smart City Akademie": "akademie",
    "Bist du ein Bot?": "bot-mensch",
    "Wie lösche ich meine Daten": "bot-abbestellen",
}
"""Asked alone with the bot, these are answered with the entry."""

FOUND = {
    "was is die kts": "kts-was",
    "Was ist die KTS eigentlich genau?": "kts-was",
    "KTS": "kts-was",
    "Koordinirungsstele": "kts-was",
    "Ist Sollingen dabei": "projekt-solingen",
    "Förderqoute": "foerderquote",
    "wieviel eigenanteil": "foerderquote",
    "Zählen Eigenleistungen als Eigenanteil?": "foerderquote",
    "Gibt es Zertifikate?": "smart-city-manager",
    "welche lizens sollen wir nehmen": "os-lizenz",
    "kann ich mich vom bot abmelden": "bot-abbestellen",
    "frist faellt auf sonntag": "frist-wochenende",
    "wo seh ich die massnahmen der anderen": "karte",
    "when is the proof of use due for phase B": "vn-phase-b",
    "is there a certificate for smart city managers": "smart-city-manager",
    "wer organisiert regionalkonferenzen": "regionalkonferenz-was",
}
"""These are answered with the entry, or it is the first suggestion."""

IGNORED = [
    "Die Regionalkonferenz war echt toll",
    "Der Kongress in Berlin hat sich wirklich gelohnt, wir waren begeistert",
    "Wir waren gestern in Zwönitz, super Veranstaltung!",
    "Danke!",
    "Vielen Dank für die Antwort",
    "thanks a lot",
    "Das hat mir sehr geholfen",
    "Hallo",
    "Guten Morgen zusammen",
    "Wie geht's dir?",
    "ok",
    "👍",
    "Erzähl einen Witz",
    "Ich bin gerade in Köln",
    "Wann ist Mittagspause?",
    "",
]
"""These get nothing, not even alone with the bot."""

NOT_ANSWERED = ["Wie wird das Wetter in Ulm?", "Ist morgen jemand in Dresden?", "VN"]
"""These must not be answered; what is near may be offered."""


@pytest.mark.parametrize(("text", "entry"), ANSWERED.items())
def test_a_question_is_answered(engine: Engine, text: str, entry: str) -> None:
    """Phrasings, keywords, missing umlauts and English find the entry."""
    verdict = engine.ask(text)
    assert (verdict.decision, verdict.entry) == ("answer", entry)


@pytest.mark.parametrize(("text", "entry"), FOUND.items())
def test_an_unusual_question_is_at_least_offered_its_entry(
    engine: Engine, text: str, entry: str
) -> None:
    """Typing errors and other words lead to the entry, perhaps by way of a question back."""
    verdict = engine.ask(text)
    assert verdict.decision in {"answer", "suggest"}
    assert verdict.candidates[0].entry == entry


@pytest.mark.parametrize("text", IGNORED)
@pytest.mark.parametrize("chat", ["direct", "room", "ambient"])
def test_talk_is_ignored(engine: Engine, text: str, chat: str) -> None:
    """Small talk gets nothing at all, also when it contains a keyword."""
    assert engine.ask(text, chat=chat).decision == "silent"  # type: ignore[arg-type]  # a literal


@pytest.mark.parametrize("text", NOT_ANSWERED)
def test_what_is_only_near_is_not_answered(engine: Engine, text: str) -> None:
    """The name of a city alone does not make a question about the programme."""
    assert engine.ask(text).decision != "answer"
    assert engine.ask(text, chat="ambient").decision == "silent"


@pytest.mark.parametrize("text", ["Was ist die KTS?", "In welcher Staffel ist Ulm?"])
def test_a_clear_question_is_answered_even_when_overheard(engine: Engine, text: str) -> None:
    """What the editors wrote word for word may be answered in a room unasked."""
    assert engine.ask(text, chat="ambient").decision == "answer"


@pytest.mark.parametrize(("text", "entry"), list(ANSWERED.items())[:10])
def test_the_lexical_core_finds_the_same_without_an_encoder(
    lexical: Engine, text: str, entry: str
) -> None:
    """Somebody who installs no encoder still has a working bot."""
    assert lexical.ask(text).candidates[0].entry == entry


def test_the_sample_is_read_without_problems(sample: Loaded) -> None:
    """What is shipped as an example is one."""
    assert sample.problems == ()
    assert len(sample.entries) == 113
    assert all(len(entry.questions) >= 4 for entry in sample.entries)
    assert all(entry.source for entry in sample.entries)


def test_no_phrasing_of_the_sample_is_listed_twice(sample: Loaded, lexical: Engine) -> None:
    """Every phrasing leads to its entry and to no other."""
    for entry in sample.entries:
        for question in entry.questions:
            assert lexical.ask(question).entry == entry.id, question


def test_answers_of_the_sample_address_nobody(sample: Loaded) -> None:
    """Neither du nor Sie: some members say the one, some the other."""
    address = re.compile(r"\b(?:Ihre?[nmrs]?|Ihnen|[Dd]u|[Dd]ich|[Dd]eine?\w?)\b|\w+en Sie\b")
    assert [entry.id for entry in sample.entries if address.search(entry.answer)] == []


def test_every_project_of_the_list_has_an_entry(sample: Loaded) -> None:
    """Names, Staffel and members of the list are all answered."""
    with (SAMPLE / "mpsc_73.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    answers = "\n".join(entry.answer for entry in sample.entries)
    assert len(rows) == 73
    assert all(f"**{row['name']}** gehör" in answers for row in rows)


def test_the_events_of_the_sample_are_json_with_an_id_each() -> None:
    """A list of events, each with an id, a title and a start."""
    events = json.loads((SAMPLE / "events.json").read_text(encoding="utf-8"))
    assert len({event["id"] for event in events}) == len(events) == 12
    assert all(event["titel"] and event["start"] for event in events)
