"""A hub that was restored: what people said before that is not answered again."""

from datetime import timedelta

from bot.messages import Change, ChatChange
from bot.services import restored
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person


async def restore(hub: Stage) -> None:
    """Let the hub be one that was restored a minute ago, and begin anew."""
    async with hub.database.begin() as session:
        await restored.settle(session, resend=False, now=hub.clock.now())
    hub.clock.advance(timedelta(minutes=1))
    hub.restart()


async def test_what_was_asked_before_is_not_answered_again(hub: Stage, anna: Person) -> None:
    """The hub that was lost may have answered it; what is asked now is answered."""
    await restore(hub)
    assert await hub.hears(anna.says(SURE, age=timedelta(minutes=2))) == []
    assert len(await hub.hears(anna.says(SURE))) == 1


async def test_stop_is_obeyed_without_a_second_answer(hub: Stage, anna: Person) -> None:
    """Who ended everything after the backup hears nothing of it again."""
    await hub.says(anna.says("/abo Förderfristen"))
    await restore(hub)
    assert await hub.hears(anna.says("/stopp", age=timedelta(minutes=2))) == []
    assert "Förderfristen" not in await hub.says(anna.says("/meine"))


async def test_a_chat_that_was_greeted_is_not_greeted_again(hub: Stage, anna: Person) -> None:
    await restore(hub)
    room = anna.chat("room")
    earlier = hub.clock.now() - timedelta(minutes=2)
    assert await hub.hears(ChatChange("join-1", room, Change.JOINED, earlier)) == []


async def test_what_waited_at_the_backup_is_not_sent(hub: Stage, anna: Person) -> None:
    await hub.receives(anna.says(SURE))
    await restore(hub)
    assert await hub.delivers() == []
