"""What `stadtfunk check --online` and `stadtfunk doctor` may do to an account: look at it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.matrix import MatrixChannel
from bot.channels.port import Finding, Level
from bot.clock import SystemClock
from bot.errors import ChannelDownError
from tests.channels.matrix.hub import Hub, new_account, settings_for
from tests.fakes import FakeClock
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse

pytest_plugins = ["tests.servers.fixtures"]

UNKNOWN_LIMITS = (
    "only a server admin can see this account's rate limits: docs/howto/synapse-rate-limits.md"
)


def channel_of(
    homeserver: Synapse, bot: Account, store: Path, *, ahead: int = 0, **changes: Any
) -> MatrixChannel:
    clock = FakeClock(SystemClock().now() + timedelta(seconds=ahead))
    return MatrixChannel(
        settings_for(homeserver, bot, **changes), store_dir=store / "store", clock=clock
    )


async def run_once(homeserver: Synapse, bot: Account, store: Path, **changes: Any) -> None:
    channel = channel_of(homeserver, bot, store, **changes)
    await channel.open()
    await channel.close()


async def devices(homeserver: Synapse, account: Account) -> set[str]:
    answer = await homeserver.request(account, "GET", "/_matrix/client/v3/devices")
    return {device["device_id"] for device in answer["devices"]}


def content(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def saved(store: Path) -> dict[str, str]:
    session: dict[str, str] = json.loads((store / "store" / "session.json").read_text())
    return session


def lines(findings: list[Finding]) -> list[tuple[Level, str]]:
    return [(finding.level, finding.text) for finding in findings]


@pytest.mark.parametrize("act", [MatrixChannel.probe, MatrixChannel.diagnose])
@pytest.mark.parametrize("proof", ["password", "access_token"])
async def test_a_look_before_the_first_run_leaves_nothing(
    homeserver: Synapse, tmp_path: Path, act: Any, proof: str
) -> None:
    """No device, no file, not even the directory."""
    bot = await new_account(homeserver, "bot")
    token: dict[str, Any] = {"password": "", "access_token": bot.access_token}
    channel = channel_of(homeserver, bot, tmp_path, **(token if proof == "access_token" else {}))
    await act(channel)
    await channel.close()

    assert await devices(homeserver, bot) == {bot.device_id}
    assert content(tmp_path) == {}
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("act", [MatrixChannel.probe, MatrixChannel.diagnose])
async def test_a_look_beside_the_hub_changes_nothing(
    homeserver: Synapse, tmp_path: Path, act: Any
) -> None:
    """The store stays the hub's, and the login that it has is enough."""
    bot = await new_account(homeserver, "bot")
    await run_once(homeserver, bot, tmp_path)
    before = content(tmp_path)
    known = await devices(homeserver, bot)
    async with Hub.running(homeserver, bot, tmp_path / "store"):
        await act(channel_of(homeserver, bot, tmp_path))

    after = content(tmp_path)
    assert await devices(homeserver, bot) == known
    assert set(after) == set(before)
    for name in ("session.json", "cross_signing.json"):
        assert after[str(tmp_path / "store" / name)] == before[str(tmp_path / "store" / name)]


