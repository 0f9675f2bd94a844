"""`make bench`: everything that is measured, as tables."""

import asyncio

from bench import broadcast, reply
from bench.table import show


def main() -> None:
    """Measure and print."""
    print("Telegram, on the emulator in its own process; medians of alternating runs\n")
    print(show(asyncio.run(reply.measure())))
    print("\nA broadcast to 300 people under Telegram's limits, on a strict emulator\n")
    print(show(asyncio.run(broadcast.measure())))
    print("\nAnswers: python bench/faq.py DIR, for a DIR with kb.jsonl and queries.jsonl")
    print("10,000 entries: python bench/scale.py [--encoder]")


if __name__ == "__main__":
    main()
