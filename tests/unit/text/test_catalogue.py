"""What the hub says is complete, plain and polite in every language."""

import re
from importlib.resources import files

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from bot.text import catalogue
from bot.text.document import Document, Paragraph, Span
from bot.text.renderers import to_entities, to_html, to_plain

NAMES = sorted(catalogue.names("de"))
EVERYWHERE = pytest.mark.parametrize("language", catalogue.LANGUAGES)
EVERY_NAME = pytest.mark.parametrize("name", NAMES)
ADDRESS_WORDS = re.compile(
    r"\b(?:Sie|Ihnen|Ihre?[mnrs]?|[Dd]u|[Dd]ich|[Dd]ir|[Dd]eine?[mnrs]?|[Ee]uch|[Ee]ure?[mnrs]?)\b"
)


def example(name: str) -> dict[str, str | int]:
    """Fill every placeholder of a message."""
    values: dict[str, str | int] = dict.fromkeys(catalogue.placeholders(name), "https://x.de/a")
    return values | ({"count": 2} if "count" in values else {})


def written(language: str, name: str) -> str:
    """Return a message with its placeholders filled."""
    return catalogue.text(language, name, **example(name))


@EVERYWHERE
def test_every_language_has_the_same_messages(language: str) -> None:
    """Nobody meets a message that their language lacks."""
    assert catalogue.names(language) == catalogue.names("de")


@EVERYWHERE
@EVERY_NAME
def test_every_language_uses_the_same_placeholders(language: str, name: str) -> None:
    """A caller can fill a message without knowing its language."""
    assert catalogue.placeholders(name, language) == catalogue.placeholders(name)


@EVERYWHERE
def test_catalogues_hold_no_errors(language: str) -> None:
    """Each file reads without a complaint, with no name twice and nothing left to translate."""
    source = (files("bot.text") / "locales" / f"{language}.po").read_text(encoding="utf-8")
    listed = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert len(listed) == len(set(listed)) == len(catalogue.names(language))
    found = read_po(source.splitlines(), locale=language)
    for message in found:
        assert not message.fuzzy or not message.id
        forms = [message.string] if isinstance(message.string, str) else message.string or ()
        assert all(form.strip() for form in forms)
        assert all(len(forms) in {1, found.num_plurals} for _ in forms)
        assert not list(message.check(found))


@EVERYWHERE
@EVERY_NAME
def test_every_message_can_be_shown(language: str, name: str) -> None:
    """Each message says something on every network, and leaves no brace behind."""
    document = catalogue.document(language, name, **example(name))
    assert to_plain(document).strip()
    assert to_html(document)
    assert to_entities(document)[0]
    assert not re.search(r"[{}]", to_plain(document) + written(language, name))


@EVERYWHERE
@EVERY_NAME
def test_messages_stay_calm(language: str, name: str) -> None:
    """No exclamation marks, and no spaces where a translator slipped."""
    shown = written(language, name)
    assert "!" not in shown
    assert shown == shown.strip()


@EVERY_NAME
def test_german_addresses_nobody_as_du_or_sie(name: str) -> None:
    """The address is neutral, as in every sentence of the hub."""
    assert not ADDRESS_WORDS.search(written("de", name))


@EVERYWHERE
@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("command-")])
def test_command_descriptions_fit_the_menus(language: str, name: str) -> None:
    """Telegram takes 1 to 256 characters, without markup or placeholders."""
    assert 1 <= len(catalogue.text(language, name)) <= 256
    assert not catalogue.placeholders(name)


def test_an_unknown_language_is_answered_in_german() -> None:
    """Whoever speaks something else is answered all the same."""
    german = catalogue.text("de", "withdraw")
    assert catalogue.text("fr", "withdraw") == catalogue.text(None, "withdraw") == german
    assert catalogue.text("en-GB", "withdraw") == catalogue.text("en", "withdraw") != german


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en-GB", "en"), ("de_AT", "de"), ("DE", "de"), ("fr", None), ("", None), (None, None)],
)
def test_language_tags_are_understood(tag: str | None, language: str | None) -> None:
    """The network's tag leads to a catalogue, or to none."""
    assert catalogue.normalise_language(tag) == language


def test_an_unknown_name_is_named() -> None:
    """A typing error in a handler is found at once."""
    with pytest.raises(KeyError, match="no-such-message"):
        catalogue.text("de", "no-such-message")


def test_missing_and_unknown_values_are_named() -> None:
    """A message is never sent with a hole in it."""
    with pytest.raises(TypeError, match=r"welcome: values missing \['hub'\]"):
        catalogue.document("de", "welcome")
    with pytest.raises(TypeError, match=r"values unknown \['hub'\]"):
        catalogue.text("de", "withdraw", hub="x")


def test_a_value_may_be_called_language() -> None:
    """Placeholder names never collide with the function's own parameters."""
    assert "Klingonisch" in catalogue.text("de", "language-unknown", language="Klingonisch")


def test_an_address_becomes_the_target_of_a_link() -> None:
    """The source's name leads to the source."""
    shown = catalogue.document("de", "answer-source", source="KfW", url="https://kfw.de/a")
    assert shown == Document(
        blocks=(
            Paragraph(
                spans=(Span(text="Quelle: "), Span(text="KfW", link="https://kfw.de/a")),
            ),
        )
    )


def test_an_unsafe_address_is_not_linked() -> None:
    """A source without a proper address is named all the same."""
    shown = catalogue.document("de", "answer-source", source="Akte", url="javascript:alert(1)")
    assert to_html(shown) == "<p>Quelle: Akte</p>"


@given(st.text())
def test_values_are_literal(value: str) -> None:
    """Whatever a member is called, it is neither markup nor another placeholder."""
    shown = catalogue.document("de", "language-unknown", language=value)
    (block,) = shown.blocks
    assert isinstance(block, Paragraph)
    (span,) = block.spans
    expected = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert span.text.startswith(f"„{expected}“")
    assert span == Span(text=span.text)


def test_plurals_follow_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person is not spoken of as several."""
    source = (
        'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "asked"\nmsgid_plural "asked"\n'
        'msgstr[0] "Eine Person fragt."\nmsgstr[1] "{count} Personen fragen."\n'
    )
    read = read_po(source.splitlines(), locale="de")
    monkeypatch.setattr(catalogue, "_catalogue", lambda _: read)
    for cached in (catalogue._forms, catalogue._translations):
        monkeypatch.setattr(catalogue, cached.__name__, cached.__wrapped__)
    assert catalogue.text("de", "asked", count=1) == "Eine Person fragt."
    assert catalogue.text("de", "asked", count=3) == "3 Personen fragen."
    with pytest.raises(TypeError, match="count"):
        catalogue.text("de", "asked")
