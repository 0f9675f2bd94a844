"""Whom a copy names: the same person by the account that they have there, and nobody else."""

from dataclasses import replace

from bot.messages import IncomingMessage, Said
from bot.text.document import Document, Paragraph, Span
from tests.conversations.bridging import GROUP, code, heard, says
from tests.conversations.linked import CODE
from tests.conversations.stage import Stage
from tests.conversations.test_bridges import moderators
from tests.fakes import Person

__all__ = ["moderators"]


async def connect_as_one_person(hub: Stage, anna: Person) -> Person:
    """Link Anna with an account on Telegram, and connect both networks by it."""
    found = CODE.search(await hub.says(anna.says("/verknuepfen")))
    assert found
    made = await code(hub, anna)
    hub.channel.name = "telegram"
    there = Person(hub.channel, "4711", _count=500)
    hub.channel.moderators.add((GROUP, there.user))
    (question,) = await hub.hears(there.says(f"/verknuepfen {found[0]}"))
    await hub.hears(there.taps(question, number=1))
    await hub.receives(there.says(f"/verbinden {made}", room=GROUP, addressed=True))
    await heard(hub)
    hub.channel.name = "fake"
    return there


def naming(person: Person, account: str) -> IncomingMessage:
    """Say something that names an account."""
    said = Said(Document.of(Paragraph(spans=(Span(text="Anna", mention=account),))))
    return replace(says(person, "Anna"), said=said)


async def test_a_mention_is_carried_to_the_linked_account(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Who is linked is rung for where they read."""
    there = await connect_as_one_person(hub, anna)
    (copy,) = await heard(hub, naming(bert, f"fake:{anna.user}"))
    assert copy.address.chat == GROUP
    assert f"telegram:{there.user}" in copy.body.model_dump_json()


async def test_a_mention_of_somebody_unknown_there_keeps_the_words(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """And rings for nobody."""
    await connect_as_one_person(hub, anna)
    (copy,) = await heard(hub, naming(bert, f"fake:{carla.user}"))
    assert "Anna" in copy.text
    assert f"fake:{carla.user}" not in copy.body.model_dump_json()
