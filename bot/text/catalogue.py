"""What the hub says, in each language: gettext catalogues with symbolic message names.

A message is Markdown with ``{placeholders}``. The names and placeholders are the same in every
language, so a caller never has to know which one is spoken.
"""

import re
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.text.characters import whole
from bot.text.document import Block, CodeBlock, Document, Listing, Span
from bot.text.links import safe_link
from bot.text.markdown import parse_template

LANGUAGES = ("de", "en")
"""In the order in which they are offered; the first speaks for an unknown language."""

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def text(language: str | None, name: str, /, **values: str | int) -> str:
    """Return the message as it is written, with its placeholders filled.

    For labels and other places without markup. A message with plural forms picks its form by
    *count*.

    Args:
        language: ``de``, ``en-GB`` …; German for ``None`` and for languages without catalogue.
        name: The message's symbolic name, such as ``help-title``.
        values: Exactly the message's placeholders.

    Raises:
        KeyError: No message has this *name*.
        TypeError: A placeholder's value is missing, or there is none for a value.
    """
    return _fill(_template(language, name, values), values)


def document(language: str | None, name: str, /, **values: str | int) -> Document:
    """Return the message as a document.

    Values are literal text: markup in them has no meaning. In the place of a link's target
    (``[Quelle]({url})``) a value is the address, if that may be linked.

    Args:
        language: As for :func:`text`.
        name: As for :func:`text`.
        values: As for :func:`text`.

    Raises:
        KeyError: No message has this *name*.
        TypeError: A placeholder's value is missing, or there is none for a value.
    """
    template = _parsed(_template(language, name, values))
    return template.model_copy(
        update={"blocks": tuple(_filled(block, values) for block in template.blocks)}
    )


def names(language: str) -> frozenset[str]:
    """Return the names of all messages that the catalogue of *language* holds."""
    return frozenset(_forms(normalise_language(language) or LANGUAGES[0]))


def placeholders(name: str, language: str = LANGUAGES[0]) -> frozenset[str]:
    """Return the values that a message needs; a plural needs ``count``, shown or not.

    Raises:
        KeyError: No message has this *name*.
    """
    forms = _forms(language)[name]
    needed = {found for form in forms for found in _PLACEHOLDER.findall(form)}
    return frozenset(needed | {"count"} if len(forms) > 1 else needed)


def normalise_language(language: str | None) -> str | None:
    """Return the catalogue for a language tag (``en-GB`` is ``en``), or ``None`` without one."""
    first = re.split(r"[-_]", language or "", maxsplit=1)[0].lower()
    return first if first in LANGUAGES else None


def _template(language: str | None, name: str, values: Mapping[str, str | int]) -> str:
    needed = placeholders(name)
    missing, unknown = sorted(needed - values.keys()), sorted(values.keys() - needed)
    if missing or unknown:
        raise TypeError(f"message {name}: values missing {missing}, values unknown {unknown}")
    spoken = normalise_language(language) or LANGUAGES[0]
    translations = _translations(spoken)
    if len(_forms(spoken)[name]) > 1:
        return translations.ngettext(name, name, int(values["count"]))
    return translations.gettext(name)


def _fill(template: str, values: Mapping[str, str | int]) -> str:
    return _PLACEHOLDER.sub(lambda found: whole(str(values[found[1]])), template)


def _filled(block: Block, values: Mapping[str, str | int]) -> Block:
    match block:
        case CodeBlock():
            return block.model_copy(update={"text": _fill(block.text, values)})
        case Listing():
            items = tuple(_filled_spans(item, values) for item in block.items)
            return block.model_copy(update={"items": items})
        case _:
            return block.model_copy(update={"spans": _filled_spans(block.spans, values)})


def _filled_spans(spans: tuple[Span, ...], values: Mapping[str, str | int]) -> tuple[Span, ...]:
    return tuple(
        span.model_copy(
            update={
                "text": _fill(span.text, values),
                "link": safe_link(_fill(span.link, values)) if span.link else None,
            }
        )
        for span in spans
    )


@cache
def _parsed(template: str) -> Document:
    return parse_template(template)


@cache
def _catalogue(language: str) -> Catalog:
    with (files("bot.text") / "locales" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
def _forms(language: str) -> dict[str, tuple[str, ...]]:
    """Return every message's forms by its name: one, or as many as the language has plurals."""
    forms = {}
    for message in _catalogue(language):
        if message.id:
            name = message.id if isinstance(message.id, str) else message.id[0]
            written = message.string
            forms[name] = (written,) if isinstance(written, str) else tuple(written or ())
    return forms


@cache
def _translations(language: str) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, _catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)
