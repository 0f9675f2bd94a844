"""A reply to a message of the bot goes to who wrote that message."""

from bot.app import ROUTERS
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.errors import MessageRejectedError
from bot.messages import Address, MessageId
from bot.services.members import Role
from bot.text.document import Button, Document
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person, Sent

router = Router()


@router.reply("ship", role=Role.EDITOR)
async def named(text: str, rest: str, context: Context) -> Reply:
    """Take a name."""
    with_file = " mit Bild" if context.upload else ""
    return Document.of(f"Schiff {rest} heißt {text}{with_file}.")


@router.button("sink")
async def sunk(rest: str, _context: Context) -> Reply:
    """Sink it."""
    return Document.of(f"Schiff {rest} ist gesunken.")


async def launched(hub: Stage, chat: str) -> Sent:
    """Let the bot tell of a ship."""
    hub.routed(*ROUTERS, router)
    body = Document.of("Ein Schiff.").with_buttons([Button(label="Versenken", value="sink:7")])
    async with hub.database.begin() as session:
        outgoing = Outgoing("ship:7", Address("fake", chat), body, source="ship:7")
        await outbox.enqueue(session, outgoing, now=hub.clock.now())
    (sent,) = await hub.delivers()
    return sent


async def test_a_reply_goes_to_who_wrote_the_message(hub: Stage, chefin: Person) -> None:
    """Whatever its words would mean otherwise, but for what always works."""
    sent = await launched(hub, "chefin")
    for text in ("Elbe", "Abo", SURE, "65"):
        told = await hub.says(chefin.says(text, reply_to=sent.message))
        assert told == f"Schiff 7 heißt {text}."
    assert "gesunken" in await hub.says(chefin.says("1", reply_to=sent.message))
    assert "heißt" not in await hub.says(chefin.says("/help", reply_to=sent.message))
    assert "Koordinierungs" in await hub.says(chefin.says(SURE))


async def test_a_reply_to_anything_else_is_an_ordinary_message(hub: Stage, chefin: Person) -> None:
    """In another chat the same id is another message."""
    sent = await launched(hub, "deck")
    (answer,) = await hub.hears(chefin.says(SURE))
    assert "Koordinierungs" in await hub.says(chefin.says(SURE, reply_to=answer.message))
    for other in (sent.message, MessageId("nobody's")):
        assert "Koordinierungs" in await hub.says(chefin.says(SURE, reply_to=other))


async def test_nobody_without_the_role_may_reply(hub: Stage, anna: Person) -> None:
    """The refusal says who may; nothing is done."""
    sent = await launched(hub, "deck")
    reply = anna.says("Elbe", room="deck", addressed=True, reply_to=sent.message)
    assert await hub.says(reply) == (
        "Das dürfen nur Redakteure. Wer das ist, legen die Admins fest."
    )


async def test_a_file_is_handed_over_as_to_a_question(hub: Stage, chefin: Person) -> None:
    """With and without words; one that the network does not give is named."""
    sent = await launched(hub, "chefin")
    await hub.says(chefin.says("Moin"))
    for text in ("", "Elbe"):
        file = chefin.file(b"%PDF-1.7\n%%EOF")
        told = await hub.says(chefin.says(text, reply_to=sent.message, file=file))
        assert told == f"Schiff 7 heißt {text} mit Bild."
    hub.channel.fetch_failure = MessageRejectedError("too large")
    file = chefin.file(b"%PDF-1.7")
    told = await hub.says(chefin.says("", reply_to=sent.message, file=file))
    assert "10" in told
