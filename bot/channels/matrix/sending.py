"""Sending, replacing and redacting, encrypted wherever the room is."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from nio import MatrixRoom

from bot.channels.matrix import contents, pinning
from bot.channels.matrix.client import Client
from bot.channels.matrix.decrypting import Decryption
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, room_id_in, text, tree
from bot.channels.matrix.media import Media
from bot.channels.matrix.power import may_ring
from bot.channels.matrix.reactions import MOST, reaction
from bot.channels.matrix.refusals import (
    BROKEN_CONNECTION,
    RefusalError,
    checked,
)
from bot.channels.matrix.related import Related
from bot.channels.matrix.rooms import Origin, Origins, Rooms
from bot.errors import (
    MessageRejectedError,
    RecipientGoneError,
    RecipientMovedError,
    TemporaryDeliveryError,
)
from bot.messages import Address, MessageId
from bot.text.document import Document

log = structlog.get_logger(__name__)

UNSYNCED = timedelta(seconds=2)
"""A room that was just joined appears with the next sync."""


class Sending:
    """The sending side of one session.

    Devices of members get the room key whether or not anybody has verified them: a bot can't
    compare emoji with people, and a member who can't read the answer learns nothing at all.
    What the bot knows is not secret within a room; who is in the room decides who reads.

    nio's own ``room_send`` is not used: it sends in clear into rooms whose encryption it has not
    seen yet, and hangs for good after a failed key exchange.
    """

    def __init__(
        self,
        client: Client,
        server: Homeserver,
        *,
        rooms: Rooms,
        origins: Origins,
        decryption: Decryption,
        media: Media,
        may_send: Callable[[], bool],
    ) -> None:
        self._may_send = may_send
        self._client = client
        self._server = server
        self._rooms = rooms
        self._origins = origins
        self._decryption = decryption
        self._media = media
        self._related = Related(server, client.user_id)
        self._sharing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(
        self,
        to: Address,
        body: Document,
        *,
        key: str,
        reply_to: str | None,
        notify: bool,
        file: bytes | None = None,
    ) -> MessageId:
        """Deliver one message, and its buttons as reactions."""
        related = contents.relation(thread=to.thread, reply_to=reply_to)
        if body.attachment is not None:
            shown = await self._attached(to.chat, body, file)
        else:
            shown = await self._worded(to.chat, body, notify=notify)
        content = {**shown, **related, contents.MARK: contents.mark(key)}
        event_id = await self._put(to.chat, content, key=key)
        self._origins.remember(event_id, Origin(self._client.user_id, to.thread))
        await self._show_buttons(to.chat, event_id, body, key=key, shown={})
        return MessageId(event_id)

    async def find(
        self, room_id: str, body: Document, *, key: str, since: datetime
    ) -> MessageId | None:
        """Look for the message of this key among ours, and complete its buttons."""
        found = await self._related.marked(room_id, contents.mark(key), since=since)
        if found is None:
            return None
        log.info("matrix.already_sent", chat=room_id, message=found)
        await self._renew_buttons(room_id, found, body, key=key)
        return MessageId(found)

    async def _worded(self, room_id: str, body: Document, *, notify: bool) -> Tree:
        """Return the content of a message of words, which rings for everyone where it may."""
        msgtype = contents.TEXT if notify else contents.NOTICE
        # A message to one person has rung for everyone there is.
        wanted = notify and body.everyone and not self._rooms.is_direct(room_id)
        ring = wanted and await may_ring(self._server, room_id, self._client.user_id)
        return contents.message(body, msgtype=msgtype, ring=ring)

    async def _attached(self, room_id: str, body: Document, content: bytes | None) -> Tree:
        """Upload a file for a room, and return the content of its event."""
        attachment = body.attachment
        if attachment is None or not content:
            raise MessageRejectedError("the message carries no file")
        encrypted = await self._rooms.encrypted(room_id)
        encrypted = (await self._synced(room_id)).encrypted or encrypted
        source = await self._media.put(attachment, content, encrypted=encrypted)
        return contents.attached(attachment, content, source=source, caption=body)

    async def edit(self, to: Address, message: str, body: Document, *, key: str) -> None:
        """Replace a message of ours and its buttons."""
        own = await self._own_content(to.chat, message)
        if contents.carries_file(own):
            content = contents.recaptioned(own, body, event_id=message)
        else:
            msgtype = text(own, "msgtype") or contents.NOTICE
            content = contents.replacement(body, event_id=message, msgtype=msgtype)
        await self._put(to.chat, content, key=key)
        await self._renew_buttons(to.chat, message, body, key=key)

    async def delete(self, to: Address, message: str, *, key: str) -> None:
        """Redact a message of ours with all its edits, and take its buttons back.

        The message goes last: once it is redacted, the server no longer tells which edits it has,
        and what a crash has left of them would stay readable for ever. The oldest edit goes
        first, so that no reader is shown an earlier text for longer than need be.
        """
        try:
            for edit in await self._related.edits(to.chat, message):
                # A key of its own: the server takes a repeated one for the same redaction.
                await self._take_back(to.chat, edit, key=f"{key}.{edit}")
            await self._take_back(to.chat, message, key=key)
        except RefusalError as refusal:
            if refusal.forbidden and await self._rooms.is_member(to.chat):
                raise MessageRejectedError("the room no longer allows it") from refusal
            raise
        await self._renew_buttons(to.chat, message, Document(), key=key)

    async def react(
        self, to: Address, message: str, emoji: str | None, *, key: str
    ) -> MessageId | None:
        """Show one reaction of ours to a message, or none.

        The new one comes before the old one goes: after a crash in between there are two, and
        the repeat takes the old one away.
        """
        await self._synced(to.chat)
        shown = await self._related.reactions(to.chat, message)
        own = shown.pop(emoji, None) if emoji else None
        if emoji and own is None:
            content = contents.annotation(message, emoji)
            path = api("rooms", to.chat, "send", "m.reaction", key)
            own = text(await self._server.call("PUT", path, content), "event_id")
        for earlier in shown.values():
            await self._take_back(to.chat, earlier, key=f"{key}.{earlier}")
        return MessageId(own) if own else None

    async def pin(self, to: Address, message: str, *, pinned: bool) -> None:
        """Add a message to what the room has pinned, or take it from there."""
        await self._synced(to.chat)
        try:
            await pinning.pin(self._server, to.chat, message, pinned=pinned)
        except RefusalError as refusal:
            if refusal.forbidden and await self._rooms.is_member(to.chat):
                raise MessageRejectedError("the room lets us pin nothing") from refusal
            raise

    # One event

    async def _put(self, room_id: str, content: Tree, *, key: str) -> str:
        """Send one ``m.room.message``; the same *key* gives the same event.

        Source: https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid
        """
        encrypted = await self._rooms.encrypted(room_id)
        room = await self._synced(room_id)
        kind = "m.room.message"
        if encrypted or room.encrypted:  # a sync may have come in between
            if "url" in content and "m.new_content" not in content:
                raise TemporaryDeliveryError("the room was encrypted during the upload")
            kind, content = await self._encrypt(room, kind, content)
        if not self._may_send():  # the way here may have taken long
            raise TemporaryDeliveryError("the right to send ran out", outage=True)
        path = api("rooms", room_id, "send", kind, key)
        return text(await self._server.call("PUT", path, content), "event_id")

    async def _synced(self, room_id: str) -> MatrixRoom:
        room = self._rooms.joined(room_id)
        if room is None:
            if not await self._rooms.is_member(room_id):
                raise RecipientGoneError("we are not in the room")
            raise TemporaryDeliveryError("the room is not synced yet", retry_after=UNSYNCED)
        successor = room_id_in(room.replacement_room)
        known = bool(successor) and self._rooms.joined(successor) is not None
        if known and await self._rooms.predecessor(successor) == room_id:
            raise RecipientMovedError(successor)
        return room

    async def _redact(self, room_id: str, event_id: str, *, key: str) -> None:
        await self._server.call("PUT", api("rooms", room_id, "redact", event_id, key), {})

    async def _take_back(self, room_id: str, event_id: str, *, key: str) -> None:
        try:
            await self._redact(room_id, event_id, key=key)
        except RefusalError as refusal:
            if not refusal.missing:
                raise

    async def _own_content(self, room_id: str, event_id: str) -> Tree:
        """Return how a message of ours was sent, so that an edit keeps it; empty if unreadable.

        Raises:
            MessageRejectedError: The message is gone, or not ours.
            RecipientGoneError: We are no longer in the room.
        """
        event = await self._server.find(api("rooms", room_id, "event", event_id))
        redacted = "redacted_because" in tree(event, "unsigned")
        if event is None or redacted or text(event, "sender") != self._client.user_id:
            await self._synced(room_id)  # perhaps it is not the message that is gone
            raise MessageRejectedError("the message is gone")
        if text(event, "type") == "m.room.encrypted":
            event = self._decryption.clear(room_id, event)
        return tree(event, "content")

    # Encryption

    async def _encrypt(self, room: MatrixRoom, kind: str, content: Tree) -> tuple[str, Tree]:
        # Sharing and encrypting are one step: a second sender must not see a session half shared.
        async with self._sharing[room.room_id]:
            await self._share_session(room)
            encrypted: tuple[str, Tree] = self._client.encrypt(room.room_id, kind, content)
            return encrypted

    async def _share_session(self, room: MatrixRoom) -> None:
        client = self._client
        if client.olm is None:
            raise TemporaryDeliveryError("encryption is not loaded")
        if not room.members_synced:
            checked(await client.joined_members(room.room_id))
        if client.users_for_key_query & room.users.keys():
            await self.query_keys()
        if client.olm.should_share_group_session(room.room_id):
            try:
                await client.share_group_session(room.room_id, ignore_unverified_devices=True)
                self._require_shared(room)
            except KeyError as error:  # the sync took the session away
                raise TemporaryDeliveryError("the members changed meanwhile") from error
            finally:
                # nio forgets this when claiming keys fails, and would wait for it forever.
                client.sharing_session.pop(room.room_id, None)

    async def query_keys(self) -> None:
        """Ask for the devices of everybody whose devices have changed.

        Users of a homeserver that is down are not asked about again before every message; the
        next sync of their room brings them back.
        """
        answer = checked(await self._client.keys_query())
        down = set(answer.failures)
        waiting = self._client.users_for_key_query
        waiting -= {user for user in waiting if user.partition(":")[2] in down}

    def _require_shared(self, room: MatrixRoom) -> None:
        """See to it that nobody is left without the key because one request failed.

        nio takes the session for shared even when the homeserver refused to pass the key on.
        """
        olm = self._client.olm
        if olm is None:
            return
        session = olm.outbound_group_sessions[room.room_id]
        had = session.users_shared_with | session.users_ignored
        for user_id in room.users:
            for device in olm.device_store.active_user_devices(user_id):
                reachable = olm.session_store.get(device.curve25519) is not None
                if reachable and (user_id, device.id) not in had:
                    session.shared = False
                    raise TemporaryDeliveryError("the room key did not reach every device")

    # Buttons

    async def _renew_buttons(
        self, room_id: str, event_id: str, body: Document, *, key: str
    ) -> None:
        """Make the reactions to a message those of *body*; best effort, as below."""
        try:
            shown = await self._related.buttons(room_id, event_id)
        except (RefusalError, *BROKEN_CONNECTION):
            return  # the numbers can still be typed
        await self._show_buttons(room_id, event_id, body, key=key, shown=shown)

    async def _show_buttons(
        self, room_id: str, event_id: str, body: Document, *, key: str, shown: dict[int, str]
    ) -> None:
        """Offer each button as a reaction, and take back those that no longer count.

        Best effort: every button can be typed as well.
        """
        wanted = range(1, min(len(body.numbered_buttons()), MOST) + 1)
        try:
            for number in wanted:
                if number not in shown:
                    content = contents.annotation(event_id, reaction(number))
                    path = api("rooms", room_id, "send", "m.reaction", f"{key}.{number}")
                    await self._server.call("PUT", path, content)
            for number, reaction_id in shown.items():
                if number not in wanted:
                    await self._redact(room_id, reaction_id, key=f"{key}.{number}")
        except (RefusalError, *BROKEN_CONNECTION) as error:
            log.info("matrix.buttons_incomplete", chat=room_id, error=type(error).__name__)
