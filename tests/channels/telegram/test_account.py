"""Command menus, and what the doctor finds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.port import Level, Menu, MenuEntry
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.diagnosis import clock as clock_finding
from bot.clock import SystemClock
from bot.errors import ChannelUnavailableError
from tests.channels.telegram.stage import HandClock, new_channel, until
from tests.servers.telegram import BotRef, TelegramEmulator, UserRef

HELP = MenuEntry("hilfe", "Was der Bot kann")
MENUS = [
    Menu("de", direct=True, entries=(HELP, MenuEntry("abo", "Themen abonnieren"))),
    Menu("de", direct=False, entries=(HELP,)),
    Menu(None, direct=True, entries=(MenuEntry("help", "What the bot can do"),)),
]


async def test_menus_differ_by_language_and_sort_of_chat(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel
) -> None:
    """Groups see fewer commands than direct chats."""
    await channel.publish_menus(MENUS)

    shown = telegram_emulator.commands_of
    assert shown(scope="all_private_chats", language="de") == ["hilfe", "abo"]
    assert shown(scope="all_group_chats", language="de") == ["hilfe"]
    assert shown(scope="all_private_chats") == ["help"]


async def test_a_menu_that_is_shown_already_is_not_set_again(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel
) -> None:
    """Every start asks; only a change sets, for setting is limited."""
    await channel.publish_menus(MENUS)
    await channel.publish_menus([*MENUS[:2], Menu(None, direct=True, entries=(HELP,))])

    assert len(telegram_emulator.calls("setMyCommands")) == 3 + 1


@pytest.mark.parametrize(
    "entry", [MenuEntry("Hilfe", "x"), MenuEntry("x" * 33, "x"), MenuEntry("hilfe", "")]
)
async def test_a_menu_that_telegram_would_refuse_is_a_mistake_in_the_program(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, entry: MenuEntry
) -> None:
    """Nothing is sent, not even the menus before it."""
    with pytest.raises(ValueError, match=r"\w"):
        await channel.publish_menus([*MENUS, Menu("de", direct=True, entries=(entry,))])
    assert telegram_emulator.calls("getMyCommands") == []


@pytest.mark.parametrize("code", [400, 401, 429, 502])
async def test_menus_that_cannot_be_set_wait_for_the_next_start(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, code: int
) -> None:
    """Whatever the reason, a menu is not worth stopping for."""
    telegram_emulator.fail("error", method="setMyCommands", code=code, description="?")
    with pytest.raises(ChannelUnavailableError):
        await channel.publish_menus(MENUS)


PRIVATE = (
    "privacy mode is on: ambient answers (/mitreden) and bridged rooms work only in"
    " groups where the bot is an administrator"
)


async def diagnosis(channel: TelegramChannel) -> list[tuple[Level, str]]:
    findings = await channel.diagnose()
    await channel.close()
    assert {finding.subject for finding in findings} == {"telegram"}
    return [(finding.level, finding.text) for finding in findings]


async def test_a_healthy_account_has_only_good_lines(
    telegram_emulator: TelegramEmulator, account: BotRef
) -> None:
    """The doctor needs no open channel and confirms no update."""
    channel = new_channel(telegram_emulator.url, account.token, SystemClock())

    found = await diagnosis(channel)

    assert found == [
        (Level.OK, f"@Stadtfunk_bot, id {account.id}"),
        (
            Level.OK,
            PRIVATE,
        ),
        (Level.OK, "polling, 0 updates waiting"),
        (Level.OK, "the clock agrees with Telegram's"),
    ]
    assert telegram_emulator.calls("getUpdates") == []


@pytest.mark.parametrize(
    ("skew", "text"),
    [(120, "120 s ahead of"), (-120, "120 s behind"), (-90_000, "90000 s behind")],
)
async def test_a_wrong_clock_is_found(
    telegram_emulator: TelegramEmulator, account: BotRef, skew: int, text: str
) -> None:
    """Reminders come when our clock says so."""
    clock = HandClock(SystemClock().now() + timedelta(seconds=skew))
    channel = new_channel(telegram_emulator.url, account.token, clock)

    level, line = (await diagnosis(channel))[-1]

    assert level is Level.WARN
    assert text.split()[2] in line
    # The machine may be slow between the two readings.
    assert abs(int(line.removeprefix("the clock is ").split()[0]) - abs(skew)) <= 3


async def test_what_privacy_mode_costs_is_told_without_blame(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """An operator who wants ambient answers has no other choice."""
    telegram_emulator.set_privacy(account, on=False)
    channel = new_channel(telegram_emulator.url, account.token, clock)

    level, text = (await diagnosis(channel))[1]

    assert level is Level.OK
    assert text.startswith("privacy mode is off: the bot receives every message of its groups;")
    assert text.endswith("needed only for ambient answers and bridged rooms")


async def test_a_webhook_in_the_way_of_polling_is_found(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """Only its host is shown, for the path is part of the secret."""
    options: dict[str, Any] = {"mode": "webhook", "public_url": "http://127.0.0.1:9"}
    former = new_channel(telegram_emulator.url, account.token, clock, **options)
    await former.open()
    await former.close()

    found = await diagnosis(new_channel(telegram_emulator.url, account.token, clock))

    line = next(text for level, text in found if level is Level.WARN and "webhook" in text)
    assert "at 127.0.0.1" in line
    assert former.webhook_path not in str(found)


async def test_many_waiting_updates_are_worth_a_look(
    telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef, clock: HandClock
) -> None:
    """They pile up when the bot does not run."""
    telegram_emulator.say_many(anna, account, [str(n) for n in range(100)])
    channel = new_channel(telegram_emulator.url, account.token, clock)

    assert (Level.WARN, "polling, 100 updates waiting: is the bot running?") in await diagnosis(
        channel
    )


async def test_the_webhooks_state_is_told(
    telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef
) -> None:
    """Not set, set, failing, and set to somewhere else."""
    clock = HandClock(datetime.fromtimestamp(telegram_emulator.time(), UTC))
    options: dict[str, Any] = {"mode": "webhook", "public_url": "http://127.0.0.1:9"}

    def channel(**changes: Any) -> TelegramChannel:
        return new_channel(telegram_emulator.url, account.token, clock, **(options | changes))

    assert (Level.WARN, "no webhook is set: the bot sets it when it starts") in await diagnosis(
        channel()
    )
    running = channel()
    await running.open()
    assert (Level.OK, "webhook at 127.0.0.1, 0 updates waiting") in await diagnosis(channel())
    elsewhere = await diagnosis(channel(public_url="http://localhost:9"))
    assert any("set to another address" in text for _, text in elsewhere)
    telegram_emulator.say(anna, account, "hallo")
    webhook = telegram_emulator.world.bots[account.id].webhook
    assert webhook is not None
    await until(lambda: webhook.last_error is not None)
    failing = await diagnosis(channel())
    assert any("UTC (Connection refused): check" in text for _, text in failing)
    clock.advance(timedelta(hours=2))
    assert not any("refused" in text for _, text in await diagnosis(channel()))
    await running.close()


async def test_a_wrong_token_is_a_single_line(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """The operator reads the key and nothing else."""
    telegram_emulator.revoke(account)
    channel = new_channel(telegram_emulator.url, account.token, clock)

    assert await diagnosis(channel) == [
        (Level.FAIL, "the token was refused (401): channels.telegram.token")
    ]


async def test_an_unreachable_service_is_a_single_line(account: BotRef, clock: HandClock) -> None:
    """It names the key that says where Telegram is."""
    channel = new_channel("http://127.0.0.1:1", account.token, clock)

    assert await diagnosis(channel) == [
        (
            Level.FAIL,
            "Telegram can't be reached (ClientConnectorError): channels.telegram.base_url",
        )
    ]


async def test_a_probe_leaves_the_webhook_and_the_waiting_updates(
    telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef, clock: HandClock
) -> None:
    """A check with the configuration of polling must not cut off the bot that is called."""
    options: dict[str, Any] = {"mode": "webhook", "public_url": "http://127.0.0.1:9"}
    running = new_channel(telegram_emulator.url, account.token, clock, **options)
    await running.open()
    webhook = telegram_emulator.world.bots[account.id].webhook
    telegram_emulator.say(anna, account, "hallo")
    polling = new_channel(telegram_emulator.url, account.token, clock)
    await polling.probe()
    await polling.close()
    await running.close()

    assert webhook is not None
    assert telegram_emulator.world.bots[account.id].webhook is webhook
    assert telegram_emulator.calls("getUpdates") == []


async def test_a_service_without_a_clock_has_its_line_too() -> None:
    """A proxy may take the Date header away."""
    now = SystemClock().now()

    assert clock_finding(None, now).level is Level.WARN
