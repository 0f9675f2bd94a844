"""What the bot asks somebody, whose next message is the answer."""

from datetime import timedelta
from typing import Any

from bot.app import ROUTERS
from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import dialogs
from bot.text.document import Document
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person

router = Router()


@router.command(de="taufen", en="christen", about="command-cancel")
async def christen(_command: Command, context: Context) -> Reply:
    """Ask for a name."""
    await dialogs.ask(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        subject="name",
        content={"ship": "Elbe"},
        now=context.now,
    )
    return Document.of("Wie soll es heißen?")


@router.dialog("name")
async def named(text: str, content: Any, context: Context) -> Reply:
    """Take the name."""
    if len(text) > len("lang"):
        raise UserError("topic-too-long", limit=len("lang"))
    await dialogs.end(context.session, address=context.chat.address, member_id=context.member.id)
    return Document.of(f"{content['ship']} heißt {text}.")


async def test_the_next_message_is_the_answer(hub: Stage, anna: Person) -> None:
    """Also one that would be a question or a bare command; after that, messages are messages."""
    hub.routed(*ROUTERS, router)
    assert await hub.says(anna.says("/taufen")) == "Wie soll es heißen?"
    assert await hub.says(anna.says("Abo")) == "Elbe heißt Abo."
    assert "Koordinierungs" in await hub.says(anna.says(SURE))


async def test_a_number_is_an_answer_where_it_names_no_button(hub: Stage, anna: Person) -> None:
    """Who is asked for a number can write one."""
    hub.routed(*ROUTERS, router)
    await hub.says(anna.says("/taufen"))
    assert await hub.says(anna.says("7")) == "Elbe heißt 7."


async def test_a_refused_answer_can_be_given_again(hub: Stage, anna: Person) -> None:
    """The question stays open, also over a restart."""
    hub.routed(*ROUTERS, router)
    await hub.says(anna.says("/taufen"))
    assert "heißt" not in await hub.says(anna.says("Schiff"))
    hub.restart()
    assert await hub.says(anna.says("Anna")) == "Elbe heißt Anna."


async def test_commands_work_meanwhile_and_cancel_ends_it(hub: Stage, anna: Person) -> None:
    """A slash is never an answer, and the bare words that always work are none either."""
    hub.routed(*ROUTERS, router)
    await hub.says(anna.says("/taufen"))
    assert "Themen" in await hub.says(anna.says("/themen"))
    assert "Abgebrochen" in await hub.says(anna.says("abbrechen"))
    assert "nichts offen" in await hub.says(anna.says("/cancel"))
    assert "Koordinierungs" in await hub.says(anna.says(SURE))


async def test_a_question_belongs_to_one_person_in_one_chat(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Others in the room, and the same person elsewhere, are not taken for an answer."""
    hub.routed(*ROUTERS, router)
    await hub.says(anna.says("/taufen", room="ag", addressed=True))
    assert "Koordinierungs" in await hub.says(bert.says(SURE, room="ag", addressed=True))
    assert "Koordinierungs" in await hub.says(anna.says(SURE))
    assert await hub.hears(anna.says("Egon", room="ag")) == []
    assert await hub.says(anna.says("Egon", room="ag", addressed=True)) == "Elbe heißt Egon."


async def test_what_nobody_answers_is_forgotten(hub: Stage, anna: Person) -> None:
    """After an hour a message is a message again."""
    hub.routed(*ROUTERS, router)
    await hub.says(anna.says("/taufen"))
    hub.clock.advance(dialogs.LASTS + timedelta(seconds=1))
    assert "Koordinierungs" in await hub.says(anna.says(SURE))
