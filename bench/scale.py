"""How the engine fares with very many entries, which are made up.

Usage: python bench/scale.py [--entries 10000] [--phrasings 3] [--encoder]

Printed: seconds to build, memory that building added (resident, once all is built and collected),
and milliseconds a question. Times are of the processor, which other programs on the machine
disturb less than the clock. Run it once without and once with ``--encoder``: memory is measured
for the whole process.
"""

import argparse
import gc
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.knowledge.embedding import SentenceEncoder
from bot.knowledge.engine import Engine
from bot.knowledge.entry import Entry

FIRST = "Förder Verwendungs Projekt Daten Stadt Klima Verkehrs Energie Bürger Digital Wasser Bau"
SECOND = "nachweis antrag plattform portal bericht konzept frist stelle karte gesetz plan netz"
ACTS = "beantragen melden prüfen ändern verlängern veröffentlichen abrechnen teilen finden laden"
FRAMES = (
    "Wie kann ich {thing} {act}?",
    "Wann muss man {thing} {act}",
    "{thing} {act} {place}",
    "Gibt es in {place} Regeln, um {thing} zu {act}?",
    "Wer hilft mir in {place} mit {thing}?",
)
QUESTIONS = 400


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--phrasings", type=int, default=3)
    parser.add_argument("--encoder", action="store_true", help="with the sentence encoder")
    arguments = parser.parse_args()
    entries = list(made_up(arguments.entries, arguments.phrasings))
    Engine.build(entries[:3])  # what is imported on first use is no part of the figures
    print(measure(entries, SentenceEncoder() if arguments.encoder else None))


def measure(entries: Sequence[Entry], encoder: SentenceEncoder | None) -> str:
    """One line of figures."""
    before = memory()
    began = time.process_time()
    engine = Engine.build(entries, embedder=encoder)
    built = time.process_time() - began
    added = memory() - before
    times = sorted(asked(engine, entries))
    late = statistics.quantiles(times, n=100)[98]
    return (
        f"{len(entries)} entries  built in {built:.1f} s  added {added:.0f} MB"
        f"  p50 {statistics.median(times):.1f}  p99 {late:.1f} ms"
    )


def memory() -> float:
    """Megabytes of the process that are in memory."""
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


def asked(engine: Engine, entries: Sequence[Entry]) -> Iterator[float]:
    """Milliseconds of processor time for each of :data:`QUESTIONS` questions."""
    draw = random.Random(2)
    for _ in range(QUESTIONS):
        words = draw.choice(draw.choice(entries).questions).split()
        words[draw.randrange(len(words))] = draw.choice(ACTS.split())
        began = time.thread_time()
        engine.ask(" ".join(words))
        yield (time.thread_time() - began) * 1000


def made_up(count: int, phrasings: int) -> Iterator[Entry]:
    """Entries about compound words and places that do not exist, always the same ones."""
    draw = random.Random(1)
    for number in range(count):
        thing = draw.choice(FIRST.split()) + draw.choice(SECOND.split()) + syllables(draw, 1)
        place = syllables(draw, 3).capitalize()
        frames = [draw.choice(FRAMES) for _ in range(phrasings)]
        texts = [
            frame.format(thing=thing, act=draw.choice(ACTS.split()), place=place)
            for frame in frames
        ]
        answer = " ".join(
            draw.choice(FRAMES).format(thing=thing, act=draw.choice(ACTS.split()), place=place)
            for _ in range(4)
        )
        yield Entry(id=f"e{number}", questions=tuple(texts), answer=answer)


def syllables(draw: random.Random, count: int) -> str:
    """A word nobody has heard."""
    return "".join(draw.choice("bdfgklmnprstvz") + draw.choice("aeiou") for _ in range(count))


if __name__ == "__main__":
    main()
