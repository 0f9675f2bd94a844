"""Pages from templates; whatever is filled in is escaped."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.pages.links import Links
from bot.pages.public import PublicCalendar, Visit
from bot.text import catalogue
from bot.text.characters import whole

_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
"""What neither HTML nor XML may contain."""
_TURNING: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Here:
    """The page that is made: whose it is, who reads it, and where it stands.

    Attributes:
        path: Its address, without language.
        query: What was chosen there.
    """

    calendar: PublicCalendar
    visit: Visit
    path: str
    query: tuple[tuple[str, str], ...] = ()

    @property
    def links(self) -> Links:
        """Makes the addresses that stand in it."""
        return Links(self.calendar.publisher, self.visit)


def clean(text: str) -> str:
    """Return *text* without characters that no page and no feed may contain."""
    return _UNSEEN.sub("", whole(text))


def plain_line(text: str) -> str:
    """Return one line for a place without markup, where nothing may turn the words around."""
    return " ".join(_TURNING.sub("", clean(text)).split())


def page(template: str, here: Here, **values: Any) -> str:
    """Return a page as HTML.

    Args:
        template: The file's name.
        here: What page it is.
        values: What the template needs beside that.
    """
    language, links, query = here.visit.language, here.links, dict(here.query)
    others = [one for one in catalogue.LANGUAGES if one != language]
    translations = {one: links.whole(here.path, **query, lang=one) for one in catalogue.LANGUAGES}
    return (
        _environment()
        .get_template(template)
        .render(
            t=partial(catalogue.text, language),
            said=catalogue.text,
            links=links,
            language=language,
            publisher=here.calendar.publisher,
            topics=here.calendar.topics,
            canonical=links.whole(here.path, **query),
            translations=translations,
            others={one: links.file(here.path, **query, lang=one) for one in others},
            chosen=language if here.visit.chosen else "",
            stylesheet=links.file(f"/{stylesheet_name()}"),
            **values,
        )
    )


def piece(template: str, language: str, **values: Any) -> str:
    """Return a part of a page as HTML."""
    said = partial(catalogue.text, language)
    return _environment().get_template(template).render(t=said, **values)


@cache
def stylesheet() -> bytes:
    """Return the style sheet of all pages."""
    return (files("bot.pages") / "pages.css").read_bytes()


@cache
def stylesheet_name() -> str:
    """Return the name of the style sheet, another one for another content."""
    return f"pages-{hashlib.sha256(stylesheet()).hexdigest()[:12]}.css"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"clean": clean, "line": plain_line, "quoted": quote}
    environment.policies["urlize.rel"] = "nofollow noopener"
    return environment
