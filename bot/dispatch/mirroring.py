"""What of all that arrives is mirrored to the other chats of a bridge."""

from collections import Counter
from datetime import datetime
from typing import Protocol

from bot.config import Settings
from bot.delivery.outbox import Outgoing
from bot.dispatch.conversation import Conversation
from bot.dispatch.limits import Ruling
from bot.dispatch.uploads import Fetch, fetched
from bot.errors import ChannelUnavailableError
from bot.messages import (
    ChatKind,
    Incoming,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Presence,
    Reacted,
    Said,
)
from bot.services import bridge_changes, bridge_files, bridge_mirroring, bridges, roles
from bot.services.bridge_mirroring import Known
from bot.storage.bridge_models import BridgeMember, BridgePost
from bot.storage.engine import Database, Session
from bot.text.document import Document

MOST_TRIES = 30
"""How often in a row a network may give no file, though it tells of them, before words have to do.

The channel pauses a second or more after each; while the network is away nothing is counted.
"""


class Judge(Protocol):
    """Counts what somebody says against a limit."""

    def __call__(
        self, key: str, event: str, *, limit: int, now: datetime, said_at: datetime | None = None
    ) -> Ruling:
        """Return whether *event* is within the *limit* of *key*; see :meth:`FloodGuard.judge`."""
        ...


class Mirroring:
    """Takes to a bridge what is said in its chats.

    Args:
        settings: The operator's.
        conversation: Tells what is said to the bot alone.
        judge: Counts what somebody says.
    """

    def __init__(self, settings: Settings, conversation: Conversation, judge: Judge) -> None:
        self._settings = settings
        self._conversation = conversation
        self._judge = judge
        self._vain = Counter[str]()
        self._known = Known((settings.hub.name,), roles.configured_admins(settings))

    def _is_of_use(self, event: Incoming) -> bool:
        """Tell what may be mirrored without asking the database."""
        if not self._settings.bridges.enabled or event.chat.kind is not ChatKind.ROOM:
            return False
        match event:
            case IncomingMessage():
                return event.said is not None and not self._conversation.is_command(event)
            case Presence():
                return self._settings.bridges.presence != "off"
            case MessageEdited() | MessageDeleted() | Reacted():
                return True
            case _:
                return False

    async def source(self, session: Session, event: Incoming) -> BridgeMember | None:
        """Return as what the chat of *event* gives it to a bridge; ``None`` if it does not."""
        if not self._is_of_use(event):
            return None
        address = event.chat.address
        if isinstance(event, Reacted | MessageDeleted):
            return await bridge_mirroring.source_of(
                session, address=address, message=event.message
            )
        return await bridge_mirroring.source_member(session, address=address)

    async def fetched(self, database: Database, fetch: Fetch, event: Incoming) -> bytes | None:
        """Get the file that comes with *event* from its network, if it is to be mirrored.

        Raises:
            ChannelUnavailableError: The network is away; the event has to come again, for without
                its file it would be mirrored for good.
        """
        said = event.said if isinstance(event, IncomingMessage) else None
        largest = self._settings.bridges.largest_file
        if said is None or said.file is None or not self._is_of_use(event):
            return None
        if bridge_files.is_too_large(said.file, largest=largest):
            return None
        async with database.begin() as session:
            if await self.source(session, event) is None:
                return None
        channel = event.chat.address.channel
        insists = self._vain[channel] < MOST_TRIES
        try:
            upload = await fetched(fetch, channel, said.file, insists=insists)
        except ChannelUnavailableError:
            self._vain[channel] += 1
            raise
        if upload is not None:
            self._vain[channel] = 0
        return upload.content if upload else None

    async def mirror(
        self,
        session: Session,
        event: Incoming,
        *,
        source: BridgeMember,
        carried: bytes | None,
        now: datetime,
    ) -> BridgePost | None:
        """Let the other chats know; return the post that a new message has become."""
        match event:
            case IncomingMessage(said=Said() as said):
                if not await self._may_speak(session, event, source, now=now):
                    return None
                body = await self._body(session, said, carried, now=now)
                return await bridge_mirroring.mirror(
                    session, event, source=source, body=body, known=self._known, now=now
                )
            case MessageEdited():
                body = self._forwarded(event.said.body, event.said)
                await bridge_changes.edit(
                    session, event, source=source, body=body, known=self._known, now=now
                )
            case MessageDeleted():
                await bridge_changes.delete(session, event, source=source, now=now)
            case Reacted():
                await bridge_changes.react(session, event, source=source, now=now)
            case Presence():
                await self._tell_presence(session, event, source, now=now)
        return None

    async def _body(
        self, session: Session, said: Said, carried: bytes | None, *, now: datetime
    ) -> Document:
        body = await bridge_files.carried(
            session,
            said,
            content=carried,
            largest=self._settings.bridges.largest_file,
            language=self._settings.hub.language,
            now=now,
        )
        return self._forwarded(body, said)

    def _forwarded(self, body: Document, said: Said) -> Document:
        language = self._settings.hub.language
        return bridge_files.forwarded(body, said.forwarded, language=language)

    async def _may_speak(
        self, session: Session, event: IncomingMessage, source: BridgeMember, *, now: datetime
    ) -> bool:
        """Count a message; who says too much is told once, where it was said."""
        limits, said_at = self._settings.bridges, event.sent_at
        author = f"bridge:{source.bridge_id}:{event.sender.identity}"
        ruling = self._judge(
            author, event.id, limit=limits.author_messages, now=now, said_at=said_at
        )
        if ruling is Ruling.ALLOW:
            whole = f"bridge:{source.bridge_id}"
            ruling = self._judge(
                whole, event.id, limit=limits.bridge_messages, now=now, said_at=said_at
            )
        if ruling is Ruling.NOTICE:
            language = self._settings.hub.language
            key = f"flood:{source.bridge_id}:{event.id}"
            await bridges.tell(
                session, [source], "bridge-flood", key=key, now=now, language=language
            )
        return ruling is Ruling.ALLOW

    async def _tell_presence(
        self, session: Session, event: Presence, source: BridgeMember, *, now: datetime
    ) -> None:
        author = f"presence:{source.bridge_id}"
        limit = self._settings.bridges.author_messages
        if self._judge(author, event.id, limit=limit, now=now) is Ruling.ALLOW:
            await bridge_changes.tell_presence(
                session,
                event,
                source=source,
                known=self._known,
                ring=self._settings.bridges.presence == "loud",
                language=self._settings.hub.language,
                now=now,
            )

    async def answer(
        self, session: Session, outgoing: Outgoing, *, asked: BridgePost, now: datetime
    ) -> None:
        """Let the other chats read the answer to a question that they could read."""
        source = await bridge_mirroring.source_member(session, address=outgoing.address)
        if source is not None:
            await bridge_mirroring.mirror_own(
                session, outgoing, source=source, asked=asked, now=now
            )
