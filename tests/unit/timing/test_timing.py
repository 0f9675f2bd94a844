"""When somebody is reminded and left in peace, proven for every day, hour and Land."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.places import LAENDER
from bot.timing.calendar import is_holiday, is_workday
from bot.timing.digest import Digest, Rhythm, next_slot, read_digest
from bot.timing.leads import Lead, Unit, due_day, from_stored, read_leads, remind_at, stored
from bot.timing.quiet import Quiet, held_until, is_quiet, read_quiet
from bot.timing.times import find_time, instant, read_day, read_time

BERLIN = ZoneInfo("Europe/Berlin")
CHANGES = [
    date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31),
    date(2028, 3, 26), date(2028, 10, 29), date(2029, 3, 25), date(2029, 10, 28),
]  # fmt: skip
"""The days on which clocks in Berlin change."""

near_changes = st.builds(
    lambda day, seconds: datetime.combine(day, time(), tzinfo=UTC) + timedelta(seconds=seconds),
    st.sampled_from(CHANGES),
    st.integers(-2 * 86_400, 2 * 86_400),
)
instants = near_changes | st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 # Hypothesis puts the zone on
    datetime(2035, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
zones = st.sampled_from(["Europe/Berlin", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu"])
laender = st.sets(st.sampled_from(LAENDER), max_size=3)
quiets = st.builds(Quiet, st.booleans(), times, times, st.booleans()).filter(
    lambda quiet: quiet.start != quiet.end
)
calm = settings(deadline=None)
"""The first look at a year of holidays takes its time."""
leads = st.builds(Lead, st.integers(0, 52), st.sampled_from(Unit))


@calm
@given(instants, quiets, zones, laender)
def test_a_held_message_never_arrives_in_quiet_hours_nor_early(
    asked: datetime, quiet: Quiet, zone: str, where: set[str]
) -> None:
    """Holding twice is holding once, and what may arrive at once is not held at all."""
    at = ZoneInfo(zone)
    held = held_until(asked, quiet, zone=at, laender=where)
    assert held >= asked
    assert not is_quiet(held, quiet, zone=at, laender=where)
    assert held_until(held, quiet, zone=at, laender=where) == held
    assert (held == asked) == (not is_quiet(asked, quiet, zone=at, laender=where))
    assert held - asked < timedelta(days=7)
    assert held_until(asked, quiet, zone=at, laender=where, urgent=True) == asked


@calm
@given(instants, st.sampled_from(LAENDER))
def test_nothing_is_held_longer_than_it_has_to_be(asked: datetime, land: str) -> None:
    """Between the two instants there is no quarter of an hour that is free."""
    held = held_until(asked, Quiet(), zone=BERLIN, laender=[land])
    while asked < held:
        assert is_quiet(asked, Quiet(), zone=BERLIN, laender=[land])
        asked += timedelta(minutes=15)


@calm
@given(st.dates(date(2025, 1, 1), date(2035, 1, 1)), leads, times, st.sampled_from(LAENDER))
def test_a_reminder_rings_when_clocks_show_the_hour_that_was_chosen(
    day: date, lead: Lead, at: time, land: str
) -> None:
    """Whatever the clocks did meanwhile; only an hour that they leave out is later."""
    found = remind_at(day, lead, at=at, zone=BERLIN, laender=[land]).astimezone(BERLIN)
    skipped = found.date() in CHANGES and at.hour == 2
    assert found.time() == at or (skipped and found.hour == 3)
    assert found.date() <= day
    if lead.unit is Unit.WORKDAYS and lead.count:
        assert is_workday(found.date(), [land])
        passed = (found.date() + timedelta(days=n) for n in range((day - found.date()).days))
        assert sum(is_workday(one, [land]) for one in passed) == lead.count
    elif lead.unit is not Unit.WORKDAYS:
        assert (day - found.date()).days == lead.days


@calm
@given(instants, st.builds(Digest, st.sampled_from(Rhythm), times, st.integers(0, 6)), zones)
def test_a_digest_waits_for_its_next_slot_and_no_longer(
    asked: datetime, digest: Digest, zone: str
) -> None:
    """Asking again at the slot gives the same slot."""
    at = ZoneInfo(zone)
    slot = next_slot(asked, digest, zone=at)
    assert slot >= asked
    assert next_slot(slot, digest, zone=at) == slot
    longest = {Rhythm.NOW: 0, Rhythm.DAILY: 1, Rhythm.WEEKLY: 7}[digest.rhythm]
    assert slot - asked <= timedelta(days=longest, hours=2 if longest else 0)
    if digest.rhythm is Rhythm.WEEKLY:
        assert slot.astimezone(at).weekday() == digest.weekday


@pytest.mark.parametrize("land", LAENDER)
@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_every_land_rests_on_the_holidays_of_all_germany(land: str, year: int) -> None:
    """New Year, Labour Day, Unity and Christmas are quiet everywhere."""
    for month, day in [(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)]:
        noon = datetime(year, month, day, 12, tzinfo=BERLIN)
        held = held_until(noon, Quiet(), zone=BERLIN, laender=[land]).astimezone(BERLIN)
        assert held.date() > noon.date()
        assert held.time() == time(8)


def test_a_holiday_counts_only_in_its_land() -> None:
    """On All Saints' Day the Rhineland rests and Berlin works."""
    saints = datetime(2027, 11, 1, 12, tzinfo=BERLIN)
    in_nrw = held_until(saints, Quiet(), zone=BERLIN, laender=["NW"]).astimezone(BERLIN)
    assert in_nrw == datetime(2027, 11, 2, 8, tzinfo=BERLIN)
    assert held_until(saints, Quiet(), zone=BERLIN, laender=["BE"]) == saints
    assert held_until(saints, Quiet(), zone=BERLIN, laender=[]) == saints
    assert is_holiday(date(2027, 11, 1), ["BE", "NW"])


