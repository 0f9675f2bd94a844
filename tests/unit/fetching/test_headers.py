"""What the heads of answers say about waiting."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fetching import headers

NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ({"Cache-Control": "public, max-age=300"}, 5 * MINUTE),
        ({"Cache-Control": "max-age=300", "Age": "240"}, MINUTE),
        ({"Cache-Control": "max-age=300", "Age": "400"}, None),
        ({"Cache-Control": "max-age=300", "Retry-After": "600"}, 10 * MINUTE),
        ({"Cache-Control": "s-maxage=300"}, None),
        ({"Cache-Control": "no-cache, max-age=300"}, None),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "max-age=31536000"}, timedelta(days=1)),
        ({"Retry-After": "Fri, 15 Jan 2027 09:01:00 GMT"}, MINUTE),
        ({"Retry-After": "Fri, 15 Jan 2027 10:01:00 +0100"}, MINUTE),
        ({}, None),
    ],
)
def test_a_good_answer_may_say_how_long_it_holds(
    said: dict[str, str], wait: timedelta | None
) -> None:
    """At most a day, less what it has lain somewhere."""
    assert headers.fresh_for(said, NOW) == wait


@given(st.text(max_size=600))
def test_nonsense_counts_as_not_said(value: str) -> None:
    """Nothing is raised, and nothing asks us to wait longer than a day."""
    said = dict.fromkeys(("Retry-After", "Cache-Control", "Age", "ETag"), value)
    for wait in (headers.retry_after(said, NOW), headers.fresh_for(said, NOW)):
        assert wait is None or timedelta(0) <= wait <= timedelta(days=1)
    kept = headers.text(said, "ETag")
    assert kept in {"", value.strip()}
    assert kept.isprintable()
