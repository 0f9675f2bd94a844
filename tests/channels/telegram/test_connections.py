"""What is known of a message when the way to Telegram fails: whether it left, and whose fault."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from bot.channels.telegram import TelegramChannel
from bot.errors import ChannelError, TemporaryDeliveryError
from bot.messages import Address, MessageId
from bot.text.document import Document
from tests.channels.telegram.stage import HandClock, new_channel
from tests.servers.telegram import BotRef

ANNA = Address("telegram", "6000000001")
HELLO = Document.of("hallo")
NEVER_OPEN = "http://127.0.0.1:1"

SENT = b"""{"ok": true, "result": {
  "message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"},
  "id": 2, "is_bot": true, "first_name": "Funk"
}}"""
"""Both a message and the bot's account."""

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[str]:
    """Serve raw connections and yield ``host:port``."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def opened(url: str, account: BotRef, clock: HandClock) -> AsyncIterator[TelegramChannel]:
    """Yield a channel whose pools are open although its service can't be reached."""
    channel = new_channel(url, account.token, clock)
    with suppress(ChannelError):
        await channel.probe()
    yield channel
    await channel.close()


async def failure(channel: TelegramChannel) -> TemporaryDeliveryError:
    """Send in vain."""
    with pytest.raises(TemporaryDeliveryError) as caught:
        await channel.send(ANNA, HELLO, key="k")
    return caught.value


async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def hang_up_after_the_head(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def keep_silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def show_a_login_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>")
    await writer.drain()


async def accept_one_message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request properly, then hang up although the connection could be kept."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(SENT), SENT))
    await writer.drain()


@pytest.mark.parametrize("url", [NEVER_OPEN, "http://nirgendwo.invalid"], ids=["refused", "dns"])
async def test_an_unreachable_service_leaves_no_doubt(
    account: BotRef, clock: HandClock, url: str
) -> None:
    """Without a connection nothing was sent, so nothing can be doubled or is to blame."""
    async with opened(url, account, clock) as channel:
        error = await failure(channel)

    assert (error.uncertain, error.outage) == (False, True)


@pytest.mark.parametrize("answer", [hang_up, keep_silent, show_a_login_page])
async def test_a_failed_handshake_leaves_no_doubt(
    account: BotRef, clock: HandClock, answer: Answer
) -> None:
    """What speaks no TLS never saw the message, whether it hangs up, waits or talks."""
    async with (
        listening(answer) as place,
        opened(f"https://{place}", account, clock) as channel,
    ):
        error = await failure(channel)

    assert (error.uncertain, error.outage) == (False, True)


@pytest.mark.parametrize("answer", [hang_up, hang_up_after_the_head, keep_silent])
async def test_a_proxy_that_opens_no_tunnel_leaves_no_doubt(
    account: BotRef, clock: HandClock, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    """The message only leaves when the tunnel stands."""
    async with listening(answer) as place:
        monkeypatch.setenv("https_proxy", f"http://{place}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with opened("https://api.telegram.example", account, clock) as channel:
            error = await failure(channel)

    assert (error.uncertain, error.outage) == (False, True)


@pytest.mark.parametrize("answer", [hang_up, hang_up_after_the_head, keep_silent])
async def test_a_connection_that_breaks_later_leaves_doubt(
    account: BotRef, clock: HandClock, answer: Answer
) -> None:
    """It may be the message that breaks it, so it counts against the message."""
    async with (
        listening(answer) as place,
        opened(f"http://{place}", account, clock) as channel,
    ):
        error = await failure(channel)

    assert (error.uncertain, error.outage) == (True, False)


async def test_an_answer_that_is_not_the_bot_apis_leaves_doubt(
    account: BotRef, clock: HandClock
) -> None:
    """A proxy's login page is a 200 too."""
    async with (
        listening(show_a_login_page) as place,
        opened(f"http://{place}", account, clock) as channel,
    ):
        assert (await failure(channel)).uncertain


async def test_a_connection_that_was_closed_while_idle_is_replaced(
    account: BotRef, clock: HandClock
) -> None:
    """Whoever closed it, the next message takes a new one and is not even late."""
    async with (
        listening(accept_one_message) as place,
        opened(f"http://{place}", account, clock) as channel,
    ):
        for _ in range(3):
            await asyncio.sleep(0.05)  # what was closed this instant may not be known yet
            assert await channel.send(ANNA, HELLO, key="k") == MessageId("7")


async def test_closing_in_the_middle_of_connecting_leaves_no_doubt(
    account: BotRef, clock: HandClock
) -> None:
    """A shutdown while the handshake hangs does not make the message a doubtful one."""
    async with (
        listening(keep_silent) as place,
        opened(f"https://{place}", account, clock) as channel,
        asyncio.TaskGroup() as tasks,
    ):
        sending = tasks.create_task(failure(channel))
        await asyncio.sleep(0.05)
        await channel.close()

    assert not sending.result().uncertain
