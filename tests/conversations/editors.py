"""How the inbox is used in the tests: by who asks, and by the editors in their room."""

from bot.messages import Change
from schedules.inbox import show_inbox
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

ROOM = "redaktion"
ASKED = "Zählen Eigenleistungen als Eigenanteil?"
ALIKE = "Werden Eigenleistungen als Eigenanteil anerkannt?"
OTHER = "Dürfen Drohnen über das Rathaus fliegen?"
ANSWER = "Ja, wenn sie **belegt** sind."


async def room(hub: Stage, *editors: Person, name: str = ROOM) -> None:
    """Give the editors a room of their own, and people the role."""
    chefin = Person(hub.channel, "chefin", _count=1000)
    known = hub.settings.knowledge.model_copy(update={"editors": (f"fake:{name}",)})
    hub.settings = hub.settings.model_copy(update={"knowledge": known})
    hub.restart()
    await hub.hears(chefin.changes(name, Change.JOINED))
    await promoted(hub, *editors)


async def promoted(hub: Stage, *people: Person) -> None:
    """Make people editors, who have to have written to the bot for that."""
    chefin = Person(hub.channel, "chefin", _count=2000)
    for person in people:
        await hub.hears(person.says("/rollen"))
        await hub.hears(chefin.says(f"/rolle fake:{person.user} Redaktion"))
        chefin._count += 100


async def ticks(hub: Stage) -> list[Sent]:
    """Let the inbox be shown, as within some seconds; return the messages that are new."""
    return [*await hub.ticks(show_inbox), *await hub.ticks(show_inbox)]


async def asks(hub: Stage, person: Person, text: str = ASKED, **where: object) -> Sent:
    """Let something be asked that nobody can answer; return what is said to that."""
    options = {"addressed": True, **where} if "room" in where else where
    (told,) = await hub.hears(person.says(text, **options))  # type: ignore[arg-type]
    return told


def shown(hub: Stage, chat: str = ROOM) -> list[str]:
    """Return what the messages of the inbox in a chat show now."""
    return [one.text for one in hub.channel.messages if one.address.chat == chat]


def answers(hub: Stage, chat: str) -> list[Sent]:
    """Return the answers of editors in a chat."""
    return [
        one
        for one in hub.channel.messages
        if one.address.chat == chat and one.text.startswith("Antwort auf die Frage")
    ]


async def replies(hub: Stage, editor: Person, to: Sent, text: str = ANSWER) -> list[Sent]:
    """Let an editor reply to an item's message; return what is new in that chat."""
    chat = to.address.chat
    where = None if chat == editor.user else chat
    event = editor.says(text, room=where, addressed=True, reply_to=to.message)
    return [one for one in await hub.hears(event) if one.address.chat == chat]
