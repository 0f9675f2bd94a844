"""Announcements on their way: sent when they are due, watched, changed and taken back.

Everything here is one tick of a job: what is to be done is a question to the database, so that
a tick that is late, doubled or killed does no harm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.config import Settings
from bot.delivery.outbox import Priority
from bot.services import audit, digests, notices
from bot.services.announcements import State, body, source
from bot.services.notices import Notice, Reader, Writer
from bot.services.targeting import Wanted
from bot.storage import announcements as rows
from bot.storage import broadcasting, revising
from bot.storage import digests as digest_rows
from bot.storage.broadcasting import REPLACE, REPLACED, Count
from bot.storage.engine import Session
from bot.storage.models import FLYING, Announcement
from bot.storage.revising import Version
from bot.text import catalogue
from bot.text.catalogue import LANGUAGES
from bot.text.dates import format_datetime
from bot.text.document import Document

PUNCTUAL = timedelta(minutes=30)
"""An announcement that is later than this is late: the hub was down when it was due."""
_ENOUGH = 20
"""Messages that have to be tried before their failures mean anything."""
_FRESH = timedelta(minutes=5)
"""How long an announcement that is done is still watched, so that its report becomes right."""
_ACTIVE = (State.SENDING, State.PAUSED, State.RECALLING)


# Sending


async def publish_next(
    session: Session, *, settings: Settings, now: datetime
) -> Announcement | None:
    """Put the next announcement that is due into the outbox and return it; ``None`` if none is.

    Its audience is frozen in this transaction.
    """
    row = await rows.due(session, now=now)
    if row is None:
        return None
    late = row.send_at is not None and now - row.send_at > PUNCTUAL
    if late and row.late == "drop":
        await miss(session, row, now=now)
        return row
    notice = Notice(
        key=source(row.id),
        source=source(row.id),
        word=lambda reader: _worded(row, reader, settings, late=late and row.late == "mark"),
        priority=Priority.ANNOUNCEMENT,
        urgent=row.importance == "urgent",
        ring=row.importance != "quiet",
    )
    wanted = Wanted.of(row.audience).select
    row.recipients = await notices.tell(session, notice, wanted, settings=settings, now=now)
    row.state, row.published_at = State.SENDING, now
    # What is sent is the first version, however often it was a draft again before: only what
    # changes from now on has to be changed where it was sent.
    row.version = 1
    await session.flush()
    return row


async def miss(session: Session, row: Announcement, *, now: datetime) -> None:
    """Let an announcement be one whose time has passed."""
    row.state, row.ended_at = State.MISSED, now
    await audit.note(
        session, action="announcement-missed", subject=source(row.id), member_id=None,
        now=now, number=row.id,
    )  # fmt: skip


def _worded(row: Announcement, reader: Reader, settings: Settings, *, late: bool) -> Document:
    language = reader.preferences.language
    document = body(row, language)
    if late and row.send_at is not None:
        when = format_datetime(row.send_at, language, settings.hub.zone)
        document += catalogue.document(language, "announcement-late", when=when)
    return document


# Watching


@dataclass(frozen=True, slots=True)
class Report:
    """How far an announcement is; every number counts chats.

    Attributes:
        state: The announcement's.
        recipients: To how many it goes.
        sent: Who has it.
        waiting: Who gets it as fast as the networks allow.
        held: Who wants quiet, or a digest, until later.
        slowed: Of those who wait, for how many the network asked to wait.
        failed: Where it was given up.
        gone: Who can't be reached any more.
        withdrawn: Who does not get it any more, because it was stopped before.
        edited: Who has its newest version, after a change.
        editing: Who still gets it.
        deleted: Where it was deleted, by network.
        replaced: Where a note stands in its place, because it could not be deleted.
        deleting: Where it is about to be deleted or replaced.
        lasting: Where it can't be taken back.
        ready_at: When the last of those who wait will have it, about.
        reason: Why it is paused.
    """

    number: int
    state: State
    recipients: int
    sent: int
    waiting: int
    held: int
    slowed: int
    failed: int
    gone: int
    withdrawn: int
    edited: int
    editing: int
    deleted: tuple[tuple[str, int], ...]
    replaced: int
    deleting: int
    lasting: int
    ready_at: datetime | None
    reason: str | None


async def report(session: Session, row: Announcement, *, now: datetime) -> Report:
    """Count how far an announcement is."""
    counts = await _counts(session, row, now=now)
    sends = [one for one in counts if one.action in {"send", "digest"}]
    edits = [one for one in counts if one.action == "edit"]
    deletes = [one for one in counts if one.action == "delete"]
    notes = [one for one in counts if one.action == REPLACE]
    waiting = _sum(sends, "waiting", "sending", "paused", held=False)
    sent = _sum(sends, "sent", REPLACED)
    recalled = row.state in {State.RECALLING, State.RECALLED}
    replaced = _sum(notes, "sent") + _sum(sends, REPLACED)
    deleted = {one.channel: 0 for one in deletes}
    for one in deletes:
        deleted[one.channel] += one.number if one.state == "sent" else 0
    gone_meanwhile = sum(deleted.values()) + replaced
    return Report(
        number=row.id,
        state=State(row.state),
        recipients=row.recipients,
        sent=sent,
        waiting=waiting,
        held=_sum(sends, "waiting", "paused", held=True),
        slowed=sum(one.number for one in sends if one.slowed and one.state == "waiting"),
        failed=_sum(sends, "dead", "rejected", "expired"),
        gone=_sum(sends, "gone"),
        withdrawn=_sum(sends, "withdrawn"),
        edited=0 if recalled else _sum(edits, "sent"),
        editing=0 if recalled else _sum(edits, "waiting", "sending"),
        deleted=tuple(sorted((name, number) for name, number in deleted.items() if number)),
        replaced=replaced,
        deleting=_sum([*deletes, *notes], "waiting", "sending") if recalled else 0,
        lasting=max(0, sent - gone_meanwhile) if row.state == State.RECALLED else 0,
        ready_at=_ready_at(row, done=sent, waiting=waiting, now=now),
        reason=row.reason,
    )


async def _counts(session: Session, row: Announcement, *, now: datetime) -> list[Count]:
    return await broadcasting.counts(session, source=source(row.id), version=row.version, now=now)


async def reasons(session: Session, row: Announcement, *, limit: int) -> list[tuple[str, int]]:
    """Return why messages failed, in the networks' words, and how many; the most often first."""
    found = await broadcasting.reasons(session, source=source(row.id), limit=limit)
    return [(error or state, count) for state, error, count in found]


