"""INBOUND: standing → dedupe → member → role → rate limit → handler → commit.

Effects, reply and cursor are one transaction. A crash at any line either lets the network
repeat the event (nothing was committed) or lets the relay send the reply (it was).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from bot.channels.port import Received
from bot.clock import Clock
from bot.config import Settings
from bot.dispatch import metrics, replying
from bot.dispatch.beforehand import Beforehand
from bot.dispatch.beginnings import Beginning
from bot.dispatch.cleaning import clean
from bot.dispatch.context import Context, Edit, Farewell, Reply
from bot.dispatch.conversation import Conversation
from bot.dispatch.crashes import Crashes, handled, save_cursor
from bot.dispatch.inquiring import Inquiry
from bot.dispatch.limits import FloodGuard, Ruling, full_minute
from bot.dispatch.mirroring import Mirroring
from bot.dispatch.openings import Opening, nowhere
from bot.dispatch.router import RoutingTable
from bot.dispatch.standing import Ask, Standing
from bot.dispatch.uploads import Fetch
from bot.errors import ChannelUnavailableError, StorageError, UserError
from bot.messages import (
    ButtonPress,
    Change,
    Chat,
    ChatChange,
    ChatKind,
    Handled,
    Incoming,
    IncomingMessage,
    MessageId,
)
from bot.services import chats, members, roles, tombstones
from bot.services.knowledge import KnowledgeBase
from bot.services.members import Person
from bot.storage import cursors
from bot.storage.engine import Database, Session
from bot.text.dates import format_time
from bot.text.document import Document

_log = structlog.get_logger(__name__)

_TRUSTED = 5
"""How many times as much as others those may write who work with the bot: every tap counts."""


class Pipeline:
    """Takes what a channel received to a handler, and its answer to the outbox.

    Args:
        database: Where everything is committed.
        table: Which handler takes what.
        settings: The operator's.
        knowledge: Handed to handlers.
        clock: Tells the time.
        ask_standing: Asks a network whether somebody moderates a room.
        fetch: Gets from a network what somebody sent.
        committed: Called with the channel's name after each commit; wakes its relay.
        opening: Knows the addresses that begin a conversation with the bot.
    """

    def __init__(
        self,
        database: Database,
        table: RoutingTable,
        *,
        settings: Settings,
        knowledge: KnowledgeBase,
        clock: Clock,
        ask_standing: Ask,
        fetch: Fetch,
        committed: Callable[[str], None],
        opening: Opening = nowhere,
    ) -> None:
        self._database = database
        self._table = table
        self._settings = settings
        self._knowledge = knowledge
        self._clock = clock
        self._committed = committed
        self._opening = opening
        self._guard = FloodGuard(settings.limits.window)
        # An event is judged once, however often the database refuses it; forgotten at its commit.
        self._rulings: dict[tuple[str, str], Ruling] = {}
        self._conversation = Conversation(table)
        self._mirroring = Mirroring(settings, self._conversation, self._ruling)
        self._inquiry = Inquiry(
            database, self._conversation, self._mirroring, settings=settings, clock=clock,
            judge=self._ruling, ask=ask_standing, fetch=fetch,
        )  # fmt: skip
        self._beginning = Beginning()
        self._crashes = Crashes(settings, clock)
        self._admins = roles.configured_admins(settings)

    async def handle(
        self, channel: str, received: Received, *, database: Database | None = None
    ) -> None:
        """Handle one thing that arrived and commit it together with the cursor.

        *database* is the same one, proving that this process may still write what it does.

        A handler that crashes is logged; the sender reads that something went wrong, and the
        event is not tried again, since it would only crash again.

        Raises:
            StorageError: Nothing was committed; call again with the same argument.
            ChannelUnavailableError: Nor was anything; receive it again when the network is back.
        """
        if received.event is not None:
            received = replace(received, event=clean(received.event))
        database = database or self._database
        try:
            event = received.event
            known = await self._inquiry.about(event)
            async with database.begin() as session:
                if event is not None:
                    await self._process(session, channel, event, known)
                await save_cursor(session, channel, received, now=self._clock.now())
        except (StorageError, ChannelUnavailableError):
            raise
        except Exception:  # noqa: BLE001 # one crashing handler must not deafen the channel
            await self._crashes.give_up(channel, received, database)
        self._forget_rulings(received)
        self._committed(channel)

    def _forget_rulings(self, received: Received) -> None:
        event = received.event
        for key in [key for key in self._rulings if event is not None and key[1] == event.id]:
            del self._rulings[key]

    async def _process(
        self, session: Session, channel: str, event: Incoming, known: Beforehand
    ) -> None:
        now = self._clock.now()
        past = await self._beginning.is_before(session, event)
        known = replace(known, past=past)
        with structlog.contextvars.bound_contextvars(received=event.id):
            if await tombstones.precedes(session, event, settings=self._settings):
                if not isinstance(event, ChatChange) or event.chat.kind is ChatKind.DIRECT:
                    metrics.EVENTS.labels(channel, "erased").inc()
                    return
                event = replace(event, sender=None)  # of the room it tells all the same
            taken = handled(event)
            wanted = taken and await self._is_wanted(session, taken, known, now=now)
            source = None if past else await self._mirroring.source(session, event)
            if not wanted and source is None:
                metrics.EVENTS.labels(channel, "ignored").inc()
                return
            if not await cursors.mark_seen(session, channel=channel, event=event.id, now=now):
                metrics.EVENTS.labels(channel, "repeated").inc()
                return
            metrics.EVENTS.labels(channel, type(event).__name__).inc()
            if source is not None:
                mirrored = await self._mirroring.mirror(
                    session, event, source=source, carried=known.carried, now=now
                )
                known = replace(known, mirrored=mirrored)
            if wanted and taken is not None:
                await self._handle(session, taken, known, now=now)

    async def _handle(
        self, session: Session, event: Handled, known: Beforehand, *, now: datetime
    ) -> None:
        if isinstance(event, ChatChange):
            await self._change(session, event, now=now, greet=not known.past)
        elif isinstance(event, IncomingMessage) and not event.addressed:
            await self._overhear(session, event, known, now=now)
        else:
            await self._answer(session, event, known, now=now)

    async def _is_wanted(
        self, session: Session, event: Handled, known: Beforehand, *, now: datetime
    ) -> bool:
        """Leave out what is too old to be answered, and what people say to each other.

        A file without words says something only to who asked for it.
        """
        if isinstance(event, ChatChange):
            return True
        if known.past or now - event.sent_at > self._settings.hub.answer_within:
            return self._conversation.is_always(event)
        if isinstance(event, ButtonPress):
            return True
        if not event.text.strip():
            return known.is_answer
        return event.addressed or await chats.is_ambient(session, address=event.chat.address)

    async def _change(
        self, session: Session, event: ChatChange, *, now: datetime, greet: bool
    ) -> None:
        address = event.chat.address
        if event.change is Change.MOVED and event.moved_to is not None:
            await chats.moved(session, address=address, to=event.moved_to)
        elif event.change is Change.LEFT:
            await chats.left(session, address=address, now=now)
        else:
            await self._join(session, event, now=now, greet=greet)

    async def _join(
        self, session: Session, event: ChatChange, *, now: datetime, greet: bool
    ) -> None:
        context = await self._context(session, event, now=now)
        who = context.person.id if context.person else None
        news = await chats.joined(session, chat=event.chat, member_id=who, now=now)
        handler = self._table.change(event.change)
        if not news or handler is None or not greet:
            return
        await replying.greet(session, event, await handler(context), now=now)

    async def _context(
        self,
        session: Session,
        event: Handled,
        known: Beforehand = Beforehand(),  # noqa: B008 # frozen
        *,
        now: datetime,
        ambient: bool = False,
    ) -> Context:
        person = await self._recognise(session, event, known.standing, now=now)
        return Context(
            session=session,
            now=now,
            settings=self._settings,
            knowledge=self._knowledge,
            chat=event.chat,
            message=MessageId("") if isinstance(event, ChatChange) else event.message,
            person=person,
            language=self._language(event.chat, person),
            ambient=ambient,
            commands=self._table.specs,
            unsure=known.standing is Standing.UNKNOWN,
            upload=known.upload,
            opening=self._opening,
            reply_to=event.reply_to if isinstance(event, IncomingMessage) else None,
            rights=known.rights,
        )

    async def _recognise(
        self, session: Session, event: Handled, standing: Standing, *, now: datetime
    ) -> Person | None:
        if event.sender is None:
            return None
        return await members.recognise(
            session,
            sender=event.sender,
            admins=self._admins,
            moderates=standing is Standing.MODERATOR,
            now=now,
        )

    def _language(self, chat: Chat, person: Person | None) -> str:
        """A person's own choice counts everywhere; what the network says only in private."""
        private = chat.kind is ChatKind.DIRECT
        if person and person.language and (person.chose_language or private):
            return person.language
        return self._settings.hub.language

    async def _answer(
        self,
        session: Session,
        event: IncomingMessage | ButtonPress,
        known: Beforehand,
        *,
        now: datetime,
    ) -> None:
        context = await self._context(session, event, known, now=now)
        await chats.joined(session, chat=event.chat, member_id=context.member.id, now=now)
        ruling, free_at = self._judge(context, event.id)
        if ruling is Ruling.ALLOW or self._conversation.is_always(event):
            reply = await self._run(context, event)
            if (
                reply is not None
                and not known.past
                and (ruling is Ruling.ALLOW or self._may_confirm(context, event.id))
            ):
                await self._reply(context, event, reply, known)
        elif ruling is Ruling.NOTICE:
            time = format_time(full_minute(free_at), context.language, self._settings.hub.zone)
            await replying.answer(context, event, context.say("rate-limited", time=time))

    async def _overhear(
        self, session: Session, event: IncomingMessage, known: Beforehand, *, now: datetime
    ) -> None:
        """Answer a question that nobody put to the bot, if the answer is sure.

        What gets no answer leaves no trace, not even that its author is there: people talk to
        each other here. It does not count against what they may ask the bot, either.
        """
        key = f"overheard:{event.chat.address.channel}:{event.chat.address.chat}"
        limit = self._settings.limits.room_messages
        if self._ruling(key, event.id, limit=limit, now=now) is not Ruling.ALLOW:
            return
        async with session.begin_nested() as attempt:
            context = await self._context(session, event, now=now, ambient=True)
            reply = await self._run(context, event)
            if reply is None:
                await attempt.rollback()
            else:
                await self._reply(context, event, reply, known)

    def _ruling(
        self, key: str, event: str, *, limit: int, now: datetime, said_at: datetime | None = None
    ) -> Ruling:
        if (key, event) not in self._rulings:
            ruling = self._guard.judge(key, limit=limit, now=now, said_at=said_at)
            self._rulings[key, event] = ruling
        return self._rulings[key, event]

    def _judge(self, context: Context, event: str) -> tuple[Ruling, datetime]:
        limits, now, address = self._settings.limits, context.now, context.chat.address
        member = f"member:{context.member.id}"
        most = limits.member_messages * (_TRUSTED if context.member.is_trusted else 1)
        ruling = self._ruling(member, event, limit=most, now=now)
        if ruling is not Ruling.ALLOW or context.is_direct:
            return ruling, self._guard.free_at(member, now)
        room = f"room:{address.channel}:{address.chat}"
        ruling = self._ruling(room, event, limit=limits.room_messages, now=now)
        return ruling, self._guard.free_at(room, now)

    def _may_confirm(self, context: Context, event: str) -> bool:
        """What is always obeyed is not always confirmed: that, too, can be too much."""
        key, limit = f"always:{context.member.id}", self._settings.limits.member_messages
        return self._ruling(key, event, limit=limit, now=context.now) is Ruling.ALLOW

    async def _run(self, context: Context, event: IncomingMessage | ButtonPress) -> Reply:
        """Run the handler; what it refuses is undone and worded for the member."""
        try:
            async with context.session.begin_nested():
                return await self._conversation.reply(event, context)
        except UserError as error:
            return context.say(error.message, **error.values)

    async def _reply(
        self,
        context: Context,
        event: IncomingMessage | ButtonPress,
        reply: Document | Edit | Farewell,
        known: Beforehand,
    ) -> None:
        outgoing = await replying.answer(context, event, reply)
        asked = known.mirrored
        if (
            asked is not None
            and outgoing is not None
            and isinstance(event, IncomingMessage)
            and await self._conversation.is_question(event, context)
        ):
            await self._mirroring.answer(context.session, outgoing, asked=asked, now=context.now)
