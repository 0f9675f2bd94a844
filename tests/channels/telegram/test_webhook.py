"""Telegram calls us, and hears 200 only when the update is safe."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from aiohttp import web

from bot.channels.port import Received
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.credentials import SECRET_HEADER
from bot.errors import ChannelUnavailableError
from bot.messages import ButtonPress, IncomingMessage
from bot.text.document import Button, Document
from tests.channels.telegram.stage import HandClock, address, consuming, new_channel, take, until
from tests.servers.telegram import BotRef, TelegramEmulator, UserRef


class Site:
    """The web server in front of the channel, and the statuses that it answered with."""

    def __init__(self) -> None:
        self.channel: TelegramChannel | None = None
        self.answers: list[int] = []
        self.url = ""

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Do what the web component will do."""
        assert self.channel is not None
        assert request.path == self.channel.webhook_path
        status = await self.channel.handle_webhook(await request.read(), request.headers)
        self.answers.append(status)
        return web.Response(status=status)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    runner = web.ServerRunner(web.Server(site.handle, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


@pytest.fixture
async def channel(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock, site: Site
) -> AsyncIterator[TelegramChannel]:
    """The channel, open, and called by Telegram."""
    url = telegram_emulator.url
    channel = new_channel(url, account.token, clock, mode="webhook", public_url=site.url)
    site.channel = channel
    await channel.open()
    yield channel
    await channel.close()


Call = Callable[..., Coroutine[Any, Any, int]]


@pytest.fixture
def call(channel: TelegramChannel, telegram_emulator: TelegramEmulator, account: BotRef) -> Call:
    """Call the channel directly, as a web server would."""
    webhook = telegram_emulator.world.bots[account.id].webhook
    assert webhook is not None
    assert webhook.secret is not None
    secret = webhook.secret

    async def call(
        number: int = 5, *, secret: str = secret, header: str = SECRET_HEADER, body: Any = None
    ) -> int:
        chat = {"id": 77, "type": "private", "first_name": "Ben"}
        author = {"id": 77, "is_bot": False, "first_name": "Ben"}
        message = {"message_id": 1, "date": 1, "chat": chat, "from": author, "text": "hallo"}
        update = {"update_id": number, "message": message}
        raw = json.dumps(update).encode() if body is None else body
        return await channel.handle_webhook(raw, {header: secret})

    return call


async def test_an_update_is_taken_once_it_is_committed(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    site: Site,
) -> None:
    """Telegram hears 200 after the commit and forgets the update; there is no cursor."""
    async with consuming(channel) as seen:
        telegram_emulator.say(anna, account, "hallo")
        received = await asyncio.wait_for(seen.get(), 5)
        await until(lambda: site.answers == [200])
        await until(lambda: telegram_emulator.pending_updates() == [])

    assert isinstance(received.event, IncomingMessage)
    assert received.cursor is None


async def test_what_was_not_committed_is_brought_again(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    site: Site,
) -> None:
    """A consumer that fails leaves a 503; the same update with the same id comes again."""
    telegram_emulator.say(anna, account, "hallo")
    (lost,) = await take(channel)
    await until(lambda: site.answers == [503])

    async with consuming(channel) as seen:
        again = await asyncio.wait_for(seen.get(), 5)
        await until(lambda: site.answers == [503, 200])

    assert again == lost


async def test_a_failing_consumer_turns_all_waiting_calls_away(
    channel: TelegramChannel, call: Call
) -> None:
    """Nobody waits out the time limit when it is clear that no commit will come."""
    async with asyncio.timeout(0.2), asyncio.TaskGroup() as tasks:
        calls = [tasks.create_task(call(number)) for number in range(3)]
        stream = channel.receive(None)
        await anext(stream)
        with pytest.raises(RuntimeError):
            await stream.athrow(RuntimeError("the database is gone"))

    assert [task.result() for task in calls] == [503, 503, 503]


async def test_concurrent_calls_are_answered_one_commit_after_the_other(
    channel: TelegramChannel, call: Call
) -> None:
    """Each call gets the fate of its own update."""
    async with asyncio.TaskGroup() as tasks:
        calls = [tasks.create_task(call(number)) for number in range(3)]
        stream = channel.receive(None)
        received = [await anext(stream) for _ in range(3)]
        await stream.aclose()

    assert [one.event.id for one in received if one.event] == ["u0", "u1", "u2"]
    assert [task.result() for task in calls] == [200, 200, 503]


async def test_a_call_that_nobody_takes_gets_503(channel: TelegramChannel, call: Call) -> None:
    """Telegram tries again later; a call that was given up is not handed out any more."""
    assert await call(5) == 503

    async with asyncio.TaskGroup() as tasks:
        second = tasks.create_task(call(6))
        stream = channel.receive(None)
        received = await anext(stream)
        await stream.aclose()
    assert received.event is not None
    assert received.event.id == "u6"
    assert second.result() == 503


async def test_a_commit_that_takes_too_long_gets_503(channel: TelegramChannel, call: Call) -> None:
    """The late commit stands; the repeat is recognised by its id."""
    async with asyncio.TaskGroup() as tasks:
        late = tasks.create_task(call(5))
        stream = channel.receive(None)
        await anext(stream)
        assert await late == 503
        repeat = tasks.create_task(call(5))
        again = await anext(stream)
        assert again.event is not None
        assert again.event.id == "u5"
        await stream.aclose()
    assert repeat.done()


async def test_closing_turns_calls_away_and_ends_the_generator(
    channel: TelegramChannel, call: Call
) -> None:
    """Nothing hangs at shutdown, and nothing is taken that will not be handled."""
    async with asyncio.timeout(0.2), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(call(5))
        stream = channel.receive(None)
        await anext(stream)
        await channel.close()
    assert waiting.result() == 503
    assert await call(6) == 503
    with pytest.raises(ChannelUnavailableError):
        await anext(stream)


async def test_a_reopened_channel_receives_again(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """What closing left behind does not end the next generator."""
    await channel.close()
    await channel.open()
    telegram_emulator.say(anna, account, "hallo")

    (received,) = await take(channel)

    assert isinstance(received.event, IncomingMessage)


@pytest.mark.parametrize("secret", ["", "wrong", "falsch-ü"])
async def test_who_does_not_know_the_secret_is_refused(
    channel: TelegramChannel, call: Call, secret: str
) -> None:
    """Even while closed, and whatever the body."""
    assert await call(secret=secret) == 403
    assert await call(header="X-Other") == 403
    await channel.close()
    assert await call(secret=secret) == 403
    assert channel.last_contact is None


async def test_the_headers_name_may_be_written_in_any_case(call: Call) -> None:
    """HTTP does not distinguish, and a proxy may rewrite it."""
    assert await call(header=SECRET_HEADER.lower()) == 503  # let in, but nobody consumes


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"update_id": "x"}', b"\xff"])
async def test_what_is_no_update_is_a_bad_request(call: Call, body: bytes) -> None:
    """It is not handed on."""
    assert await call(body=body) == 400


async def test_a_press_is_answered_after_the_commit(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef, site: Site
) -> None:
    """As with polling: first the commit, then 200 and the end of the progress bar."""
    body = Document.of("?").with_buttons([Button(label="Ja", value="y")])
    await channel.send(address(anna), body, key="k")
    answer = telegram_emulator.click(anna, await telegram_emulator.next_message(anna), "Ja")

    async with consuming(channel) as seen:
        received: Received = await asyncio.wait_for(seen.get(), 5)
        await asyncio.wait_for(answer, 5)

    assert isinstance(received.event, ButtonPress)
    assert site.answers == [200]


async def test_last_contact_is_the_last_call(
    channel: TelegramChannel, call: Call, clock: HandClock
) -> None:
    """A call with the right secret proves that Telegram gets through."""
    assert channel.last_contact is None
    await call()
    assert channel.last_contact == clock.now()
