"""`make bench`: everything that is measured, as tables; ``--page`` writes docs/performance.md.

Usage: python -m bench [--quick | --long] [--page] [--only NAME …]
"""

import argparse

from bench import feeds_reading, page
from bench.chapters import CHAPTERS, Chapter, Wish, measured
from bench.faq.__main__ import main as answers
from bench.table import show


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="only see that all of it works")
    length.add_argument("--long", action="store_true", help="ten minutes under real limits")
    parser.add_argument("--page", action="store_true", help="write docs/performance.md as well")
    parser.add_argument("--only", nargs="+", choices=CHAPTERS, help="measure these alone")
    arguments = parser.parse_args()
    wish = Wish(quick=arguments.quick, long=arguments.long)
    chapters = [_printed(name, wish) for name in arguments.only or CHAPTERS]
    if arguments.page:
        page.write(chapters, quick=wish.quick)
    if not (arguments.only or wish.quick):
        _answers()


def _printed(name: str, wish: Wish) -> Chapter:
    chapter = measured(name, wish)
    if chapter.figures:
        print(f"\n{chapter.title}  (--only {name})\n", show(chapter.figures), sep="\n")
        if chapter.beside:
            print("", chapter.beside, sep="\n")
    return chapter


def _answers() -> None:
    """Measure what has tables of its own."""
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
