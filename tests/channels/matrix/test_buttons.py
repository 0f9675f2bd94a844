from pathlib import Path
from typing import Any

import pytest

from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.refusals import RefusalError
from bot.messages import Address, Change
from bot.text.document import Button, Document
from tests.channels.matrix.hub import Hub, new_account
from tests.channels.matrix.person import Person
from tests.servers.synapse import Synapse

pytest_plugins = ["tests.servers.fixtures"]


async def test_after_a_limit_no_further_button_is_shown(
    homeserver: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers can be typed, and the next message needs the requests more."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    call, tried = Homeserver.call, []

    async def limited(self: Homeserver, method: str, path: str, *rest: Any, **more: Any) -> Any:
        if "/m.reaction/" in path:
            tried.append(path)
            raise RefusalError(429, "M_LIMIT_EXCEEDED", body={})
        return await call(self, method, path, *rest, **more)

    monkeypatch.setattr(Homeserver, "call", limited)
    buttons = [Button(label=word, value=word) for word in ("Ja", "Nein", "Weiß nicht")]
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await Person(homeserver, anna).create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        body = Document.of("Weiter?").with_buttons(buttons)
        await hub.channel.send(Address("matrix", room), body, key="limited")

    assert len(tried) == 1
