"""How long reading takes beside the libraries alone, and that it grows with the length only.

Usage: python -m bench.feeds_reading

Made-up files: processor time of reading, divided by what feedparser or icalendar take alone for
the same bytes; and for hostile forms how much longer twice as much takes (2 is linear).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Final

import feedparser
import icalendar

from bench.table import Figure, medians, show
from bot.feeds.reading import parse

RUNS: Final = 3
TEXT: Final = "Das Projekt fördert digitale Werkzeuge der Verwaltung, "


def calendar(number: int) -> bytes:
    """Return a calendar of so many events."""
    event = (
        "BEGIN:VEVENT\r\nUID:{0}@example.org\r\nDTSTAMP:20270101T000000Z\r\n"
        "DTSTART;TZID=Europe/Berlin:2027{1:02}{2:02}T100000\r\n"
        "DTEND;TZID=Europe/Berlin:2027{1:02}{2:02}T120000\r\n"
        "SUMMARY:Sitzung {0}\r\nLOCATION:Rathaus\\, Saal {2}\r\nDESCRIPTION:{3}\r\nEND:VEVENT\r\n"
    )
    events = (event.format(n, n % 12 + 1, n % 28 + 1, TEXT * 2) for n in range(number))
    whole = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(events) + "END:VCALENDAR\r\n"
    return whole.encode()


def rss(number: int, closing: str = "</title>") -> bytes:
    """Return an RSS feed of so many items."""
    item = (
        "<item><title>Aufruf {0}{1}<link>https://example.org/{0}</link><guid>{0}</guid>"
        "<pubDate>Mon, 04 Jan 2027 10:00:00 +0100</pubDate>"
        "<description>&lt;p&gt;{2}bis 31. März 2027&lt;/p&gt;</description></item>"
    )
    items = "".join(item.format(n, closing, TEXT * 6) for n in range(number))
    return f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>".encode()


SOUND: Final[Mapping[str, tuple[bytes, Callable[[bytes], object], str]]] = {
    "a calendar of 5,000 events": (*(calendar(5000), icalendar.Calendar.from_ical, "icalendar"),),
    "RSS of 2,000 items": (rss(2000), feedparser.parse, "feedparser"),
    "RSS of 2,000 items, all broken": (rss(2000, "</titel>"), feedparser.parse, "feedparser"),
}

HOSTILE: Final[Mapping[str, Callable[[int], bytes]]] = {
    "elements inside elements": lambda n: b"<rss><channel><item>" + b"<a>" * n,
    "items inside items": lambda n: b"<rss><channel>" + b"<item>" * n,
    "sections never closed": lambda n: b"<rss><channel>" + b"<![CDATA[<item>" * n,
    "tags never closed": lambda n: b"<rss><channel><item>" + b"<" * n,
    "quotes never closed": lambda n: b"<rss><channel><item>" + b"<a b='" * n,
    "undeclared prefixes": lambda n: (
        b"<rss><channel><item>" + b"".join(b"<x%d:y/>" % one for one in range(n)) + b"</item>"
    ),
    "words like dates": lambda n: b"<rss><channel><item><title>" + b"bis 1.2. " * n,
    "digits": lambda n: b"<rss><channel><item><title>" + b"1." * n,
    "events never closed": lambda n: b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nUID:1\n" * (n // 8),
    "folds": lambda n: b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x" + b"\n x" * n,
}


def spent(read: Callable[[bytes], object], data: bytes) -> float:
    """Return the processor time of reading *data*, in milliseconds."""
    began = time.process_time()
    read(data)
    return (time.process_time() - began) * 1000


def measure() -> Sequence[Figure]:
    """Measure sound files beside the libraries, in alternating runs."""
    figures = []
    for name, (data, baseline, against) in SOUND.items():
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(spent(parse, data))
            theirs.append(spent(baseline, data))
        figures.append(medians(f"{name}, {len(data) / 1e6:.1f} MB, ms", ours, theirs, against))
    return figures


def doubled(size: int = 20_000) -> Sequence[Figure]:
    """Measure hostile forms at twice a size beside the size."""
    figures = []
    for name, made in HOSTILE.items():
        half, whole = made(size), made(2 * size)
        once = median(spent(parse, half) for _ in range(RUNS))
        twice = median(spent(parse, whole) for _ in range(RUNS))
        figures.append(Figure(f"{name}, ms", twice, once, "half of it; 2 is linear"))
    return figures


def main() -> None:
    """Measure and print."""
    print("Reading feeds beside the libraries alone, processor time\n")
    print(show(measure()))
    print("\nHostile files at twice the length\n")
    print(show(doubled()))


if __name__ == "__main__":
    main()
