"""Files that answer what the bot asked."""

from datetime import timedelta
from typing import Any

import pytest

from bot.app import ROUTERS
from bot.dispatch import uploads
from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.errors import ChannelDownError, ChannelUnavailableError, MessageRejectedError
from bot.messages import LARGEST_FILE, IncomingFile
from bot.services import dialogs, files
from bot.text.document import Button, Document
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person
from tests.samples import PDF, PNG, PROGRAM

router = Router()
NAMES = (
    "../../etc/passwd.pdf",
    "C:\\plan.pdf",
    "plan\u202efdp.exe",
    "a\0b.pdf",
    "x" * 300 + ".pdf",
    "kaputt\ud83c.pdf",
    "",
)


@router.command(de="plakat", en="poster", about="command-cancel")
async def begin(_command: Command, context: Context) -> Reply:
    """Ask for a file."""
    await dialogs.ask(
        context.session,
        address=context.chat.address,
        member_id=context.member.id,
        subject="poster",
        now=context.now,
    )
    return Document.of("Bitte das Plakat schicken.")


@router.dialog("poster")
async def take(text: str, _content: Any, context: Context) -> Reply:
    """Keep the file and show it."""
    if context.upload is None:
        return Document.of(f"Das ist keine Datei: {text}")
    upload = context.upload
    kept = await files.keep(
        context.session,
        name=upload.name,
        mime=upload.mime,
        content=upload.content,
        now=context.now,
    )
    await dialogs.end(context.session, address=context.chat.address, member_id=context.member.id)
    said = Document.of(f"{kept.name}: {text or 'ohne Worte'}")
    return said.with_buttons([Button(label="Gut", value="help")]).with_attachment(kept)


@pytest.fixture(autouse=True)
def asking(hub: Stage) -> None:
    hub.routed(*ROUTERS, router)


async def test_a_file_is_handed_to_who_asked_for_it(hub: Stage, anna: Person) -> None:
    """With its caption, and it comes back as it was; then files are nobody's business again."""
    await hub.says(anna.says("/plakat"))
    told, shown = await hub.hears(anna.says("Für Mai", file=anna.file(PDF, "plakat.pdf")))
    assert told.text.startswith("plakat.pdf: Für Mai")
    assert (shown.file, shown.text) == (PDF, "")
    assert await hub.hears(anna.says("", file=anna.file(PDF))) == []
    assert len(hub.channel.fetched) == 1


async def test_a_file_without_words_is_an_answer_too(hub: Stage, anna: Person) -> None:
    """And only an answer: nobody else hears of it."""
    assert await hub.hears(anna.says("", file=anna.file(PDF))) == []
    await hub.says(anna.says("/plakat"))
    told, _ = await hub.hears(anna.says("", file=anna.file(PNG, "")))
    assert told.text.startswith("datei.png: ohne Worte")


async def test_a_question_below_a_file_is_a_question(hub: Stage, anna: Person) -> None:
    """Nothing is fetched for it."""
    assert "Koordinierungs" in await hub.says(anna.says(SURE, file=anna.file(PDF)))
    assert hub.channel.fetched == []


async def test_numbers_and_bare_words_below_a_file_are_its_caption(
    hub: Stage, anna: Person
) -> None:
    """Only a command is one, and is obeyed without the file."""
    await hub.says(anna.says("/plakat"))
    assert "Themen" in await hub.says(anna.says("/themen", file=anna.file(PDF)))
    told, _ = await hub.hears(anna.says("1", file=anna.file(PDF, "a.pdf")))
    assert told.text.startswith("a.pdf: 1")


async def test_a_button_can_be_chosen_by_number_although_a_file_came_after_it(
    hub: Stage, anna: Person
) -> None:
    """The newest message that has any is meant."""
    await hub.says(anna.says("/plakat"))
    await hub.hears(anna.says("", file=anna.file(PDF)))
    assert await hub.says(anna.says("1")) != "Dazu gibt es gerade keine Auswahl."


