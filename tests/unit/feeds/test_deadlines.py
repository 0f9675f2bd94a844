"""Due dates in words."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from bot.feeds import deadlines
from bot.feeds.deadlines import LIKELY, SURE
from bot.feeds.item import Deadline
from bot.feeds.when import Precision
from tests.unit.feeds.samples import calendar, only, rss

TODAY = date(2027, 1, 4)
BERLIN = ZoneInfo("Europe/Berlin")


def find(title: str = "", text: str = "", today: date | None = TODAY) -> Deadline | None:
    """Return the due date that is found."""
    return deadlines.find(title, text, today=today, zone=BERLIN.key)


SENTENCES = [
    ("Einsendeschluss ist der 14. März 2027.", "2027-03-14"),
    ("Einsendeschluss: 14.3.27", "2027-03-14"),
    ("Bewerbungsfrist bis einschließlich 14.03.2027", "2027-03-14"),
    ("Frist: Freitag, 29. Januar 2027, 23:59 Uhr (MEZ)", "2027-01-29T23:59:00+01:00"),
    ("Frist ist der 14. März 2027, 24:00 Uhr", "2027-03-15T00:00:00+01:00"),
    ("Anträge sind bis zum 1. Juli 2027, 12 Uhr, einzureichen", "2027-07-01T12:00:00+02:00"),
    ("bis 12:00 Uhr am 30. April 2027 einzureichen", "2027-04-30T12:00:00+02:00"),
    ("Skizzen können bis spätestens 15. Oktober 2027 eingereicht werden", "2027-10-15"),
    ("Einreichung möglich vom 1.2.2027 bis 31.3.2027", "2027-03-31"),
    ("Die Frist wird verlängert bis 30.4.2027 (bisher 31.3.2027)", "2027-04-30"),
    ("Statt 31.3.2027 gilt als Anmeldeschluss: 30.4.2027", "2027-04-30"),
    ("Deadline: March 14, 2027 at 5 pm", "2027-03-14T17:00:00+01:00"),
    ("Submit your proposal by 1st of June 2027 (23:59)", "2027-06-01T23:59:00+02:00"),
    ("Applications are open until 31 March 2027, 17:00", "2027-03-31T17:00:00+02:00"),
    ("Closing date 2027-05-03 12:00 UTC", "2027-05-03T14:00:00+02:00"),
    ("Call closes 30/04/2027", "2027-04-30"),
    ("Förderung von Projekten, Frist 15.06.2027", "2027-06-15"),
    ("Spätestens am Freitag, dem 26. März 2027, um 24:00 Uhr", "2027-03-27T00:00:00+01:00"),
    ("Deadline 05 March 2027 17:00:00 Brussels time", "2027-03-05T17:00:00+01:00"),
    ("Frist 5.3.2027. Der Antrag muss bis 5.3.2027, 12 Uhr da sein", "2027-03-05T12:00:00+01:00"),
]


@pytest.mark.parametrize(("words", "due"), SENTENCES)
def test_a_due_date_in_a_text_is_read_and_sure(words: str, due: str) -> None:
    """German and English, with and without a time."""
    found = find(text=f"Eine Zeile davor. {words} Und eine dahinter.")
    assert found is not None
    assert found.due.iso(BERLIN) == due
    assert found.confidence >= SURE
    assert found.due.precision is (Precision.MINUTE if "T" in due else Precision.DAY)
    assert found.words in words


@pytest.mark.parametrize(
    ("title", "due", "least", "most"),
    [
        ("Mobilität | 07.08.2026 - 23.09.2026", "2026-09-23", SURE, 1),
        ("Förderaufruf – 23.09.2026", "2026-09-23", SURE, 1),
        ("Jetzt bewerben bis 30.4.2027", "2027-04-30", SURE, 1),
        ("Förderung 10.–12. März 2027", "2027-03-12", LIKELY, SURE),
        ("Anträge bis Ende März 2027", "2027-03-31", LIKELY, SURE),
        ("Mitmachen bis 31.3.", "2027-03-31", LIKELY, SURE),
    ],
)
def test_a_due_date_in_a_title_is_read(title: str, due: str, least: float, most: float) -> None:
    """How sure it is says whether somebody has to look."""
    found = find(title)
    assert found is not None
    assert found.due.iso(BERLIN) == due
    assert least <= found.confidence <= most


def test_24_hours_stay_on_the_day_that_was_said() -> None:
    """The stated date is shown, not the next one."""
    found = find("Frist: 14. März 2027, 24:00 Uhr")
    assert found is not None
    assert (found.due.moment.day, found.due.moment.minute) == (date(2027, 3, 14), 1440)


def test_a_month_is_known_to_the_month() -> None:
    """Its last day counts."""
    found = find(text="Anträge können bis Ende März 2027 gestellt werden.")
    assert found is not None
    assert (found.due.precision, found.due.iso(BERLIN)) == (Precision.MONTH, "2027-03-31")


@pytest.mark.parametrize(
    "words",
    [
        "Am 3. Mai 2027 beginnt der Umbau",
        "Die Ausstellung läuft bis 31.5.2027",
        "Projektlaufzeit vom 1.4.2027 bis 31.12.2029",
        "Das Rathaus bleibt vom 24.12.2027 bis 1.1.2028 geschlossen",
        "Straßensperrung bis 30. April 2027",
        "Das Gesetz gilt ab 1.1.2027",
        "Kongress 10.–12. März 2027",
        "Workshop | 10.03.2027",
        "Stand: 3.5.2027",
        "Version 1.2.3 mit 12.500 Euro",
        "Die Frist endet am 31.2.2027",
        "Frist: 3/4/2027",
    ],
)
def test_other_dates_are_no_due_dates(words: str) -> None:
    """Nor are dates that do not exist, or that can be read in two ways."""
    for found in (find(words), find(text=words)):
        assert found is None or found.confidence < LIKELY


def test_a_date_without_year_is_less_sure_and_needs_a_day() -> None:
    """It is the next one after the item's own date."""
    found, whole = find(text="Antragsfrist: 15. Mai"), find(text="Antragsfrist: 15. Mai 2027")
    assert found is not None
    assert whole is not None
    assert found.due == whole.due
    assert found.confidence < whole.confidence
    assert find(text="Antragsfrist: 15. Mai", today=None) is None


