"""A person with a Matrix client, for acceptance tests. Built on mautrix, not on nio.

The client has a cross-signing identity, and it is as strict as Element with MSC4153: devices that
their owner has not signed get no room keys from it, and what they say stays hidden.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mautrix.api import Method, Path
from mautrix.types import ContentURI, EventID, EventType, RoomID

from tests.servers.matrix_content import (
    file_content,
    message_content,
    replacement_content,
    room_creation,
)
from tests.servers.matrix_device import PATIENCE_SECONDS, Device
from tests.servers.matrix_files import decrypted, encrypted
from tests.servers.matrix_history import Message

__all__ = ["Member", "Message"]


class Member(Device):
    """One person with one device: what people do in a chat client.

    ``async with Member.login(url, user_id, password) as anna:`` logs in; see :class:`Device`.
    """

    # Rooms

    async def create_room(
        self,
        *,
        encrypted: bool,
        invite: Sequence[str] = (),
        name: str | None = None,
        direct: bool = False,
        version: str | None = None,
    ) -> str:
        """Create a private room and return its id."""
        body = room_creation(
            encrypted=encrypted, invite=invite, name=name, direct=direct, version=version
        )
        room = str((await self.request(Method.POST, Path.v3.createRoom, body))["room_id"])
        if direct:
            mine = Path.v3.user[self.user_id].account_data["m.direct"]
            await self.request(Method.PUT, mine, {user_id: [room] for user_id in invite})
        return room

    async def join(self, room: str) -> None:
        """Join a room by id or alias."""
        await self.request(Method.POST, Path.v3.join[room], {})

    async def leave(self, room: str) -> None:
        """Leave a room, or turn an invitation down."""
        await self.request(Method.POST, Path.v3.rooms[room].leave, {})

    async def invite(self, room: str, user_id: str) -> None:
        """Invite somebody."""
        await self.request(Method.POST, Path.v3.rooms[room].invite, {"user_id": user_id})

    async def kick(self, room: str, user_id: str, reason: str = "") -> None:
        """Remove somebody."""
        body = {"user_id": user_id, "reason": reason}
        await self.request(Method.POST, Path.v3.rooms[room].kick, body)

    async def upgrade_room(self, room: str, version: str) -> str:
        """Replace a room by one of another version and return the new id."""
        answer = await self.request(
            Method.POST, Path.v3.rooms[room].upgrade, {"new_version": version}
        )
        return str(answer["replacement_room"])

    # Saying something

    async def say(
        self,
        room: str,
        text: str,
        *,
        mention: Sequence[str] = (),
        reply_to: str | None = None,
        thread: str | None = None,
        notice: bool = False,
        html: str | None = None,
    ) -> str:
        """Say something, encrypted if the room is; return the event id.

        Args:
            room: Where.
            text: The plain text.
            mention: User ids to mention deliberately.
            reply_to: The message that this answers.
            thread: The message that the thread began with.
            notice: Send ``m.notice``, as bots do.
            html: The formatted text.
        """
        content = message_content(
            text, mention=mention, reply_to=reply_to, thread=thread, notice=notice, html=html
        )
        return await self.send(room, content)

    async def send_file(
        self,
        room: str,
        name: str,
        content: bytes,
        *,
        mime: str = "application/octet-stream",
        caption: str | None = None,
        mention: Sequence[str] = (),
        hidden: bool = True,
    ) -> str:
        """Upload a file and show it, as Element does; return the event id.

        Args:
            room: Where.
            name: What the file is called.
            content: Its bytes.
            mime: Its media type; pictures become ``m.image``, recordings and videos likewise.
            caption: What is said of it; ``None`` for nothing.
            mention: User ids to mention deliberately.
            hidden: Encrypt the upload, as clients do in encrypted rooms and nowhere else.
        """
        source = await self.upload(content, mime=mime, hidden=hidden)
        event = file_content(
            name, mime=mime, size=len(content), caption=caption, mention=mention, source=source
        )
        return await self.send(room, event)

    async def upload(self, content: bytes, *, mime: str, hidden: bool) -> dict[str, Any]:
        """Upload a file and return what an event needs to show it; *hidden* as above."""
        kept, keys = encrypted(content) if hidden else (content, {})
        url = await self._client.upload_media(kept, "application/octet-stream" if hidden else mime)
        return {"file": {**keys, "url": url}} if hidden else {"url": url}

    async def download(self, url: str) -> bytes:
        """Return what lies on the homeserver."""
        return bytes(await self._client.download_media(ContentURI(url)))

    async def content_of(self, message: Message) -> bytes:
        """Return the bytes of the file that a message carries, decrypted if need be."""
        file = message.content.get("file")
        if file is None:
            return await self.download(message.content["url"])
        return decrypted(await self.download(file["url"]), file)

    async def edit(self, room: str, event_id: str, text: str, *, html: str | None = None) -> str:
        """Replace a message of one's own; return the event id of the edit."""
        return await self.send(room, replacement_content(event_id, text, html=html))

    async def react(self, room: str, event_id: str, key: str) -> str:
        """React with an emoji, never encrypted; return the event id of the reaction."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send(room, {"m.relates_to": relation}, EventType.REACTION)

    async def redact(self, room: str, event_id: str, reason: str | None = None) -> str:
        """Remove a message or reaction; return the event id of the redaction."""
        return str(await self._client.redact(RoomID(room), EventID(event_id), reason))

    # Reading

    def history(self, room: str) -> list[Message]:
        """Return every message of *room* read so far, one's own and refused ones included."""
        return [message for message in self._inbox.history if message.room == room]

    @property
    def undecrypted(self) -> list[str]:
        """The ids of encrypted events for which no key has come."""
        return list(self._inbox.unread)

    async def wait_until_undecrypted(
        self,
        event_id: str,
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 - as in wait_for
    ) -> str:
        """Wait for an event that cannot be read; tell why, such as ``withheld: m.unverified``.

        Raises:
            TimeoutError: It did not come, or could be read, for *timeout* seconds.
        """

        async def search() -> str | None:
            return self._inbox.unread.get(event_id)

        return await self.wait(search, timeout)

    @property
    def invitations(self) -> list[str]:
        """The rooms that this person was invited to."""
        return list(self._inbox.invitations)

    async def wait_for(
        self,
        wanted: Callable[[Message], bool],
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 - the word that tests expect
    ) -> Message:
        """Wait for a message, from any room and sender, and return the first that is *wanted*.

        Those read before count as well; a condition on :attr:`Message.reactions` is asked again
        when a reaction comes.

        Raises:
            TimeoutError: None came within *timeout* seconds.
        """

        async def search() -> Message | None:
            return next(filter(wanted, self._inbox.history), None)

        return await self.wait(search, timeout)
