"""What has to be read when in 2027, worked out minute by minute and by nothing of the hub's.

The slow and plain way on purpose: public holidays are written out, and quiet hours end when
going forward a minute at a time finds one that is not quiet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUARTER, HALF = timedelta(minutes=15), timedelta(minutes=30)
SUNDAY, SATURDAY = 6, 5

EVERYWHERE = {
    date(2027, 1, 1),
    date(2027, 3, 26),  # Karfreitag
    date(2027, 3, 29),  # Ostermontag
    date(2027, 5, 1),
    date(2027, 5, 6),  # Christi Himmelfahrt
    date(2027, 5, 17),  # Pfingstmontag
    date(2027, 10, 3),
    date(2027, 12, 25),
    date(2027, 12, 26),
}
CORPUS_CHRISTI, SAINTS = date(2027, 5, 27), date(2027, 11, 1)
HOLIDAYS = {
    "SN": EVERYWHERE | {date(2027, 10, 31), date(2027, 11, 17)},  # Reformation, Buß- und Bettag
    "BY": EVERYWHERE | {date(2027, 1, 6), CORPUS_CHRISTI, date(2027, 8, 15), SAINTS},
    "NW": EVERYWHERE | {CORPUS_CHRISTI, SAINTS},
}


def berlin(text: str) -> datetime:
    """Return the instant at which clocks in Berlin show ``2027-03-28 14:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


BEGIN, END = berlin("2027-01-01 00:00"), berlin("2028-01-01 00:00")


@dataclass(frozen=True)
class Reader:
    """A chat, and when it wants to hear something.

    Attributes:
        typed: What it sends to the bot for that.
        leads: ``14d``, ``3b`` (workdays), ``2w``.
        at: At what time of day.
        quiet: From when until when each day; ``None`` for never.
        rests: Whether Sundays and public holidays are quiet.
        digest: When everything is collected, each day.
    """

    chat: str
    land: str
    typed: tuple[str, ...]
    leads: str
    at: time
    zone: ZoneInfo = BERLIN
    quiet: tuple[time, time] | None = (time(20), time(8))
    rests: bool = True
    digest: time | None = None

    def is_quiet(self, at: datetime) -> bool:
        """Tell whether nothing is to arrive in this minute."""
        if self.quiet is None:
            return False
        local = at.astimezone(self.zone)
        start, end = self.quiet
        night = local.time() >= start or local.time() < end
        return night or (self.rests and not self._is_open(local.date(), sunday=SUNDAY))

    def _is_open(self, day: date, *, sunday: int) -> bool:
        return day.weekday() < sunday and day not in HOLIDAYS[self.land]

    def free(self, at: datetime) -> datetime:
        """Return the first minute from *at* on that is not quiet."""
        while self.is_quiet(at):
            at += MINUTE
        return at

    def collected(self, at: datetime) -> datetime:
        """Return when the digest arrives that takes what is due at *at*; *at* without digests."""
        while self.digest is not None and at.astimezone(self.zone).time() != self.digest:
            at += MINUTE
        return self.free(at)

    def asked(self, day: date) -> Iterator[datetime]:
        """Yield when it wants to be reminded of something on *day*."""
        # Who collects has the reminder in the digest of the day it is for, not of the next.
        at = self.at if self.digest is None else min(self.at, self.digest)
        for lead in self.leads.split():
            count, unit = int(lead[:-1]), lead[-1]
            asked = day
            while count > 0:
                asked -= DAY
                count -= unit != "b" or self._is_open(asked, sunday=SATURDAY)
                if unit == "w":
                    asked -= 6 * DAY
            yield datetime.combine(asked, at, tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True)
