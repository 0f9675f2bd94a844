import os
from pathlib import Path

from bot.knowledge.loading import fingerprint, load

ENTRY = "## {}\n\nDas.\n"


def write(folder: Path, name: str, text: str = "") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or ENTRY.format(path.stem), encoding="utf-8")
    return path


def test_folders_are_walked_in_sorted_order(tmp_path: Path) -> None:
    """The order of entries does not depend on the file system."""
    for name in ("d.md", "a/z.md", "a/c.MD", "b.md"):
        write(tmp_path, name)
    files = [Path(str(entry.file)) for entry in load([tmp_path]).entries]
    found = [file.relative_to(tmp_path).as_posix() for file in files]
    assert found == ["b.md", "d.md", "a/c.MD", "a/z.md"]


def test_readme_and_temporary_files_are_skipped(tmp_path: Path) -> None:
    """Editors and spreadsheets leave files behind that are no knowledge."""
    for name in ("README.md", "a/readme.md", ".x.md", "~$x.xlsx", "x.md~", ".git/y.md", "n.txt"):
        write(tmp_path, name)
    loaded = load([tmp_path])
    assert (loaded.entries, loaded.problems) == ((), ())


def test_an_id_in_two_files_is_a_problem_and_the_first_keeps_it(tmp_path: Path) -> None:
    """The message names the other place."""
    first = write(tmp_path, "a.md", "## Wer?\n\nIch.\n")
    second = write(tmp_path, "b.md", "\n\n## Wer?\n\nDu.\n")
    loaded = load([tmp_path])
    assert [entry.answer for entry in loaded.entries] == ["Ich."]
    (problem,) = loaded.problems
    assert (problem.file, problem.line) == (str(second), 3)
    assert f"{first}, line 1" in problem.message


def test_good_files_are_read_beside_bad_ones(tmp_path: Path) -> None:
    """One editor's mistake does not cost the others' work."""
    write(tmp_path, "a.md", "---\nx: [\n---\n")
    write(tmp_path, "b.md")
    loaded = load([tmp_path])
    assert [entry.id for entry in loaded.entries] == ["b"]
    assert len(loaded.problems) == 1


def test_a_missing_path_is_a_problem(tmp_path: Path) -> None:
    """A typing error in the configuration is not taken for an empty knowledge base."""
    (problem,) = load([tmp_path / "nowhere"]).problems
    assert "does not exist" in problem.message


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """A link to nowhere stands for anything unreadable."""
    path = write(tmp_path, "a.md")
    path.unlink()
    path.symlink_to(tmp_path / "gone.md")
    (problem,) = load([tmp_path]).problems
    assert "cannot be read" in problem.message


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """A folder and a file in it may both stand in the configuration."""
    path = write(tmp_path, "a.md")
    assert load([tmp_path, path]).problems == ()


def test_the_fingerprint_changes_with_names_sizes_and_times(tmp_path: Path) -> None:
    """It tells when to load again without reading anything."""
    path = write(tmp_path, "a.md")
    os.utime(path, ns=(1, 1))
    seen = [fingerprint([tmp_path])]
    assert fingerprint([tmp_path]) == seen[0] == load([tmp_path]).fingerprint
    os.utime(path, ns=(2, 2))
    seen.append(fingerprint([tmp_path]))
    path.rename(tmp_path / "b.md")
    seen.append(fingerprint([tmp_path]))
    write(tmp_path, "c.md")
    seen.append(fingerprint([tmp_path]))
    assert len(set(seen)) == len(seen)