def test_a_long_weekend_is_held_as_a_whole() -> None:
    """Good Friday evening to Tuesday morning after Easter, with Saturday free in between."""
    evening = datetime(2027, 3, 27, 21, tzinfo=BERLIN)
    held = held_until(evening, Quiet(), zone=BERLIN, laender=["BY"]).astimezone(BERLIN)
    assert held == datetime(2027, 3, 30, 8, tzinfo=BERLIN)


def test_a_night_in_which_clocks_change_ends_when_they_show_the_hour() -> None:
    """Eight o'clock is eight o'clock, after seven hours as after nine."""
    nights = Quiet(days=False, start=time(23), end=time(6))
    for day, hours in [(date(2027, 3, 27), 6), (date(2027, 10, 30), 8)]:
        start = datetime.combine(day, time(23), tzinfo=BERLIN).astimezone(UTC)
        held = held_until(start, nights, zone=BERLIN, laender=[])
        assert held - start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("30, 14, 1 Tage", "30d 14d 1d"),
        ("1 14 30 tage vorher", "30d 14d 1d"),
        ("3 Werktage", "3b"),
        ("2 Wochen", "2w"),
        ("2 Wochen, 3 Tage und 1 Werktag", "2w 3d 1b"),
        ("14", "14d"),
        ("eine Woche, einen Tag", "1w 1d"),
        ("30, 14 and 1 days before", "30d 14d 1d"),
        ("3 working days", "3b"),
        ("3 workdays", "3b"),
        ("two weeks; a day", "2w 1d"),
        ("7,7,7 Tage", "7d"),
        ("0 Tage", "0d"),
        ("aus", ""),
        ("keine", ""),
        ("14d 2w 3b", "14d 2w 3b"),
    ],
)
def test_lead_times_are_read_as_people_type_them(typed: str, read: str) -> None:
    """In German and English, in any order."""
    assert stored(read_leads(typed)) == read
    assert from_stored(read) == read_leads(typed)


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("bald", "lead-unknown"), ("", "lead-unknown"), ("Tage", "lead-unknown"),
        ("3 Monate", "lead-unknown"), ("-3 Tage", "lead-unknown"), ("1.5 Stunden", "lead-unknown"),
        ("Tage 3 Wochen", "lead-unknown"), ("9" * 50, "lead-unknown"),
        ("366 Tage", "lead-too-long"), ("53 Wochen", "lead-too-long"),
        ("1,2,3,4,5,6,7 Tage", "lead-too-many"),
    ],
)  # fmt: skip
def test_what_is_no_lead_time_is_refused(typed: str, refusal: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(UserError) as refused:
        read_leads(typed)
    assert refused.value.message == refusal


@calm
@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    """No text makes a handler crash."""
    readers = (
        read_leads, read_time,
        lambda typed: read_quiet(typed, Quiet()),
        lambda typed: read_digest(typed, Digest()),
        lambda typed: read_day(typed, today=date(2027, 1, 15)),
    )  # fmt: skip
    for reader in readers:
        try:
            reader(text)
        except UserError as refusal:
            assert refusal.message  # noqa: PT017 # most texts are refused, some are not


@calm
@given(st.lists(leads, max_size=6))
def test_lead_times_survive_being_kept(wanted: list[Lead]) -> None:
    """What is read is what was written."""
    assert from_stored(stored(wanted)) == tuple(wanted)


@pytest.mark.parametrize(
    ("typed", "quiet"),
    [
        ("aus", Quiet(on=False)),
        ("an", Quiet()),
        ("22-7", Quiet(start=time(22), end=time(7))),
        ("von 21:30 bis 7 Uhr", Quiet(start=time(21, 30), end=time(7))),
        ("9pm to 7am", Quiet(start=time(21), end=time(7))),
        ("20–8 Uhr ohne Sonn- und Feiertage", Quiet(days=False)),  # a dash
        ("nur nachts", Quiet(days=False)),
        ("22-24", Quiet(start=time(22), end=time(0))),
    ],
)
def test_quiet_hours_are_read_as_people_type_them(typed: str, quiet: Quiet) -> None:
    """What is not mentioned stays as it is."""
    assert read_quiet(typed, Quiet()) == quiet


@pytest.mark.parametrize("typed", ["", "22", "25-7", "spät bis früh", "7 bis", "8pm-13pm"])
def test_what_are_no_hours_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="quiet-unknown"):
        read_quiet(typed, Quiet())
    with pytest.raises(UserError, match="quiet-all-day"):
        read_quiet("8-8", Quiet())


