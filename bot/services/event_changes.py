"""Telling those whom it concerns that an event is new or not as it was."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.config import Settings
from bot.delivery.outbox import Priority
from bot.events.changes import Change, ChangeKind, change
from bot.events.event import Event
from bot.services import notices, preferences, reminders
from bot.services.notices import Notice, Reader, Writer
from bot.storage import audiences, events, reminding, revising
from bot.storage.engine import Session
from bot.storage.revising import Version
from bot.text.document import Document

_AT_ONCE = {
    ChangeKind.CANCELLED,
    ChangeKind.DATE_CANCELLED,
    ChangeKind.MOVED,
    ChangeKind.DATE_MOVED,
}
"""What is of no use in next week's digest."""
_OVERTAKING = {ChangeKind.CANCELLED, ChangeKind.EXTENDED, ChangeKind.MOVED}
"""After these nobody needs to hear any more what was said of the event before."""
_SOON = timedelta(days=1)
"""What begins so soon and will not take place may disturb: somebody may be on the way."""

Word = Callable[[Change, int, Reader], Document]
"""Words a change of the event of this number for who reads it."""


async def tell_next(
    session: Session,
    *,
    word: Word,
    remind: reminders.Word,
    settings: Settings,
    now: datetime,
    limit: int = 20,
) -> int:
    """Tell of the next changes that nobody was told of; return how many there were.

    The reminders that wait to be sent are taken back and made anew in the same transaction.
    """
    found = await events.take_changes(session, limit=limit)
    for changed, row in found:
        event = Event.model_validate(row.content)
        before = Event.model_validate(changed.before) if changed.before else None
        if before is not None:
            await reminders.replace(
                session,
                event=event,
                number=row.id,
                version=changed.version,
                word=remind,
                settings=settings,
                now=now,
            )
        await _tell(
            session, before, event, (row.id, changed.version),
            quiet=changed.quiet, word=word, settings=settings, now=now,
        )  # fmt: skip
    return len(found)


async def _tell(
    session: Session,
    before: Event | None,
    event: Event,
    which: tuple[int, int],
    *,
    quiet: bool,
    word: Word,
    settings: Settings,
    now: datetime,
) -> None:
    number = which[0]
    news = change(before, event, now=now)
    if news is not None and news.kind in _OVERTAKING:
        await _take_back(session, which, f"event:{number}:", now=now)
    elif before is not None and await _take_back(session, which, _new(number), now=now):
        await _introduce(session, event, which, word=word, settings=settings, now=now)
    if news is None and before is not None:
        await _correct(session, before, event, which, word=word, settings=settings, now=now)
    if news is None or quiet:
        return
    concerned = await reminders.audience_of(session, event=event, number=number)
    if before is not None:
        # Whom it concerned until now has to hear of it as well, say when the Land was corrected.
        concerned = audiences.either(
            concerned, await reminders.audience_of(session, event=before, number=number)
        )
    notice = _notice(news, which, word, now)
    await notices.tell(session, notice, concerned, settings=settings, now=now)


def _notice(news: Change, which: tuple[int, int], word: Word, now: datetime) -> Notice:
    number, version = which
    return Notice(
        key=f"event:{number}:v{version}",
        source=f"event:{number}",
        word=lambda reader: word(news, number, reader),
        priority=Priority.REMINDER,
        urgent=_is_urgent(news, now),
        at_once=news.kind in _AT_ONCE,
    )


def _new(number: int) -> str:
    """Return how the keys begin of what tells that there is an event: it had version 1 then."""
    return f"event:{number}:v1:"


async def _take_back(
    session: Session, which: tuple[int, int], beginning: str, *, now: datetime
) -> int:
    number, version = which
    return await reminding.withdraw(
        session, source=f"event:{number}", beginning=beginning, mark=f":v{version}", now=now
    )


async def _introduce(
    session: Session,
    event: Event,
    which: tuple[int, int],
    *,
    word: Word,
    settings: Settings,
    now: datetime,
) -> None:
    """Tell those anew of an event, as it is now, from whom the first telling was taken back."""
    number, version = which
    news = change(None, event, now=now)
    if news is not None:
        waited = reminding.withdrawn(
            source=f"event:{number}", beginning=_new(number), mark=f":v{version}"
        )
        notice = _notice(news, (number, 1), word, now)
        await notices.tell(session, notice, waited, settings=settings, now=now)


async def _correct(
    session: Session,
    before: Event,
    event: Event,
    which: tuple[int, int],
    *,
    word: Word,
    settings: Settings,
    now: datetime,
) -> None:
    """Edit the messages that told of an event, where it is not new that they are wrong now.

    Their words are those for chats in the hub's own zone and Land. A message that is in flight
    just now keeps its old ones.
    """
    number, version = which
    was, news = change(None, before, now=now), change(None, event, now=now)
    if was is None or news is None:
        return
    writer = Writer(session, now)
    for channel, language in await revising.told(
        session, source=f"event:{number}", beginning=_new(number)
    ):
        spoken = language or settings.hub.language
        reader = Reader(channel, preferences.usual(spoken, settings), now)
        said = word(news, number, reader)
        if said == word(was, number, reader):
            continue
        edition = Version(
            source=f"event:{number}",
            number=version,
            channel=channel,
            language=spoken,
            default=language is None,
            bodies=await writer.words(said, channel),
            beginning=_new(number),
        )
        await revising.change(session, edition, priority=Priority.REMINDER, now=now)


def _is_urgent(news: Change, now: datetime) -> bool:
    soon = news.before.begins(news.event.tz) <= now + _SOON
    return soon and news.kind in _AT_ONCE


async def heard_by(
    session: Session, *, before: Event | None, event: Event, number: int | None, now: datetime
) -> int | None:
    """Return how many chats would hear of a change; ``None`` if it is not told at all."""
    if change(before, event, now=now) is None:
        return None
    concerned = await reminders.audience_of(session, event=event, number=number)
    return sum((await audiences.count(session, audience=concerned)).values())