class Date:
    """One date of which people are reminded.

    Attributes:
        until: From when on a reminder is of no use.
        day: Whole days have no hour that is another day elsewhere.
        since: From when on the hub knows of it.
        off: From when on it is no more.
        laender: Whom it is for; nobody in particular is everybody.
    """

    title: str
    until: datetime
    deadline: bool = False
    day: date | None = None
    since: datetime = BEGIN
    off: datetime = END
    laender: str = "SN BY NW"

    def day_of(self, reader: Reader) -> date:
        """Return the day of it where *reader* is; 24:00 belongs to the day that it ends."""
        moment = self.until - timedelta(microseconds=self.deadline)
        return self.day or moment.astimezone(reader.zone).date()

    def title_in(self, days: int) -> str:
        """Return the first line of a reminder so many days before."""
        if days > 1:
            left = f"Frist in {days} Tagen" if self.deadline else f"In {days} Tagen"
        elif self.deadline:
            left = ("Frist heute", "Frist morgen")[days]
        else:
            left = ("Heute", "Morgen")[days]
        return f"{left}: {self.title}"


@dataclass(frozen=True)
class News:
    """Something that an editor did and everybody has to hear.

    Attributes:
        urgent: Whether it may disturb.
        waits: Whether it can wait for a digest.
    """

    title: str
    at: datetime
    urgent: bool = False
    waits: bool = False

    def read(self, reader: Reader) -> datetime:
        """Return when it is read."""
        if self.urgent:
            return self.at
        return reader.collected(self.at) if self.waits else reader.free(self.at)


@dataclass(frozen=True, order=True)
class Line:
    """A line that a chat reads at a minute of its own clocks."""

    at: datetime
    local: str
    chat: str
    text: str

    def __str__(self) -> str:
        return f"{self.local} {self.chat}: {self.text}"


def line(reader: Reader, at: datetime, text: str) -> Line:
    """Return what is read, with the time as the clocks of the reader show it."""
    return Line(at, f"{at.astimezone(reader.zone):%m-%d %a %H:%M}", reader.chat, text)


def reminder(reader: Reader, date: Date, asked: datetime) -> tuple[datetime, datetime]:
    """Return when a reminder is due that is asked for, and when it is read."""
    if asked + HALF >= date.until:  # it could be over when it is read
        asked = min(asked, date.until - HOUR)
    if reader.free(asked + HALF) >= date.until:  # so it has to be read before the quiet hours
        while any(reader.is_quiet(asked + n * QUARTER) for n in range(3)):
            asked -= QUARTER
        return asked, asked
    slot = reader.collected(asked)
    return asked, slot if reader.free(slot + HALF) < date.until else reader.free(asked)


def reminders(reader: Reader, dates: Sequence[Date]) -> Iterator[Line]:
    """Yield the reminders of a reader, each of a date for a day once."""
    for one in dates:
        if reader.land not in one.laender:
            continue
        told: dict[int, datetime] = {}
        for wanted in reader.asked(one.day_of(reader)):
            asked, read = reminder(reader, one, wanted)
            if one.since < asked and read < one.off:
                days = (one.day_of(reader) - read.astimezone(reader.zone).date()).days
                told[days] = min(read, told.get(days, read))
        for days, at in told.items():
            yield line(reader, at, one.title_in(days))


def expected(readers: Iterable[Reader], dates: Sequence[Date], news: Sequence[News]) -> list[Line]:
    """Return everything that is to be read in the year."""
    found = [
        found
        for reader in readers
        for found in (
            *reminders(reader, dates),
            *(line(reader, one.read(reader), one.title) for one in news),
        )
    ]
    return sorted(one for one in found if one.at < END)


def minutes(
    readers: Sequence[Reader], dates: Sequence[Date], lines: Sequence[Line]
) -> set[datetime]:
    """Return the minutes in which something may happen, and those beside them."""
    found = {one.at for one in lines}
    for reader in readers:
        for one in dates:
            for wanted in reader.asked(one.day_of(reader)):
                found |= {wanted, *reminder(reader, one, wanted)}
    return {at + n * MINUTE for at in found for n in (-1, 0, 1)}
