"""Whom a copy names: the same person by the account that they have there, and nobody else."""

from dataclasses import replace

from bot.messages import IncomingMessage, Said
from bot.text.document import Document, Paragraph, Span
from tests.conversations.bridging import GROUP, connect_as_one, heard, says
from tests.conversations.stage import Stage
from tests.conversations.test_bridges import moderators
from tests.fakes import Person

__all__ = ["moderators"]


def naming(person: Person, account: str) -> IncomingMessage:
    """Say something that names an account."""
    said = Said(Document.of(Paragraph(spans=(Span(text="Anna", mention=account),))))
    return replace(says(person, "Anna"), said=said)


async def test_a_mention_is_carried_to_the_linked_account(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Who is linked is rung for where they read."""
    there, _ = await connect_as_one(hub, anna)
    (copy,) = await heard(hub, naming(bert, f"fake:{anna.user}"))
    assert copy.address.chat == GROUP
    assert f"telegram:{there.user}" in copy.body.model_dump_json()


async def test_a_mention_of_somebody_unknown_there_keeps_the_words(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """And rings for nobody."""
    await connect_as_one(hub, anna)
    (copy,) = await heard(hub, naming(bert, f"fake:{carla.user}"))
    assert "Anna" in copy.text
    assert f"fake:{carla.user}" not in copy.body.model_dump_json()
