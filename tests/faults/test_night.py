"""The night of the suite: what it makes clocks on walls show, and what the hub makes of it."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.timing.leads import Lead, Unit, remind_at
from bot.timing.quiet import Quiet, held_until
from tests.faults.night import ZONE, Change, Night

ZERO = 1_795_828_500


@pytest.fixture(params=list(Change))
def night(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Night]:
    """A night, in whose zone this process lives for a while."""
    made = Night(ZERO, request.param)
    made.write(tmp_path)
    zoneinfo.reset_tzpath([str(tmp_path / "zoneinfo"), *zoneinfo.TZPATH])
    zoneinfo.ZoneInfo.clear_cache()
    yield made
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


def _shown(instant: float) -> str:
    return f"{datetime.fromtimestamp(instant, zoneinfo.ZoneInfo(ZONE)):%H:%M:%S}"


def test_clocks_show_what_they_show_in_such_a_night(night: Night) -> None:
    """In spring an hour is left out, in autumn one comes twice."""
    shown = [_shown(night.changes_at + seconds) for seconds in (-1, 0)]
    assert (
        shown
        == {
            Change.NONE: ["01:59:59", "02:00:00"],
            Change.SPRING: ["01:59:59", "03:00:00"],
            Change.AUTUMN: ["02:59:59", "02:00:00"],
        }[night.change]
    )


def test_reminders_are_due_when_the_suite_expects_them(night: Night) -> None:
    """Also those for a time that is left out, or comes twice."""
    zone, tomorrow = zoneinfo.ZoneInfo(ZONE), night.today + timedelta(days=1)
    for which in range(6):
        wanted = night.reminded(which, minutes=3)
        at = time(wanted.minute // 60, wanted.minute % 60)
        found = remind_at(tomorrow, Lead(1, Unit.DAYS), at=at, zone=zone, laender=())
        assert found.timestamp() == wanted.at


def test_quiet_hours_end_when_the_suite_expects_it(night: Night) -> None:
    """By the clock on the wall, however long the night is."""
    quiet = Quiet(start=time(22), end=time(night.wakes.minute // 60), days=False)
    before = datetime.fromtimestamp(ZERO - 5, UTC)
    found = held_until(before, quiet, zone=zoneinfo.ZoneInfo(ZONE), laender=())
    assert found.timestamp() == night.wakes.at
