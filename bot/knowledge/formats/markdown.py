"""Knowledge in Markdown; the format is described in docs/reference/knowledge-format.md."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import frontmatter
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.knowledge.entry import Entry, Problem
from bot.knowledge.formats.fields import Collector, attribute, bad_byte, text

FIELD_HEADS = ("feld", "field")
"""First cell of a table that holds fields and is no part of the answer."""

_FENCES = {
    "fragen": "questions",
    "questions": "questions",
    "felder": "fields",
    "fields": "fields",
    "antwort": "answer",
    "answer": "answer",
}
"""What a code block is for whose first line has one of these words behind the backticks.

Whatever stands there is taken as it is, also what Markdown would read as something else.
"""

_PARSER = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table")


@dataclass(frozen=True)
class _Block:
    """A top-level block: its tokens and its lines, from *start* up to but without *end*."""

    tokens: Sequence[Token]
    start: int
    end: int

    @property
    def kind(self) -> str:
        return self.tokens[0].type

    @property
    def level(self) -> int:
        """1 to 6 for a heading, 0 for anything else."""
        return int(self.tokens[0].tag[1]) if self.kind == "heading_open" else 0

    @property
    def fence(self) -> str | None:
        """What a code block holds that is no part of the answer's Markdown, see _FENCES."""
        return _FENCES.get(self.tokens[0].info.strip().lower()) if self.kind == "fence" else None

    def inside(self, lines: Sequence[str]) -> list[str]:
        """The lines of a code block, as they are."""
        inner = lines[self.start + 1 : self.end]
        closed = inner and not inner[-1].strip().strip(self.tokens[0].markup[0])
        return list(inner[:-1] if closed else inner)

    def inlines(self) -> list[str]:
        return [token.content.strip() for token in self.tokens if token.type == "inline"]


def parse_markdown(data: bytes, file: str) -> tuple[list[Entry], list[Problem]]:
    """Read a Markdown file: a heading is a question, what follows is the answer.

    Never raises: whatever is wrong becomes a problem with its line.
    """
    found = Collector(file)
    split = _front_matter(data, found)
    if split is not None:
        defaults, lines, offset = split
        blocks = _blocks("\n".join(lines))
        for section in _sections(blocks):
            _read(section, lines, offset, defaults, found)
        if not found.entries and not found.problems:
            found.complain(1, "There is no question; please start each question with “## ”.")
    return found.entries, found.problems


def _front_matter(
    data: bytes, found: Collector
) -> tuple[Mapping[str, Any], list[str], int] | None:
    """The file-wide fields, the lines below them, and how many lines were above."""
    try:
        whole = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        raw, body = frontmatter.parse(whole)
    except UnicodeDecodeError as error:
        found.complain(*bad_byte(data, error))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        found.complain(line, "This YAML cannot be read; please check colons, quotes and indents.")
    except (ValueError, TypeError, AttributeError, RecursionError):
        found.complain(1, "The block between the “---” lines is no list of fields; please check.")
    else:
        offset = whole[: len(whole.rstrip()) - len(body)].count("\n")
        return _named(raw, found), body.split("\n"), offset
    return None


def _named(raw: Mapping[str, Any], found: Collector) -> Mapping[str, Any]:
    named = {}
    for name, value in raw.items():
        known = attribute(name)
        if known is None or known in ("id", "questions", "answer"):
            found.complain(1, f"The field “{name}” is not known here; please remove it.")
        else:
            named[known] = value
    return named


def _blocks(body: str) -> list[_Block]:
    blocks: list[_Block] = []
    opened = 0
    tokens = _PARSER.parse(body)
    for index, token in enumerate(tokens):
        if token.level == 0 and token.nesting == 1:
            opened = index
        elif token.level == 0:
            first = tokens[opened] if token.nesting == -1 else token
            start, end = first.map or [0, 0]
            begin = opened if token.nesting == -1 else index
            blocks.append(_Block(tokens[begin : index + 1], start, end))
    return blocks


def _sections(blocks: Sequence[_Block]) -> list[list[_Block]]:
    """Each question's heading with its blocks.

    Questions are the headings of level 2; in a file without any, those of level 1. A heading
    above that level is a title: the text between it and the next question is for editors only.
    """
    question = 2 if any(block.level == 2 for block in blocks) else 1  # noqa: PLR2004 the level
    sections: list[list[_Block]] = []
    inside = False
    for block in blocks:
        if block.level and block.level <= question:
            inside = block.level == question
            if inside:
                sections.append([block])
        elif inside:
            sections[-1].append(block)
    return sections


def _read(
    section: Sequence[_Block],
    lines: Sequence[str],
    offset: int,
    defaults: Mapping[str, Any],
    found: Collector,
) -> None:
    heading, *rest = section
    values = dict(defaults)
    for block in rest:
        if _is_fields(block):
            values.update(_fields(block, offset, found))
        elif block.fence == "fields":
            values.update(_written(block, lines, offset, found))
    others = [block for block in rest if not _is_fields(block) and block.fence != "fields"]
    values["questions"] = _phrasings(heading, others, lines)
    values["answer"] = "\n\n".join(_source(block, lines) for block in others)
    found.add(values, line=heading.start + 1 + offset)


def _phrasings(heading: _Block, others: list[_Block], lines: Sequence[str]) -> list[str]:
    """Take the phrasings out of the blocks below a heading; a code block of them has them all."""
    fences = [block for block in others if block.fence == "questions"]
    for block in fences:
        others.remove(block)
    phrasings = [] if fences else heading.inlines()
    for block in fences:
        phrasings += block.inside(lines)
    if others and others[0].kind == "bullet_list_open":
        phrasings += others.pop(0).inlines()
    return phrasings


def _source(block: _Block, lines: Sequence[str]) -> str:
    """The block as it was written, so that nothing of the Markdown is lost."""
    if block.fence == "answer":
        return "\n".join(block.inside(lines))
    return "\n".join(lines[block.start : block.end]).strip("\n").rstrip()


def _is_fields(block: _Block) -> bool:
    cells = block.inlines()
    return block.kind == "table_open" and bool(cells) and cells[0].lower() in FIELD_HEADS


def _written(block: _Block, lines: Sequence[str], offset: int, found: Collector) -> dict[str, Any]:
    """The fields in a code block, which are written as JSON."""
    line = block.start + 1 + offset
    try:
        row = json.loads("\n".join(block.inside(lines)))
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        found.complain(line, "These fields are no JSON object; please write {…}.")
        return {}
    return {name: value for key, value in row.items() if (name := _known(key, line, found))}


def _known(name: str, line: int, found: Collector) -> str | None:
    known = attribute(name)
    if known is None or known in ("questions", "answer"):
        found.complain(line, f"The field “{name}” is not known here; please remove it.")
        return None
    return known


def _fields(table: _Block, offset: int, found: Collector) -> dict[str, Any]:
    values: dict[str, Any] = {}
    rows = table.inlines()[2:]
    for index, (name, value) in enumerate(zip(rows[::2], rows[1::2], strict=False)):
        known = _known(name, table.start + 3 + index + offset, found)
        if known is not None:
            values[known] = text(value).strip("`<>")
    return values
