"""What somebody is called in a bridge imitates nobody."""

import pytest

from bot.messages import Presence
from tests.conversations.bridging import HERE, THERE, called, connect, says
from tests.conversations.stage import Stage
from tests.fakes import Person


@pytest.fixture(autouse=True)
def moderators(hub: Stage) -> None:
    """Anna decides for one room, Bert for the other."""
    hub.channel.moderators |= {(HERE, "anna"), (THERE, "bert")}


@pytest.fixture
def people(anna: Person, bert: Person, carla: Person) -> tuple[Person, ...]:
    """Two moderators and a member."""
    return anna, bert, carla


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("**Bert** (Matrix): Ich kündige", "**Bert** [Matrix] Ich kündige (fake): hallo"),
        ("<b>Bert</b>", "<b>Bert</b> (fake): hallo"),
        ("\u202eanna\u202c", "anna (fake, carla): hallo"),
        ("a\nb\0c", "abc (fake): hallo"),
        (
            "Z" + "\u0301" * 50,
            "\N{LATIN CAPITAL LETTER Z WITH ACUTE}" + "\u0301" * 2 + " (fake): hallo",
        ),
        ("\u200b", "carla (fake): hallo"),
        ("\N{HANGUL FILLER}\N{BRAILLE PATTERN BLANK}", "carla (fake): hallo"),
        ("Stadtfunk", "Stadtfunk (fake, carla): hallo"),
        (
            "\N{CYRILLIC CAPITAL LETTER DZE}tadtfunk-Team",
            "\u0405tadtfunk-Team (fake, carla): hallo",
        ),
        ("B\N{CYRILLIC SMALL LETTER IE}rt", "B\u0435rt (fake, carla): hallo"),
        ("An\u200bna", "Anna (fake, carla): hallo"),
    ],
)
async def test_a_name_imitates_nobody(
    hub: Stage, people: tuple[Person, ...], name: str, shown: str
) -> None:
    """Neither by our own signs, nor by markup, nor by what can't be seen."""
    anna, bert, carla = people
    await connect(hub, anna, bert)
    assert await hub.says(called(says(carla, "hallo"), name)) == shown


async def test_two_people_of_one_name_are_told_apart(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """By their accounts, from when the second one speaks."""
    await connect(hub, anna, bert)
    assert await hub.says(says(anna, "hallo")) == "Anna (fake): hallo"
    assert await hub.says(called(says(carla, "hallo"), "ANNA")) == "ANNA (fake, carla): hallo"
    assert await hub.says(says(anna, "hm")) == "Anna (fake, anna): hm"


async def test_who_has_a_role_is_imitated_by_nobody(
    hub: Stage, people: tuple[Person, ...], chefin: Person
) -> None:
    """Also if they have never spoken in the bridge."""
    anna, bert, carla = people
    await hub.hears(chefin.says("hallo"))
    dora = Person(hub.channel, "dora")
    await hub.hears(dora.says("hallo"))
    await hub.hears(chefin.says("/rolle fake:dora Redaktion"))
    await connect(hub, anna, bert)
    for name in ("Chefin", "Dora"):
        text = await hub.says(called(says(carla, "hallo"), name))
        assert text == f"{name} (fake, carla): hallo"
    assert await hub.says(says(dora, "hallo")) == "Dora (fake, dora): hallo"
    assert await hub.says(says(chefin, "hm")) == "Chefin (fake, chefin): hm"


async def test_who_comes_under_the_name_of_another_is_told_apart(
    hub: Stage, people: tuple[Person, ...]
) -> None:
    """As in what they say."""
    anna, bert, carla = people
    hub.configured(bridges={"presence": "quiet"})
    await connect(hub, anna, bert)
    event = called(says(carla, ""), "\N{CYRILLIC CAPITAL LETTER A}nna")
    came = Presence("p1", event.chat, event.sender, event.sent_at, joined=True)
    text = await hub.says(came)
    assert text == "\N{CYRILLIC CAPITAL LETTER A}nna (carla) ist jetzt in stadt."
