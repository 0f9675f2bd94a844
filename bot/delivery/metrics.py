"""What is counted about sending."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter(
    "stadtfunk_delivery_attempts",
    "Attempts to send, by channel and the state that followed",
    ["channel", "state"],
)
SEND_SECONDS = Histogram("stadtfunk_send_seconds", "Duration of one send", ["channel"])
LATENCY = Histogram(
    "stadtfunk_delivery_latency_seconds", "From the outbox to the network's answer", ["channel"]
)
BACKLOG = Gauge(
    "stadtfunk_deliveries", "Rows of the outbox now, by channel and state", ["channel", "state"]
)
