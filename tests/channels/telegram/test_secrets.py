"""The token is in every URL, and must be in no error, no log line and no traceback."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable

import pytest
import structlog

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.credentials import Credentials
from bot.channels.telegram.request import Timeouts
from bot.config import TelegramSettings
from bot.messages import Address, IncomingFile, MessageId
from bot.text.document import Attachment, Document
from tests.channels.telegram.stage import HandClock, new_channel
from tests.servers.telegram import BotRef, TelegramEmulator

ANNA = Address("telegram", "6000000001")
BODY = Document.of("streng vertraulich")
FILE = Document(attachment=Attachment(file="0" * 64, name="a.pdf", mime="application/pdf", size=8))
Act = Callable[[TelegramChannel], Awaitable[object]]

ACTS: dict[str, Act] = {
    "open": lambda channel: channel.open(),
    "probe": lambda channel: channel.probe(),
    "receive": lambda channel: anext(channel.receive(None)),
    "send": lambda channel: channel.send(ANNA, BODY, key="k"),
    "send file": lambda channel: channel.send(ANNA, FILE, key="k", file=b"%PDF-1.7"),
    "fetch": lambda channel: channel.fetch(IncomingFile("document1", "", "", None)),
    "edit": lambda channel: channel.edit(ANNA, MessageId("1"), BODY, key="k"),
    "delete": lambda channel: channel.delete(ANNA, MessageId("1"), key="k"),
    "diagnose": lambda channel: channel.diagnose(),
}


async def all_that_is_told(channel: TelegramChannel, act: Act) -> str:
    """Return whatever an act says, with everything that a traceback could show."""
    try:
        return repr(await act(channel))
    except Exception as error:  # noqa: BLE001 - whatever it is
        # The first frame is this function's own.
        trace = error.__traceback__.tb_next if error.__traceback__ else None
        told = traceback.TracebackException(type(error), error, trace, capture_locals=True)
        return "".join([*told.format(), repr(error), str(error), repr(error.args)])


def secrets(account: BotRef, channel: TelegramChannel) -> list[str]:
    secret = account.token.partition(":")[2]
    return [secret, secret.lower(), secret.upper(), channel.webhook_path]


def unreachable(_: TelegramEmulator) -> str:
    return "http://127.0.0.1:1"


def echoing(telegram: TelegramEmulator) -> str:
    token = next(iter(telegram.world.tokens))
    text = f"Bad Request: no such path /bot{token}/x, nor {token.replace(':', '%3A')}"
    telegram.fail("error", code=400, description=text, times=None)
    return telegram.url


def silent(telegram: TelegramEmulator) -> str:
    telegram.fail("hang", seconds=9, times=None)
    return telegram.url


def broken(telegram: TelegramEmulator) -> str:
    telegram.fail("reset", times=None)
    return telegram.url


def refusing(telegram: TelegramEmulator) -> str:
    telegram.revoke()
    return telegram.url


def gateway(telegram: TelegramEmulator) -> str:
    telegram.fail("bad_gateway", times=None)
    return telegram.url


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
@pytest.mark.parametrize("trouble", [unreachable, echoing, silent, broken, refusing, gateway])
async def test_no_trouble_tells_a_secret(
    *,
    telegram_emulator: TelegramEmulator,
    account: BotRef,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    act: Act,
    trouble: Callable[[TelegramEmulator], str],
) -> None:
    """Whatever fails: no error text, no traceback with locals, no log of any library."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="telegram.Bot")
    hurry = Timeouts(connect=0.1, answer=0.1, margin=0.1)
    url = trouble(telegram_emulator)
    channel = new_channel(url, account.token, clock, timeouts=hurry)
    await channel.diagnose()  # opens the pools, so that every act gets as far as it can

    with structlog.testing.capture_logs() as entries:
        told = await all_that_is_told(channel, act)
    await channel.close()

    everything = told + caplog.text + repr(entries) + "".join(capsys.readouterr())
    assert told
    assert [secret for secret in secrets(account, channel) if secret in everything] == []


async def test_a_success_logs_neither_secrets_nor_words(
    telegram_emulator: TelegramEmulator,
    account: BotRef,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """PTB's debug log would write down every message."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="telegram.Bot")
    channel = new_channel(telegram_emulator.url, account.token, clock)
    await channel.open()
    anna = telegram_emulator.user(started=True)
    telegram_emulator.say(anna, account, "streng vertraulich")
    await channel.send(Address("telegram", str(anna.id)), BODY, key="k")
    await anext(channel.receive(None))
    await channel.close()

    assert "vertraulich" not in caplog.text
    assert account.token.partition(":")[2] not in caplog.text


async def test_a_translation_that_fails_does_not_log_the_words(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """The log says which update it was, and no more."""
    channel = new_channel(telegram_emulator.url, account.token, clock)
    await channel.open()
    chat = {"id": 1, "type": "galaxy"}
    author = {"id": 5, "is_bot": False, "first_name": "Anna"}
    payload = {"message_id": 1, "date": 1, "chat": chat, "from": author, "text": "vertraulich"}
    queue = telegram_emulator.world.bots[account.id].queue
    queue.allowed = None
    number = queue.push("message", payload, telegram_emulator.world.now())

    with structlog.testing.capture_logs() as entries:
        async with asyncio.timeout(5):
            await anext(channel.receive(None))
    await channel.close()

    assert [entry["update_id"] for entry in entries] == [number]
    assert "vertraulich" not in repr(entries)


async def test_nothing_that_holds_the_token_shows_it(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """A debugger or a careless log line prints a repr."""
    channel = new_channel(telegram_emulator.url, account.token, clock)
    parts = [channel, *vars(channel).values()]

    assert account.token.partition(":")[2] not in repr(parts)


def test_an_odd_token_is_scrubbed_too() -> None:
    """A token without a colon is a mistake, and still a secret; no token scrubs nothing."""
    odd = Credentials(TelegramSettings.model_validate({"token": "AbCdEf"}))
    none = Credentials(TelegramSettings())

    assert odd.scrub("/botabcdef/getMe") == "/bot…/getMe"
    assert none.scrub("nothing to hide") == "nothing to hide"
