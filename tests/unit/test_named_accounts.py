"""What a further account of the hub is told, and what it does, bears its own name."""

from contextlib import aclosing
from dataclasses import replace

from bot.channels.named import named
from bot.messages import Address, Identity, IncomingMessage, MessageId, Said
from bot.text.document import Document, Paragraph, Span
from tests.fakes import FakeChannel, FakeClock, Person


async def test_people_who_are_mentioned_belong_to_the_account() -> None:
    """Else a mirror would look for them among those of another bot."""
    channel = FakeChannel(FakeClock(), name="telegram")
    span = Span(text="Bea", mention="telegram:5")
    body = Document(blocks=(Paragraph(spans=(span,)),))
    said = Said(body, mentions=(Identity("telegram", "5"),))
    channel.deliver(replace(Person(channel).says("Bea", room="r"), said=said))

    async with aclosing(named(channel, "telegram.west").receive(None)) as arriving:
        received = await anext(arriving)

    assert isinstance(received.event, IncomingMessage)
    west = span.model_copy(update={"mention": "telegram.west:5"})
    expected = Document(blocks=(Paragraph(spans=(west,)),))
    assert received.event.said == Said(expected, mentions=(Identity("telegram.west", "5"),))


async def test_a_reaction_goes_to_the_chat_of_the_account() -> None:
    """The adapter knows only its network's name."""
    channel = FakeChannel(FakeClock(), name="telegram")
    account = named(channel, "telegram.west")

    own = await account.react(Address("telegram.west", "r"), MessageId("m1"), "👍", key="k")

    assert own == "r-m1"
    assert channel.reactions == {(Address("telegram", "r"), MessageId("m1")): "👍"}
