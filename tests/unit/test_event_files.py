"""The operator's files of events, all together."""

from pathlib import Path

from bot.services.event_files import load

ONE = '[[event]]\nid = "a"\ntitel = "x"\nstart = 2027-05-11\n'
TWO = ONE + '[[event]]\nid = "b"\ntitel = "x"\nstart = 2027-05-12\n'


def test_a_file_with_a_mistake_and_a_repeated_id_give_nothing(tmp_path: Path) -> None:
    """All of a file, or none of it; the first of two files keeps the id."""
    (tmp_path / "a.toml").write_text(TWO, encoding="utf-8")
    (tmp_path / "b.toml").write_text(ONE, encoding="utf-8")
    (tmp_path / "c.json").write_text('[{"id": "c", "titel": "x"}]', encoding="utf-8")
    loaded = load([tmp_path])
    assert [event.uid for event in loaded.events] == ["a", "b"]
    assert [str(one).removeprefix(f"{tmp_path}/").split(": ")[0] for one in loaded.problems] == [
        "b.toml:a",
        "c.json:[1] c",
    ]
