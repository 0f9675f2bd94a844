"""What the bot pins in a room, and what others have pinned there."""

from pathlib import Path

import pytest

from bot.errors import MessageRejectedError, RecipientGoneError
from bot.messages import Address, Change, MessageId
from tests.channels.matrix.hub import Hub, new_account
from tests.channels.matrix.person import Person
from tests.servers.synapse import Synapse


@pytest.mark.parametrize("encrypted", [True, False])
async def test_a_pinned_notice_leaves_what_others_pinned(
    homeserver: Synapse,
    tmp_path: Path,
    encrypted: bool,  # noqa: FBT001 # a parameter of the test
) -> None:
    """Repeated, as after a crash, it changes nothing; taken down, all is as before."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id], encrypted=encrypted)
        await hub.change(Change.JOINED, room)
        await maker.empower(room, bot.user_id, 50)
        notice = await hub.say(room, "Verbunden")
        await maker.pin(room, "$theirs", "$another")
        for pinned, shown in ((True, [notice]), (False, [])):
            for _ in range(2):
                await hub.channel.pin(Address("matrix", room), notice, pinned=pinned)
                assert await maker.pinned(room) == ["$theirs", "$another", *shown]


async def test_without_the_power_nothing_is_pinned(homeserver: Synapse, tmp_path: Path) -> None:
    """It is refused for good, and the bot is not taken for gone from the room."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        notice = await hub.say(room, "Verbunden")
        with pytest.raises(MessageRejectedError, match="pin nothing"):
            await hub.channel.pin(Address("matrix", room), notice, pinned=True)
        await hub.channel.pin(Address("matrix", room), notice, pinned=False)
        await maker.kick(room, bot.user_id)
        await hub.change(Change.LEFT, room)
        with pytest.raises(RecipientGoneError):
            await hub.channel.pin(Address("matrix", room), MessageId(notice), pinned=True)
