"""What a document looks like on each network."""

from html.parser import HTMLParser

import pytest
from hypothesis import given

from bot.text.document import (
    Button,
    CodeBlock,
    Document,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Span,
)
from bot.text.renderers import Entity, to_entities, to_html, to_plain, utf16_length
from tests.unit.text.strategies import documents, worded_documents

HELPFUL = (Button(label="Hat geholfen", value="y"), Button(label="Hat nicht geholfen", value="n"))
ALLOWED_TAGS = frozenset(
    "a h4 p blockquote ul ol li strong em del code pre br".split()  # noqa: SIM905 - reads as a list
)


def paragraph(*spans: Span) -> Document:
    """Make a document of one paragraph."""
    return Document(blocks=(Paragraph(spans=spans),))


class _Reader(HTMLParser):
    """Notes tags and link targets, and complains about tags that cross."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.targets: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.targets += [value or "" for name, value in attrs if name == "href"]
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def read(html: str) -> _Reader:
    """Parse *html* as a client does."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def covered(text: str, entity: Entity) -> str:
    """Return what *entity* covers, counted as Telegram counts."""
    units = text.encode("utf-16-le")
    return units[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le")


def test_plain_text_shows_every_kind_of_block() -> None:
    """Headings stand above their text; lists, quotes and code keep their shape."""
    document = Document(
        blocks=(
            Heading(spans=(Span(text="Fristen"),)),
            Listing(items=((Span(text="Skizze"),), (Span(text="Antrag\nmit Anlagen"),)), start=9),
            Listing(items=((Span(text="offen"),),)),
            Quote(spans=(Span(text="Wann?\nBald."),)),
            CodeBlock(text="a = 1\n"),
        )
    )
    assert to_plain(document) == (
        "Fristen\n9. Skizze\n10. Antrag\n    mit Anlagen\n\n- offen\n\n> Wann?\n> Bald.\n\na = 1"
    )


def test_buttons_become_numbers_where_a_network_has_none() -> None:
    """Each row of buttons is a line, and the numbers go on from row to row."""
    document = Document.of("Passt das?").with_buttons(
        HELPFUL, [Button(label="Mehr", value="more")]
    )
    assert to_plain(document, numbered=True) == (
        "Passt das?\n\n[1] Hat geholfen   [2] Hat nicht geholfen\n[3] Mehr"
    )
    assert to_plain(document) == "Passt das?"
    assert to_html(document, numbered=True) == (
        "<p>Passt das?</p><p>[1] Hat geholfen &nbsp; [2] Hat nicht geholfen<br>[3] Mehr</p>"
    )


@pytest.mark.parametrize(
    ("words", "url", "expected"),
    [
        ("Merkblatt", "https://kfw.de/a", "Merkblatt (https://kfw.de/a)"),
        ("https://kfw.de/a", "https://kfw.de/a", "https://kfw.de/a"),
        ("kfw.de/…", "https://www.kfw.de/a/b", "https://www.kfw.de/a/b"),
        ("www.kfw.de", "https://www.kfw.de/", "https://www.kfw.de/"),
        ("kfw.de/b", "https://kfw.de/a", "kfw.de/b (https://kfw.de/a)"),
        ("k", "https://kfw.de/a", "k (https://kfw.de/a)"),
        ("", "https://kfw.de/a", "https://kfw.de/a"),
        ("Amt", "mailto:amt@example.org?subject=x", "Amt (amt@example.org)"),
        ("amt@example.org", "mailto:amt@example.org", "amt@example.org"),
    ],
)
def test_plain_text_writes_an_address_once(words: str, url: str, expected: str) -> None:
    """A link's address follows its words, unless the words are the address or its beginning."""
    assert to_plain(paragraph(Span(text=words, link=url))) == expected


def test_a_link_of_several_spans_is_one_link() -> None:
    """A bold word inside a link does not repeat its address."""
    url = "https://kfw.de/a"
    document = paragraph(
        Span(text="Das ", link=url), Span(text="neue", bold=True, link=url), Span(text=".")
    )
    assert to_plain(document) == "Das neue (https://kfw.de/a)."
    assert to_html(document) == f'<p><a href="{url}">Das <strong>neue</strong></a>.</p>'


def test_html_of_members_stays_literal() -> None:
    """What a member writes can neither close a tag nor open one."""
    document = paragraph(Span(text="</p><script>&", bold=True))
    assert to_html(document) == "<p><strong>&lt;/p&gt;&lt;script&gt;&amp;</strong></p>"


def test_html_keeps_list_numbers_and_line_breaks() -> None:
    """A list that goes on keeps its numbers, and nested lines keep their indentation."""
    document = Document(blocks=(Listing(items=((Span(text="a\n  - b"),),), start=3),))
    assert to_html(document) == '<ol start="3"><li>a<br>\xa0\xa0- b</li></ol>'


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "//kfw.de", "/a", "data:text/html,x", "https://", "http://[", "a b"],
)
def test_dangerous_links_lead_nowhere(link: str) -> None:
    """Only absolute web and mail addresses are linked; the words stay."""
    document = paragraph(Span(text="hier", link=link))
    assert to_html(document) == "<p>hier</p>"
    assert to_plain(document) == "hier"
    assert to_entities(document) == ("hier", ())


