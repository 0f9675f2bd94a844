"""What the code says is in the catalogue, and what is in the catalogue is said."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from bot.services import alarms, audit, retention
from bot.storage import personal
from bot.text import catalogue

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    file for package in ("bot", "handlers", "schedules") for file in (ROOT / package).rglob("*.py")
)
TEMPLATES = sorted((ROOT / "bot" / "pages" / "templates").iterdir())
PLACE_OF_NAME = {"say": 0, "UserError": 0, "document": 1, "text": 1}
"""Which argument of a call is the message's name."""
SPOKEN = "language-name-", "in-language-"
"""The beginning of names that are put together from a language's code."""
BUILT = {
    "audit-": audit.ACTIONS,
    "alarm-": alarms.ALARMS,
    "held-": personal.SUBJECTS,
    "kept-": retention.NAMES,
}
"""The beginning of names that are put together from a constant, and what that holds."""


@dataclass(frozen=True)
class Use:
    """A message that the code says, with the values that it fills in."""

    where: str
    name: str
    values: frozenset[str]

    def __str__(self) -> str:
        return f"{self.where} {self.name}"


def calls(file: Path) -> Iterator[ast.Call]:
    """Yield the calls in *file*."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_argument(call: ast.Call) -> ast.expr | None:
    """Return the argument that names a message, if *call* says one."""
    match call.func:
        case ast.Name(id="UserError"):
            function, owner = "UserError", ""
        case ast.Attribute(attr=function, value=ast.Name(id=owner)):
            pass
        case _:
            return None
    place = PLACE_OF_NAME.get(function)
    if owner == "context" and function in {"text", "button"}:
        place = 0
    elif function in {"text", "document"} and owner != "catalogue":
        place = None
    return call.args[place] if place is not None and len(call.args) > place else None


def literals(node: ast.expr) -> Iterator[str]:
    """Yield the names that *node* may be; none when it is put together."""
    match node:
        case ast.Constant(value=str(name)):
            yield name
        case ast.IfExp(body=body, orelse=other):
            yield from literals(body)
            yield from literals(other)


def uses() -> Iterator[Use]:
    """Yield each message that the code names where it says it."""
    for file in SOURCES:
        for call in calls(file):
            where = f"{file.relative_to(ROOT)}:{call.lineno}"
            argument = name_argument(call)
            values = frozenset(keyword.arg for keyword in call.keywords if keyword.arg)
            for name in literals(argument) if argument else ():
                yield Use(where, name, values)
            for keyword in call.keywords:
                if keyword.arg == "about":
                    yield from (Use(where, name, frozenset()) for name in literals(keyword.value))


def uses_in_pages() -> Iterator[Use]:
    """Yield each message that a template names: ``t("page-skip")``, ``said(one, "page-skip")``."""
    for file in TEMPLATES:
        tree = Environment(autoescape=True).parse(file.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in {"t", "said"}:
                values = frozenset(one.key for one in call.kwargs)
                for name in names_in(call.args[-1]):
                    yield Use(f"{file.name}:{call.lineno}", name, values)


def names_in(node: nodes.Node) -> Iterator[str]:
    """Yield the names that *node* may be; none when it is put together."""
    match node:
        case nodes.Const(value=str(name)):
            yield name
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from names_in(one)
            yield from names_in(other) if other else ()


USES = [*uses(), *uses_in_pages()]


def test_the_code_was_understood() -> None:
    """If nothing is found, what follows proves nothing."""
    said = {use.name for use in USES}
    assert {
        "welcome",
        "command-help",
        "answer-helpful",
        "ambient-off",
        "failed",
        "page-skip",
    } <= said


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_message_in_use_is_in_the_catalogue(language: str) -> None:
    """A name that nobody translated would cost a member the answer."""
    missing = [str(use) for use in USES if use.name not in catalogue.names(language)]
    assert missing == []


def test_every_message_gets_the_values_it_needs() -> None:
    """Neither a hole in the sentence nor a value that it does not know."""
    known = catalogue.names("de")
    wrong = {
        str(use): sorted(catalogue.placeholders(use.name) ^ use.values)
        for use in USES
        if use.name in known and catalogue.placeholders(use.name) != use.values
    }
    assert wrong == {}


def test_every_message_of_the_catalogue_is_in_use() -> None:
    """Translators do not work for nothing."""
    named = {
        node.value
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named |= {use.name for use in uses_in_pages()}
    names = {name for name in catalogue.names("de") if not name.startswith((*SPOKEN, *BUILT))}
    assert sorted(names - named) == []


def names_of(*beginnings: str) -> set[str]:
    """Return the names that begin so."""
    return {name for name in catalogue.names("de") if name.startswith(beginnings)}


def test_every_language_is_named() -> None:
    """The names that are put together exist as well."""
    built = {f"{start}{language}" for start in SPOKEN for language in catalogue.LANGUAGES}
    assert names_of(*SPOKEN) == built


@pytest.mark.parametrize("start", BUILT)
def test_names_that_are_put_together_exist_and_no_others(start: str) -> None:
    """Each action has its sentence, and each sentence its action."""
    assert names_of(start) == {f"{start}{end}" for end in BUILT[start]}
