"""The command: what an operator types and reads."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import __version__
from bot.cli import app
from bot.knowledge.embedding import INSTALL_THOROUGH, ThoroughEncoder
from bot.storage import schema
from tests.unit.knowledge import models

Stadtfunk = Callable[..., Result]

ENTRIES = """\
## Was ist die KTS?

| Feld | Wert |
|---|---|
| id | kts |

Die Koordinierungs- und Transferstelle.

## Wie hoch ist die Förderquote?

65 Prozent.
"""
TOKEN = "4711:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"


@pytest.fixture
def stadtfunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stadtfunk:
    """The command, in an empty directory and without the sentence encoder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STADTFUNK_KNOWLEDGE__ENCODER", "false")

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=stdin)

    return invoke


def write(file: str, text: str) -> Path:
    """Write a file below the current directory."""
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def verdicts(result: Result) -> list[dict[str, object]]:
    """Read the lines of JSON that were printed."""
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_version_is_shown(stadtfunk: Stadtfunk) -> None:
    """A report of a fault can name it."""
    result = stadtfunk("--version")
    assert (result.stdout, result.exit_code) == (f"stadtfunk {__version__}\n", 0)


def test_init_writes_what_check_accepts(stadtfunk: Stadtfunk) -> None:
    """The sample works as it comes."""
    written = stadtfunk("init", "demo")
    assert written.exit_code == 0
    assert "wrote demo/config.toml" in written.stdout
    assert "wrote demo/knowledge/foerderung.md" in written.stdout
    checked = stadtfunk("check", "--config", "demo/config.toml")
    assert (checked.output, checked.exit_code) == ("demo/config.toml: ok\n", 0)


def test_init_never_overwrites(stadtfunk: Stadtfunk) -> None:
    """What the operator changed stays; what is missing is written."""
    stadtfunk("init", "demo")
    config = write("demo/config.toml", "# mine\n")
    Path("demo/knowledge/bot.md").unlink()
    again = stadtfunk("init", "demo")
    assert "kept  demo/config.toml" in again.stdout
    assert "wrote demo/knowledge/bot.md" in again.stdout
    assert config.read_text(encoding="utf-8") == "# mine\n"


def test_init_says_where_it_can_not_write(stadtfunk: Stadtfunk) -> None:
    """A file stands where the folder should be."""
    write("demo", "")
    result = stadtfunk("init", "demo")
    assert result.exit_code == 1
    assert result.stderr.startswith("demo: can't be written: ")
    assert len(result.stderr.splitlines()) == 1


def test_check_lists_every_problem_of_the_configuration(stadtfunk: Stadtfunk) -> None:
    """One run is enough to mend all of them, and no secret is among the lines."""
    write(
        "config.toml",
        f'admins = ["anna"]\n[hub]\ntimezone = "Mars/Olympus"\nnmae = "x"\n'
        f'[channels.telegram]\nenabled = true\ntokn = "{TOKEN}"\n'
        f"[channels.matrix]\nenabled = true\n[web]\nport = 70000\n",
    )
    result = stadtfunk("check")
    keys = {line.split(": ")[1] for line in result.stderr.splitlines()}
    assert result.exit_code == 1
    assert keys == {
        "admins.0",
        "hub.timezone",
        "hub.nmae",
        "channels.telegram.token",
        "channels.telegram.tokn",
        "channels.matrix.homeserver",
        "channels.matrix.user_id",
        "channels.matrix.password",
        "web.port",
    }
    assert TOKEN not in result.output


def test_check_lists_every_problem_of_the_knowledge(stadtfunk: Stadtfunk) -> None:
    """With file and line, and with the paths that lead nowhere."""
    write("knowledge/a.csv", "id;frage;antwort\nx;;Nichts gefragt\n")
    write("config.toml", '[knowledge]\npaths = ["knowledge", "elsewhere"]\n')
    result = stadtfunk("check")
    assert result.exit_code == 1
    assert "knowledge.paths: elsewhere does not exist" in result.stderr
    assert "knowledge/a.csv:" in result.stderr


def test_check_names_a_data_directory_that_can_not_be_made(stadtfunk: Stadtfunk) -> None:
    """A hub that could keep nothing is not let start only to fail."""
    write("file", "")
    write("knowledge.md", "## Eine Frage?\n\nEine Antwort.\n")
    write("config.toml", 'hub.data_dir = "file/data"\nknowledge.paths = ["knowledge.md"]\n')
    result = stadtfunk("check")
    assert result.exit_code == 1
    assert "hub.data_dir: file can't be written" in result.stderr