def test_telegram_counts_an_emoji_as_two() -> None:
    """Offsets are UTF-16 code units, so a bold word after an emoji is hit exactly."""
    text, entities = to_entities(paragraph(Span(text="😀 "), Span(text="fett", bold=True)))
    assert text == "😀 fett"
    assert entities == (Entity("bold", 3, 4),)


def test_telegram_entities_are_trimmed() -> None:
    """Whitespace around marked words is outside the entity, and none ends the message."""
    text, entities = to_entities(paragraph(Span(text="a "), Span(text=" b \n", italic=True)))
    assert text == "a  b"
    assert entities == (Entity("italic", 3, 1),)


def test_telegram_marks_run_through() -> None:
    """A struck sentence with a bold word is struck without a gap."""
    text, entities = to_entities(
        paragraph(
            Span(text="gilt ", strike=True),
            Span(text="nicht", strike=True, bold=True),
            Span(text=" mehr", strike=True),
        )
    )
    assert text == "gilt nicht mehr"
    assert entities == (Entity("strikethrough", 0, 15), Entity("bold", 5, 5))


def test_telegram_shows_every_kind_of_block() -> None:
    """Headings are bold; quotes and code have entities of their own; lists are text."""
    document = Document(
        blocks=(
            Heading(spans=(Span(text="Titel"),)),
            Listing(items=((Span(text="eins"),), (Span(text="zwei", code=True),))),
            Quote(spans=(Span(text="Wann?", link="https://kfw.de/"),)),
            CodeBlock(text="x = 1"),
        )
    )
    text, entities = to_entities(document)
    assert text == "Titel\n• eins\n• zwei\n\nWann?\n\nx = 1"
    assert [(e.type, covered(text, e)) for e in entities if e.type != "text_link"] == [
        ("bold", "Titel"),
        ("code", "zwei"),
        ("blockquote", "Wann?"),
        ("pre", "x = 1"),
    ]
    assert Entity("text_link", 21, 5, "https://kfw.de/") in entities


def test_telegram_writes_mail_addresses_out() -> None:
    """Telegram links no mail addresses from entities, so members get to read them."""
    document = paragraph(Span(text="Anna", link="mailto:anna@example.org"))
    assert to_entities(document) == ("Anna (anna@example.org)", ())


def test_empty_blocks_leave_no_gap() -> None:
    """A paragraph without words does not push the others apart."""
    document = Document.of("eins", " ", "zwei")
    assert to_plain(document) == "eins\n\nzwei"
    assert to_html(document) == "<p>eins</p><p>zwei</p>"
    assert to_entities(document)[0] == "eins\n\nzwei"


@given(documents)
def test_html_is_well_formed_and_safe(document: Document) -> None:
    """Whatever is said, tags nest, only Matrix's tags occur, and only safe addresses."""
    reader = read(to_html(document, numbered=True))
    assert reader.open == []
    assert reader.seen <= ALLOWED_TAGS
    assert all(target.startswith(("https://", "http://", "mailto:")) for target in reader.targets)


@given(worded_documents)
def test_html_loses_no_words(document: Document) -> None:
    """A Matrix client shows every character of every span."""
    shown = "".join(read(to_html(document)).words.split())
    for block in document.blocks:
        if not isinstance(block, CodeBlock | Listing):
            assert "".join("".join(span.text for span in block.spans).split()) in shown


@given(documents)
def test_entities_are_what_telegram_accepts(document: Document) -> None:
    """Entities lie inside the text, end at characters, and touch no whitespace at their ends."""
    text, entities = to_entities(document)
    assert text == text.rstrip()
    for entity in entities:
        assert 0 <= entity.offset < entity.offset + entity.length <= utf16_length(text)
        inside = covered(text, entity)
        assert inside
        assert inside == inside.strip()
        assert (entity.url is not None) == (entity.type == "text_link")


@given(documents)
def test_code_is_alone_or_quoted(document: Document) -> None:
    """Telegram refuses code inside other entities, quotes excepted."""
    _, entities = to_entities(document)
    for code in (entity for entity in entities if entity.type in {"code", "pre"}):
        others = (e for e in entities if e is not code and e.type != "blockquote")
        assert all(
            e.offset + e.length <= code.offset or code.offset + code.length <= e.offset
            for e in others
        )