@pytest.mark.parametrize(
    ("typed", "digest"),
    [
        ("sofort", Digest(Rhythm.NOW)),
        ("at once", Digest(Rhythm.NOW)),
        ("täglich", Digest(Rhythm.DAILY, time(8))),
        ("täglich um 17:30 Uhr", Digest(Rhythm.DAILY, time(17, 30))),
        ("daily at 9am", Digest(Rhythm.DAILY, time(9))),
        ("wöchentlich", Digest(Rhythm.WEEKLY, time(8), 0)),
        ("wöchentlich freitags 14 Uhr", Digest(Rhythm.WEEKLY, time(14), 4)),
        ("montags um 7", Digest(Rhythm.WEEKLY, time(7), 0)),
        ("every week on thursday at 10", Digest(Rhythm.WEEKLY, time(10), 3)),
    ],
)
def test_digests_are_read_as_people_type_them(typed: str, digest: Digest) -> None:
    assert read_digest(typed, Digest()) == digest


@pytest.mark.parametrize("typed", ["", "8", "täglich 25", "monatlich", "täglich freitags"])
def test_what_is_no_digest_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="digest-unknown"):
        read_digest(typed, Digest())


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1.9.", date(2027, 9, 1)),
        ("1. 9. 2027", date(2027, 9, 1)),
        ("1.9.27", date(2027, 9, 1)),
        ("2027-09-01", date(2027, 9, 1)),
        ("15.1.", date(2028, 1, 15)),
        ("29.2.", date(2028, 2, 29)),
        ("30.2.", None),
        ("31.2.2027", None),
        ("14.1.2027", None),
        ("1.9.2031", None),
        ("morgen", None),
    ],
)
def test_days_are_read_as_the_next_of_their_kind(typed: str, day: date | None) -> None:
    """Only a day to come, of a calendar that exists."""
    if day is None:
        with pytest.raises(UserError, match=r"day-"):
            read_day(typed, today=date(2027, 1, 15))
    else:
        assert read_day(typed, today=date(2027, 1, 15)) == day


def test_midnight_belongs_to_the_day_that_it_ends() -> None:
    """A deadline at 24:00 on the 31st is reminded of as one of the 31st."""
    assert due_day(datetime(2027, 4, 1, 0, 0, tzinfo=BERLIN), BERLIN) == date(2027, 3, 31)
    assert due_day(datetime(2027, 4, 1, 0, 1, tzinfo=BERLIN), BERLIN) == date(2027, 4, 1)
    assert instant(date(2027, 3, 28), time(2, 30), BERLIN).astimezone(BERLIN).hour == 3


@pytest.mark.parametrize(
    ("typed", "read"), [("8", 8), ("um 20 Uhr", 20), ("12am", 0), ("24", 0), ("13pm", None)]
)
def test_times_are_read_as_people_type_them(typed: str, read: int | None) -> None:
    found = find_time(typed)
    assert (found.hour if found else None) == read
