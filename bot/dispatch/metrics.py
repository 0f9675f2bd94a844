"""What is counted about receiving."""

from prometheus_client import Counter

EVENTS = Counter(
    "stadtfunk_events", "Incoming events, by channel and what became of them", ["channel", "kind"]
)
