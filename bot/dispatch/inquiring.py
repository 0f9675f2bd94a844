"""Asking networks what has to be known of an event, before its transaction begins."""

from dataclasses import replace

from bot.clock import Clock
from bot.config import Settings
from bot.dispatch.beforehand import Beforehand
from bot.dispatch.conversation import Conversation
from bot.dispatch.crashes import handled
from bot.dispatch.limits import Ruling
from bot.dispatch.mirroring import Judge, Mirroring
from bot.dispatch.standing import Ask, Standing, Standings
from bot.dispatch.uploads import Fetch, fetched
from bot.messages import (
    ButtonPress,
    ChatChange,
    ChatKind,
    Handled,
    Incoming,
    IncomingMessage,
)
from bot.services import dialogs, members, roles
from bot.services.bridge_rights import Rights
from bot.storage.engine import Database

_LEADS = {Standing.MODERATOR: True, Standing.MEMBER: False, Standing.UNKNOWN: None}


class Inquiry:
    """Finds out what a handler will have to know; no transaction waits for a network.

    Args:
        database: Where it is looked up what has to be asked.
        conversation: Tells what is said to the bot, and what that needs.
        mirroring: Carries files on.
        settings: The operator's.
        clock: Tells the time.
        judge: Counts what somebody says.
        ask: Asks a network whether somebody moderates a room.
        fetch: Gets from a network what somebody sent.
    """

    def __init__(
        self,
        database: Database,
        conversation: Conversation,
        mirroring: Mirroring,
        *,
        settings: Settings,
        clock: Clock,
        judge: Judge,
        ask: Ask,
        fetch: Fetch,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._conversation = conversation
        self._mirroring = mirroring
        self._judge = judge
        self._fetch = fetch
        self._standings = Standings(ask, clock)
        self._admins = roles.configured_admins(settings)

    async def about(self, event: Incoming | None) -> Beforehand:
        """Return what the networks say; nothing is raised for what they do."""
        if event is None:
            return Beforehand()
        carried = await self._mirroring.fetched(self._database, self._fetch, event)
        return replace(await self._asked(event), carried=carried)

    async def _asked(self, event: Incoming) -> Beforehand:
        taken = handled(event)
        standing = await self._standing(taken)
        rights = await self._rights(taken, standing)
        if not isinstance(event, IncomingMessage) or event.file is None:
            return Beforehand(standing, rights=rights)
        if not await self._answers_with_file(event):
            return Beforehand(standing, rights=rights)
        upload = await fetched(self._fetch, event.chat.address.channel, event.file)
        return Beforehand(standing, is_answer=True, upload=upload, rights=rights)

    async def _answers_with_file(self, event: IncomingMessage) -> bool:
        """Tell whether a file answers what the bot asked, and may be fetched.

        Who writes too much makes the bot fetch nothing: that would hold up everybody.
        """
        now, address = self._clock.now(), event.chat.address
        if not event.addressed or now - event.sent_at > self._settings.hub.answer_within:
            return False
        async with self._database.begin() as session:
            member = await members.known(session, identity=event.sender.identity)
            if member is None:
                return False
            asked = await dialogs.asked(session, address=address, member_id=member, now=now)
            if asked is None and not await self._conversation.takes_reply(event, session):
                return False
        limit = self._settings.limits.member_messages
        ruling = self._judge(f"member:{member}", event.id, limit=limit, now=now)
        return ruling is Ruling.ALLOW

    async def _standing(self, event: Handled | None) -> Standing:
        """Ask the network whether the sender moderates the room, where that matters."""
        if event is None or isinstance(event, ChatChange):
            return Standing.MEMBER
        if event.chat.kind is ChatKind.DIRECT:
            return Standing.MODERATOR
        if event.sender.identity in self._admins:
            return Standing.MEMBER  # which an admin's role outweighs
        asks = await self._conversation.asks_standing(event, None)
        if asks is None:
            async with self._database.begin() as session:
                asks = await self._conversation.asks_standing(event, session)
        if not asks:
            return Standing.MEMBER
        return await self._standings.of(event.sender.identity, event.chat.address)

    async def _rights(self, event: Handled | None, standing: Standing) -> Rights:
        """Ask who leads other chats, where that matters and the sender may decide for this one."""
        if (
            event is None
            or isinstance(event, ChatChange)
            or event.chat.kind is not ChatKind.ROOM
            or not (isinstance(event, ButtonPress) or event.addressed)
            or not (standing is Standing.MODERATOR or event.sender.identity in self._admins)
        ):
            return {}
        async with self._database.begin() as session:
            points = await self._conversation.elsewhere(event, session, now=self._clock.now())
        said = {}
        for chat, who in points:
            said[chat, who] = _LEADS[await self._standings.of(who, chat)]
        return said
