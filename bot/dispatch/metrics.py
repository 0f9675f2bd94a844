"""What is counted about receiving."""

from prometheus_client import Counter, Gauge

EVENTS = Counter(
    "stadtfunk_events", "Incoming events, by channel and what became of them", ["channel", "kind"]
)
LAST_CONTACT = Gauge(
    "stadtfunk_last_contact_timestamp_seconds",
    "Unix time at which a network last answered a poll or sync; 0 before the first time",
    ["channel"],
)
