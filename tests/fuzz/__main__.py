"""`make fuzz SECONDS=60`: atheris on every entry of the parsers, one after the other.

Usage: python -m tests.fuzz [--seconds 60] [entry ...]

Each entry runs in a process of its own, since atheris ends the one that it runs in. What it finds
is written into .fuzz/, beside what it has learnt; a file of .fuzz/ is tried again by
python -m tests.fuzz --only ENTRY .fuzz/FILE.
"""

import argparse
import subprocess
import sys
from pathlib import Path

NAMES = ("feed", "calendar", "entry", "words", "revisions")
FOLDER = Path(".fuzz")
LONGEST = 4096
"""Bytes of one input: what breaks a parser is short."""
SLOWEST, MOST_MEMORY = 10, 2048
"""Seconds and MiB at which one input counts as a hang or a leak."""


def main() -> int:
    """Fuzz what the command line asks for; 1 if something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each entry")
    parser.add_argument("--only", help="run this entry in this process, with the files named")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if arguments.only and arguments.names:
        return tried_again(arguments.only, arguments.names)
    if arguments.only:
        fuzz(arguments.only, arguments.seconds)
    return max(apart(one, arguments.seconds) for one in arguments.names or NAMES)


def apart(name: str, seconds: int) -> int:
    """Fuzz one entry in a process of its own."""
    print(f"{name}: {seconds} seconds", flush=True)
    command = [sys.executable, "-m", "tests.fuzz", "--only", name, "--seconds", str(seconds)]
    return int(subprocess.run(command, check=False).returncode != 0)


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one entry; this process ends with it."""
    import atheris

    # Whatever is imported in here is watched; all that is imported would take minutes to prepare.
    with atheris.instrument_imports(include=["bot.feeds", "bot.text", "feedparser", "icalendar"]):
        from tests.fuzz.entries import ENTRIES
        from tests.fuzz.seeds import SEEDS
    learnt = FOLDER / name
    learnt.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (learnt / f"seed-{number}").write_bytes(seed)
    options = [
        *(f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}"),
        *(f"-rss_limit_mb={MOST_MEMORY}", f"-artifact_prefix={FOLDER}/{name}-"),
        *("-print_final_stats=1", "-verbosity=0"),
    ]
    atheris.Setup([sys.argv[0], *options, str(learnt)], ENTRIES[name])
    atheris.Fuzz()


def tried_again(name: str, files: list[str]) -> int:
    """Run an entry on files, such as those that were found."""
    from tests.fuzz.entries import ENTRIES

    for file in files:
        ENTRIES[name](Path(file).read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
