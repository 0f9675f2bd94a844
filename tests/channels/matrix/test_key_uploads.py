"""The process dies while it publishes its keys: the account is not locked out by that."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from nio.responses import KeysUploadResponse

from bot.channels.matrix import MatrixChannel
from bot.channels.matrix.client import Client
from bot.clock import SystemClock
from tests.channels.matrix.hub import new_account, settings_for
from tests.servers.synapse import Account, Synapse

pytest_plugins = ["tests.servers.fixtures"]


class PowerCutError(Exception):
    """Nothing after it was done."""


class Dying(Client):
    """Its requests arrive; the process does not live to hear of its keys."""

    async def create_matrix_response(self, response_class: type, *rest: Any, **named: Any) -> Any:
        if response_class is KeysUploadResponse:
            raise PowerCutError
        return await super().create_matrix_response(response_class, *rest, **named)


async def keys_on_the_server(homeserver: Synapse, account: Account) -> int:
    """Count the one-time keys that others can claim."""
    path = "/_matrix/client/v3/keys/upload"
    answer = await homeserver.request(account, "POST", path, {})
    counts: dict[str, int] = answer["one_time_key_counts"]
    return counts["signed_curve25519"]


@pytest.mark.parametrize("is_stored", [True, False], ids=["stored", "lost"])
async def test_an_upload_that_was_interrupted_is_made_up_for(
    homeserver: Synapse, tmp_path: Path, *, is_stored: bool
) -> None:
    """Keys that are stored go out again; those of which only the server knows are given up."""
    bot = await new_account(homeserver, "bot")
    before, store = tmp_path / "before", tmp_path / "store"
    store.mkdir()
    client = Dying(homeserver.url, bot.user_id, store)
    client.restore_login(bot.user_id, bot.device_id, bot.access_token)
    shutil.copytree(store, before)
    with pytest.raises(PowerCutError):
        await client.keys_upload()
    await client.close()
    published = await keys_on_the_server(homeserver, bot)

    settings = settings_for(homeserver, bot, access_token=bot.access_token)
    kept = store if is_stored else before
    channel = MatrixChannel(settings, store_dir=kept, clock=SystemClock())
    try:
        await channel.open()
    finally:
        await channel.close()

    saved = json.loads((kept / "session.json").read_text())
    assert saved["device_id"] == bot.device_id, "it is the same device still"
    assert await keys_on_the_server(homeserver, bot) > published
