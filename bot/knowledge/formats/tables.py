"""Knowledge in tables: CSV as spreadsheets write it, and XLSX."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from bot.knowledge.entry import Entry, Problem
from bot.knowledge.formats.fields import Collector, attribute, bad_byte, text

LARGEST_SHEET: Final = 100_000_000
"""Most bytes an XLSX file may unpack to; a small archive can hide gigabytes."""

LONGEST_CELL: Final = 1_000_000
"""Most characters in a CSV cell."""

Row = tuple[int, Sequence[Any]]


def parse_csv(data: bytes, file: str) -> tuple[list[Entry], list[Problem]]:
    """Read a CSV file with a header row, separated by ``;``, ``,`` or tabs.

    UTF-8 with or without a byte order mark, else Windows-1252 as German spreadsheets save it.
    Never raises: whatever is wrong becomes a problem with its line.
    """
    found = Collector(file)
    content = _decode(data, found)
    if content is not None:
        _read(_csv_rows(content, found), found)
    return found.entries, found.problems


def parse_xlsx(data: bytes, file: str) -> tuple[list[Entry], list[Problem]]:
    """Read the first sheet of an XLSX workbook with a header row.

    Never raises: whatever is wrong becomes a problem with its row.
    """
    found = Collector(file)
    try:
        rows = _xlsx_rows(data)
    except Exception:  # noqa: BLE001 openpyxl lets zip, XML, key and value errors through
        found.complain(None, "The workbook cannot be opened; please save it as .xlsx again.")
    else:
        _read(rows, found)
    return found.entries, found.problems


def _decode(data: bytes, found: Collector) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        found.complain(*bad_byte(data, error))
        return None


def _csv_rows(content: str, found: Collector) -> Iterator[Row]:
    head = content.lstrip().split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            yield start, cells
            start = reader.line_num + 1
    except csv.Error:
        found.complain(start, "A quotation mark is not closed here; please check this row.")


def _xlsx_rows(data: bytes) -> list[Row]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST_SHEET:
            raise ValueError("too large")
    import openpyxl  # slow to load, and most knowledge bases have no workbook

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        return list(enumerate(sheet.iter_rows(values_only=True), start=1))
    finally:
        book.close()


def _read(rows: Iterable[Row], found: Collector) -> None:
    filled = ((line, cells) for line, cells in rows if any(text(cell) for cell in cells))
    line, head = next(filled, (1, ()))
    columns = _columns(head, line, found)
    for row, cells in filled:
        if columns is not None:
            _read_row(columns, row, cells, found)


def _columns(head: Sequence[Any], line: int, found: Collector) -> list[str | None] | None:
    """The attribute of each column; ``None`` when question or answer is missing."""
    columns = [attribute(cell) for cell in head]
    for cell, column in zip(head, columns, strict=True):
        if column is None and text(cell):
            found.complain(line, f"The column “{text(cell)}” is not known; please rename it.")
        elif column is not None and columns.count(column) > 1:
            found.complain(line, f"There are two columns for “{column}”; please keep one.")
            return None
    missing = [name for name in ("questions", "answer") if name not in columns]
    for name in missing:
        wanted = {"questions": "frage", "answer": "antwort"}[name]
        found.complain(line, f"The column “{wanted}” is missing; please add it to the first row.")
    return None if missing else columns


def _read_row(
    columns: Sequence[str | None], line: int, cells: Sequence[Any], found: Collector
) -> None:
    extra = [text(cell) for cell in cells[len(columns) :] if text(cell)]
    if extra:
        found.complain(
            line, "This row has more cells than the first row; please put the text in quotes."
        )
        return
    values = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    found.add(values, line=line)
