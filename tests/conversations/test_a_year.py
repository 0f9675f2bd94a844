"""A whole year passes, and everybody is told everything once, at the right minute."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.services import topics
from bot.storage.due import next_due
from schedules.digests import send_digests
from schedules.reminders import remind_of_events, tell_changes
from tests.conversations.stage import Stage
from tests.conversations.year import (
    BEGIN,
    DAY,
    END,
    HOUR,
    MINUTE,
    Date,
    Line,
    News,
    Reader,
    berlin,
    expected,
    line,
    minutes,
)
from tests.fakes import FakeClock, Person, Sent

_TITLE = re.compile(r"(?:Frist |In \d|Heute|Morgen|Abgesagt|Verschoben|Verlängert).*: ")

READERS = (
    Reader("leipzig", "SN", ("/erinnern 14, 1 Tage",), "14d 1d", time(9)),
    Reader(
        "muenchen", "BY", ("/erinnern 3 Werktage, 1 Woche um 7:30",), "3b 1w", time(7, 30)
    ),
    Reader(
        "koeln",
        "NW",
        ("/erinnern 2 Wochen, 5 Werktage, 0 Tage um 21:15", "/ruhe 22-7 ohne Sonntage"),
        "2w 5b 0d",
        time(21, 15),
        quiet=(time(22), time(7)),
        rests=False,
    ),
    Reader(
        "lissabon",
        "SN",
        ("/zeitzone Europe/Lisbon", "/erinnern 2, 0 Tage um 8"),
        "2d 0d",
        time(8),
        zone=ZoneInfo("Europe/Lisbon"),
    ),
    Reader(
        "newyork",
        "NW",
        ("/zeitzone America/New_York", "/erinnern 10 Werktage, 1, 0 Tage um 18"),
        "10b 1d 0d",
        time(18),
        zone=ZoneInfo("America/New_York"),
    ),
    Reader(
        "augsburg",
        "BY",
        ("/sammeln täglich um 8", "/erinnern 7, 1, 0 Tage um 10"),
        "7d 1d 0d",
        time(10),
        digest=time(8),
    ),
    Reader(
        "dresden", "SN", ("/ruhe aus", "/erinnern 1, 0 Tage um 2:30"), "1d 0d", time(2, 30),
        quiet=None,
    ),
)  # fmt: skip

NEW = (
    "/termin neu Runde; 13.1.2027, 10–11 Uhr; alle zwei Wochen bis 31.12.2027; online",
    "/frist neu Skizze; bis 30.6.2027, 23:59 Uhr",
    "/frist neu Antrag; bis 28.3.2027, 24 Uhr; Stufe Anmeldung bis 12.3.2027, 12 Uhr",
    "/termin neu Kongress; 18.–19.11.2027; Kiel; Konferenz",
    "/frist neu Abruf; bis 1.11.2027; NW",
    "/frist neu Förderung; 1.3.2027 bis 30.9.2027; laufend",
    "/termin neu Frühstück; 18.5.2027, 7 Uhr; Plauen",
    "/termin neu Wartung; 14.3.2027, 2:30 Uhr; wöchentlich bis 4.4.2027; online",
    "/termin neu Umstellung; 24.10.2027, 2:30 Uhr; wöchentlich bis 7.11.2027; online",
    "/frist neu Jahresbericht; bis 31.12.2027, 24 Uhr",
)
"""What the editor writes in the first minutes of the year; the numbers are 1 to 10."""

CHANGES = {
    berlin("2027-03-03 10:12"): "/termin absagen 1 7.4.2027",
    berlin("2027-06-24 21:30"): "/frist verlängern 2 bis 31.10.2027, 24 Uhr",
    berlin("2027-06-24 21:50"): "/frist ändern 2; Quelle: https://www.a.example/aufruf",
    berlin("2027-07-13 22:40"): "/termin absagen 1 14.7.2027",
    berlin("2027-09-05 21:00"): "/termin absagen 1 22.9.2027",
    berlin("2027-09-05 21:05"): "/termin absagen 1 6.10.2027",
    berlin("2027-11-10 11:03"): "/termin verschieben 1 vom 17.11. auf 18.11.",
}
NEWS = (
    News("Abgesagt: Runde", berlin("2027-03-03 10:12")),
    News("Verlängert: Skizze", berlin("2027-06-24 21:30"), waits=True),
    News("Abgesagt: Runde", berlin("2027-07-13 22:40"), urgent=True),
    News("Abgesagt: Runde", berlin("2027-09-05 21:00")),
    News("Abgesagt: Runde", berlin("2027-09-05 21:05")),
    News("Verschoben: Runde", berlin("2027-11-10 11:03")),
)


def dates() -> Iterator[Date]:
    """Yield every date of the year, as it is in the end and as it was before."""
    off = {
        date(2027, 4, 7): "2027-03-03 10:12",
        date(2027, 7, 14): "2027-07-13 22:40",
        date(2027, 9, 22): "2027-09-05 21:00",
        date(2027, 10, 6): "2027-09-05 21:05",
        date(2027, 11, 17): "2027-11-10 11:03",
    }
    for number in range(26):
        day = date(2027, 1, 13) + number * 14 * DAY
        until = berlin(f"{day} 10:00")
        yield Date("Runde", until, off=berlin(off.get(day, "2028-01-01 00:00")))
    yield Date("Runde", berlin("2027-11-18 10:00"), since=berlin("2027-11-10 11:03"))

    extended = berlin("2027-06-24 21:30")
    yield Date("Skizze", berlin("2027-06-30 23:59"), deadline=True, off=extended)
    yield Date("Skizze", berlin("2027-11-01 00:00"), deadline=True, since=extended)
    yield Date("Anmeldung (für „Antrag“)", berlin("2027-03-12 12:00"), deadline=True)
    yield Date("Antrag", berlin("2027-03-29 00:00"), deadline=True)
    yield Date("Kongress", berlin("2027-11-19 00:00"), day=date(2027, 11, 18))
    yield Date(
        "Abruf", berlin("2027-11-02 00:00"), deadline=True, day=date(2027, 11, 1), laender="NW"
    )
    yield Date("Förderung", berlin("2027-10-01 00:00"), deadline=True, day=date(2027, 9, 30))
    yield Date("Frühstück", berlin("2027-05-18 07:00"))
    for sunday in ("03-14", "03-21", "03-28", "04-04"):
        yield Date("Wartung", berlin(f"2027-{sunday} 02:30"))
    for sunday in ("10-24", "10-31", "11-07"):
        yield Date("Umstellung", berlin(f"2027-{sunday} 02:30"))
    yield Date("Jahresbericht", berlin("2028-01-01 00:00"), deadline=True)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that shows the beginning of the year in Berlin."""
    return FakeClock(BEGIN)


