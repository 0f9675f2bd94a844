from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.delivery import outbox
from bot.delivery.outbox import LENGTHS, Outgoing, Priority, parts
from bot.errors import TemporaryDeliveryError
from bot.messages import Address, MessageId
from bot.storage.models import Action, Body, Delivery
from bot.text.characters import utf16_length
from bot.text.document import Button, Document
from bot.text.renderers import to_plain
from bot.text.split import split
from tests.delivery.stage import MINUTE, SECOND, Stage
from tests.samples import PDF, attachment

ANNA = Address("telegram", "4711", "topic")
LONG = Document.of(*[f"{number}. " + "Wort " * 200 for number in range(10)]).with_buttons(
    [Button(label="Ja", value="yes")]
)


async def enqueue(stage: Stage, outgoing: Outgoing) -> bool:
    async with stage.database.begin() as session:
        return await outbox.enqueue(session, outgoing, now=stage.clock.now())


async def rows(stage: Stage) -> list[tuple[Delivery, Document]]:
    async with stage.database.begin() as session:
        query = select(Delivery, Body.content).join(Body, Body.id == Delivery.body_id)
        found = (await session.execute(query.order_by(Delivery.id))).all()
    return [(row, Document.model_validate(content)) for row, content in found]


async def test_a_short_message_is_one_row_with_everything_it_needs(stage: Stage) -> None:
    """Address, priority, moment and what it answers."""
    outgoing = Outgoing(
        "k",
        ANNA,
        Document.of("hello"),
        Priority.REMINDER,
        reply_to=MessageId("q"),
        notify=True,
        delay=MINUTE,
    )
    assert await enqueue(stage, outgoing)
    ((row, body),) = await rows(stage)
    assert (row.key, row.channel, row.chat, row.thread) == ("k", "telegram", "4711", "topic")
    assert (row.action, row.priority, row.reply_to, row.notify) == ("send", 10, "q", True)
    assert row.due_at == stage.clock.now() + MINUTE
    assert body == Document.of("hello")


async def test_a_long_message_becomes_parts_that_fit_with_keys_of_their_own(
    stage: Stage,
) -> None:
    """Only the first answers and rings, only the last has buttons, and no word is lost."""
    assert await enqueue(stage, Outgoing("k", ANNA, LONG, reply_to=MessageId("q"), notify=True))
    parts = await rows(stage)
    assert [row.key for row, _ in parts] == ["k", "k#2", "k#3"]
    assert [row.reply_to for row, _ in parts] == ["q", None, None]
    assert [row.notify for row, _ in parts] == [True, False, False]
    assert [bool(body.buttons) for _, body in parts] == [False, False, True]
    texts = [to_plain(body, numbered=True) for _, body in parts]
    assert all(utf16_length(text) <= LENGTHS["telegram"] for text in texts)
    assert " ".join(texts).split() == to_plain(LONG, numbered=True).split()


@pytest.mark.parametrize("body", [LONG, LONG.with_attachment(attachment(PDF, "a.pdf").attachment)])
async def test_only_the_first_words_ring_for_everyone(body: Document) -> None:
    """A room that is rung for three times by one message leaves."""
    everyone = body.model_copy(update={"everyone": True})
    first, *rest = parts(everyone, limit=LENGTHS["telegram"])
    assert first.everyone
    assert [part.everyone for part in rest] == [False] * (2 + (body.attachment is not None))
    assert not any(part.everyone for part in parts(body, limit=LENGTHS["telegram"]))


@pytest.mark.parametrize("channel", ["matrix", "console"])
async def test_other_networks_take_more_at_once(stage: Stage, channel: str) -> None:
    """Nothing is cut that need not be."""
    await enqueue(stage, Outgoing("k", Address(channel, "room"), LONG))
    assert [row.key for row, _ in await rows(stage)] == ["k"]


@pytest.mark.parametrize(
    "second",
    [LONG, Document.of("short"), Document.of("other")],
    ids=lambda body: f"{len(body.blocks)}",
)
@pytest.mark.parametrize(
    "first", [LONG, Document.of("short")], ids=lambda body: f"{len(body.blocks)}"
)
async def test_the_same_key_again_changes_nothing(
    stage: Stage, first: Document, second: Document
) -> None:
    """A replayed event may be answered in other words, of which no part may follow the first."""
    assert await enqueue(stage, Outgoing("k", ANNA, first))
    before = [(row.key, body) for row, body in await rows(stage)]
    assert not await enqueue(stage, Outgoing("k", ANNA, second))
    assert [(row.key, body) for row, body in await rows(stage)] == before


async def test_an_edit_that_grew_too_long_goes_on_in_new_messages(stage: Stage) -> None:
    """The first part replaces the old message, the rest follows it."""
    await enqueue(stage, Outgoing("k", ANNA, LONG, edit=MessageId("m1")))
    parts = await rows(stage)
    assert [(row.action, row.target) for row, _ in parts] == [
        ("edit", "m1"), ("send", None), ("send", None),
    ]  # fmt: skip


async def test_nothing_is_enqueued_without_the_callers_commit(stage: Stage) -> None:
    """A reply and the effects of its command are kept together or not at all."""

    async def crash() -> None:
        async with stage.database.begin() as session:
            outgoing = Outgoing("k", ANNA, Document.of("hello"))
            await outbox.enqueue(session, outgoing, now=stage.clock.now())
            raise KeyError("handler")

    with pytest.raises(KeyError):
        await crash()
    assert await rows(stage) == []


