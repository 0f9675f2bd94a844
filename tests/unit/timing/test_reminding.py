"""When a reminder is due and arrives, proven for every date, hour, zone and Land."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
from hypothesis import given
from hypothesis import strategies as st

from bot.events.dues import Due, dues
from bot.events.event import Event, Kind
from bot.places import LAENDER
from bot.services.preferences import Preferences
from bot.services.reminders import PUNCTUAL, moment
from bot.text.moments import Moment
from bot.timing.calendar import workdays_before
from bot.timing.digest import Digest, Rhythm, next_slot
from bot.timing.leads import Lead, Unit, remind_at
from bot.timing.quiet import Quiet, held_until, is_quiet, open_before

QUARTER, TWO_WEEKS = timedelta(minutes=15), timedelta(days=14)
BEGIN = datetime(2027, 1, 1, tzinfo=UTC)

zones = st.sampled_from(
    ["Europe/Berlin", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]
).map(ZoneInfo)
days = st.dates(date(2027, 2, 1), date(2028, 1, 20)) | st.sampled_from(
    [date(2027, 3, 28), date(2027, 3, 29), date(2027, 10, 31), date(2027, 11, 1)]
)
minutes = (
    st.none() | st.sampled_from([0, 150, 420, 480, 481, 720, 1439, 1440]) | st.integers(0, 1440)
)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
usual_nights = st.just(Quiet()) | st.builds(
    Quiet,
    st.booleans(),
    st.builds(time, st.integers(17, 23), st.sampled_from([0, 30, 59])),
    st.builds(time, st.integers(4, 10), st.sampled_from([0, 15, 30])),
    st.booleans(),
)
laender = st.sets(st.sampled_from(LAENDER), max_size=2).map(sorted).map(tuple)
leads = st.builds(Lead, st.integers(0, 20), st.sampled_from(Unit))
daily = st.builds(Digest, st.just(Rhythm.DAILY), times)


def preferences(
    at: time,
    quiet: Quiet,
    zone: ZoneInfo,
    where: tuple[str, ...],
    digest: Digest | None = None,
) -> Preferences:
    """Return the wishes of a chat, as far as they matter here."""
    return Preferences(
        laender=where,
        leads=(),
        remind_at=at,
        digest=digest or Digest(),
        quiet=quiet,
        paused_until=None,
        silent=False,
        zone=zone,
        language="de",
    )


wishes = st.builds(preferences, times, usual_nights, zones, laender)
collectors = st.builds(preferences, times, usual_nights, zones, laender, daily)


@st.composite
def dates(draw: st.DrawFn) -> Due:
    """Draw an event or a deadline in Berlin."""
    start = Moment(day=draw(days), minute=draw(minutes))
    kind = draw(st.sampled_from([Kind.DEADLINE, Kind.CONFERENCE]))
    event = Event(uid="a", title="a", kind=kind, start=start)
    (due,) = dues(event, now=BEGIN)
    return due


def usual(due: Due, lead: Lead, wanted: Preferences) -> datetime:
    """Return the instant of the chosen hour of the day that the lead time leads to."""
    day = due.day(wanted.zone)
    if lead.unit is Unit.WORKDAYS:
        day = naive_workday(day, lead.count, wanted.laender)
    else:
        day -= timedelta(days=lead.count * (7 if lead.unit is Unit.WEEKS else 1))
    return datetime.combine(day, wanted.remind_at, tzinfo=wanted.zone).astimezone(UTC)


def naive_workday(day: date, count: int, where: tuple[str, ...]) -> date:
    """Go back a day at a time, and count those on which offices work."""
    calendars = [holidays.country_holidays("DE", subdiv=land) for land in where or (None,)]
    while count:
        day -= timedelta(days=1)
        if day.weekday() in range(5) and all(day not in one for one in calendars):
            count -= 1
    return day


@given(days, st.integers(0, 60), laender)
def test_workdays_are_counted_as_on_a_calendar(
    day: date, count: int, where: tuple[str, ...]
) -> None:
    """Over weekends and the holidays of every Land that matters."""
    assert workdays_before(day, count, where) == naive_workday(day, count, where)


@given(dates(), leads, wishes)
def test_a_reminder_is_due_at_the_chosen_hour_unless_it_would_be_of_no_use(
    due: Due, lead: Lead, wanted: Preferences
) -> None:
    """Only an hour that the clocks leave out in spring is later, by as much as they jump."""
    asked, found = usual(due, lead, wanted), moment(due, lead, wanted)
    assert found is not None
    arrives = held_until(asked + PUNCTUAL, wanted.quiet, zone=wanted.zone, laender=wanted.laender)
    if arrives >= due.at:
        assert found < asked or found == asked < due.at
        return
    assert found == asked
    local = found.astimezone(wanted.zone)
    skipped = local.time() != wanted.remind_at
    jump = local.utcoffset() - (local - timedelta(days=1)).utcoffset()  # type: ignore[operator]
    assert local.replace(tzinfo=None) - jump * skipped == datetime.combine(
        local.date(), wanted.remind_at
    )


@given(dates(), leads, wishes)
def test_a_reminder_comes_before_what_it_reminds_of_and_never_in_quiet_hours(
    due: Due, lead: Lead, wanted: Preferences
) -> None:
    """Also if the tick is late; unless all of the two weeks before are quiet."""
    found = moment(due, lead, wanted)
    assert found is not None
    assert found < due.at
    for late in (timedelta(0), QUARTER, PUNCTUAL):
        arrives = wanted.arrives(found + late, at_once=True)
        assert found + late <= arrives
        assert not is_quiet(arrives, wanted.quiet, zone=wanted.zone, laender=wanted.laender)
        assert arrives < due.at


@given(dates(), leads, st.integers(1, 20), wishes)
def test_a_longer_lead_time_never_reminds_on_a_later_day(
    due: Due, lead: Lead, more: int, wanted: Preferences
) -> None:
    """Whatever holidays lie between, and whatever had to be moved before quiet hours."""
    shorter = moment(due, lead, wanted)
    longer = moment(due, Lead(lead.count + more, lead.unit), wanted)
    assert longer is not None
    assert shorter is not None
    assert longer.astimezone(wanted.zone).date() <= shorter.astimezone(wanted.zone).date()
    assert longer <= shorter + PUNCTUAL


@given(dates(), leads, collectors)
def test_with_a_digest_a_reminder_is_never_later_than_the_day_that_was_chosen(
    due: Due, lead: Lead, wanted: Preferences
) -> None:
    """A daily one takes it on that day, if that is not quiet."""
    asked, found = usual(due, lead, wanted), moment(due, lead, wanted)
    assert found is not None
    assert found <= asked
    slot = next_slot(found, wanted.digest, zone=wanted.zone)
    chosen = asked.astimezone(wanted.zone).date()
    assert slot.astimezone(wanted.zone).date() <= chosen


@given(st.datetimes(datetime(2027, 1, 1), datetime(2027, 12, 31)), usual_nights, zones, laender)  # noqa: DTZ001 # Hypothesis wants it so
def test_what_is_told_before_quiet_hours_has_time_to_arrive(
    asked: datetime, quiet: Quiet, zone: ZoneInfo, where: tuple[str, ...]
) -> None:
    """At the last quarter of an hour that is followed by half an hour without quiet."""
    asked = asked.replace(tzinfo=UTC)
    found = open_before(asked, quiet, zone=zone, laender=where, lasting=PUNCTUAL)
    assert timedelta(0) <= asked - found < TWO_WEEKS

    def is_open(at: datetime) -> bool:
        looked_at = (at, at + QUARTER, at + PUNCTUAL)
        return not any(is_quiet(one, quiet, zone=zone, laender=where) for one in looked_at)

    assert is_open(found)
    later = [found + n * QUARTER for n in range(1, (asked - found) // QUARTER + 1)]
    assert not any(map(is_open, later))


def test_who_has_only_a_quarter_of_an_hour_without_quiet_is_told_in_it() -> None:
    """And who has none is told when it is due."""
    berlin, asked = ZoneInfo("Europe/Berlin"), datetime(2027, 3, 28, 12, tzinfo=UTC)
    nearly = Quiet(start=time(8, 15), end=time(8))
    found = open_before(asked, nearly, zone=berlin, laender=(), lasting=PUNCTUAL)
    assert found == datetime(2027, 3, 27, 7, tzinfo=UTC)
    always = Quiet(start=time(8, 1), end=time(8), days=True)
    odd = asked + timedelta(minutes=7)
    assert open_before(odd, always, zone=berlin, laender=(), lasting=PUNCTUAL) == odd


@given(dates(), leads, wishes)
def test_the_hours_are_those_of_the_chat_wherever_the_event_is(
    due: Due, lead: Lead, wanted: Preferences
) -> None:
    """The plain arithmetic is the same for all of them."""
    found = remind_at(
        due.day(wanted.zone), lead, at=wanted.remind_at, zone=wanted.zone, laender=wanted.laender
    )
    assert found == usual(due, lead, wanted)