class Year:
    """The year as it passes.

    Attributes:
        read: What everybody has read so far.
        digests: When the one who collects got what was collected.
    """

    def __init__(self, hub: Stage) -> None:
        self.hub = hub
        self.read: list[Line] = []
        self.digests: list[datetime] = []
        self._chefin = Person(hub.channel, "chefin")
        self._readers = {one.chat: one for one in READERS}

    async def begin(self) -> None:
        """Let everybody subscribe, and let the editor write what is known."""
        async with self.hub.database.begin() as session:
            await topics.ship(session, now=BEGIN)
        await self.tick()
        for reader in READERS:
            person = Person(self.hub.channel, reader.chat)
            subscribes = ("/abo Konferenzen, Förderfristen", f"/land {reader.land}")
            for typed in (*subscribes, *reader.typed):
                await self.hub.hears(person.says(typed))
        for typed in NEW:
            self.hub.clock.advance(MINUTE)  # nobody may write without a pause
            await self._edits(typed, button=3)

    async def _edits(self, typed: str, *, button: int = 1) -> None:
        """Let the editor write and save."""
        (draft,) = await self.hub.hears(self._chefin.says(typed))
        await self.hub.hears(self._chefin.taps(draft, number=button))
        assert "Gespeichert" in draft.text

    async def reach(self, minute: datetime, *, seconds: int) -> None:
        """Go on to a minute, in which the hub ticks so many seconds after it began."""
        at = minute + timedelta(seconds=seconds)
        self.hub.clock.advance(at - self.hub.clock.now())
        if minute in CHANGES:
            await self._edits(CHANGES[minute])
        await self.tick()

    async def tick(self) -> None:
        """Let all jobs tick, and note who reads what now."""
        now = self.hub.clock.now()
        await self.hub.runs(tell_changes, remind_of_events, send_digests)
        async with self.hub.database.begin() as session:
            due = await next_due(session, channel="fake", chat=None)
        if due is not None and due <= now:  # starting a relay takes longer than all jobs
            for sent in await self.hub.delivers():
                self._note(sent, now.replace(second=0))

    def _note(self, sent: Sent, minute: datetime) -> None:
        reader = self._readers[sent.address.chat]
        titles = [one for one in sent.text.splitlines() if _TITLE.match(one)]
        assert titles, sent.text
        self.read += [line(reader, minute, text) for text in titles]
        if reader.digest and not titles[0].startswith(("Abgesagt", "Verschoben")):
            self.digests.append(minute)


def ticks(lines: list[Line]) -> list[datetime]:
    """Return the minutes of the year at which the hub ticks."""
    by_chance = random.Random(2027)  # the same ones each time
    mornings = {berlin(f"{date(2027, 1, 1) + n * DAY} 08:00") for n in range(365)}
    others = {BEGIN + by_chance.randrange(365 * 24 * 60) * MINUTE for _ in range(100)}
    found = minutes(READERS, list(dates()), lines) | set(CHANGES) | mornings | others
    return sorted(one for one in found if BEGIN + HOUR < one < END)


@pytest.mark.timeout(600)  # two thousand ticks: a minute, if the machine has nothing else to do
async def test_everybody_is_told_everything_of_a_year_once_at_the_right_minute(
    hub: Stage,
) -> None:
    """Through both changes of the clocks, the holidays of three Länder, and what is changed."""
    year, wanted = Year(hub), expected(READERS, list(dates()), NEWS)
    by_chance = random.Random(2028)  # the same ones each time
    await year.begin()
    for minute in ticks(wanted):
        await year.reach(minute, seconds=by_chance.randrange(20))

    told, due = Counter(map(str, year.read)), Counter(map(str, wanted))
    assert [*(told - due).elements()] == []
    assert [*(due - told).elements()] == []
    assert len(year.digests) == len(set(year.digests))


def test_the_year_that_is_expected_has_no_message_in_quiet_hours() -> None:
    """But for what may disturb."""
    readers = {one.chat: one for one in READERS}
    found = expected(READERS, list(dates()), NEWS)
    nightly = [one for one in found if readers[one.chat].is_quiet(one.at)]
    assert {one.at for one in nightly} == {one.at for one in NEWS if one.urgent}
