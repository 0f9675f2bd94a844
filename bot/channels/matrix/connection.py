"""The modules of one session, put together."""

from collections.abc import Callable
from pathlib import Path

from bot.channels.matrix.decrypting import Decryption, Undecrypted
from bot.channels.matrix.invitations import Invitations
from bot.channels.matrix.media import Media
from bot.channels.matrix.membership import Membership
from bot.channels.matrix.reading import Parts, Reading
from bot.channels.matrix.rooms import Origins, Rooms
from bot.channels.matrix.sending import Sending
from bot.channels.matrix.session import Session
from bot.channels.matrix.sync import Sync
from bot.channels.matrix.translating import Translator
from bot.clock import Clock
from bot.config import MatrixSettings


class Connection:
    """Everything that belongs to one session."""

    def __init__(
        self,
        session: Session,
        settings: MatrixSettings,
        store_dir: Path,
        clock: Clock,
        *,
        may_send: Callable[[], bool],
    ) -> None:
        client, server = session.client, session.server
        self.session = session
        undecrypted = Undecrypted(store_dir / "undecrypted.json", clock)
        rooms, origins = Rooms(client, server), Origins(server)
        decryption = Decryption(client, server)
        self.media = Media(server)
        self.sending = Sending(
            client,
            server,
            rooms=rooms,
            origins=origins,
            decryption=decryption,
            media=self.media,
            may_send=may_send,
        )
        self.sync = Sync(client, server, self.sending)
        invitations = Invitations(
            store_dir / "invitations.json",
            clock,
            server=server,
            rooms=rooms,
            user_id=session.user_id,
            allowed=settings.allowed_inviters,
        )
        undecrypted.load()
        invitations.load()
        parts = Parts(
            user_id=session.user_id,
            sync=self.sync,
            rooms=rooms,
            translator=Translator(session.user_id, rooms, origins),
            invitations=invitations,
            membership=Membership(session.user_id, rooms, invitations),
            decryption=decryption,
            undecrypted=undecrypted,
        )
        self.reading = Reading(parts, clock, wait=settings.sync_timeout)
