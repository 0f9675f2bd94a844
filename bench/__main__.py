"""`make bench`: everything that is measured, as tables."""

import asyncio

from bench import broadcast, feeds_reading, reply, speed
from bench.faq.__main__ import main as answers
from bench.table import show


def main() -> None:
    """Measure and print."""
    print("Telegram, on the emulator in its own process; medians of alternating runs\n")
    print(show(asyncio.run(reply.measure())))
    print("\nA broadcast to 300 people under Telegram's limits, on a strict emulator\n")
    print(show(asyncio.run(broadcast.measure())))
    print("\nA broadcast that nothing limits, on the least server there can be\n")
    print(show(asyncio.run(speed.measure())))
    print()
    feeds_reading.main()
    print("\nSources: python bench/sources.py reads 2,000 of them, which takes some minutes")
    print("\nAnswers about the sample knowledge base; python -m bench.faq --help explains them")
    answers([])
    print(
        "\n10,000 entries: python bench/scale.py [--encoder], python bench/reload.py [--encoder]"
    )


if __name__ == "__main__":
    main()