async def test_the_doctor_sees_the_running_hubs_device(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Device and signature, limits and clock: every line is there when all is well."""
    bot = await new_account(homeserver, "bot")
    async with Hub.running(homeserver, bot, tmp_path / "store"):
        found = lines(await channel_of(homeserver, bot, tmp_path).diagnose())

    device = saved(tmp_path)["device_id"]
    assert found == [
        (Level.OK, f"{bot.user_id}, device {device}, signed by its account"),
        (Level.WARN, UNKNOWN_LIMITS),
        (Level.OK, "the clock agrees with the homeserver's"),
    ]


@pytest.mark.parametrize(
    ("changes", "proof"), [({}, "password"), ({"password": ""}, "access token")]
)
async def test_the_doctor_before_the_first_run_tells_what_comes(
    homeserver: Synapse, tmp_path: Path, changes: dict[str, Any], proof: str
) -> None:
    """The operator learns that the configuration will do."""
    bot = await new_account(homeserver, "bot")
    if changes:
        changes = {**changes, "access_token": bot.access_token}
    found = lines(await channel_of(homeserver, bot, tmp_path, **changes).diagnose())

    assert found == [
        (
            Level.WARN,
            f"{bot.user_id}, not logged in yet: `stadtfunk run` does it; the {proof} is accepted",
        ),
        (Level.WARN, UNKNOWN_LIMITS),
        (Level.OK, "the clock agrees with the homeserver's"),
    ]


async def test_a_revoked_login_is_told_and_left_for_the_hub_to_renew(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """The doctor does not take the hub's place."""
    bot = await new_account(homeserver, "bot")
    await run_once(homeserver, bot, tmp_path)
    before = saved(tmp_path)
    await homeserver.delete_device(bot.user_id, before["device_id"])
    [login, *_] = await channel_of(homeserver, bot, tmp_path).diagnose()

    assert "the saved login was refused: `stadtfunk run` logs in anew" in login.text
    assert login.text.endswith("the password is accepted")
    assert await devices(homeserver, bot) == {bot.device_id}
    assert saved(tmp_path) == before


async def test_a_device_without_keys_is_a_failure(homeserver: Synapse, tmp_path: Path) -> None:
    """A token of a device that never published keys, as after a restored backup."""
    bot = await new_account(homeserver, "bot")
    channel = channel_of(homeserver, bot, tmp_path)
    session = {
        "homeserver": homeserver.url,
        "user_id": bot.user_id,
        "device_id": bot.device_id,
        "access_token": bot.access_token,
    }
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "session.json").write_text(json.dumps(session))
    [device, *_] = await channel.diagnose()

    assert (device.level, "has no keys on the homeserver" in device.text) == (Level.FAIL, True)


async def test_a_foreign_identity_is_told_from_our_own(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Without our seeds of the account's identity the doctor says that they are elsewhere."""
    bot = await new_account(homeserver, "bot")
    await run_once(homeserver, bot, tmp_path)
    (tmp_path / "store" / "cross_signing.json").unlink()
    [signed, *_] = await channel_of(homeserver, bot, tmp_path).diagnose()
    other = await new_account(homeserver, "bot")
    async with Member.login(homeserver.url, other.user_id, other.password):
        await run_once(homeserver, other, tmp_path / "other")
    [unsigned, *_] = await channel_of(homeserver, other, tmp_path / "other").diagnose()

    assert signed.level is Level.OK
    assert signed.text.endswith("signed by its account, whose cross-signing was set up elsewhere")
    assert (unsigned.level, "is not signed" in unsigned.text) == (Level.WARN, True)
    assert "set up elsewhere" in unsigned.text


@pytest.mark.parametrize(
    ("limit", "level", "words"),
    [
        (None, Level.WARN, "the homeserver limits this account as any other: see"),
        (1, Level.WARN, "the homeserver limits this account to 1 messages/s: see"),
        (0, Level.OK, "the homeserver does not limit this account"),
    ],
)
async def test_an_admin_account_sees_its_limits(
    homeserver: Synapse, tmp_path: Path, limit: int | None, level: Level, words: str
) -> None:
    """Exempt, limited, and like everybody."""
    bot = await homeserver.register(f"bot-admin-{limit}", "secret", admin=True)
    if limit is not None:
        await homeserver.override_ratelimit(bot.user_id, messages_per_second=limit)
    await run_once(homeserver, bot, tmp_path)
    [_, limits, _] = await channel_of(homeserver, bot, tmp_path).diagnose()

    assert (limits.level, limits.text.startswith(words)) == (level, True)


@pytest.mark.parametrize(("ahead", "words"), [(120, "ahead of"), (-120, "behind")])
async def test_a_wrong_clock_is_found(
    homeserver: Synapse, tmp_path: Path, ahead: int, words: str
) -> None:
    """Reminders come when our clock says so."""
    bot = await new_account(homeserver, "bot")
    findings = await channel_of(homeserver, bot, tmp_path, ahead=ahead).diagnose()

    assert findings[-1].level is Level.WARN
    assert f" s {words} the homeserver's" in findings[-1].text


async def test_a_store_of_another_user_is_named(homeserver: Synapse, tmp_path: Path) -> None:
    """Who may not read it is not told that the homeserver is away."""
    bot = await new_account(homeserver, "bot")
    (tmp_path / "store").write_text("a file where the directory should be")
    channel = channel_of(homeserver, bot, tmp_path)
    with pytest.raises(ChannelDownError, match=r"channels\.matrix\.store_dir$"):
        await channel.probe()
    [finding] = await channel.diagnose()

    assert finding.level is Level.FAIL
