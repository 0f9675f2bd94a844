"""Texts that nobody honest writes: they are refused or skipped, and the bot goes on."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.credentials import SECRET_HEADER
from bot.channels.telegram.payload import decode_object
from bot.channels.telegram.request import RefusedError
from bot.messages import IncomingMessage
from tests.channels.telegram.stage import HandClock, consuming, new_channel, push, take
from tests.servers.telegram import BotRef, TelegramEmulator, UserRef

DEEP = "[" * 100_000
LONG = "9" * 5000
CHAT = {"id": 77, "type": "group", "title": "AG"}
BEN = {"id": 77, "is_bot": False, "first_name": "Ben", "language_code": "de"}
MESSAGE: dict[str, Any] = {"message_id": 1, "date": 1, "chat": CHAT, "from": BEN, "text": "hallo"}
PRESS = {"id": "1", "from": BEN, "message": MESSAGE, "chat_instance": "1", "data": "y"}
MEMBER = {"status": "member", "user": BEN}
GONE = {"status": "left", "user": BEN}
JOINING = {
    "chat": CHAT,
    "from": BEN,
    "date": 1,
    "old_chat_member": GONE,
    "new_chat_member": MEMBER,
}

STRANGE: list[tuple[str, dict[str, Any]]] = [
    ("message", MESSAGE | {"message_id": "1x"}),
    ("message", MESSAGE | {"message_id": True}),
    ("message", MESSAGE | {"message_id": float("inf")}),
    ("message", MESSAGE | {"date": float("inf")}),
    ("message", MESSAGE | {"date": None}),
    ("message", MESSAGE | {"date": 10**18}),
    ("message", MESSAGE | {"chat": CHAT | {"id": "7\x007"}}),
    ("message", MESSAGE | {"chat": CHAT | {"id": float("nan")}}),
    ("message", MESSAGE | {"chat": CHAT | {"title": ["AG"]}}),
    ("message", MESSAGE | {"from": BEN | {"id": "7x"}}),
    ("message", MESSAGE | {"from": BEN | {"first_name": 7}}),
    ("message", MESSAGE | {"from": BEN | {"language_code": {"de": 1}}}),
    ("message", MESSAGE | {"text": ["hallo"]}),
    ("message", MESSAGE | {"is_topic_message": True, "message_thread_id": "5x"}),
    ("message", MESSAGE | {"reply_to_message": MESSAGE | {"message_id": "\x00"}}),
    ("message", MESSAGE | {"migrate_to_chat_id": "-100x"}),
    ("message", MESSAGE | {"entities": [{"type": "mention", "offset": 0.5, "length": 1}]}),
    ("callback_query", PRESS | {"data": 7}),
    ("callback_query", PRESS | {"from": BEN | {"id": 1.5}}),
    ("my_chat_member", JOINING | {"date": None}),
    ("my_chat_member", JOINING | {"chat": CHAT | {"id": "x"}}),
]


@pytest.fixture
async def webhook(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> AsyncIterator[TelegramChannel]:
    """A channel that is called, by whom we pretend to be."""
    channel = new_channel(
        telegram_emulator.url,
        account.token,
        clock,
        mode="webhook",
        public_url="http://127.0.0.1:9",
        webhook_secret="geheim",
    )
    await channel.open()
    yield channel
    await channel.close()


@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        '{"a":' * 100_000,
        f'{{"update_id": 5, "message": {DEEP}',
        f'{{"update_id": 5, "message": {DEEP}{"]" * 100_000}}}',
        f'{{"update_id": {LONG}}}',
        f'{{"update_id": -{LONG}}}',
        '{"update_id": 1e400}',
        '{"update_id": NaN}',
        '{"update_id": -5}',
        '{"update_id": true}',
    ],
    ids=lambda body: body[:30],
)
async def test_a_hostile_body_is_a_bad_request(webhook: TelegramChannel, body: str) -> None:
    """Depth and size of numbers are no way to make the web server fail."""
    assert await webhook.handle_webhook(body.encode(), {SECRET_HEADER: "geheim"}) == 400


@pytest.mark.parametrize("secret", ["geheim\udcff", "\ud800", "\x00"])
async def test_a_secret_that_is_no_text_is_refused(webhook: TelegramChannel, secret: str) -> None:
    """A web server passes on whatever bytes a stranger writes into a header."""
    assert await webhook.handle_webhook(b"{}", {SECRET_HEADER: secret}) == 403


@pytest.mark.parametrize(
    "message",
    [MESSAGE | {"message_id": "\ud800"}, MESSAGE | {"from": BEN | {"id": "7\udfff"}}],
)
async def test_half_a_character_in_an_id_is_committed_as_nothing(
    webhook: TelegramChannel, message: dict[str, Any]
) -> None:
    """No database takes it, so Telegram must not repeat it for ever."""
    body = json.dumps({"update_id": 5, "message": message}).encode()

    async with consuming(webhook) as seen:
        assert await webhook.handle_webhook(body, {SECRET_HEADER: "geheim"}) == 200

    assert seen.get_nowait().event is None


async def test_an_update_within_pythons_depth_is_skipped_or_read(
    webhook: TelegramChannel,
) -> None:
    """No depth that JSON can still read breaks what comes after: no crash, whatever the depth."""
    statuses = set()
    for depth in (50, 150, 300, 600, 900, 980):
        nested = json.dumps(MESSAGE)[:-1] + ', "reply_to_message": '
        body = '{"update_id": 5, "message": ' + nested * depth + "1" + "}" * (depth + 1)
        statuses.add(await webhook.handle_webhook(body.encode(), {SECRET_HEADER: "geheim"}))

    assert statuses <= {400, 503}  # 503: let in, but nobody consumes


@pytest.mark.parametrize(("kind", "payload"), STRANGE)
async def test_a_strange_field_costs_only_its_own_update(
    *,
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    kind: str,
    payload: dict[str, Any],
) -> None:
    """Nothing that is no id, text or instant crosses the port, and the next person is heard."""
    push(telegram_emulator, account, kind, payload)
    telegram_emulator.say(anna, account, "hallo")

    strange, honest = await take(channel, 2)

    assert strange.event is None
    assert strange.cursor is not None
    assert isinstance(honest.event, IncomingMessage)


async def test_a_huge_number_in_a_poll_costs_only_its_own_update(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """Five thousand digits in one update do not make the whole batch unreadable."""
    push(telegram_emulator, account, "message", MESSAGE | {"date": 10**4200})
    telegram_emulator.say(anna, account, "hallo")

    huge, honest = await take(channel, 2)

    assert huge.event is None
    assert isinstance(honest.event, IncomingMessage)


@pytest.mark.parametrize(
    "parameters",
    [
        ["x"],
        {"retry_after": "soon"},
        {"retry_after": 10**18},
        {"retry_after": True},
        {"migrate_to_chat_id": "-100\ud800"},
    ],
)
def test_a_refusal_with_strange_parameters_is_still_a_refusal(parameters: object) -> None:
    """What Telegram, or somebody in between, adds to it can't hide that it was refused."""
    refused = RefusedError(429, {"parameters": parameters}, str)

    assert (refused.status, refused.retry_after, refused.migrate_to) == (429, None, None)


@pytest.mark.parametrize("payload", [DEEP.encode(), LONG.encode(), b"\xff", b"", b"[]"])
def test_an_answer_that_is_no_object_is_an_empty_one(payload: bytes) -> None:
    """A refusal whose words can't be read is a refusal without words."""
    assert decode_object(payload) == {}
