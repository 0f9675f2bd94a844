"""Questions that ask the same are told from those that only sound alike."""

import pytest

from bot.knowledge.embedding import Memo, SentenceEncoder
from bot.knowledge.similarity import nearest, similarities

ASKED = "Zählen Eigenleistungen als Eigenanteil?"
SAME = (
    "Zählen Eigenleistungen als Eigenanteil?",
    "zaehlen eigenleistungen als eigenanteil",
    "Können wir Eigenleistungen beim Eigenanteil anrechnen?",
    "Werden Eigenleistungen als Eigenanteil anerkannt?",
)
OTHER = (
    "Wie hoch ist der Eigenanteil?",
    "Wann ist die nächste Konferenz?",
    "Wer bezahlt das Mittagessen?",
    "?!",
    "",
)


@pytest.fixture(scope="module")
def memo(encoder: SentenceEncoder) -> Memo:
    """An encoder that remembers."""
    return Memo(encoder)


@pytest.mark.parametrize("with_encoder", [True, False])
@pytest.mark.parametrize("text", SAME)
def test_other_words_for_the_same_question_are_recognised(
    text: str, memo: Memo, *, with_encoder: bool
) -> None:
    """Also without the encoder."""
    others = [*OTHER, ASKED]
    assert nearest(text, others, embedder=memo if with_encoder else None) == len(OTHER)


@pytest.mark.parametrize("with_encoder", [True, False])
@pytest.mark.parametrize("text", OTHER)
def test_another_question_about_the_same_thing_is_another_one(
    text: str, memo: Memo, *, with_encoder: bool
) -> None:
    """Whoever asks something else is not to get this answer."""
    assert nearest(text, [ASKED], embedder=memo if with_encoder else None) is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Verwendungsnachweis Phase A Frist", "Verwendungsnachweis Phase B Frist"),
        ("Wann ist die Konferenz 2026?", "Wann ist die Konferenz 2027?"),
    ],
)
def test_a_letter_or_a_number_makes_the_difference(one: str, two: str, memo: Memo) -> None:
    """However much else two questions have in common."""
    assert nearest(one, [two], embedder=memo) is None


@pytest.mark.parametrize("with_encoder", [True, False])
@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Wann ist die nächste Konferenz?", "Wo ist die nächste Konferenz?"),
        ("Muss ich den Antrag per Post schicken?", "Darf ich den Antrag per Post schicken?"),
        ("Ist Mehrwertsteuer förderfähig?", "Ist Mehrwertsteuer nicht förderfähig?"),
        ("Wann beginnt die Umsetzungsphase?", "Wann endet die Umsetzungsphase?"),
        ("Muss ich vor dem Bescheid ausschreiben?", "Muss ich nach dem Bescheid ausschreiben?"),
        ("Verlängerung mit neuen Kosten?", "Verlängerung ohne neue Kosten?"),
        ("Sind interne Personalkosten förderfähig?", "Sind externe Personalkosten förderfähig?"),
        ("Was gilt für die erste Staffel?", "Was gilt für die zweite Staffel?"),
        ("Wann findet die Konferenz in Ulm statt?", "Wann findet die Konferenz in Jena statt?"),
        ("Ist Solingen ein Modellprojekt?", "Ist Ulm ein Modellprojekt?"),
        ("Sind bei uns Personalkosten förderfähig?", "Sind bei uns Reisekosten förderfähig?"),
        ("Förderung kleiner Städte in Sachsen", "Förderung kleiner Städte in Bayern"),
    ],
)
def test_one_decisive_word_makes_another_question(
    one: str, two: str, memo: Memo, *, with_encoder: bool
) -> None:
    """Place, time, yes and no: the answer to the one would be wrong for the other."""
    embedder = memo if with_encoder else None
    assert nearest(one, [two], embedder=embedder) is None
    assert nearest(two, [one], embedder=embedder) is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Wann ist die nächste Konferenz?", "Bis wann ist die nächste Konferenz?"),
        ("Wo ist die Konferenz in Ulm?", "wo ist die konferenz in ulm"),
        ("Gilt die Förderquote für Personalkosten?", "Gilt die Föderquote für Personalkostn?"),
        ("Muss ich die Drohnen anmelden?", "Müssen wir unsere Drohne anmelden?"),
    ],
)
def test_other_forms_of_the_decisive_words_are_no_difference(
    one: str, two: str, memo: Memo
) -> None:
    """Neither a slip nor another number of people."""
    assert nearest(one, [two], embedder=memo) == 0


def test_an_empty_list_holds_nothing(memo: Memo) -> None:
    """The first question of all begins an item."""
    assert nearest(ASKED, [], embedder=memo) is None
    assert len(similarities(ASKED, [])) == 0


def test_words_and_order_decide_and_nothing_else(memo: Memo) -> None:
    """The same texts give the same numbers, in both directions."""
    numbers = similarities(ASKED, SAME, embedder=memo)
    assert similarities(ASKED, SAME, embedder=memo).tolist() == numbers.tolist()
    for other, number in zip(SAME, numbers, strict=True):
        assert similarities(other, [ASKED], embedder=memo)[0] == pytest.approx(number, abs=1e-6)
    assert all(0.0 <= number <= 1.0 for number in numbers)
