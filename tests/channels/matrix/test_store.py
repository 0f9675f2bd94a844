"""A disk that is full: nothing is lost by it, and the operator reads where to make room."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from nio.store.database import MatrixStore
from peewee import OperationalError  # type: ignore[import-untyped]

from bot.channels.matrix import MatrixChannel
from bot.channels.matrix.files import StoreError, read_json, write_json
from bot.channels.matrix.refusals import delivering, receiving
from bot.clock import SystemClock
from bot.errors import ChannelUnavailableError, TemporaryDeliveryError
from bot.messages import Change, IncomingMessage
from tests.channels.matrix.hub import PATIENCE_SECONDS, Hub, new_account, settings_for
from tests.channels.matrix.person import Person
from tests.servers.matrix_client import Member
from tests.servers.synapse import Synapse

pytest_plugins = ["tests.servers.fixtures"]

NAMES_THE_STORE = r"channels\.matrix\.store_dir"
Breaking = Callable[[MatrixChannel, pytest.MonkeyPatch], None]


def read_only(channel: MatrixChannel, _: pytest.MonkeyPatch) -> None:
    """Let SQLite refuse every write of this connection; the next connection may write again."""
    connection: Any = channel._connection
    connection.session.client.store.database.execute_sql("PRAGMA query_only = ON")


def full_at_the_key(_: MatrixChannel, patch: pytest.MonkeyPatch) -> None:
    """Let the last of the writes fail: the ratchet has been written, its message has not."""

    def fail(*_: Any) -> None:
        raise OperationalError("database or disk is full")

    patch.setattr(MatrixStore, "save_inbound_group_session", fail)


async def read_until(channel: MatrixChannel, cursor: str | None, words: str) -> None:
    """Read until somebody says *words*, as the hub does after any failure."""
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(channel.receive(cursor)) as events:
        async for received in events:
            if isinstance(received.event, IncomingMessage) and received.event.text == words:
                return


@pytest.mark.parametrize("break_store", [read_only, full_at_the_key])
async def test_a_room_key_is_not_lost_when_it_cannot_be_stored(
    homeserver: Synapse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    break_store: Breaking,
) -> None:
    """The same batch comes again once there is room; nobody stays mute."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with Member.login(homeserver.url, anna.user_id, anna.password) as member:
        async with Hub.running(homeserver, bot, tmp_path) as hub:
            room = await member.create_room(encrypted=True, invite=[bot.user_id])
            await hub.committed_after(await hub.change(Change.JOINED, room))
        await member.say(room, "!eins")
        settings = settings_for(homeserver, bot)
        channel = MatrixChannel(settings, store_dir=tmp_path, clock=SystemClock())
        await channel.open()
        try:
            with monkeypatch.context() as patch:
                break_store(channel, patch)
                with pytest.raises(ChannelUnavailableError, match=NAMES_THE_STORE):
                    await read_until(channel, hub.cursor, "!eins")
            await read_until(channel, hub.cursor, "!eins")
        finally:
            await channel.close()


async def test_an_invitation_is_not_lost_when_it_cannot_be_noted(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """The homeserver shows it once, so the cursor stays until it is on disk."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        await hub.next_batch()
    room = await Person(homeserver, anna).create_room(invite=[bot.user_id])
    in_the_way = tmp_path / "invitations.new"
    in_the_way.mkdir()
    channel = MatrixChannel(settings_for(homeserver, bot), store_dir=tmp_path, clock=SystemClock())
    try:
        with pytest.raises(ChannelUnavailableError, match=NAMES_THE_STORE):
            await read_until(channel, hub.cursor, "")
    finally:
        await channel.close()
    in_the_way.rmdir()
    async with Hub.running(homeserver, bot, tmp_path, cursor=hub.cursor) as again:
        await again.change(Change.JOINED, room)


def test_a_file_that_cannot_be_written_is_no_broken_connection(tmp_path: Path) -> None:
    """The operator is sent to the disk, and not to the homeserver."""
    (tmp_path / "list.new").mkdir()
    (tmp_path / "other.json").mkdir()
    with pytest.raises(StoreError, match="directory"):
        write_json(tmp_path / "list.json", [])
    with pytest.raises(StoreError, match="directory"):
        read_json(tmp_path / "other.json")
    assert read_json(tmp_path / "list.json") is None


@pytest.mark.parametrize(
    "error", [StoreError("No space left on device"), OperationalError("database or disk is full")]
)
def test_a_full_disk_is_named_in_both_directions(error: Exception) -> None:
    """It holds up the whole channel, and a repeat may succeed."""
    with pytest.raises(ChannelUnavailableError, match=f"{error}.*{NAMES_THE_STORE}"), receiving():
        raise error
    with pytest.raises(TemporaryDeliveryError, match=NAMES_THE_STORE) as put_off, delivering():
        raise error
    assert put_off.value.whole_channel
