"""Two bots on Telegram and two accounts on Matrix, all of one hub."""

from pathlib import Path

from bot.clock import SystemClock
from tests.acceptance.city import answered
from tests.acceptance.places import ClearRoom, Place, TelegramChat, until
from tests.servers.hub import hub_in_process
from tests.servers.synapse import Synapse
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process

FIRST, WEST = (
    "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "4712:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB",
)
ASKED = "Was ist die KTS?"
ANSWER = "Koordinierungs- und Transferstelle"
Keys = dict[str, str | int]


async def test_each_account_answers_in_its_own_chats(homeserver: Synapse, tmp_path: Path) -> None:
    """Also after a power cut; and who is an admin is one for each bot of the hub."""
    users = [await homeserver.register(name, "secret") for name in ("hub", "hub-north")]
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now) as telegram:
        bots = [await telegram.bot(token) for token in (FIRST, WEST)]
        anna = await telegram.user("Anna", language_code="de")
        wanda = await telegram.user("Wanda", language_code="de")
        channels = {
            "telegram": on_telegram(telegram, FIRST),
            "telegram.accounts.west": on_telegram(telegram, WEST),
            "matrix": on_matrix(homeserver, users[0].user_id),
            "matrix.accounts.north": on_matrix(homeserver, users[1].user_id),
        }
        admins = f'admins = ["telegram:{wanda.id}"]\n'
        async with hub_in_process(tmp_path, channels, more=admins) as (hub, tasks):
            await hub.start(tasks)
            rooms = [await room(homeserver, f"member{n}", users[n].user_id) for n in range(2)]
            chats: list[Place] = [
                TelegramChat(telegram, bots[0], anna),
                TelegramChat(telegram, bots[1], wanda),
                *rooms,
            ]
            for chat in chats:
                await chat.say(ASKED)
                await answered(chat, 1)
            await hub.kill()
            for chat in chats:
                await chat.say(ASKED)
            await hub.start(tasks)
            for chat in chats:
                await answered(chat, 2)
            await chats[1].say("/rollen")
            await answered(chats[1], 3)
            assert await hub.stop() == 0
        for chat in chats:
            heard = [message.text for message in await chat.heard()]
            assert [ANSWER in text for text in heard[:2]] == [True, True]
        assert "Admin" in (await chats[1].heard())[-1].text
        assert (tmp_path / "data" / "matrix" / "north").is_dir()


def on_telegram(telegram: TelegramProcess, token: str) -> Keys:
    return {"token": token, "base_url": telegram.url, "poll_timeout": 1}


def on_matrix(homeserver: Synapse, user: str) -> Keys:
    return {
        "homeserver": homeserver.url,
        "user_id": user,
        "password": "secret",
        "sync_timeout": 2,
    }


async def room(homeserver: Synapse, name: str, bot: str) -> ClearRoom:
    """Return the direct chat of somebody new on Matrix with one of the accounts."""
    account = await homeserver.register(name, "secret")
    found = await ClearRoom.create(homeserver, account, bot, direct=True)
    await until(found.joined, within=60, what=f"the bot in {found.name}")
    return found
