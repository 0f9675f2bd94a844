"""What a backup is inside: a gzipped tar that begins with what it is and ends with its sum.

Tables are files of JSON lines of about a megabyte, so that neither writing nor reading one needs
more memory than that; other files are copied as they are.
"""

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from bot.backups.sealing import Key, Lock, opened, sealed
from bot.errors import BackupError

FORMAT = 1
_ABOUT, _SUM = "about.json", "sum.json"
_DATABASE = "database/"
_PIECE = 1 << 20
_LARGEST = 1 << 28
"""Bytes of a piece of a table; one row of ours never needs a tenth."""


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself.

    Attributes:
        program: The version that made it.
        schema: The revision of its tables.
        dialect: The database that it was made from.
        made_at: When.
        tables: Of each table the columns, and what they hold, in the order of loading.
    """

    program: str
    schema: str
    dialect: str
    made_at: datetime
    tables: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


@dataclass(slots=True)
class Summary:
    """What is in a backup: rows of each table, and the bytes of each other file."""

    rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)


class Writer:
    """Puts one thing after the other into a backup."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._sum = hashlib.sha256()
        self._pieces = 0
        self.summary = Summary()

    def begin(self, about: About) -> None:
        """Say what it is; comes first."""
        tree = {"format": FORMAT, **asdict(about), "made_at": about.made_at.isoformat()}
        self._put(_ABOUT, json.dumps(tree).encode())

    def add_rows(self, table: str, number: int, lines: str) -> None:
        """Add rows of a table, a line each."""
        self._pieces += 1
        rows = self.summary.rows
        rows[table] = rows.get(table, 0) + number
        self._put(f"{_DATABASE}{self._pieces:06}-{table}.jsonl", lines.encode())

    def add_file(self, name: str, path: Path) -> None:
        """Add a file as it is now; what is appended meanwhile is left out."""
        with path.open("rb") as file:
            file.seek(0, io.SEEK_END)
            size = file.tell()
            file.seek(0)
            self._stream(name, file, size)
        self.summary.files[name] = size

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a file with this content."""
        self._put(name, content)
        self.summary.files[name] = len(content)

    def end(self) -> None:
        """Say what there had to be; comes last."""
        content = json.dumps({"sha256": self._sum.hexdigest(), **asdict(self.summary)})
        self._put(_SUM, content.encode())

    def _put(self, name: str, content: bytes) -> None:
        self._stream(name, io.BytesIO(content), len(content))

    def _stream(self, name: str, file: BinaryIO, size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        _note(self._sum, entry)
        self._archive.addfile(entry, _Summing(file, self._sum))


class _Summing(io.RawIOBase):
    """A file that is summed up while it is read."""

    def __init__(self, file: Any, total: Any) -> None:
        super().__init__()
        self._file = file
        self._total = total

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self._file.read(size)
        self._total.update(piece)
        return piece


def _note(total: Any, entry: tarfile.TarInfo) -> None:
    total.update(f"{entry.name}\0{entry.size}\0".encode())


@contextmanager
def writing(path: Path, lock: Lock) -> Iterator[Writer]:
    """Write a backup; the file is there only if the whole block went well.

    Raises:
        BackupError: It can't be written.
    """
    with (
        sealed(path, lock) as stream,
        gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        writer = Writer(archive)
        yield writer
        writer.end()


class Entry:
    """One thing in a backup, to be read before the next one.

    Attributes:
        name: As it was added.
        table: Whose rows it holds; ``None`` for a file.
    """

    def __init__(self, name: str, file: "_Counting") -> None:
        self.name = name
        self.table = name.partition("-")[2].removesuffix(".jsonl") if _is_rows(name) else None
        self._file = file

    def lines(self) -> str:
        """Return the rows."""
        content = self._file.read(_LARGEST)
        return content.decode()

    def content(self) -> bytes:
        """Return a small file."""
        return self._file.read(_LARGEST)

    def copy_to(self, path: Path) -> None:
        """Write the file, readable by us alone."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("wb") as target:
            for piece in iter(lambda: self._file.read(_PIECE), b""):
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())


def _is_rows(name: str) -> bool:
    return name.startswith(_DATABASE)


class Reader:
    """Reads one thing after the other out of a backup.

    Attributes:
        about: What the backup says of itself.
        summary: What has been read so far.
    """

    def __init__(self, path: Path, archive: tarfile.TarFile) -> None:
        self._path = path
        self._archive = archive
        self._sum = hashlib.sha256()
        self.summary = Summary()
        self.about = self._about()

    def entries(self) -> Iterator[Entry]:
        """Yield everything; what was not read of an entry is passed over.

        Raises:
            BackupError: It is not what was written.
        """
        while True:
            before = self._sum.hexdigest()
            member, file = self._next()
            if member.name == _SUM:
                return self._compare(json.loads(file.read(_LARGEST)), before)
            entry = Entry(member.name, file)
            yield entry
            while file.read(_PIECE):
                pass
            self._note(entry, member, file.lines)

    def _note(self, entry: Entry, member: tarfile.TarInfo, lines: int) -> None:
        if entry.table is None:
            self.summary.files[entry.name] = member.size
        else:
            rows = self.summary.rows
            rows[entry.table] = rows.get(entry.table, 0) + lines

    def _next(self) -> tuple[tarfile.TarInfo, "_Counting"]:
        member = self._archive.next()
        if member is None:
            raise BackupError(f"{self._path} is cut off")
        file = self._archive.extractfile(member) if _is_sound(member) else None
        if file is None:
            raise BackupError(f"{self._path} holds {member.name!r}, which no backup does")
        _note(self._sum, member)
        return member, _Counting(file, self._sum)

    def _compare(self, said: dict[str, Any], found: str) -> None:
        if said != {"sha256": found, **asdict(self.summary)}:
            raise BackupError(f"{self._path} is damaged: its content is not what was written")

    def _about(self) -> About:
        member, file = self._next()
        tree = json.loads(file.read(_LARGEST)) if member.name == _ABOUT else {}
        if tree.pop("format", None) != FORMAT:
            line = "is none of this program's backups, or of a newer version: update the program"
            raise BackupError(f"{self._path} {line}")
        tables = tuple(
            (name, tuple((c, k) for c, k in columns)) for name, columns in tree["tables"]
        )
        made_at = datetime.fromisoformat(tree["made_at"])
        return About(**{**tree, "tables": tables, "made_at": made_at})


def _is_sound(member: tarfile.TarInfo) -> bool:
    """Nothing in a backup leads out of the folder that it is written to."""
    parts = Path(member.name).parts
    return member.isfile() and ".." not in parts and not Path(member.name).is_absolute()


class _Counting(_Summing):
    """A summed file that counts its lines.

    Attributes:
        lines: How many were read so far.
    """

    lines = 0

    def read(self, size: int = -1) -> bytes:
        piece = super().read(size)
        self.lines += piece.count(b"\n")
        return piece


@contextmanager
def reading(path: Path, key: Key) -> Iterator[Reader]:
    """Read a backup; that it was whole is known only at the end of the block.

    Raises:
        BackupError: It can't be read, or *key* does not open it.
    """
    with opened(path, key) as stream, tarfile.open(fileobj=stream, mode="r|gz") as archive:
        yield Reader(path, archive)
