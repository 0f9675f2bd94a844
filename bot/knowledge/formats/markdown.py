"""Knowledge in Markdown; the format is described in docs/reference/knowledge-format.md."""

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
    tables = [block for block in rest if _is_fields(block)]
    for table in tables:
        values.update(_fields(table, offset, found))
    others = [block for block in rest if block not in tables]
    phrasings: list[str] = []
    if others and others[0].kind == "bullet_list_open":
        phrasings = others.pop(0).inlines()
    values["questions"] = [*heading.inlines(), *phrasings]
    values["answer"] = "\n\n".join(_source(block, lines) for block in others)
    found.add(values, line=heading.start + 1 + offset)


def _source(block: _Block, lines: Sequence[str]) -> str:
    """The block as it was written, so that nothing of the Markdown is lost."""
    return "\n".join(lines[block.start : block.end]).strip("\n").rstrip()


def _is_fields(block: _Block) -> bool:
    cells = block.inlines()
    return block.kind == "table_open" and bool(cells) and cells[0].lower() in FIELD_HEADS


def _fields(table: _Block, offset: int, found: Collector) -> dict[str, Any]:
    values: dict[str, Any] = {}
    rows = table.inlines()[2:]
    for index, (name, value) in enumerate(zip(rows[::2], rows[1::2], strict=False)):
        known = attribute(name)
        if known is None or known in ("questions", "answer"):
            line = table.start + 3 + index + offset
            found.complain(line, f"The field “{name}” is not known here; please remove it.")
        else:
            values[known] = text(value).strip("`<>")
    return values
