"""What each of Telegram's refusals means for the message, the chat or the channel."""

import asyncio

import pytest

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.link import SPARE_CONNECTIONS
from bot.channels.telegram.request import Timeouts
from bot.errors import (
    ChannelDownError,
    ChannelError,
    MessageRejectedError,
    RecipientGoneError,
    TemporaryDeliveryError,
)
from bot.messages import MessageId
from bot.text.document import Document
from tests.channels.telegram.stage import HandClock, address, new_channel
from tests.servers.telegram import BotRef, TelegramEmulator, UserRef

HELLO = Document.of("hallo")
NEVER_OPEN = "http://127.0.0.1:1"

REFUSALS = [
    (403, "Forbidden: bot was blocked by the user", RecipientGoneError),
    (403, "Forbidden: user is deactivated", RecipientGoneError),
    (403, "Forbidden: bot can't initiate conversation with a user", RecipientGoneError),
    (403, "Forbidden: bot was kicked from the supergroup chat", RecipientGoneError),
    (403, "Forbidden: bot is not a member of the channel chat", RecipientGoneError),
    (403, "Forbidden: the group chat was deleted", RecipientGoneError),
    (403, "Forbidden: bot can't send messages to bots", RecipientGoneError),
    (403, "Forbidden: not enough rights to send text messages", MessageRejectedError),
    (400, "Bad Request: chat not found", RecipientGoneError),
    (400, "Bad Request: user not found", RecipientGoneError),
    (400, "Bad Request: PEER_ID_INVALID", RecipientGoneError),
    (400, "Bad Request: INPUT_USER_DEACTIVATED", RecipientGoneError),
    (
        400,
        "Bad Request: not enough rights to send text messages to the chat",
        MessageRejectedError,
    ),
    (400, "Bad Request: need administrator rights in the channel chat", MessageRejectedError),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", MessageRejectedError),
    (400, "Bad Request: message is too long", MessageRejectedError),
    (400, "Bad Request: message text is empty", MessageRejectedError),
    (400, "Bad Request: can't parse entities: Unsupported start tag", MessageRejectedError),
    (400, "Bad Request: BUTTON_DATA_INVALID", MessageRejectedError),
    (400, "Bad Request: TOPIC_CLOSED", MessageRejectedError),
    (400, "a text that nobody has seen yet", MessageRejectedError),
    (413, "Request Entity Too Large", MessageRejectedError),
    (401, "Unauthorized", ChannelDownError),
    (404, "Not Found", ChannelDownError),
    (409, "Conflict", TemporaryDeliveryError),
    (429, "Too Many Requests", TemporaryDeliveryError),
    (500, "Internal Server Error: restart", TemporaryDeliveryError),
    (503, "Service Unavailable", TemporaryDeliveryError),
]


@pytest.mark.parametrize(("code", "text", "outcome"), REFUSALS)
async def test_each_refusal_has_one_outcome(
    *,
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    anna: UserRef,
    code: int,
    text: str,
    outcome: type[ChannelError],
) -> None:
    """The same for a send, an edit and a deletion, and whatever the case of the letters."""
    for wording in (text, text.upper(), text.lower()):
        telegram_emulator.fail("error", code=code, description=wording, times=3)
        with pytest.raises(ChannelError) as sent:
            await channel.send(address(anna), HELLO, key="k")
        with pytest.raises(ChannelError) as edited:
            await channel.edit(address(anna), MessageId("1"), HELLO, key="k")
        with pytest.raises(ChannelError) as deleted:
            await channel.delete(address(anna), MessageId("1"), key="k")
        assert {sent.type, edited.type, deleted.type} == {outcome}


@pytest.mark.parametrize(
    ("code", "uncertain"), [(409, False), (429, False), (500, True), (503, False), (504, True)]
)
async def test_only_a_server_that_may_have_carried_it_out_leaves_doubt(
    *,
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    anna: UserRef,
    code: int,
    uncertain: bool,
) -> None:
    """A refusal is certain; a broken server may have sent before it broke."""
    telegram_emulator.fail("error", method="sendMessage", code=code, description="?")

    with pytest.raises(TemporaryDeliveryError) as caught:
        await channel.send(address(anna), HELLO, key="k")
    assert caught.value.uncertain is uncertain


@pytest.mark.parametrize(
    ("code", "outage"),
    [(302, True), (409, False), (429, False), (500, True), (502, True), (503, True)],
)
async def test_a_broken_service_is_not_the_messages_fault(
    *,
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    anna: UserRef,
    code: int,
    outage: bool,
) -> None:
    """A message is not given up because Telegram, or a proxy before it, is out of order."""
    telegram_emulator.fail("error", method="sendMessage", code=code, description="?")

    with pytest.raises(TemporaryDeliveryError) as caught:
        await channel.send(address(anna), HELLO, key="k")
    assert caught.value.outage is outage


@pytest.mark.parametrize("kind", ["drop_answer", "reset", "bad_gateway", "hang"])
async def test_a_lost_answer_leaves_doubt(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef, kind: str
) -> None:
    """Once the request has left, only the chat knows; the adapter does not try again itself."""
    telegram_emulator.fail(kind, method="sendMessage", seconds=9)  # type: ignore[arg-type]

    with pytest.raises(TemporaryDeliveryError) as caught:
        await channel.send(address(anna), HELLO, key="k")

    assert caught.value.uncertain
    assert len(telegram_emulator.calls("sendMessage")) == 1
    assert len(telegram_emulator.visible(anna)) == (kind == "drop_answer")


async def test_waiting_in_vain_for_a_connection_leaves_no_doubt(
    telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef, clock: HandClock
) -> None:
    """A send that never got one of the pool's connections was not sent."""
    channel = new_channel(
        telegram_emulator.url,
        account.token,
        clock,
        timeouts=Timeouts(connect=0.2, answer=1.0),
        window=1,
    )
    await channel.open()
    telegram_emulator.fail("hang", method="sendMessage", seconds=9, times=None)
    failures: list[TemporaryDeliveryError] = []

    async def send() -> None:
        try:
            await channel.send(address(anna), HELLO, key="k")
        except TemporaryDeliveryError as error:
            failures.append(error)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(1 + SPARE_CONNECTIONS + 2):
            tasks.create_task(send())
    await channel.close()

    sent = [True] * (1 + SPARE_CONNECTIONS)
    assert [error.uncertain for error in failures] == [False] * 2 + sent
    assert [error.outage for error in failures[:2]] == [True] * 2


async def test_a_closed_channel_leaves_no_doubt(
    account: BotRef, anna: UserRef, clock: HandClock
) -> None:
    """Before opening and after closing nothing leaves."""
    channel = new_channel(NEVER_OPEN, account.token, clock)
    with pytest.raises(TemporaryDeliveryError, match="not open") as caught:
        await channel.send(address(anna), HELLO, key="k")
    assert not caught.value.uncertain