def _sum(counts: Iterable[Count], *states: str, held: bool | None = None) -> int:
    return sum(
        one.number for one in counts if one.state in states and (held is None or one.held is held)
    )


def _ready_at(row: Announcement, *, done: int, waiting: int, now: datetime) -> datetime | None:
    """Say when the rest will be there, if it goes on as it went."""
    if row.published_at is None or not waiting or not done or row.state != State.SENDING:
        return None
    took = now - row.published_at
    return now + took / done * waiting if took > timedelta(0) else None


async def watched(session: Session, *, now: datetime) -> list[int]:
    """Return the numbers of the announcements that are on their way, or were just now."""
    return list(await rows.watched(session, states=_ACTIVE, since=now - _FRESH))


async def watch(
    session: Session, number: int, *, settings: Settings, now: datetime
) -> Report | None:
    """Do what is to be done about one announcement on its way, and say how far it is."""
    row = await rows.find(session, number=number, lock=True)
    if row is None or row.published_at is None:
        return None
    state = State(row.state)
    # Asked first: what is recorded by another process from here on is followed up next time.
    settled = not await broadcasting.any_open(session, source=source(number))
    if state is State.RECALLING:
        await _take_back(session, row, settings=settings, now=now)
    elif state in {State.SENDING, State.PAUSED} and row.version > 1:
        await _change(session, row, settings=settings, now=now)
    if state is State.PAUSED:
        await broadcasting.halt_again(session, source=source(number))
    found = await report(session, row, now=now)
    if state is State.SENDING and _is_failing(found, row, settings):
        await _stop(session, row, now=now)
    elif state in _ACTIVE and settled:
        await _end(session, row, now=now)
    await session.flush()
    return await report(session, row, now=now)


