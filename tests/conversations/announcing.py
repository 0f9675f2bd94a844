"""How announcements are written and steered in the tests."""

from datetime import timedelta

from schedules.announcements import publish_announcements, watch_announcements
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

ONE_LINE = "/ankuendigung Thema Konferenzen: Die **Anmeldung** ist offen."


async def subscribed(hub: Stage, *people: Person, to: str = "Konferenzen") -> None:
    """Let people subscribe."""
    for person in people:
        await hub.hears(person.says(f"/abo {to}"))


async def ticks(hub: Stage, times: int = 3) -> None:
    """Let the jobs of announcements tick as they would within some seconds."""
    for _ in range(times):
        hub.clock.advance(timedelta(seconds=4))
        await hub.ticks(publish_announcements, watch_announcements)


def button(sent: Sent, label: str) -> str:
    """Return the value of the button that begins with *label*."""
    return next(one.value for one in sent.body.numbered_buttons() if one.label.startswith(label))


async def taps(hub: Stage, person: Person, sent: Sent, label: str) -> list[Sent]:
    """Let a button be tapped; return what comes as a new message."""
    return await hub.hears(person.taps(sent, value=button(sent, label)))


def shown(hub: Stage, chat: str) -> list[str]:
    """Return what a chat shows now."""
    return [sent.text for sent in hub.channel.messages if sent.address.chat == chat]


def report(hub: Stage, chat: str = "chefin") -> Sent:
    """Return the one report in a chat."""
    (found,) = [
        sent
        for sent in hub.channel.messages
        if sent.address.chat == chat and sent.text.startswith("Nr. ")
    ]
    return found


async def sends(hub: Stage, person: Person, text: str = ONE_LINE) -> None:
    """Let an announcement be written in one line and sent."""
    (preview,) = await hub.hears(person.says(text))
    await taps(hub, person, preview, "Jetzt senden")
    await ticks(hub)