def test_check_misses_the_knowledge(stadtfunk: Stadtfunk) -> None:
    """A hub without entries can't answer anything."""
    write("config.toml", "")
    result = stadtfunk("check")
    assert result.exit_code == 1
    assert result.stderr.startswith("knowledge.paths: names no file or folder")


@pytest.mark.parametrize("command", ["check", "run", "chat", "ask", "migrate", "doctor"])
def test_a_configuration_that_is_not_there_is_one_line(stadtfunk: Stadtfunk, command: str) -> None:
    """Whatever was to be done with it."""
    result = stadtfunk(command, "--config", "nowhere.toml")
    assert result.exit_code == 1
    assert result.stderr == "nowhere.toml: there is no such file; `stadtfunk init` writes one\n"


def test_check_online_names_the_account_that_can_not_log_in(stadtfunk: Stadtfunk) -> None:
    """Nobody listens at the address, so the line says which one it is."""
    write("knowledge/a.md", ENTRIES)
    write(
        "config.toml",
        f'[knowledge]\npaths = ["knowledge"]\n[channels.telegram]\nenabled = true\n'
        f'token = "{TOKEN}"\nbase_url = "http://127.0.0.1:9"\n',
    )
    assert stadtfunk("check").exit_code == 0
    result = stadtfunk("check", "--online")
    (line,) = result.stderr.splitlines()
    assert (line.split(": ")[0], result.exit_code) == ("channels.telegram", 1)
    assert TOKEN not in result.output


def test_ask_shows_what_the_engine_would_do(stadtfunk: Stadtfunk) -> None:
    """For a person who tunes the knowledge base."""
    write("k.md", ENTRIES)
    result = stadtfunk("ask", "Was ist die KTS?", "--knowledge", "k.md")
    first, second, *_ = result.stdout.splitlines()
    assert first == "answer (confidence 1.00)"
    assert second == "  1.00  kts: Was ist die KTS?"


def test_ask_prints_json(stadtfunk: Stadtfunk) -> None:
    """For a program that measures it."""
    write("k.md", ENTRIES)
    (verdict,) = verdicts(stadtfunk("ask", "Was ist die KTS?", "--json", "--knowledge", "k.md"))
    assert set(verdict) == {"id", "decision", "entry", "confidence", "candidates"}
    assert (verdict["id"], verdict["decision"], verdict["entry"]) == (None, "answer", "kts")
    candidates = verdict["candidates"]
    assert isinstance(candidates, list)
    assert candidates[0] == {"entry": "kts", "score": 1.0}


def test_ask_explains_itself(stadtfunk: Stadtfunk) -> None:
    """What was read differently, what the scores are made of, and what speaks for an answer."""
    write("k.md", ENTRIES)
    shown = stadtfunk("ask", "hoehe der Förderqoute", "--explain", "--knowledge", "k.md").stdout
    assert "read Förderqoute as Förderquote" in shown
    assert "compared by: " in shown
    assert all(part in shown for part in ("phrasing", "entry", "cover", "margin", "missing"))


