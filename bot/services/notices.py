"""What the hub tells by itself: to an audience of any size, when each chat wants to hear it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Priority
from bot.services import preferences
from bot.services.preferences import Preferences
from bot.storage import audiences, deliveries
from bot.storage.audiences import Audience, Posting, Profile
from bot.storage.engine import Session
from bot.text.document import Document


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a notice, as far as its words depend on it.

    Attributes:
        channel: On which network.
        preferences: What the chat wants.
        arrives: When it will read it.
    """

    channel: str
    preferences: Preferences
    arrives: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell.

    Attributes:
        key: The beginning of its deliveries' keys: telling it again tells it to nobody twice.
        source: What it is about: ``announcement:12``, ``event:8``.
        word: What to say to a reader; ``None`` for nothing.
        priority: What goes first.
        urgent: Whether it may disturb.
        at_once: Whether it is too important to wait for a digest.
        ring: Whether it makes a sound where the chat wants any.
        expires_at: From when on it is of no use to anybody.
    """

    key: str
    source: str
    word: Callable[[Reader], Document | None]
    priority: Priority = Priority.ANNOUNCEMENT
    urgent: bool = False
    at_once: bool = False
    ring: bool = True
    expires_at: datetime | None = None

    def reader(self, profile: Profile, settings: Settings, now: datetime) -> Reader:
        """Return who reads it in the chats of a profile, and when."""
        wanted = preferences.of(profile.settings, profile.chat, settings)
        arrives = wanted.arrives(now, urgent=self.urgent, at_once=self.at_once)
        return Reader(profile.channel, wanted, arrives)


@dataclass
class Writer:
    """Keeps what is said once for all who read the same words."""

    session: Session
    now: datetime
    _kept: dict[str, int] = field(default_factory=dict)

    async def keep(self, document: Document) -> int:
        """Return the id of a body that says *document*."""
        said = document.model_dump_json()
        if said not in self._kept:
            content = document.model_dump(mode="json")
            self._kept[said] = await deliveries.add_body(
                self.session, content=content, now=self.now
            )
        return self._kept[said]

    async def words(self, document: Document, channel: str) -> list[int]:
        """Return the ids of the messages that the words of *document* make on a network."""
        limit = outbox.limit_of(channel)
        bare = document.with_attachment(None)
        return [await self.keep(part) for part in outbox.parts(bare, limit=limit)]

    async def file(self, document: Document) -> int | None:
        """Return the id of the message that carries the file of *document*, if it has one."""
        if document.attachment is None:
            return None
        return await self.keep(Document(attachment=document.attachment))


async def tell(
    session: Session, notice: Notice, audience: Audience, *, settings: Settings, now: datetime
) -> int:
    """Tell a notice to an audience; return to how many chats it goes that had not heard it."""
    writer = Writer(session, now)
    told = 0
    whole = [audience, audiences.other_chats(audience)] if notice.urgent else [audience]
    for chats in whole:
        for profile in await audiences.profiles(session, audience=chats):
            reader = notice.reader(profile, settings, now)
            told += await tell_profile(notice, chats, profile, reader, writer=writer)
    return told


async def tell_profile(
    notice: Notice, audience: Audience, profile: Profile, reader: Reader, *, writer: Writer
) -> int:
    """Tell a notice to the chats of one profile; return to how many that had not heard it."""
    if notice.expires_at is not None and reader.arrives >= notice.expires_at:
        return 0
    document = notice.word(reader)
    if document is None:
        return 0
    collected = reader.preferences.is_collected and not (notice.urgent or notice.at_once)
    bodies = (
        [await writer.keep(document)]
        if collected
        else await writer.words(document, profile.channel)
    )
    posting = Posting(
        key=notice.key,
        bodies=bodies,
        file=None if collected else await writer.file(document),
        source=notice.source,
        priority=Priority.URGENT if notice.urgent else notice.priority,
        notify=notice.ring and not reader.preferences.silent,
        due_at=reader.arrives,
        held_until=reader.arrives if reader.arrives > writer.now else None,
        expires_at=notice.expires_at,
        now=writer.now,
    )
    spread = audiences.collect if collected else audiences.post
    return await spread(writer.session, audience=audience, profile=profile, posting=posting)
