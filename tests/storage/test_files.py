"""What messages carry, on both databases."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.config import Settings
from bot.errors import UserError
from bot.messages import Address
from bot.services import files as service
from bot.services import housekeeping
from bot.services.files import LARGEST
from bot.storage import deliveries, files
from bot.storage.engine import Database
from bot.storage.models import Action, Announcement, AnnouncementState, Body, FileRow, Member
from bot.text.document import Attachment, Document
from tests.fakes import START
from tests.samples import CALENDAR, GIF, JPEG, PDF, PNG, PROGRAM, WEBP
from tests.storage.rows import claim, finish

DAY = timedelta(days=1)
KEPT = Settings().delivery.keep_sent + DAY
"""After which a file is forgotten that nothing names."""


async def keep(
    database: Database, content: bytes, *, name: str = "plan.pdf", after: timedelta = timedelta(0)
) -> Attachment:
    async with database.begin() as session:
        return await service.keep(
            session, name=name, mime="application/pdf", content=content, now=START + after
        )


async def forget(database: Database, *, after: timedelta) -> int:
    async with database.begin() as session:
        forgotten = await housekeeping.forget_old(session, settings=Settings(), now=START + after)
    return forgotten.files


async def content(database: Database, attachment: Attachment) -> bytes | None:
    async with database.begin() as session:
        return await files.content_of(session, id=attachment.file)


async def test_the_same_content_is_kept_once(database: Database) -> None:
    """Under the hash of it, whatever it is called."""
    first = await keep(database, PDF)
    second = await keep(database, PDF, name="anders.pdf")
    async with database.begin() as session:
        count = await session.scalar(select(func.count()).select_from(FileRow))

    assert first.file == second.file == hashlib.sha256(PDF).hexdigest()
    assert (first.name, second.name) == ("plan.pdf", "anders.pdf")
    assert (first.mime, first.size, count) == ("application/pdf", len(PDF), 1)
    assert await content(database, first) == PDF


async def test_what_was_never_kept_is_not_there(database: Database) -> None:
    """Whoever asks is told so."""
    never = Attachment(file="0" * 64, name="a", mime="b", size=1)
    assert await content(database, never) is None


@pytest.mark.parametrize(
    ("sample", "mime", "name"),
    [
        (PNG, "image/png", "plan.pdf.png"),
        (JPEG, "image/jpeg", "plan.pdf.jpg"),
        (GIF, "image/gif", "plan.pdf.gif"),
        (WEBP, "image/webp", "plan.pdf.webp"),
        (PDF, "application/pdf", "plan.pdf"),
        (CALENDAR, "text/calendar", "plan.pdf.ics"),
    ],
)
async def test_the_content_says_what_a_file_is(
    database: Database, sample: bytes, mime: str, name: str
) -> None:
    """Neither its name nor what its sender says of it."""
    kept = await keep(database, sample)
    assert (kept.mime, kept.name) == (mime, name)


@pytest.mark.parametrize(
    "sample", [PROGRAM, b"", b"<svg>", b"PK\x03\x04", b"RIFF....WAVE", b" %PDF-1.7", b"GIF88a"]
)
async def test_other_kinds_are_refused(database: Database, sample: bytes) -> None:
    """Programs, archives, drawings that can hold scripts."""
    with pytest.raises(UserError, match="file-kind"):
        await keep(database, sample)


async def test_the_largest_file_is_kept_and_no_larger_one(database: Database) -> None:
    """Ten megabytes."""
    full = PDF.ljust(LARGEST, b"\n")
    assert (await keep(database, full)).size == LARGEST
    with pytest.raises(UserError, match="file-too-large") as caught:
        await keep(database, full + b"\n")
    assert caught.value.values == {"limit": 10}


async def test_a_file_that_nothing_names_is_forgotten_after_a_while(database: Database) -> None:
    """Somebody may be about to send it; the same file again counts as new."""
    attachment = await keep(database, PDF)
    await keep(database, PNG)
    await keep(database, PNG, after=DAY)
    assert await forget(database, after=KEPT) == 0
    assert await forget(database, after=KEPT + timedelta(seconds=1)) == 1
    assert await content(database, attachment) is None
    assert await forget(database, after=KEPT + DAY) == 0


async def test_a_file_stays_as_long_as_a_message_that_carries_it(database: Database) -> None:
    """Waiting or sent: it goes with the last body that names it."""
    attachment = await keep(database, PDF)
    bare = Document(attachment=attachment).model_dump(mode="json")
    async with database.begin() as session:
        for body in (bare, Document.of("ohne").model_dump(mode="json")):
            body_id = await deliveries.add_body(session, content=body, now=START)
            await deliveries.add(
                session,
                key=f"k{body_id}",
                address=Address("fake", f"room {body_id}"),
                action=Action.SEND,
                body_id=body_id,
                priority=0,
                due_at=START,
                now=START,
            )
    assert await forget(database, after=3 * KEPT) == 0
    for row in await claim(database):
        await finish(database, row)
    assert await forget(database, after=3 * KEPT) == 1
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Body)) == 0


async def test_a_file_stays_as_long_as_an_announcement_names_it(database: Database) -> None:
    """Those without one, and files of others, are no hindrance."""
    named, other = await keep(database, PDF), await keep(database, PNG)
    async with database.begin() as session:
        author = Member(created_at=START)
        session.add(author)
        await session.flush()
        for attachment in (named.model_dump(mode="json"), None):
            session.add(announcement(author.id, attachment))
    assert await forget(database, after=3 * KEPT) == 1
    assert await content(database, named) == PDF
    assert await content(database, other) is None


def announcement(author: int, attachment: object) -> Announcement:
    return Announcement(
        author_id=author,
        channel="fake",
        chat="room",
        language="de",
        state=AnnouncementState.SENT,  # drafts are forgotten themselves
        texts={"de": "Anbei."},
        attachment=attachment,
        audience={},
        created_at=START,
    )