def test_two_due_dates_are_less_sure() -> None:
    """Somebody has to say which one is meant."""
    found = find(text="Antragsfrist: 15. Mai 2027. Antragsfrist: 15. Juni 2027.")
    assert found is not None
    assert found.confidence <= SURE


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        ("Aufruf", "Frist: 3.5.2027 (Ausschlussfrist)", "cut-off"),
        ("Aufruf", "Frist: 3.5.2027. Die Frist gilt nicht als Ausschlussfrist.", None),
        ("Aufruf", "Stichtag: 3.5.2027", "key-date"),
        ("Aufruf", "Vorlagetermin: 3.5.2027", "date"),
        ("Programm", "Anträge können laufend gestellt werden.", "rolling"),
        ("Programm", "Gefördert wird bis zur Ausschöpfung der Haushaltsmittel.", "rolling"),
        ("Programm", "Wir informieren laufend.", None),
    ],
)
def test_how_binding_a_deadline_is_stands_in_its_words(
    title: str, text: str, kind: str | None
) -> None:
    """Only where they say so."""
    item = only(rss(f"<title>{title}</title><description>{text}</description>"))
    assert item.deadline_kind == kind


def test_of_several_stages_the_next_one_is_due() -> None:
    """The later ones stand beside it."""
    text = "Skizzen bis zum 1. März 2027 einreichen. Anträge sind bis 1. Juni 2027 zu stellen."
    found = find(text=text)
    assert found is not None
    assert (found.due.iso(BERLIN), found.stage) == ("2027-03-01", "outline")
    assert [(one.due.iso(BERLIN), one.stage) for one in found.later] == [
        ("2027-06-01", "application")
    ]


def test_registration_for_an_event_ends_before_it() -> None:
    """Also where its date has no year."""
    event = "UID:1\nSUMMARY:Fachtagung\nDTSTART:20270312T100000\nDESCRIPTION:Anmeldeschluss: 26.2."
    item = only(calendar(event))
    assert item.deadline is not None
    assert item.deadline.due.iso(BERLIN) == "2027-02-26"


@pytest.mark.parametrize(
    "text", ["Antragsfrist war der 1.3.2027", "Bis zum 30.6.2027 waren 120 Anträge eingegangen."]
)
def test_what_is_told_as_over_is_not_due(text: str) -> None:
    """It is a report."""
    assert find(text=text) is None


def test_a_part_of_a_month_without_year_is_the_next_one() -> None:
    """It is known to the month, and has to be confirmed."""
    found = find(text="Experten können sich bis Ende Februar mit einem Vortrag bewerben.")
    assert found is not None
    assert (found.due.iso(BERLIN), found.due.precision) == ("2027-02-28", Precision.MONTH)
    assert LIKELY <= found.confidence < SURE
    assert find(text="Die Straße bleibt bis Ende Februar gesperrt.") is None
