"""The program as it is started in earnest: its output, its signals, its exit codes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import __version__

STADTFUNK = [sys.executable, "-m", "bot"]
ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds for a start on a busy machine."""

ENTRIES = """\
## Was ist die KTS?

Die Koordinierungs- und Transferstelle.

## Wie hoch ist die Förderquote?

65 Prozent.
"""
CONFIG = """\
[hub]
data_dir = "data"

[knowledge]
paths = ["knowledge"]
encoder = false

[web]
enabled = true
port = 0

[log]
format = "json"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A hub without networks, with two entries and a port of its own."""
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "k.md").write_text(ENTRIES, encoding="utf-8")
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


def stadtfunk(
    *arguments: str, stdin: str | bytes = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    done = subprocess.run(
        [*STADTFUNK, *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    output, errors = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, output, errors)


@contextmanager
def running(config: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the hub, and give it with its web address once it is up."""
    with subprocess.Popen(
        [*STADTFUNK, "run", "--config", config],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as hub:
        try:
            yield hub, f"http://127.0.0.1:{port(hub)}"
        finally:
            hub.kill()


def port(hub: subprocess.Popen[str]) -> int:
    """Return the port that the hub's log names."""
    assert hub.stderr
    for line in hub.stderr:
        entry = json.loads(line)
        if entry["event"] == "web.listening":
            return int(entry["port"])
    raise AssertionError("the hub never listened")


def fetch(address: str) -> tuple[int, str]:
    """Return status and body of a page."""
    try:
        with urllib.request.urlopen(address, timeout=10) as response:  # noqa: S310 # our own
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_module_is_the_command() -> None:
    """Where no script is installed, Python alone is enough."""
    done = stadtfunk("--version")
    assert (done.stdout, done.returncode) == (f"stadtfunk {__version__}\n", 0)


def test_a_pipe_is_answered_in_order_and_to_the_end(config: Path) -> None:
    """Each line gets its reply below the one before; nothing is lost at the end of the input."""
    lines = "Wie hoch ist die Förderquote?\nWas ist die KTS?\n\n/sprache en\n/impressum"
    done = stadtfunk("chat", "--config", str(config), "--as", "anna", stdin=lines)
    assert (done.returncode, done.stderr) == (0, "")
    replies = re.findall(
        r"65 Prozent|Transferstelle|answers come in English|No imprint", done.stdout
    )
    assert replies == ["65 Prozent", "Transferstelle", "answers come in English", "No imprint"]
    again = stadtfunk("chat", "--config", str(config), "--as", "anna", stdin="/start\n")
    assert again.stdout.startswith("This is Stadtfunk.")


def test_a_pipe_of_rubbish_is_answered(config: Path) -> None:
    """Bytes that are no text, NUL, and numbers from nowhere."""
    done = stadtfunk("chat", "--config", str(config), stdin=b"\xff\xfe\x00\n1\nWas ist die KTS?")
    assert done.returncode == 0
    assert "Transferstelle" in done.stdout


def test_a_reader_who_has_seen_enough_ends_the_chat_quietly(config: Path) -> None:
    """As with ``| head -1``: no traceback, no endless trying again."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        [*STADTFUNK, "chat", "--config", config],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.PIPE,
    ) as chat:
        for end in (reading, writing):
            os.close(end)
        _, errors = chat.communicate(b"Was ist die KTS?\n" * 3, timeout=PATIENCE)
    assert (chat.returncode, errors) == (0, b"")


def test_an_empty_pipe_ends_at_once(config: Path) -> None:
    """Nothing asked, nothing answered."""
    done = stadtfunk("chat", "--config", str(config))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("command", ["chat", "run"])
def test_a_broken_configuration_is_one_line(tmp_path: Path, command: str) -> None:
    """With its key, with exit code 1 and without a traceback."""
    broken = tmp_path / "config.toml"
    broken.write_text('[hub]\nnmae = "x"\n', encoding="utf-8")
    done = stadtfunk(command, "--config", str(broken))
    assert done.returncode == 1
    assert done.stderr == (
        "config.toml: hub.nmae: there is no such key; meant: hub.name? (at line 2)\n"
    )


def test_a_data_directory_that_can_not_be_written_is_one_line(config: Path) -> None:
    """A file stands where the folder should be."""
    (config.parent / "data").write_text("", encoding="utf-8")
    done = stadtfunk("run", "--config", str(config))
    assert done.returncode == 1
    assert done.stderr.startswith("hub.data_dir can't be written: ")
    assert len(done.stderr.splitlines()) == 1


def test_the_hub_tells_that_it_is_alive_ready_and_what_it_counts(config: Path) -> None:
    """What an orchestrator and a monitoring ask, on a hub without networks."""
    with running(config) as (_, address):
        assert fetch(f"{address}/livez") == (200, "ok\n")
        status, body = fetch(f"{address}/readyz")
        assert (status, json.loads(body)) == (200, {"ready": True, "parts": {"database": "ok"}})
        status, body = fetch(f"{address}/metrics")
        assert status == 200
        assert "# TYPE stadtfunk_events_total counter" in body
        assert fetch(f"{address}/nowhere")[0] == 404


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_hub_stops_in_order_when_asked(config: Path, number: signal.Signals) -> None:
    """Within ten seconds and with exit code 0."""
    with running(config) as (hub, _):
        asked = time.monotonic()
        hub.send_signal(number)
        _, log = hub.communicate(timeout=PATIENCE)
        assert time.monotonic() - asked < 10
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert hub.returncode == 0
    assert "hub.stopping" in events
    assert events[-1] == "hub.stopped"
    assert not [line for line in log.splitlines() if json.loads(line)["level"] == "error"]


def test_a_hub_whose_networks_are_away_stops_in_order_as_well(config: Path) -> None:
    """It waits for nobody whom it never reached, and its log has no secret."""
    token = "4711:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
    config.write_text(
        f'{CONFIG}\n[channels.telegram]\nenabled = true\ntoken = "{token}"\n'
        'base_url = "http://127.0.0.1:9"\n',
        encoding="utf-8",
    )
    with running(config) as (hub, address):
        status, body = fetch(f"{address}/readyz")
        assert status == 503
        assert json.loads(body)["parts"]["telegram"] == "no contact yet"
        asked = time.monotonic()
        hub.terminate()
        _, log = hub.communicate(timeout=PATIENCE)
        assert time.monotonic() - asked < 5
    assert hub.returncode == 0
    assert token not in log


def test_a_second_hub_on_the_same_data_is_refused(config: Path) -> None:
    """One line says which folder is taken; the first hub goes on, and its end frees the folder."""
    with running(config) as (_, address):
        second = stadtfunk("run", "--config", str(config))
        assert second.returncode == 1
        assert second.stderr.splitlines() == [
            f"hub.data_dir: another process holds {config.parent}/data (hub.lock)"
        ]
        assert fetch(f"{address}/livez")[0] == 200
    with running(config) as (_, address):
        assert fetch(f"{address}/livez")[0] == 200


def test_people_can_chat_while_the_hub_runs(config: Path) -> None:
    """Trying something out needs no stop of the networks."""
    with running(config):
        done = stadtfunk("chat", "--config", str(config), stdin="Was ist die KTS?\n")
    assert done.returncode == 0
    assert "Transferstelle" in done.stdout
