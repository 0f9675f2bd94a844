"""Who may decide for a group."""

import pytest

from bot.channels.telegram import TelegramChannel
from bot.errors import ChannelDownError, ChannelUnavailableError
from bot.messages import Identity, IncomingMessage
from tests.channels.telegram.stage import address, push, take
from tests.servers.telegram import BotRef, ChatRef, TelegramEmulator, UserRef


@pytest.fixture
def bert(telegram_emulator: TelegramEmulator) -> UserRef:
    return telegram_emulator.user("Bert")


@pytest.fixture
def group(
    telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef, bert: UserRef
) -> ChatRef:
    """Anna's group, with Bert."""
    return telegram_emulator.supergroup("Stadt", members=[anna, bert, account])


def identity(user: UserRef) -> Identity:
    return Identity("telegram", str(user.id))


async def test_owner_and_administrators_decide_and_members_do_not(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    group: ChatRef,
    anna: UserRef,
    bert: UserRef,
) -> None:
    """Also right after somebody was promoted or demoted."""
    assert await channel.is_moderator(address(group), identity(anna))
    assert not await channel.is_moderator(address(group), identity(bert))
    telegram_emulator.promote(bert, group)
    assert await channel.is_moderator(address(group, 7), identity(bert))
    telegram_emulator.demote(bert, group)
    assert not await channel.is_moderator(address(group), identity(bert))


@pytest.mark.parametrize("user", ["4711", "0", "no number", "-100", ""])
async def test_whom_telegram_does_not_know_does_not_decide(
    channel: TelegramChannel, group: ChatRef, user: str
) -> None:
    """Nor does what is no user at all."""
    assert not await channel.is_moderator(address(group), Identity("telegram", user))


async def test_nobody_decides_where_the_bot_is_not(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    group: ChatRef,
    anna: UserRef,
) -> None:
    """Telegram tells nothing of groups that the bot was thrown out of."""
    telegram_emulator.kick_bot(account, group)
    assert not await channel.is_moderator(address(group), identity(anna))


async def test_an_anonymous_administrator_speaks_as_the_group_and_decides(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, group: ChatRef
) -> None:
    """Nobody else can speak as the group; who speaks as a channel stays unheard."""
    chat = {"id": group.id, "type": "supergroup", "title": "Stadt"}
    message = {
        "message_id": 9,
        "date": 1_793_000_000,
        "chat": chat,
        "sender_chat": chat,
        "from": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
        "text": "/abo@Stadtfunk_bot",
        "entities": [{"type": "bot_command", "offset": 0, "length": 18}],
    }
    push(telegram_emulator, account, "message", message)

    heard = (await take(channel, 3))[-1].event

    assert isinstance(heard, IncomingMessage)
    assert heard.sender.name == "Stadt"
    assert await channel.is_moderator(heard.chat.address, heard.sender.identity)


@pytest.mark.parametrize("trouble", ["bad_gateway", "drop_answer"])
async def test_a_telegram_in_trouble_leaves_it_open(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    group: ChatRef,
    anna: UserRef,
    trouble: str,
) -> None:
    """That is not the same as a no."""
    telegram_emulator.fail(trouble, method="getChatMember")  # type: ignore[arg-type]
    with pytest.raises(ChannelUnavailableError):
        await channel.is_moderator(address(group), identity(anna))


async def test_a_refused_token_is_told_from_a_no(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    group: ChatRef,
    anna: UserRef,
) -> None:
    """An operator has to act."""
    telegram_emulator.revoke(account)
    with pytest.raises(ChannelDownError):
        await channel.is_moderator(address(group), identity(anna))