async def test_a_file_belongs_to_the_person_and_the_chat_that_were_asked(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Others' files stay where they are, and in a room so do those that are not for the bot."""
    await hub.says(anna.says("/plakat", room="ag", addressed=True))
    for event in (
        bert.says("", room="ag", addressed=True, file=bert.file(PDF)),
        anna.says("", room="ag", file=anna.file(PDF)),
        anna.says("", room="other", addressed=True, file=anna.file(PDF)),
        anna.says("", file=anna.file(PDF)),
        anna.says("", room="ag", addressed=True, file=anna.file(PDF), age=timedelta(days=9)),
    ):
        assert await hub.hears(event) == []
    assert hub.channel.fetched == []
    told, _ = await hub.hears(anna.says("", room="ag", addressed=True, file=anna.file(PDF)))
    assert told.text.startswith("plan.pdf")


@pytest.mark.parametrize(
    "failure",
    [
        ChannelUnavailableError("away"),
        MessageRejectedError("gone"),
        ChannelDownError("refused"),
        TimeoutError(),
    ],
)
async def test_a_file_that_can_not_be_fetched_can_be_sent_again(
    hub: Stage, anna: Person, failure: Exception
) -> None:
    """The question stays open."""
    await hub.says(anna.says("/plakat"))
    hub.channel.fetch_failure = failure
    assert "noch einmal schicken" in await hub.says(anna.says("", file=anna.file(PDF)))
    hub.channel.fetch_failure = None
    told, _ = await hub.hears(anna.says("", file=anna.file(PDF)))
    assert told.text.startswith("plan.pdf")


async def test_nobody_waits_long_for_a_file(
    hub: Stage, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the channel hears nothing else."""
    monkeypatch.setattr(uploads, "PATIENCE", timedelta(0))
    await hub.says(anna.says("/plakat"))
    assert "noch einmal schicken" in await hub.says(anna.says("", file=anna.file(PDF)))


async def test_the_network_is_asked_outside_of_the_transaction(hub: Stage, anna: Person) -> None:
    """A database that can't commit makes the bot ask again, and answer once."""
    await hub.says(anna.says("/plakat"))
    committed: list[bool] = []
    fetch = hub.channel.fetch

    async def look(file: IncomingFile) -> bytes:
        committed.append(not hub.database.engine.pool.checkedout())  # type: ignore[attr-defined] # of a queue
        return await fetch(file)

    hub.channel.fetch = look  # type: ignore[method-assign] # to look at the moment
    told, _ = await hub.hears(anna.says("", file=anna.file(PDF)))
    assert told.text.startswith("plan.pdf")
    assert committed == [True]


async def test_what_is_refused_leaves_the_question_open(hub: Stage, anna: Person) -> None:
    """Wrong kinds and what is too large, with the way out."""
    await hub.says(anna.says("/plakat"))
    for content, words in ((PROGRAM, "ein PDF"), (PDF + bytes(LARGEST_FILE), "10 MB")):
        assert words in await hub.says(anna.says("", file=anna.file(content, "plan.pdf")))
    told, _ = await hub.hears(anna.says("", file=anna.file(PDF)))
    assert told.text.startswith("plan.pdf")


@pytest.mark.parametrize("name", NAMES)
async def test_names_of_files_do_no_harm(hub: Stage, anna: Person, name: str) -> None:
    """No folders, no turned writing, and an ending that says what it is."""
    await hub.says(anna.says("/plakat"))
    file = anna.file(PDF, name, mime="\0" * 300 + "\ud83c")
    _, shown = await hub.hears(anna.says("", file=file))
    attached = shown.body.attachment
    assert attached is not None
    assert attached.name.endswith(".pdf")
    assert len(attached.name) <= 100
    assert attached.name.isprintable()
    assert not set(attached.name) & set("/\\:\0\u202e")


async def test_who_sends_too_much_makes_the_bot_fetch_nothing(hub: Stage, anna: Person) -> None:
    """Each fetch holds up everybody else on the channel."""
    await hub.says(anna.says("/plakat"))
    limit = hub.settings.limits.member_messages
    for _ in range(limit + 5):
        await hub.receives(anna.says("", file=anna.file(PROGRAM)))
    assert len(hub.channel.fetched) < limit + 1
