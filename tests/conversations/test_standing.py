"""Who decides for a room: the network is asked, quickly, seldom and before the transaction."""

from datetime import timedelta

import pytest

from bot.app import ROUTERS
from bot.dispatch import standing
from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.errors import ChannelDownError, ChannelUnavailableError
from bot.messages import Address, Identity
from bot.services.members import Role
from bot.text.document import Button, Document
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

ONLY = "Das dürfen hier nur Moderatoren. Im Einzelchat mit dem Bot geht es für alle."
LATER = (
    "Gerade lässt sich nicht feststellen, wer hier moderiert. "
    "Bitte in einer Minute noch einmal versuchen."
)
router = Router()


@router.command(de="tafel", en="board", about="command-help", role=Role.MODERATOR)
async def board(_command: Command, _context: Context) -> Reply:
    """Show a button."""
    return Document.of("Tafel").with_buttons([Button(label="Wischen", value="wipe:all")])


@router.button("wipe", role=Role.MODERATOR)
async def wipe(_rest: str, _context: Context) -> Reply:
    """Change the message."""
    return Edit(Document.of("Leer"))


@pytest.fixture
def hub(hub: Stage) -> Stage:
    """A hub with a command and a button for moderators."""
    hub.routed(*ROUTERS, router)
    return hub


async def shown(hub: Stage, person: Person) -> Sent:
    hub.channel.moderators.add(("stadt", person.user))
    (sent,) = await hub.hears(person.says("/tafel", room="stadt", addressed=True))
    assert sent.text.startswith("Tafel")
    return sent


async def test_in_a_room_only_moderators_may(hub: Stage, anna: Person, bert: Person) -> None:
    """Others are told who may, and where they can do it."""
    await shown(hub, anna)
    assert await hub.says(bert.says("/tafel", room="stadt", addressed=True)) == ONLY


async def test_alone_with_the_bot_everybody_decides(hub: Stage, bert: Person) -> None:
    """The network is not even asked."""
    assert (await hub.says(bert.says("/tafel"))).startswith("Tafel")
    assert hub.channel.asked == []


async def test_admins_of_the_hub_decide_everywhere(hub: Stage, chefin: Person) -> None:
    """Also where the network knows nothing of them."""
    hub.channel.standing_failure = ChannelUnavailableError("away")
    text = await hub.says(chefin.says("/tafel", room="stadt", addressed=True))
    assert text.startswith("Tafel")


async def test_buttons_of_moderators_are_for_moderators(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """By value, by number and typed; a refusal changes nothing."""
    sent = await shown(hub, anna)
    for press in (
        bert.taps(sent, value="wipe:all"),
        bert.taps(sent, number=1),
        bert.says("1", room="stadt", addressed=True, reply_to=sent.message),
    ):
        assert await hub.says(press) == ONLY
    assert sent.text.startswith("Tafel")
    await hub.hears(anna.taps(sent, number=1))
    assert sent.text == "Leer"


@pytest.mark.parametrize("error", [ChannelUnavailableError("away"), ChannelDownError("no")])
async def test_a_network_that_does_not_say_is_asked_again(
    hub: Stage, anna: Person, error: ChannelUnavailableError
) -> None:
    """A failure is neither yes nor no."""
    hub.channel.standing_failure = error
    assert await hub.says(anna.says("/tafel", room="stadt", addressed=True)) == LATER
    hub.channel.standing_failure = None
    await shown(hub, anna)


async def test_a_network_that_takes_too_long_is_not_waited_for(
    hub: Stage, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others want to be heard."""
    monkeypatch.setattr(standing, "PATIENCE", timedelta(0))
    assert await hub.says(anna.says("/tafel", room="stadt", addressed=True)) == LATER


async def test_the_network_is_asked_once_a_minute(hub: Stage, anna: Person) -> None:
    """Who loses the power keeps it for a minute at most."""
    await shown(hub, anna)
    await hub.hears(anna.says("/tafel", room="stadt", addressed=True))
    assert hub.channel.asked == [("stadt", "anna")]
    hub.channel.moderators.clear()
    hub.clock.advance(timedelta(minutes=1))
    assert await hub.says(anna.says("/tafel", room="stadt", addressed=True)) == ONLY


async def test_the_network_is_asked_for_nothing_else(hub: Stage, anna: Person) -> None:
    """Questions, talk and other commands need no power."""
    for text in ("Was ist die KTS?", "/start", "5", "/qwxyz"):
        await hub.hears(anna.says(text, room="stadt", addressed=True))
    await hub.hears(anna.says("/tafel", room="stadt"))
    assert hub.channel.asked == []


async def test_a_slip_is_put_right_only_for_those_who_may(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Whoever moderates reads the command that was meant; others are not led to a refusal."""
    hub.channel.moderators.add(("stadt", "anna"))
    text = await hub.says(anna.says("/tafell", room="stadt", addressed=True))
    assert text.startswith("/tafell gibt es nicht. Gemeint: /tafel?")
    assert await hub.hears(bert.says("/tafell", room="stadt", addressed=True)) == []


async def test_many_rooms_are_remembered_but_not_all(
    hub: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory has a bound."""
    monkeypatch.setattr(standing, "_REMEMBERED", 2)
    asking = standing.Standings(hub.channel.is_moderator, hub.clock)
    for room in ("a", "b", "c", "c", "a"):
        await asking.of(Identity("fake", "anna"), Address("fake", room))
    assert [room for room, _ in hub.channel.asked] == ["a", "b", "c", "a"]
