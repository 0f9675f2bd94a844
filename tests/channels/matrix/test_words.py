from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.matrix.contents import message, relation, replacement
from bot.channels.matrix.json_tree import instant, text, texts, tree, trees
from bot.channels.matrix.mentions import Spoken, understand, without_reply_fallback
from bot.channels.matrix.reactions import MOST, number_of, reaction
from bot.text.document import Document

US = "@stadtfunk:example.org"
PILL = f'<a href="https://matrix.to/#/{US}">Der Funk</a>'
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def spoken(body: str, **content: Any) -> Spoken:
    return understand({"body": body, **content}, user_id=US, name="Stadtfunk")


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("Stadtfunk: Was ist das?", "Was ist das?"),
        ("stadtfunk, was ist das?", "was ist das?"),
        ("@Stadtfunk was ist das?", "was ist das?"),
        (f"{US} hallo", "hallo"),
        (f"{US}: hallo", "hallo"),
        ("!hilfe", "!hilfe"),
    ],
)
def test_who_begins_with_our_name_speaks_to_us(body: str, left: str) -> None:
    """The name is cut, whichever way it is written."""
    assert spoken(body) == Spoken(left, addressed=True)


@pytest.mark.parametrize(
    "body", ["Stadtfunk ist toll", "Stadtfunker: hallo", "Frag Stadtfunk: der weiß es", ""]
)
def test_who_speaks_about_us_does_not_speak_to_us(body: str) -> None:
    """Small talk that happens to hold the name stays unanswered."""
    assert spoken(body) == Spoken(body, addressed=False)


def test_a_deliberate_mention_counts_and_is_cut_at_the_start() -> None:
    """Newer clients say whom they mention; the name needs no colon then."""
    mentions = {"user_ids": [US]}
    assert spoken("Stadtfunk Hallo", **{"m.mentions": mentions}) == Spoken("Hallo", addressed=True)
    assert spoken("Na, Stadtfunk", **{"m.mentions": mentions}) == Spoken(
        "Na, Stadtfunk", addressed=True
    )


def test_a_name_in_a_message_that_mentions_others_is_no_mention() -> None:
    """``m.mentions`` without us overrules what older clients would have meant."""
    assert not spoken(f"Frag {US}", **{"m.mentions": {}}).addressed
    assert spoken(f"Frag {US}").addressed


def test_a_pill_of_an_older_client_is_a_mention() -> None:
    """Whatever the pill calls us is cut from the start."""
    said = spoken("Der Funk: hallo", formatted_body=f"<p>{PILL}: hallo</p>")
    assert said == Spoken("hallo", addressed=True)
    assert spoken("Frag Der Funk", formatted_body=f"Frag {PILL}").addressed


def test_the_quotation_of_a_reply_is_cut() -> None:
    """Older clients repeat what they answer."""
    assert without_reply_fallback("> <@a:b> eins\n> zwei\n\ndrei") == "drei"
    assert without_reply_fallback("> ein Zitat\n\ndrei") == "> ein Zitat\n\ndrei"


@pytest.mark.parametrize("number", range(1, MOST + 1))
def test_a_button_is_recognised_by_its_reaction(number: int) -> None:
    """What we offer is what we understand; a plain digit does as well."""
    assert number_of(reaction(number)) == number_of(str(number)) == number


@pytest.mark.parametrize(
    ("key", "number"),
    [("👍", 1), ("👎🏽", 2), ("3\u20e3", 3), ("11", None), ("0️⃣", None), ("❤️", None), ("", None)],
)
def test_thumbs_are_one_and_two_and_hearts_are_nothing(key: str, number: int | None) -> None:
    """Applause for a message presses no button."""
    assert number_of(key) == number


@given(json_values)
def test_no_content_can_raise(content: Any) -> None:
    """What strangers send is read without trust in its types."""
    understand(tree({"content": content}, "content"), user_id=US, name="Stadtfunk")
    tree(content, "a", "b")
    text(content, "a", "b")
    texts(content, "a", "b")
    trees(content, "a", "b")
    number_of(text(content))


@given(json_values)
def test_every_time_is_a_time(stamp: Any) -> None:
    """Some clients send times beyond any calendar."""
    assert instant({"origin_server_ts": stamp}).tzinfo is not None


def test_an_answer_in_a_thread_falls_back_to_a_reply() -> None:
    """Clients without threads show it as a reply."""
    within = relation(thread="$root", reply_to=None)["m.relates_to"]
    answering = relation(thread="$root", reply_to="$other")["m.relates_to"]
    assert (within["is_falling_back"], within["m.in_reply_to"]["event_id"]) == (True, "$root")
    assert answering["is_falling_back"] is False
    assert relation(thread=None, reply_to=None) == {}


def test_our_words_ring_for_nobody_by_name() -> None:
    """An empty ``m.mentions`` also stands in the new content of an edit."""
    document = Document.of("Hallo @room")
    assert message(document, msgtype="m.notice")["m.mentions"] == {}
    edited = replacement(document, event_id="$1", msgtype="m.text")
    assert edited["m.new_content"]["m.mentions"] == edited["m.mentions"] == {}
    assert edited["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$1"}
