"""Any events, for Hypothesis."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.events.event import DeadlineKind, Deviation, Event, Kind, Series, Stage, Status
from bot.text.moments import DAY_MINUTES, Moment

ZONES = ["Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kathmandu", "UTC"]
RULES = [
    "FREQ=DAILY;COUNT=9",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=8",
    "FREQ=MONTHLY;UNTIL=20290301",
    "FREQ=WEEKLY;UNTIL=20281231T100000",
    "FREQ=YEARLY",
]
days = st.dates(date(2026, 1, 1), date(2028, 12, 31)) | st.sampled_from(
    [date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 2, 29)]
)
words = st.text(min_size=1, max_size=90).filter(lambda text: text.strip())
texts = st.text(max_size=300) | st.sampled_from(["a;b,c\\d\ne", "Größe " * 40, "x\r\ny\x00\x0b"])


@st.composite
def series(draw: st.DrawFn, start: Moment) -> Series:
    """Draw a series whose changed dates are among its first."""
    rule = draw(st.sampled_from(RULES))
    step = {"DAILY": 1, "WEEKLY": 14 if "INTERVAL" in rule else 7}
    apart = next((count for name, count in step.items() if name in rule), 0)
    changed = []
    for number in draw(st.sets(st.integers(0, 7), max_size=3)) if apart else ():
        original = start.shifted(number * apart)
        moved = draw(st.none() | st.integers(-1, 1).map(original.shifted))
        changed.append(Deviation(original=original, start=moved, cancelled=draw(st.booleans())))
    return Series(rule=rule, deviations=tuple(changed))


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Draw an event that the model accepts."""
    day, kind = draw(days), draw(st.sampled_from(Kind))
    minute = draw(st.none() | st.integers(0, DAY_MINUTES))
    start = Moment(day=day, minute=minute)
    fields: dict[str, Any] = {"series": None}
    if minute != DAY_MINUTES and draw(st.booleans()):
        fields["series"] = draw(series(start))
    later = timedelta(days=draw(st.integers(1, 3)))
    end = Moment(day=day + later, minute=None if minute is None else draw(st.integers(0, 1440)))
    if kind is Kind.DEADLINE:
        fields["deadline"] = draw(st.none() | st.sampled_from(DeadlineKind))
        due = Moment(day=day - later, minute=draw(st.none() | st.integers(0, DAY_MINUTES)))
        fields["stages"] = draw(st.sampled_from([(), (Stage(title="Registrierung", due=due),)]))
    return Event(
        uid=draw(words),
        kind=kind,
        title=draw(words),
        text=draw(texts),
        start=start,
        end=draw(st.sampled_from([None, start, end])),
        zone=draw(st.sampled_from(ZONES)),
        place=draw(texts),
        link=draw(st.sampled_from(["", "https://www.example.org/ü?a=b;c,d#e", "mailto:a@b.org"])),
        status=draw(st.sampled_from(Status)),
        **fields,
    )
