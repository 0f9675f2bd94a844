import json
from pathlib import Path
from typing import Any

import pytest

from bot.channels.matrix import MatrixChannel
from bot.channels.port import Level
from bot.clock import SystemClock
from bot.config import MatrixSettings
from bot.errors import ChannelDownError, ChannelUnavailableError
from bot.messages import Change
from tests.channels.matrix.hub import Hub, eventually, new_account, settings_for
from tests.servers.matrix_client import Member
from tests.servers.synapse import Synapse

pytest_plugins = ["tests.servers.fixtures"]


def channel_of(settings: MatrixSettings, store: Path) -> MatrixChannel:
    return MatrixChannel(settings, store_dir=store, clock=SystemClock())


def modes(store: Path) -> list[int]:
    return [path.stat().st_mode & 0o777 for path in store.glob("*.json")]


def device_in(store: Path) -> str:
    return str(json.loads((store / "session.json").read_text())["device_id"])


async def test_a_restart_uses_the_same_login(homeserver: Synapse, tmp_path: Path) -> None:
    """Homeservers refuse the sixth login in a row, so there is only one."""
    bot = await new_account(homeserver, "bot")
    for _ in range(2):
        channel = channel_of(settings_for(homeserver, bot), tmp_path)
        await channel.open()
        await channel.close()
        await channel.close()
    devices = await homeserver.request(bot, "GET", "/_matrix/client/v3/devices")

    assert len(devices["devices"]) == 2  # one is of the registration
    assert set(modes(tmp_path)) == {0o600}


async def test_a_configured_token_is_enough(homeserver: Synapse, tmp_path: Path) -> None:
    """With an access token the bot asks which device it is and needs no password."""
    bot = await new_account(homeserver, "bot")
    settings = settings_for(homeserver, bot, password="", access_token=bot.access_token)
    channel = channel_of(settings, tmp_path)
    await channel.open()
    [account, *_] = await channel.diagnose()
    await channel.close()

    assert account.level is Level.OK
    assert account.text == f"{bot.user_id}, device {bot.device_id}, signed by its account"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"password": "wrong"}, "channels.matrix.password"),
        ({"password": "", "access_token": "wrong"}, "channels.matrix.access_token"),
    ],
)
async def test_refused_credentials_name_their_key(
    homeserver: Synapse, tmp_path: Path, changes: dict[str, str], key: str
) -> None:
    """The operator learns which setting to change, and never reads the secret."""
    bot = await new_account(homeserver, "bot")
    channel = channel_of(settings_for(homeserver, bot, **changes), tmp_path)
    with pytest.raises(ChannelDownError, match=f"was refused: {key}$"):
        await channel.open()
    [finding] = await channel.diagnose()

    assert (finding.level, finding.text.endswith(key)) == (Level.FAIL, True)


async def test_an_unreachable_homeserver_is_worth_another_try(tmp_path: Path) -> None:
    """Nobody listens on port 9; that is no reason to give up."""
    settings = MatrixSettings.model_validate(
        {
            "enabled": True,
            "homeserver": "http://127.0.0.1:9",
            "user_id": "@bot:example.org",
            "password": "secret",
        }
    )
    with pytest.raises(ChannelUnavailableError, match=r"channels\.matrix\.homeserver"):
        await channel_of(settings, tmp_path).open()


async def test_a_store_belongs_to_one_process(homeserver: Synapse, tmp_path: Path) -> None:
    """Two processes on one store would corrupt it."""
    bot = await new_account(homeserver, "bot")
    async with Hub.running(homeserver, bot, tmp_path):
        with pytest.raises(ChannelDownError, match=str(tmp_path)):
            await channel_of(settings_for(homeserver, bot), tmp_path).open()


async def test_a_revoked_token_is_replaced_by_a_new_login(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """The new device is signed too, so that the conversation goes on encrypted."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id])
        await hub.committed_after(await hub.change(Change.JOINED, room))
        old = device_in(tmp_path)

        async def logged_in_anew() -> bool:
            return device_in(tmp_path) != old

        await homeserver.delete_device(bot.user_id, old)
        await eventually(logged_in_anew)
        new = device_in(tmp_path)
        await member.wait_until_trusted(bot.user_id, new)
        await member.say(room, "!noch da")
        await hub.message("!noch da")

    assert new != old


async def test_a_revoked_token_without_a_password_needs_the_operator(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """The channel goes down and says which setting to renew."""
    bot = await new_account(homeserver, "bot")
    settings = settings_for(homeserver, bot, password="", access_token=bot.access_token)
    channel = channel_of(settings, tmp_path)
    await channel.open()
    reading = channel.receive(None)
    await anext(reading)
    await homeserver.delete_device(bot.user_id, bot.device_id)
    with pytest.raises(ChannelDownError, match=r"channels\.matrix\.access_token"):
        await anext(reading)
    await channel.close()


async def test_an_identity_made_elsewhere_is_never_replaced(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Who set up the account's cross-signing in a client keeps it, and is told what to do."""
    bot = await new_account(homeserver, "bot")
    query: dict[str, Any] = {"device_keys": {bot.user_id: []}}
    async with Member.login(homeserver.url, bot.user_id, bot.password):
        before = await homeserver.request(bot, "POST", "/_matrix/client/v3/keys/query", query)
    channel = channel_of(settings_for(homeserver, bot), tmp_path)
    await channel.open()
    [account, *_] = await channel.diagnose()
    await channel.close()
    after = await homeserver.request(bot, "POST", "/_matrix/client/v3/keys/query", query)

    assert after["master_keys"] == before["master_keys"]
    assert account.level is Level.WARN
    assert "set up elsewhere" in account.text


async def test_a_damaged_store_is_named(homeserver: Synapse, tmp_path: Path) -> None:
    """The operator learns which directory to restore, and nothing is overwritten."""
    bot = await new_account(homeserver, "bot")
    channel = channel_of(settings_for(homeserver, bot), tmp_path)
    await channel.open()
    await channel.close()
    damage(tmp_path)
    with pytest.raises(ChannelDownError, match=str(tmp_path)):
        await channel.open()


def damage(store: Path) -> None:
    for path in store.glob("*.db*"):
        path.write_bytes(b"rubbish" * 1000)


async def test_seeds_written_before_a_crash_are_published_after_it(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """A crash between making the keys and publishing them loses nothing."""
    bot = await new_account(homeserver, "bot")
    usages = ("master", "self_signing", "user_signing")
    seeds = {usage: letter * 42 + "A=" for usage, letter in zip(usages, "ABC", strict=True)}
    path = tmp_path / "cross_signing.json"
    path.write_text(json.dumps({"user_id": bot.user_id, **seeds}))
    channel = channel_of(settings_for(homeserver, bot), tmp_path)
    await channel.open()
    [account, *_] = await channel.diagnose()
    await channel.close()

    assert account.level is Level.OK
    assert json.loads(path.read_text())["master"] == seeds["master"]
