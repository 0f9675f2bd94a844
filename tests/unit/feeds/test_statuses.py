"""What titles and texts say about whether something takes place."""

import pytest

from bot.feeds import statuses
from bot.feeds.item import Status


@pytest.mark.parametrize(
    ("title", "text", "status"),
    [
        ("ABGESAGT: Ratssitzung", "", Status.CANCELLED),
        ("Ratssitzung (entfällt)", "", Status.CANCELLED),
        ("Sprechstunde fällt aus", "", Status.CANCELLED),
        ("Absage: Stammtisch", "", Status.CANCELLED),
        ("Cancelled: Meeting", "", Status.CANCELLED),
        ("Sitzung", "Die Veranstaltung wurde leider abgesagt.", Status.CANCELLED),
        ("Meeting", "The meeting has been canceled.", Status.CANCELLED),
        ("Kongress verschoben auf 12. Mai 2027", "", Status.POSTPONED),
        ("Kongress", "Der Kongress wird verschoben auf den 12. Mai.", Status.POSTPONED),
        ("Postponed: summit", "", Status.POSTPONED),
        ("Förderaufruf verlängert bis 30.4.2027", "", Status.EXTENDED),
        ("Fristverlängerung Förderaufruf", "", Status.EXTENDED),
        ("Call", "The deadline has been extended to 30 April.", Status.EXTENDED),
        ("Förderaufruf", "Die Bewerbungsfrist wurde bis zum 30.4. verlängert.", Status.EXTENDED),
    ],
)
def test_a_change_is_seen_in_the_words(title: str, text: str, status: Status) -> None:
    """In German and English, in title or text."""
    assert statuses.find(title, text, takes_place=False) is status


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Ratssitzung", "Die Teilnahmegebühr entfällt für Kommunen."),
        ("Sitzung nicht abgesagt", ""),
        ("Wie wir mit Absagen umgehen", ""),
        ("Verlegung der Straßenbahn", "Gleise werden neu gelegt."),
        ("Kongress", "Wer nicht kommt, kann bis zum 3. Mai stornieren."),
    ],
)
def test_other_words_say_nothing(title: str, text: str) -> None:
    """A fee that does not apply is no cancellation."""
    assert statuses.find(title, text, takes_place=False) is None
