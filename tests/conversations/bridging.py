"""Connected rooms, and what is said in them."""

from dataclasses import replace

from bot.messages import IncomingMessage, Said, Sender
from bot.text.spans import literal
from tests.conversations.linked import CODE
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

HERE, THERE, THIRD = "stadt", "land", "fluss"
GROUP = "-100"


def says(person: Person, text: str, room: str = HERE, **more: object) -> IncomingMessage:
    """Say something in a room, as an adapter tells it."""
    event = person.says(text, room=room, **more)  # type: ignore[arg-type]
    return replace(event, said=Said(literal(text), file=event.file))


def called(event: IncomingMessage, name: str) -> IncomingMessage:
    """Let the author of a message be called something."""
    return replace(event, sender=Sender(event.sender.identity, name))


async def code(hub: Stage, person: Person, room: str = HERE, words: str = "") -> str:
    """Ask for a code and return it."""
    text = await hub.says(person.says(f"/verbinden {words}", room=room, addressed=True))
    return text.split()[3]


async def connect(
    hub: Stage,
    anna: Person,
    bert: Person,
    *,
    there: str = THERE,
    words: str = "",
    code_words: str = "",
) -> list[Sent]:
    """Connect two rooms at once, for Bert leads both; return what is told of it."""
    made = await code(hub, anna, words=code_words)
    hub.channel.moderators.add((HERE, bert.user))
    told = await hub.hears(bert.says(f"/verbinden {made} {words}", room=there, addressed=True))
    hub.channel.moderators.remove((HERE, bert.user))
    return told


async def agree(hub: Stage, person: Person, room: str = HERE, number: int = 1) -> list[Sent]:
    """Answer, on the network at hand, what a room was asked last; return what is told of it."""
    return await hub.hears(person.taps(in_room(hub, room)[-1], number=number))


async def connect_group(hub: Stage, anna: Person, bert: Person) -> Person:
    """Connect a room with a group on Telegram; return somebody there, who decides for it."""
    made = await code(hub, anna)
    hub.channel.name = "telegram"
    hub.channel.moderators.add((GROUP, bert.user))
    there = Person(hub.channel, bert.user, _count=500)
    await hub.receives(there.says(f"/verbinden {made}", room=GROUP, addressed=True))
    await hub.delivers()
    hub.channel.name = "fake"
    await hub.delivers()
    await agree(hub, anna)
    hub.channel.name = "telegram"
    await hub.delivers()
    hub.channel.name = "fake"
    return there


async def connect_as_one(hub: Stage, anna: Person) -> tuple[Person, list[Sent]]:
    """Link Anna with an account on Telegram and connect both; return that and what is told."""
    found = CODE.search(await hub.says(anna.says("/verknuepfen")))
    assert found
    made = await code(hub, anna)
    hub.channel.name = "telegram"
    there = Person(hub.channel, "4711", _count=500)
    hub.channel.moderators.add((GROUP, there.user))
    (question,) = await hub.hears(there.says(f"/verknuepfen {found[0]}"))
    await hub.hears(there.taps(question, number=1))
    await hub.receives(there.says(f"/verbinden {made}", room=GROUP, addressed=True))
    told = await heard(hub)
    hub.channel.name = "fake"
    return there, told


async def heard(hub: Stage, *events: IncomingMessage) -> list[Sent]:
    """Let something arrive on the network at hand, and both networks deliver."""
    for event in events:
        await hub.receives(event)
    name, sent = hub.channel.name, []
    for channel in ("fake", "telegram"):
        hub.channel.name = channel
        sent += await hub.delivers()
    hub.channel.name = name
    return sent


def in_room(hub: Stage, room: str) -> list[Sent]:
    """Return what the bot shows in a room."""
    return [sent for sent in hub.channel.messages if sent.address.chat == room]
