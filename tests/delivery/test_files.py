"""Messages that carry a file, from the database to the network."""

import pytest

from bot.delivery import outbox
from bot.delivery.files import REMEMBERED, Files
from bot.delivery.outbox import Outgoing
from bot.errors import TemporaryDeliveryError
from bot.messages import Address
from bot.services import files
from bot.storage.models import FileRow
from bot.text.document import Attachment, Document
from tests.delivery.stage import Stage
from tests.samples import PDF, PNG


async def keep(stage: Stage, content: bytes = PDF) -> Attachment:
    async with stage.database.begin() as session:
        now = stage.clock.now()
        return await files.keep(session, name="plan.pdf", mime="", content=content, now=now)


async def tell(stage: Stage, attachment: Attachment, *rooms: str) -> None:
    body = Document.of("Anbei.").with_attachment(attachment)
    async with stage.database.begin() as session:
        for room in rooms:
            outgoing = Outgoing(room, Address(stage.channel.name, room), body)
            await outbox.enqueue(session, outgoing, now=stage.clock.now())


async def test_the_file_follows_the_words(stage: Stage) -> None:
    """Two messages, the second with the content and nothing else."""
    attachment = await keep(stage)
    await tell(stage, attachment, "a")
    async with stage.relay() as relay:
        await stage.settle(relay)

    words, file = stage.channel.messages
    assert (words.text, words.file) == ("Anbei.", None)
    assert (file.text, file.file) == ("", PDF)
    assert file.body == Document(attachment=attachment)


async def test_a_broadcast_reads_its_file_once(stage: Stage) -> None:
    """However many chats it goes to; the database would send megabytes for each."""
    attachment = await keep(stage)
    reader = Files(stage.database)
    await tell(stage, attachment, *"abcdefgh")
    async with stage.relay() as relay:
        await stage.settle(relay)
    before = stage.database.ended
    assert [await reader.content(attachment) for _ in range(5)] == [PDF] * 5

    assert stage.database.ended == before + 1
    assert [sent.file for sent in stage.channel.messages if sent.file] == [PDF] * 8


async def test_only_the_last_contents_stay_in_memory(stage: Stage) -> None:
    """The first is read again when others came in between."""
    kept = [await keep(stage, PDF + bytes([number])) for number in range(REMEMBERED + 1)]
    reader = Files(stage.database)
    for attachment in kept:
        await reader.content(attachment)
    before = stage.database.ended
    await reader.content(kept[-1])
    assert stage.database.ended == before
    assert await reader.content(kept[0]) == PDF + bytes([0])
    assert stage.database.ended == before + 1


async def test_a_file_that_was_forgotten_is_given_up(stage: Stage) -> None:
    """The words arrive, and nothing is tried again."""
    attachment = await keep(stage)
    await tell(stage, attachment, "a")
    async with stage.database.begin() as session:
        await session.delete(await session.get_one(FileRow, attachment.file))
    async with stage.relay() as relay:
        await stage.settle(relay)

    assert stage.channel.texts == ["Anbei."]
    assert await stage.states() == {"a": "sent", "a#2": "rejected"}


async def test_a_database_that_is_away_costs_a_wait_and_no_attempt(stage: Stage) -> None:
    """The file is sent when it can be read again."""
    attachment = await keep(stage, PNG)
    reader = Files(stage.database)
    stage.database.away = True
    with pytest.raises(TemporaryDeliveryError) as caught:
        await reader.content(attachment)
    stage.database.away = False

    assert caught.value.outage
    assert not caught.value.uncertain
    assert await reader.content(attachment) == PNG