async def test_what_is_delayed_is_not_sent_before(stage: Stage) -> None:
    """The delay counts from now."""
    room = Address("fake", "room")
    delay = timedelta(hours=1)
    await enqueue(stage, Outgoing("k", room, Document.of("hello"), delay=delay))
    async with stage.relay() as relay:
        await stage.later(relay, delay - MINUTE)
        assert stage.channel.texts == []
        await stage.later(relay, MINUTE)
    assert stage.channel.texts == ["hello"]


async def test_a_sent_message_is_known_again(stage: Stage) -> None:
    """A press of its button finds what it shows; the newest message is the one to edit."""
    room = Address("fake", "room")
    await stage.say("one", "two")
    async with stage.relay() as relay:
        await stage.settle(relay)
        await stage.say("better", edit=MessageId("m1"))
        await stage.settle(relay)
    async with stage.database.begin() as session:
        first = await outbox.shown(session, address=room, message=MessageId("m1"))
        assert first == Document.of("better")
        assert await outbox.shown(session, address=room, message=MessageId("m9")) is None
        assert await outbox.newest(session, address=room) == "m2"


PLAN = attachment(PDF, "plan.pdf")


def test_a_file_is_a_part_of_its_own_behind_the_words() -> None:
    """Without words and buttons; what only is a file is one part."""
    told = LONG.with_attachment(PLAN.attachment)
    *words, file = parts(told, limit=LENGTHS["telegram"])

    assert words == split(LONG, limit=LENGTHS["telegram"])
    assert len(words) == 3
    assert file == PLAN
    assert parts(PLAN, limit=LENGTHS["telegram"]) == [PLAN]
    assert parts(LONG, limit=LENGTHS["telegram"]) == words


CAPTIONED = Document.of("Seht her.").model_copy(
    update={"attachment": PLAN.attachment, "captioned": True}
)


@pytest.mark.parametrize("channel", ["telegram", "matrix"])
async def test_words_that_fit_a_caption_stay_with_their_file(stage: Stage, channel: str) -> None:
    """One message, as its author had it; an edit of it changes the caption."""
    for key, edit in (("new", None), ("edit", MessageId("7"))):
        outgoing = Outgoing(key, Address(channel, "1"), CAPTIONED, edit=edit)
        assert await enqueue(stage, outgoing)

    assert [(row.key, row.action, body) for row, body in await rows(stage)] == [
        ("new", Action.SEND, CAPTIONED),
        ("edit", Action.EDIT, CAPTIONED),
    ]


def test_words_that_fit_no_caption_come_before_their_file() -> None:
    """Whatever is too long there, or has buttons, or goes where files have no captions."""
    long = CAPTIONED.model_copy(update={"blocks": Document.of("x" * 1025).blocks})
    tapped = CAPTIONED.with_buttons([Button(label="Ja", value="yes")])
    for body, caption in ((long, 1024), (tapped, 1024), (CAPTIONED, 0)):
        words, file = parts(body, limit=4096, caption=caption)
        assert words.attachment is None
        assert file == PLAN
    assert parts(long, limit=4096, caption=12_000) == [long]


async def test_only_the_words_ring_and_answer(stage: Stage) -> None:
    """A file that follows does neither; alone it does both."""
    told = Document.of("Anbei.").with_attachment(PLAN.attachment)
    for key, body in (("both", told), ("bare", PLAN)):
        outgoing = Outgoing(key, ANNA, body, reply_to=MessageId("q"), notify=True)
        assert await enqueue(stage, outgoing)

    found = {row.key: (row.reply_to, row.notify) for row, _ in await rows(stage)}
    assert found == {"both": ("q", True), "both#2": (None, False), "bare": ("q", True)}


async def test_an_edit_changes_the_words_and_sends_the_file(stage: Stage) -> None:
    """No message can be turned into a file."""
    told = Document.of("Anbei.").with_attachment(PLAN.attachment)
    await enqueue(stage, Outgoing("both", ANNA, told, edit=MessageId("m")))
    await enqueue(stage, Outgoing("bare", ANNA, PLAN, edit=MessageId("m")))

    found = {row.key: (row.action, row.target) for row, _ in await rows(stage)}
    assert found == {"both": ("edit", "m"), "both#2": ("send", None), "bare": ("send", None)}


async def test_a_secret_is_forgotten_once_it_was_sent(stage: Stage) -> None:
    """Its reader has it; the buttons under it still work, and what is no secret is kept."""
    room, buttons = Address("fake", "room"), [Button(label="Aus", value="calendar:off")]
    secret = Document.of("the address").with_buttons(buttons).model_copy(update={"secret": True})
    assert await enqueue(stage, Outgoing("secret", room, secret))
    assert await enqueue(stage, Outgoing("plain", room, Document.of("hello")))
    stage.channel.fail_next(TemporaryDeliveryError("away", retry_after=SECOND))
    async with stage.relay() as relay:
        await stage.look(relay)
        waiting = [body for _, body in await rows(stage)]
        await stage.later(relay, MINUTE)
    assert waiting[0] == secret
    assert stage.channel.texts[0].startswith("the address")
    (_, kept), (_, plain) = await rows(stage)
    assert (kept.blocks, kept.numbered_buttons()) == ((), buttons)
    assert plain == Document.of("hello")
