"""`stadtfunk feeds add|list|check|remove`: what an operator types and reads."""

from pathlib import Path

import pytest

from tests.unit.feeds.samples import calendar
from tests.unit.test_cli import Stadtfunk, stadtfunk

__all__ = ["stadtfunk"]  # the fixture

TALK = "UID:1\nSUMMARY:Rat\nDTSTART;VALUE=DATE:29991118"


@pytest.fixture
def folder(stadtfunk: Stadtfunk) -> str:  # it is made where the command runs
    """A folder with a calendar, beside a configuration."""
    Path("config.toml").write_text('[hub]\ndata_dir = "data"\n', encoding="utf-8")
    inside = Path("kalender")
    inside.mkdir()
    (inside / "rat.ics").write_bytes(calendar(TALK))
    assert stadtfunk("--version").exit_code == 0
    return str(inside)


def test_a_source_is_added_checked_and_removed(stadtfunk: Stadtfunk, folder: str) -> None:
    """Checking reads it, and keeps nothing of it."""
    added = stadtfunk("feeds", "add", folder, "--topic", "Konferenzen", "--every", "2h")
    assert (added.stdout, added.exit_code) == ("1: kalender\n", 0)
    (line,) = stadtfunk("feeds", "list").stdout.splitlines()
    assert line.split()[:4] == ["1", "ok", "announce", "kalender"]
    assert line.endswith("never read")
    for _ in range(2):
        checked = stadtfunk("feeds", "check", "1")
        assert checked.stdout.splitlines()[0] == "1: kalender: 1 items, 1 new or different"
        assert checked.stdout.splitlines()[1].split()[0] == "new"
    assert stadtfunk("feeds", "remove", "1").stdout == "1: kalender: removed\n"
    assert stadtfunk("feeds", "list").stdout == ""


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["ftp://example.org/x", "--topic", "Konferenzen"], "is no address that can be read"),
        (["https://example.org/x", "--topic", "Angeln"], "Angeln"),
        (["https://example.org/x", "--topic", "Konferenzen", "--every", "1m"], "“1m”"),
        (["https://example.org/x", "--topic", "Konferenzen", "--mode", "laut"], "“laut”"),
        (["https://example.org/x", "--topic", "Konferenzen", "--template", "{x}"], "“x”"),
        (["https://example.org/x", "--topic", "Konferenzen", "--wanted", "*"], "“*”"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    stadtfunk: Stadtfunk, folder: str, typed: list[str], told: str
) -> None:
    """With the way out; and nothing is kept."""
    assert folder
    refused = stadtfunk("feeds", "add", *typed)
    assert refused.exit_code == 1
    assert told in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert stadtfunk("feeds", "list").stdout == ""


def test_an_unknown_source_is_named(stadtfunk: Stadtfunk, folder: str) -> None:
    """By its number."""
    assert folder
    refused = stadtfunk("feeds", "check", "9")
    assert (refused.stderr, refused.exit_code) == ("There is no source 9.\n", 1)


def test_a_program_gets_an_address_and_a_token(stadtfunk: Stadtfunk) -> None:
    """Shown once; another token takes the place of the first."""
    Path("config.toml").write_text(
        '[web]\nenabled = true\npublic_url = "https://hub.example.org/"\n', encoding="utf-8"
    )
    added = stadtfunk("feeds", "webhook", "--name", "Kalender", "--topic", "Konferenzen")
    assert added.exit_code == 0, added.stderr
    lines = added.stdout.splitlines()
    assert lines[:2] == ["1: Kalender", "address: https://hub.example.org/sources/1/items"]
    renewed = stadtfunk("feeds", "token", "1")
    assert renewed.stdout.splitlines()[2].startswith("token: ")
    assert renewed.stdout.splitlines()[2] != lines[2]
    assert "Kalender" in stadtfunk("feeds", "list").stdout


def test_only_what_sends_has_a_token(stadtfunk: Stadtfunk, folder: str) -> None:
    """What is read needs none."""
    stadtfunk("feeds", "add", folder, "--topic", "Konferenzen")
    refused = stadtfunk("feeds", "token", "1")
    assert refused.exit_code == 1
    assert "does not send by itself" in refused.stderr
