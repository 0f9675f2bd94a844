"""A hub is lost and put back from a backup of some time ago, on real networks."""

import asyncio
import shutil
import sys
from collections import Counter
from pathlib import Path

import pyrage
import pytest

from bot.clock import SystemClock
from tests.servers.hub import ROOT, HubProcess, hub_in_process
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process
from tests.servers.telegram.views import UserRef

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


async def stadtfunk(*arguments: str | Path) -> str:
    """Run the command and return what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *map(str, arguments), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def backed_up(directory: Path) -> Path:
    """Back up the hub in *directory*, which may run."""
    identity = pyrage.x25519.Identity.generate()
    (directory / "identity").write_text(str(identity))
    file, config = directory / "backup", directory / "config.toml"
    recipient = str(identity.to_public())
    await stadtfunk("backup", file, "--config", config, "--recipient", recipient)
    return file


async def restored(directory: Path, file: Path) -> str:
    """Lose all data of a hub that was killed, and restore them."""
    shutil.rmtree(directory / "data")
    config, identity = directory / "config.toml", directory / "identity"
    return await stadtfunk("restore", file, "--config", config, "--identity", identity)


async def said(telegram: TelegramProcess, person: UserRef, bot: int) -> list[str]:
    """Return the bot's messages in a private chat."""
    history = await telegram.chat_history(person)
    return [message.text or "" for message in history if message.sender_id == bot]


async def heard(telegram: TelegramProcess, person: UserRef, bot: int, number: int) -> list[str]:
    """Wait until the bot has said so many things."""
    async with asyncio.timeout(60):
        while len(await said(telegram, person, bot)) < number:
            await asyncio.sleep(0.05)
    return await said(telegram, person, bot)


async def test_on_telegram_nothing_is_answered_or_sent_twice(tmp_path: Path) -> None:
    """And what people had subscribed to is there again."""
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now) as telegram:
        bot = await telegram.bot(TOKEN)
        anna, bert = await telegram.users(2)
        channels: dict[str, dict[str, str | int]] = {
            "telegram": {"token": TOKEN, "poll_timeout": 2, "base_url": telegram.url}
        }
        async with hub_in_process(tmp_path, channels) as (hub, tasks):
            await hub.start(tasks)
            await telegram.say(anna, bot, "/abo Förderfristen")
            await heard(telegram, anna, bot.id, 1)
            await telegram.say(bert, bot, "Was ist die KTS?")
            await heard(telegram, bert, bot.id, 1)
            file = await backed_up(tmp_path)

            await telegram.say(bert, bot, "Wie hoch ist die Förderquote?")
            await heard(telegram, bert, bot.id, 2)
            await hub.kill()
            await restored(tmp_path, file)
            await hub.start(tasks)
            await telegram.say(anna, bot, "/meine")
            annas = await heard(telegram, anna, bot.id, 2)
            await asyncio.sleep(1)
            berts = await said(telegram, bert, bot.id)
            assert await hub.stop() == 0

    assert "Förderfristen" in annas[-1]
    assert len(annas) == 2
    assert len(berts) == 2, "neither answer came again"


@pytest.mark.timeout(420)
async def test_in_an_encrypted_room_it_reads_and_writes_again(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """What was asked after the backup is not answered a second time; what is asked now is.

    The room's key was made after the backup, so the old device of the hub would never get it.
    """
    bot = await homeserver.register("hub-that-is-lost", "secret")
    await homeserver.register("anna-who-asks-on", "secret")
    settings: dict[str, str | int] = {
        "homeserver": homeserver.url, "user_id": bot.user_id, "password": "secret",
        "sync_timeout": 2,
    }  # fmt: skip
    user = f"@anna-who-asks-on:{homeserver.server_name}"
    async with (
        Member.login(homeserver.url, user, "secret") as anna,
        hub_in_process(tmp_path, {"matrix": settings}) as (hub, tasks),
    ):
        await hub.start(tasks)
        old = await anna.create_room(encrypted=True, invite=[bot.user_id])
        await anna.wait_for(lambda one: one.room == old and "Hier antwortet" in one.body)
        file = await backed_up(tmp_path)

        room = await anna.create_room(encrypted=True, invite=[bot.user_id])
        await anna.wait_for(lambda one: one.room == room and "Hier antwortet" in one.body)
        asked = [await ask(anna, one, bot, "Was ist die KTS?") for one in (old, room)]
        await answered(anna, asked)
        device = await lost_and_found(hub, tasks, tmp_path, file)
        # Before that its client would share no key with it.
        await anna.wait_until_trusted(bot.user_id, device)
        asked += [
            await ask(anna, one, bot, "Wie hoch ist die Förderquote?") for one in (old, room)
        ]
        await answered(anna, asked)
        await asyncio.sleep(1)
        assert await hub.stop() == 0
        heard = [*anna.history(old), *anna.history(room)]

    replies = [one for one in heard if one.sender == bot.user_id]
    greetings = [one for one in replies if "Hier antwortet" in one.body]
    answers = Counter(one.relates_to.get("m.in_reply_to", {}).get("event_id") for one in replies)
    answers.pop(None, None)
    assert answers == Counter(asked), "each question has one answer"
    assert len(greetings) == 2, "no room was greeted again"
    assert all(one.encrypted and one.trusted for one in replies)
    assert anna.undecrypted == []


async def lost_and_found(
    hub: HubProcess, tasks: asyncio.TaskGroup, directory: Path, file: Path
) -> str:
    """Kill the hub, lose its data, restore them, start it, and return its new device."""
    await hub.kill()
    await restored(directory, file)
    seen = len(hub.logs)
    await hub.start(tasks)
    login = await hub.logged("matrix.logged_in", after=seen)
    await hub.logged("matrix.keys_uploaded", after=seen)
    return str(login["device"])


async def ask(anna: Member, room: str, bot: Account, text: str) -> str:
    """Ask the bot in a room and return the question's id."""
    return await anna.say(room, text, mention=[bot.user_id])


async def answered(anna: Member, questions: list[str]) -> None:
    """Wait until each question has an answer that its author can read."""
    for question in questions:
        await anna.wait_for(
            lambda message, question=question: (  # type: ignore[misc] # bound now
                message.relates_to is not None
                and message.relates_to.get("m.in_reply_to", {}).get("event_id") == question
            ),
            timeout=60,
        )