async def _end(session: Session, row: Announcement, *, now: datetime) -> None:
    if await _is_underway(session, row):
        return  # what was changed or is taken back just now
    row.state = State.RECALLED if row.state == State.RECALLING else State.SENT
    row.ended_at = now


async def _is_underway(session: Session, row: Announcement) -> bool:
    name = source(row.id)
    if await broadcasting.any_open(session, source=name):
        return True
    # A digest in flight counts only if it has to be changed as soon as it has arrived.
    changing = row.state == State.RECALLING or row.version > 1
    return changing and bool(await digest_rows.in_flight(session, source=name))


def _is_failing(found: Report, row: Announcement, settings: Settings) -> bool:
    tried = found.sent + found.failed
    return (
        row.reason != "resumed"  # somebody has looked at it and decided
        and tried >= _ENOUGH
        and found.failed >= tried * settings.announcements.pause_at_failures
    )


async def _stop(session: Session, row: Announcement, *, now: datetime) -> None:
    row.state, row.reason = State.PAUSED, "failures"
    await broadcasting.halt(session, source=source(row.id))
    await audit.note(
        session, action="announcement-paused", subject=source(row.id), member_id=None,
        now=now, number=row.id,
    )  # fmt: skip


# Changing and taking back; safe to repeat until nothing is in flight any more


async def _change(
    session: Session, row: Announcement, *, settings: Settings, now: datetime
) -> None:
    known: dict[str, list[int]] = row.bodies or {}
    new = not known
    writer = Writer(session, now)
    counts = await _counts(session, row, now=now)
    for channel in sorted({one.channel for one in counts}):
        for language in LANGUAGES:
            name = f"{channel}/{language}"
            if name not in known:
                known[name] = await writer.words(body(row, language), channel)
            version = Version(
                source=source(row.id),
                number=row.version,
                channel=channel,
                language=language,
                default=language == settings.hub.language,
                bodies=known[name],
            )
            await revising.change(session, version, priority=Priority.ANNOUNCEMENT, now=now)
    if new or known.get(FLYING):
        await _change_digests(session, row, writer, settings=settings, now=now)
        # Whose words can't be changed before they have arrived.
        known[FLYING] = list(await digest_rows.in_flight(session, source=source(row.id)))
    row.bodies = dict(known)


async def _change_digests(
    session: Session, row: Announcement, writer: Writer, *, settings: Settings, now: datetime
) -> None:
    for language in LANGUAGES:
        await broadcasting.replace_collected(
            session,
            source=source(row.id),
            language=language,
            default=language == settings.hub.language,
            body_id=await writer.keep(body(row, language)),
        )
    await _tell_digests_again(session, row, f"e{row.version}", settings=settings, now=now)


async def _tell_digests_again(
    session: Session, row: Announcement, why: str, *, settings: Settings, now: datetime
) -> None:
    mark = f"{source(row.id)}:{why}"
    for key in await digest_rows.told_of(session, source=source(row.id)):
        await digests.tell_again(session, key=key, mark=mark, settings=settings, now=now)


async def _take_back(
    session: Session, row: Announcement, *, settings: Settings, now: datetime
) -> None:
    name = source(row.id)
    # What was in flight and failed would be tried again.
    await broadcasting.withdraw(session, source=name, edits=False, now=now)
    await revising.delete_sent(session, source=name, priority=Priority.URGENT, now=now)
    counts = await _counts(session, row, now=now)
    if any(one.action == "delete" and one.state == "rejected" for one in counts):
        await _replace_undeletable(session, name, settings=settings, now=now)
    await broadcasting.withdraw_collected(session, source=name)
    await _tell_digests_again(session, row, "r", settings=settings, now=now)


async def _replace_undeletable(
    session: Session, name: str, *, settings: Settings, now: datetime
) -> None:
    writer = Writer(session, now)
    for language in LANGUAGES:
        note = catalogue.document(language, "announcement-withdrawn")
        await revising.replace_undeletable(
            session,
            source=name,
            language=language,
            default=language == settings.hub.language,
            body_id=await writer.keep(note),
            priority=Priority.URGENT,
            now=now,
        )
