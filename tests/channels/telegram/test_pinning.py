"""What the bot pins in a group."""

import pytest

from bot.channels.telegram import TelegramChannel
from bot.errors import MessageRejectedError
from bot.messages import MessageId
from bot.text.document import Document
from tests.channels.telegram.stage import address
from tests.servers.telegram import BotRef, ChatRef, TelegramEmulator, UserRef


def pinned(emulator: TelegramEmulator, group: ChatRef) -> list[str | None]:
    """Return the words of what is pinned there."""
    return [one.text for one in emulator.chat_history(group) if one.pinned]


@pytest.fixture
def group(telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef) -> ChatRef:
    """A group with the bot in it."""
    return telegram_emulator.supergroup("AG Cityapps", members=[anna, account])


async def test_a_notice_is_pinned_and_taken_down(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, group: ChatRef, account: BotRef
) -> None:
    """Repeated, as after a crash, it is the same."""
    telegram_emulator.promote(account, group)
    first = await channel.send(address(group), Document.of("Regeln"), key="a")
    await channel.pin(address(group), first, pinned=True)
    notice = await channel.send(address(group), Document.of("Verbunden"), key="b")
    for wanted, shown in ((True, ["Regeln", "Verbunden"]), (False, ["Regeln"])):
        for _ in range(2):
            await channel.pin(address(group), notice, pinned=wanted)
            assert pinned(telegram_emulator, group) == shown


async def test_who_may_pin_nothing_is_told_so(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, group: ChatRef, account: BotRef
) -> None:
    """As a member, or an administrator without that right; nor what is not there."""
    notice = await channel.send(address(group), Document.of("Verbunden"), key="a")
    with pytest.raises(MessageRejectedError, match="not enough rights"):
        await channel.pin(address(group), notice, pinned=True)
    telegram_emulator.promote(account, group, without=["can_pin_messages"])
    with pytest.raises(MessageRejectedError, match="not enough rights"):
        await channel.pin(address(group), notice, pinned=True)
    telegram_emulator.promote(account, group)
    with pytest.raises(MessageRejectedError, match="not found"):
        await channel.pin(address(group), MessageId("999"), pinned=True)
