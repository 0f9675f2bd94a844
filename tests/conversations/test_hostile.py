"""Whatever people send: it is answered or ignored, and never stops the hub."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.messages import ButtonPress, Change, Identity, IncomingMessage, Sender
from bot.services.knowledge import KnowledgeBase
from bot.storage.engine import Database
from tests.conversations.stage import NOTHING, SURE, UNSURE, Stage
from tests.fakes import FakeClock, Person

TEXTS = {
    "NUL": f"\0{SURE}\0",
    "lone surrogate": f"\ud83d{SURE}\udc00",
    "override": f"\u202e{SURE}\u202c",
    "zalgo": "K\u0301\u0316\u0317T\u0318\u0319S" * 50,
    "emoji": "👩‍👩‍👧‍👦" * 300,
    "only a mark": "\u200f",
    "noncharacters": "\ufffe\uffff\U0010ffff",
    "markup": "<script>alert(1)</script> **_[x](javascript:x)_** `{hub}` {0} %s",
    "SQL": "'; DROP TABLE questions; --",
    "lines": "\n\r\u2028\v\f" * 100 + "?",
    "one word": "a" * 4096,
    "command": "/" + "\ud800" * 30,
    "command of NULs": "/help\0\0",
    "language": "/sprache \0\ud800",
    "fullwidth digit": "\uff11",
}

FORGED = [
    "faq-rate:1:1",
    "faq-entry:1:0",
    "faq-none:1",
    "faq-withdraw:1",
    "faq-rate:999999999999999:1",
    f"faq-rate:{'9' * 4000}:1",
    "faq-rate:-1:1",
    "faq-rate:1:7:7",
    "faq-rate:",
    "faq-rate:\uff11:1",
    "faq-entry:1:-1",
    "faq-entry:1:999999999999999",
    "faq-withdraw:\0",
    "faq-none",
    "nobody:1",
    "",
    ":",
    "\ud800",
    "language:xx",
    "language:\0",
]


@pytest.fixture
def any_hub(database: Database, clock: FakeClock, knowledge: KnowledgeBase) -> Stage:
    """A hub on each of the databases; PostgreSQL refuses more."""
    return Stage(database, clock, knowledge=knowledge)


async def still_answers(hub: Stage, person: Person) -> None:
    """Check that somebody else is answered as always."""
    assert (await hub.says(person.says(SURE))).startswith("Was ist die KTS?")


async def test_hostile_texts_are_answered_like_any_other(any_hub: Stage) -> None:
    """Each gets one reply that is no apology, on both databases."""
    for number, (name, text) in enumerate(TEXTS.items()):
        person = Person(any_hub.channel, f"person{number}")
        reply = await any_hub.says(person.says(text))
        assert "Das hat nicht geklappt" not in reply, name
        assert "\0" not in reply, name
        reply.encode()
    await still_answers(any_hub, Person(any_hub.channel))


async def test_hostile_names_titles_and_ids_can_be_kept(any_hub: Stage) -> None:
    """People, rooms and events may be called anything."""
    evil = "\0\ud800" + "x" * 5000
    sender = Sender(Identity("fake", "evil"), evil, evil)
    person = Person(any_hub.channel, "evil")
    asked = replace(person.says(SURE, room="stadt", addressed=True), id=evil, sender=sender)
    asked = replace(asked, chat=replace(asked.chat, title=evil))
    joined = replace(person.changes("land", Change.JOINED), id=evil + "2", sender=sender)
    assert len(await any_hub.hears(joined)) == 1
    (answer,) = await any_hub.hears(asked)
    assert answer.text.startswith("Was ist die KTS?")
    assert await any_hub.hears(asked) == []
    await still_answers(any_hub, Person(any_hub.channel))


async def test_forged_buttons_reach_nothing(any_hub: Stage) -> None:
    """Numbers of questions in other chats, numbers beyond any, rubbish: all harmless."""
    anna = Person(any_hub.channel, "anna")
    (kept,) = await any_hub.hears(anna.says(UNSURE))
    before, question = kept.text, await any_hub.question(1)
    for number, value in enumerate(FORGED):
        eve = Person(any_hub.channel, f"eve{number}")
        (own,) = await any_hub.hears(eve.says("/start"))
        for sent in await any_hub.hears(eve.taps(own, value=value)):
            assert "Das hat nicht geklappt" not in sent.text, value
    after = await any_hub.question(1)
    assert (after.state, after.entry) == (question.state, question.entry)
    assert await any_hub.ratings() == []
    assert kept.text == before
    await still_answers(any_hub, anna)


async def test_numbers_of_no_button_are_ignored(hub: Stage, anna: Person) -> None:
    """A reaction with a number that was never offered, or on somebody else's message."""
    (kept,) = await hub.hears(anna.says(NOTHING))
    for number in (0, -1, 2, 10**30):
        assert await hub.hears(anna.taps(kept, number=number)) == []
    stranger = replace(kept, message=type(kept.message)("unknown"))
    assert await hub.hears(anna.taps(stranger, number=1)) == []


async def test_a_message_without_end_is_refused_with_the_limit(hub: Stage, anna: Person) -> None:
    """It is not kept, and neither answered with as much again."""
    for text in ("x" * 100_000, f"{SURE} " * 10_000, "/sprache " + "x" * 100_000):
        assert await hub.says(anna.says(text)) == (
            "Die Nachricht ist zu lang. Bitte auf höchstens 4096 Zeichen kürzen."
        )
    assert "questions" not in await hub.rows()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
    | st.from_regex(r"\A[/!]?(frage|sprache|help|mitreden)[ \0]?.{0,20}\Z")
)
async def test_no_text_crashes_the_hub(hub: Stage, text: str) -> None:
    """Whatever is written gets at most one reply, and never an apology."""
    hub.restart()
    person = Person(hub.channel, "anna")
    event = replace(person.says(text), id=f"event-{len(hub.channel.messages)}-{hash(text)}")
    sent = await hub.hears(event)
    assert len(sent) <= 1
    assert not any("Das hat nicht geklappt" in one.text for one in sent)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=st.text(max_size=40), number=st.none() | st.integers())
async def test_no_button_crashes_the_hub(hub: Stage, value: str, number: int | None) -> None:
    """Whatever comes back from a button is answered or ignored."""
    hub.restart()
    person = Person(hub.channel, "anna")
    message: IncomingMessage = person.says("/start")
    event = ButtonPress(
        id=f"press-{hash((value, number))}",
        message=message.message,
        chat=message.chat,
        sender=message.sender,
        sent_at=message.sent_at,
        value=value,
        number=number,
    )
    sent = await hub.hears(event)
    assert not any("Das hat nicht geklappt" in one.text for one in sent)
