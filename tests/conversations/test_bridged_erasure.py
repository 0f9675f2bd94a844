"""What is left of somebody's words in connected rooms once they are erased: nothing."""

from tests.conversations.bridging import connect, says
from tests.conversations.erasing import button, cleaned, left_in_rows
from tests.conversations.stage import Stage
from tests.conversations.test_bridges import edited, moderators
from tests.fakes import Person

__all__ = ["moderators"]

WORD = "Quittenmus"


async def test_nothing_that_was_mirrored_is_kept(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """Neither what was edited when its copy stood there, nor when that still waited."""
    await connect(hub, anna, bert)
    (asked,) = await hub.hears(carla.says("/loeschen_alles"))
    sent = says(carla, f"{WORD} eins")
    await hub.hears(sent)
    await hub.hears(edited(carla, sent, f"{WORD} zwei"))
    await hub.receives(edited(carla, sent, f"{WORD} drei"))
    waiting = says(carla, f"{WORD} vier")
    await hub.receives(waiting)
    await hub.receives(edited(carla, waiting, f"{WORD} fünf"))
    assert await left_in_rows(hub, [WORD])
    await hub.hears(carla.taps(asked, value=button(asked, "Ja, alles")))
    await cleaned(hub)
    assert await left_in_rows(hub, [WORD]) == []


async def test_a_change_that_waits_leaves_no_earlier_words_behind(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """Nobody needs them, so they are not kept until old messages are forgotten."""
    await connect(hub, anna, bert)
    waiting = says(carla, f"{WORD} eins")
    await hub.receives(waiting)
    await hub.receives(edited(carla, waiting, "Apfel"))
    assert await left_in_rows(hub, [WORD]) == []
