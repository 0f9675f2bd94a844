"""Public calendars for the tests of pages."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from bot.events.event import DeadlineKind, Deviation, Event, Kind, Series, Stage, Status
from bot.pages.public import PublicCalendar, PublicTopic, Publisher, Shown, Visit
from bot.text.moments import Moment

NOW = datetime(2027, 3, 10, 9, tzinfo=UTC)
CREATED = datetime(2027, 1, 4, 8, 30, tzinfo=UTC)
CHANGED = datetime(2027, 2, 1, 7, 15, tzinfo=UTC)
ADDRESS = "https://hub.example.org/funk"
GERMAN, ENGLISH = Visit("de", NOW), Visit("en", NOW)
CONFERENCES = PublicTopic("conferences", "Konferenzen", "Conferences")
DEADLINES = PublicTopic("deadlines", "Förderfristen", "Funding deadlines")
PUBLISHER = Publisher(
    name="Stadtfunk",
    address=ADDRESS,
    language="de",
    zone=ZoneInfo("Europe/Berlin"),
    land="SN",
    operator="KTS Musterstadt",
)


def at(day: str, minute: int | None = None) -> Moment:
    return Moment(day=date.fromisoformat(day), minute=minute)


CONGRESS = Event(
    uid="congress",
    kind=Kind.CONFERENCE,
    title="9. Kongress: Vom Machen ins Wirken",
    text="Drei Tage.\nAnmeldung: https://example.org/?a=1&b=2 oder info@example.org",
    start=at("2027-03-17"),
    end=at("2027-03-19"),
    place="Rathaus, Kiel",
    link="https://www.example.org/kongress",
    source="Rundbrief vom 1. Februar",
)
CALL = Event(
    uid="call",
    kind=Kind.DEADLINE,
    deadline=DeadlineKind.CUT_OFF,
    title="Aufruf Klimaanpassung",
    start=at("2027-03-29", 1440),
    previous=at("2027-01-29", 1439),
    status=Status.EXTENDED,
    stages=(Stage(title="Registrierung", due=at("2027-03-22")),),
    laender=("SN",),
)
OFFICE_HOUR = Event(
    uid="office-hour",
    kind=Kind.MEETING,
    title="Sprechstunde",
    start=at("2027-03-03", 600),
    end=at("2027-03-03", 660),
    place="online",
    link="https://meet.example.org/raum",
    series=Series(
        rule="FREQ=WEEKLY;BYDAY=WE;COUNT=6",
        deviations=(
            Deviation(original=at("2027-03-17", 600), cancelled=True),
            Deviation(original=at("2027-03-24", 600), start=at("2027-03-25", 630)),
            Deviation(original=at("2027-03-31", 600)),
        ),
    ),
)
EXPO = Event(
    uid="expo",
    title="Expo",
    start=at("2027-03-26", 600),
    end=at("2027-03-26", 1080),
    zone="America/New_York",
    place="New York",
    status=Status.POSTPONED,
    previous=at("2027-02-26", 600),
)
OFF = Event(uid="off", title="Werkstatt", start=at("2027-03-10", 540), status=Status.CANCELLED)


def shown(number: int, event: Event, *topics: str) -> Shown:
    return Shown(number, 2, event, CREATED, CHANGED, topics or ("conferences",))


def calendar_of(*events: Event, publisher: Publisher = PUBLISHER) -> PublicCalendar:
    return calendar(
        [shown(number, event) for number, event in enumerate(events, start=1)], publisher
    )


def calendar(events: Iterable[Shown], publisher: Publisher = PUBLISHER) -> PublicCalendar:
    return PublicCalendar(publisher, (CONFERENCES, DEADLINES), tuple(events))


USUAL = calendar(
    [
        shown(1, CONGRESS),
        shown(2, CALL, "deadlines"),
        shown(3, OFFICE_HOUR),
        shown(4, EXPO),
        shown(5, OFF),
    ]
)