def test_an_encoder_that_is_not_installed_is_one_line(
    stadtfunk: Stadtfunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check names it; asking says so as well and goes on without it."""
    monkeypatch.setenv("STADTFUNK_KNOWLEDGE__ENCODER", "true")
    monkeypatch.setattr(ThoroughEncoder, "installed", lambda: None)
    write("k.md", ENTRIES)
    write("config.toml", '[knowledge]\npaths = ["k.md"]\n')
    assert stadtfunk("check").exit_code == 0
    assert stadtfunk("ask", "Was ist die KTS?").stderr == ""
    asked = stadtfunk("ask", "Was ist die KTS?", "--thorough")
    assert asked.stdout.startswith("answer")
    (line,) = asked.stderr.splitlines()
    assert INSTALL_THOROUGH in line
    write("config.toml", '[knowledge]\npaths = ["k.md"]\nthorough = true\n')
    checked = stadtfunk("check")
    assert checked.stderr.startswith("knowledge.thorough: ")
    assert (len(checked.stderr.splitlines()), checked.exit_code) == (1, 1)


def test_a_model_of_ones_own_can_be_tried(
    stadtfunk: Stadtfunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads along; what is wrong with its folder is one line and ends the command."""
    write("k.md", "## Wo kann ich parken?\n\nAm Hof.\n\n## Was kostet ein Ausweis?\n\n37 Euro.\n")
    models.write_model(Path("model"))
    asked = "ask", "Darf man mein Auto abstellen?", "--knowledge", "k.md", "--explain"
    refused = stadtfunk(*asked, "--model", "model")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("--model: needs the first encoder: knowledge.encoder = true")
    monkeypatch.setenv("STADTFUNK_KNOWLEDGE__ENCODER", "true")
    done = stadtfunk(*asked, "--model", "model")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "compared by: thorough" in done.stdout
    assert done.stdout.splitlines()[1].endswith("Wo kann ich parken?")
    Path("model/tokenizer.json").unlink()
    broken = stadtfunk(*asked, "--model", "model")
    assert broken.exit_code == 1
    assert broken.stderr.startswith("--model: model/tokenizer.json: there is no such file")


def test_the_check_loads_a_configured_model(
    stadtfunk: Stadtfunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip costs no answer: the hub goes on with the first encoder."""
    write("sub/k.md", ENTRIES)
    file = write("sub/config.toml", '[knowledge]\npaths = ["k.md"]\nmodel = "model"\n')
    unused = stadtfunk("check", "-c", str(file))
    assert unused.stderr == "knowledge.model: is not used, because knowledge.encoder is false\n"
    monkeypatch.setenv("STADTFUNK_KNOWLEDGE__ENCODER", "true")
    missing = stadtfunk("check", "-c", str(file))
    assert missing.stderr == "knowledge.model: sub/model: there is no such folder\n"
    assert missing.exit_code == 1
    asked = stadtfunk("ask", "Was ist die KTS?", "-c", str(file))
    assert asked.stdout.startswith("answer")
    assert "knowledge.model-unusable" in asked.stderr
    doctor = stadtfunk("doctor", "-c", str(file))
    assert (
        "knowledge FAIL  2 entries, 2 with a single phrasing; knowledge.model: " in doctor.stdout
    )
    models.write_model(Path("sub/model"))
    assert stadtfunk("check", "-c", str(file)).exit_code == 0


@pytest.mark.parametrize("from_pipe", [True, False])
def test_ask_answers_a_batch_in_order(stadtfunk: Stadtfunk, *, from_pipe: bool) -> None:
    """A line in, a line out; empty lines and a byte order mark change nothing."""
    write("k.md", ENTRIES)
    texts = ["Was ist die KTS?", "Danke!", "Wie hoch ist die Förderquote?"]
    lines = [json.dumps({"id": number, "text": text}) for number, text in enumerate(texts)]
    batch = "\n\n".join(lines)
    write("q.jsonl", "\ufeff" + batch)
    result = stadtfunk(
        "ask",
        "--batch",
        "-" if from_pipe else "q.jsonl",
        "--knowledge",
        "k.md",
        stdin="\ufeff" + batch,
    )
    found = [(one["id"], one["decision"], one["entry"]) for one in verdicts(result)]
    assert found == [
        (0, "answer", "kts"),
        (1, "silent", None),
        (2, "answer", "wie-hoch-ist-die-foerderquote"),
    ]


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '"text"', "5", '{"id": 1}', '{"text": null}', '{"text": 5}', "[" * 100_000],
    ids=lambda line: line[:20],
)
def test_a_bad_line_of_a_batch_is_named(stadtfunk: Stadtfunk, line: str) -> None:
    """With file and line; what came before it is answered."""
    write("k.md", ENTRIES)
    write("q.jsonl", f'{{"id": 1, "text": "Was ist die KTS?"}}\n\n{line}\n')
    result = stadtfunk("ask", "--batch", "q.jsonl", "--knowledge", "k.md")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr == 'q.jsonl:3: a line is of the form {"id": …, "text": …}\n'


def test_a_batch_that_is_no_text_is_refused(stadtfunk: Stadtfunk) -> None:
    """From a file and from a pipe alike: one line, no traceback."""
    write("k.md", ENTRIES)
    Path("q.jsonl").write_bytes(b"\xff\xfe")
    for batch, name in (("q.jsonl", "q.jsonl"), ("-", "standard input"), ("no.jsonl", "no.jsonl")):
        result = stadtfunk("ask", "--batch", batch, "--knowledge", "k.md", stdin=b"\xff\xfe\n")
        assert result.exit_code == 1
        (line,) = result.stderr.splitlines()
        assert line.startswith(f"{name}: can't be read: ")


def test_half_characters_in_a_batch_are_answered(stadtfunk: Stadtfunk) -> None:
    """JSON can hold what no terminal can show."""
    write("k.md", ENTRIES)
    write("q.jsonl", '{"id": "\\ud800", "text": "\\udc00 Was ist die KTS?"}\n')
    result = stadtfunk("ask", "--batch", "q.jsonl", "--knowledge", "k.md")
    (verdict,) = verdicts(result)
    assert verdict["entry"] == "kts"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("k.jsonl", '{"id": "kts", "questions": ["Was ist die KTS?"], "answer": "A", "tags": []}'),
        ("k.md", ENTRIES),
        ("k.csv", "id;frage;antwort\nkts;Was ist die KTS?;Die Stelle.\n"),
        ("folder/k.md", ENTRIES),
    ],
)
def test_ask_takes_any_knowledge_base(stadtfunk: Stadtfunk, file: str, text: str) -> None:
    """A file of any format, or a folder of them."""
    path = write(file, text)
    where = str(path if path.parent == Path() else path.parent)
    result = stadtfunk("ask", "Was ist die KTS?", "--json", "--knowledge", where)
    assert verdicts(result)[0]["entry"] == "kts"


def test_ask_falls_back_to_the_configured_knowledge_and_to_the_sample(
    stadtfunk: Stadtfunk,
) -> None:
    """Trying out needs nothing at all."""
    (sample,) = verdicts(stadtfunk("ask", "Was ist die KTS?", "--json"))
    assert sample["decision"] == "answer"
    write("k.md", ENTRIES)
    write("config.toml", '[knowledge]\npaths = ["k.md"]\n')
    (configured,) = verdicts(stadtfunk("ask", "Was ist die KTS?", "--json"))
    assert configured["entry"] == "kts"


def test_ask_without_entries_or_question_says_what_is_missing(stadtfunk: Stadtfunk) -> None:
    """One line each, with the way out."""
    nothing = stadtfunk("ask", "Was?", "--knowledge", "nowhere.md")
    assert nothing.exit_code == 1
    assert nothing.stderr.splitlines()[-1] == "there is no entry to answer with"
    write("k.md", ENTRIES)
    result = stadtfunk("ask", "--knowledge", "k.md")
    assert result.exit_code == 1
    assert result.stderr == "ask: a question or --batch FILE is needed\n"


def test_migrate_says_from_where_to_where(stadtfunk: Stadtfunk) -> None:
    """And doing it twice does no harm."""
    write("config.toml", "")
    assert stadtfunk("migrate").stdout == f"sqlite: empty → {schema.head()}\n"
    assert stadtfunk("migrate").stdout == f"sqlite: {schema.head()} → {schema.head()}\n"


def test_a_database_that_is_away_is_one_line_without_its_password(stadtfunk: Stadtfunk) -> None:
    """Nobody listens there."""
    write("config.toml", '[database]\nurl = "postgresql://hub:geheim123@127.0.0.1:9/hub"\n')
    result = stadtfunk("migrate")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "geheim123" not in result.output


def test_a_database_address_that_can_not_be_read_is_one_line(stadtfunk: Stadtfunk) -> None:
    """A slip in the port is a mistake in the configuration, and no traceback."""
    write("config.toml", '[database]\nurl = "postgresql://hub:geheim123@127.0.0.1:port/hub"\n')
    for command in ("check", "migrate", "doctor"):
        result = stadtfunk(command)
        assert result.exit_code == 1
        assert "database.url" in result.output
        assert "Traceback" not in result.output
        assert "geheim123" not in result.output


def test_doctor_prints_one_line_a_finding(stadtfunk: Stadtfunk) -> None:
    """Subject, level and what to do; a hub that was never run has no database yet."""
    write("k.md", ENTRIES)
    write("config.toml", '[knowledge]\npaths = ["k.md"]\n')
    result = stadtfunk("doctor")
    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["channels", "warn"],
        ["database", "ok"],
        ["hub", "warn"],
        ["knowledge", "ok"],
    ]
    assert "`stadtfunk run` makes it" in result.stdout
    assert "hub.operator" in result.stdout
    stadtfunk("migrate")
    assert "database  ok    sqlite, schema up to date" in stadtfunk("doctor").stdout


def test_doctor_fails_if_something_is_broken_and_shows_no_secret(stadtfunk: Stadtfunk) -> None:
    """Whatever is unreachable or broken has a line with its key."""
    write("k.csv", "id;frage;antwort\nx;;Nichts gefragt\n")
    write(
        "config.toml",
        f'[knowledge]\npaths = ["k.csv"]\n'
        f'[database]\nurl = "postgresql://hub:geheim123@127.0.0.1:9/hub"\n'
        f'[channels.telegram]\nenabled = true\ntoken = "{TOKEN}"\n'
        f'base_url = "http://127.0.0.1:9"\n'
        f'[channels.matrix]\nenabled = true\nhomeserver = "http://127.0.0.1:9"\n'
        f'user_id = "@bot:example.org"\npassword = "streng-geheim"\n',
    )
    result = stadtfunk("doctor")
    assert result.exit_code == 1
    failed = {line.split()[0] for line in result.stdout.splitlines() if line.split()[1] == "FAIL"}
    assert failed >= {"telegram", "matrix", "database", "knowledge"}
    for secret in (TOKEN, "geheim123", "streng-geheim"):
        assert secret not in result.output
