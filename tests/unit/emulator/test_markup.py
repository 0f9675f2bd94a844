"""Markup and entities: what Telegram parses and what it refuses."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest
import telegram
from hypothesis import given
from hypothesis import strategies as st
from telegram import MessageEntity
from telegram.constants import ParseMode
from telegram.error import BadRequest

from tests.servers.telegram import TelegramEmulator, UserRef
from tests.servers.telegram.entities import check, utf16_length
from tests.servers.telegram.errors import ApiError
from tests.servers.telegram.html_markup import HtmlParser
from tests.servers.telegram.markdown_markup import RESERVED, MarkdownParser
from tests.unit.emulator.conftest import says


@pytest.mark.parametrize(
    ("mode", "markup", "text", "kinds"),
    [
        (ParseMode.HTML, "<b>fett <i>und</i></b> &lt;3", "fett und <3", ["bold", "italic"]),
        (ParseMode.HTML, '<a href="https://a.example/?x=1&amp;y=2">da</a>', "da", ["text_link"]),
        (ParseMode.HTML, '<pre><code class="language-py">x</code></pre>', "x", ["pre"]),
        (ParseMode.HTML, "<blockquote expandable>z</blockquote>", "z", ["expandable_blockquote"]),
        (ParseMode.MARKDOWN_V2, r"*fett* _schräg_ 1\.", "fett schräg 1.", ["bold", "italic"]),
        (ParseMode.MARKDOWN_V2, "__u__ ~s~ ||x||", "u s x", None),
        (ParseMode.MARKDOWN_V2, "[da](https://a.example/x_y)", "da", ["text_link"]),
        (ParseMode.MARKDOWN_V2, "```py\na*b\n```", "a*b", ["pre"]),
        (ParseMode.MARKDOWN_V2, ">Zitat\n>weiter\nEnde", "Zitat\nweiter\nEnde", ["blockquote"]),
    ],
)
async def test_good_markup_becomes_entities(
    bot: telegram.Bot, anna: UserRef, *, mode: str, markup: str, text: str, kinds: list[str] | None
) -> None:
    sent = await bot.send_message(anna.id, markup, parse_mode=mode)
    assert sent.text == text
    found = [entity.type for entity in sent.entities]
    assert found == (kinds or ["underline", "strikethrough", "spoiler"])


@pytest.mark.parametrize(
    ("mode", "markup", "complaint"),
    [
        (ParseMode.HTML, "<b>offen", 'Can\'t find end tag corresponding to start tag "b"'),
        (ParseMode.HTML, "ä<div>x</div>", 'Unsupported start tag "div" at byte offset 2'),
        (ParseMode.HTML, "1 < 2", "Unclosed start tag at byte offset 2"),
        (ParseMode.HTML, "x</b>", "Unexpected end tag at byte offset 1"),
        (ParseMode.HTML, "<b><i>x</b></i>", 'expected "</i>", found "</b>"'),
        (ParseMode.MARKDOWN_V2, "Ende.", "Character '.' is reserved and must be escaped"),
        (ParseMode.MARKDOWN_V2, "a-b", "Character '-' is reserved"),
        (ParseMode.MARKDOWN_V2, "*offen", "Can't find end of Bold entity at byte offset 0"),
        (ParseMode.MARKDOWN_V2, "[x](https://a.b", "Can't find end of a URL at byte offset 3"),
    ],
)
async def test_bad_markup_is_refused(
    telegram_emulator: TelegramEmulator,
    bot: telegram.Bot,
    anna: UserRef,
    *,
    mode: str,
    markup: str,
    complaint: str,
) -> None:
    with pytest.raises(BadRequest, match=says("can't parse entities: ")) as caught:
        await bot.send_message(anna.id, markup, parse_mode=mode)
    assert complaint.lower() in caught.value.message.lower()
    assert telegram_emulator.visible(anna) == ["/start"]


@pytest.mark.parametrize(
    ("entity", "complaint"),
    [
        (("bold", 0, 5), "entity beginning at UTF-16 offset 0 ends after the end of the text"),
        (("bold", 1, 1), "entity begins in a middle of a UTF-16 symbol"),
        (("bold", 0, 1), "ends in a middle of a UTF-16 symbol"),
        (("text_link", 0, 2), 'Can\'t find field "url"'),
        (("fett", 0, 2), "Unsupported type"),
    ],
)
async def test_entities_must_lie_on_whole_characters(
    bot: telegram.Bot, anna: UserRef, entity: tuple[str, int, int], complaint: str
) -> None:
    with pytest.raises(BadRequest, match=says(f"{complaint}")):
        await bot.send_message(anna.id, "🏙ab", entities=[MessageEntity(*entity)])


@given(st.text(min_size=1), st.data())
def test_every_span_of_whole_characters_is_accepted_and_no_other(
    text: str, data: st.DataObject
) -> None:
    text = text.encode(errors="ignore").decode() or "x"
    start = data.draw(st.integers(0, utf16_length(text) - 1))
    length = data.draw(st.integers(1, utf16_length(text) - start))
    entity = {"type": "bold", "offset": start, "length": length}
    covered = text.encode("utf-16-le")[2 * start : 2 * (start + length)]
    try:
        whole = utf16_length(covered.decode("utf-16-le")) == length
    except UnicodeDecodeError:
        whole = False
    if whole:
        assert check(text, [entity]) == [entity]
    else:
        with pytest.raises(ApiError):
            check(text, [entity])


@given(st.text())
def test_escaped_text_survives_both_kinds_of_markup(text: str) -> None:
    assert HtmlParser(escape(text)).parse() == (text, [])
    marked = "".join(f"\\{c}" if c in RESERVED or c == "\\" else c for c in text)
    assert MarkdownParser(marked).parse() == (text, [])


def outcome(parser: HtmlParser | MarkdownParser) -> tuple[str, list[dict[str, Any]]] | str:
    """Return what became of some markup: text and entities, or the complaint."""
    try:
        return parser.parse()
    except ApiError as error:
        return error.description


@given(st.text(alphabet="<>/ab&;=\"'*_[]()`|~!\\\n.x ä🏙"))
def test_any_markup_is_either_parsed_or_refused(markup: str) -> None:
    for parser in (HtmlParser(markup), MarkdownParser(markup)):
        match outcome(parser):
            case str(complaint):
                assert complaint.startswith("Bad Request: can't parse entities: ")
            case (text, entities):
                assert check(text, entities) == entities
