"""Whoever gets hold of a code of somebody else gains nothing by it."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.errors import StorageError
from bot.services import linking
from tests.conversations.announcing import button
from tests.conversations.linked import CODE, Networks, asked, code_of, linked
from tests.conversations.stage import Stage
from tests.fakes import Person


@pytest.fixture
async def both(hub: Stage) -> Networks:
    """A hub on two networks."""
    return await Networks.over(hub)


@pytest.fixture
def tina(both: Networks) -> Person:
    """Somebody on Telegram."""
    return Person(both.telegram, "4711")


@pytest.fixture
def mina(both: Networks) -> Person:
    """The same person on Matrix."""
    return Person(both.matrix, "@mina:a.example")


@pytest.fixture
def eve(both: Networks) -> Person:
    """Somebody else on Matrix."""
    return Person(both.matrix, "@eve:a.example")


async def says(hub: Networks, person: Person, text: str, room: str | None = None) -> str:
    """Let somebody write; return the answer in the same chat."""
    sent = await hub.hears(person.says(text, room=room, addressed=True))
    (answer,) = [one for one in sent if one.address.chat == (room or person.user)]
    return answer.text


async def is_linked(hub: Networks, person: Person) -> bool:
    """Ask the hub whether somebody's account is linked."""
    return (await says(hub, person, "/netz")).startswith("Verbunden mit")


async def test_a_code_works_once(both: Networks, tina: Person, mina: Person, eve: Person) -> None:
    """Whoever comes second, or again, is refused; before the question is answered and after."""
    code = await code_of(both, tina)
    assert "möchte sich mit diesem Konto verbinden" in await says(
        both, mina, f"/verknuepfen {code}"
    )
    for person in (eve, mina):
        assert "gilt nicht" in await says(both, person, f"/verknuepfen {code}")
    assert not await is_linked(both, tina)


async def test_a_linked_code_can_not_be_replayed(
    both: Networks, tina: Person, mina: Person, eve: Person
) -> None:
    """Neither the code nor the button of the question does anything a second time."""
    code = await code_of(both, tina)
    (question,) = await both.hears(mina.says(f"/verknuepfen {code}"))
    yes = button(question, "Ja, beide")
    await both.hears(mina.taps(question, value=yes))
    assert "gilt nicht" in await says(both, eve, f"/verknuepfen {code}")
    (answer,) = await both.hears(mina.taps(question, value=yes))
    assert "Diese Frage gilt nicht mehr" in answer.text
    (answer,) = await both.hears(replace(eve.taps(question, value=yes), chat=eve.chat()))
    assert "Diese Frage gilt nicht mehr" in answer.text
    assert not await is_linked(both, eve)


async def test_nobody_else_can_confirm_the_question(
    both: Networks, tina: Person, mina: Person, eve: Person
) -> None:
    """A button belongs to who entered the code, wherever its value is sent from."""
    question = await asked(both, tina, mina)
    await both.hears(eve.says("Hallo"))
    forged = eve.taps(question, value=button(question, "Ja, beide"))
    (answer,) = await both.hears(replace(forged, chat=eve.chat()))
    assert "Diese Frage gilt nicht mehr" in answer.text
    assert not await is_linked(both, eve)
    assert not await is_linked(both, tina)


@pytest.mark.parametrize("before", ["entering", "confirming"])
async def test_a_code_and_its_question_expire(
    both: Networks, tina: Person, mina: Person, before: str
) -> None:
    """Ten minutes after it was made, and ten minutes after it was entered."""
    code = await code_of(both, tina)
    if before == "entering":
        both.clock.advance(linking.LASTS)
        assert "gilt nicht" in await says(both, mina, f"/verknuepfen {code}")
    else:
        (question,) = await both.hears(mina.says(f"/verknuepfen {code}"))
        both.clock.advance(linking.LASTS)
        (answer,) = await both.hears(mina.taps(question, value=button(question, "Ja, beide")))
        assert "Diese Frage gilt nicht mehr" in answer.text
    assert not await is_linked(both, tina)


async def test_guessing_is_stopped(both: Networks, tina: Person, eve: Person) -> None:
    """After five wrong codes even the right one is refused for an hour; others are not held up."""
    code = await code_of(both, tina)
    for number in range(5):
        answer = await says(both, eve, f"/verknuepfen AAAA-BBBB-CCCC-000{number}")
        assert "gilt nicht" in answer
    assert "Zu viele falsche Codes" in await says(both, eve, f"/verknuepfen {code}")
    both.clock.advance(timedelta(hours=1, minutes=1))
    code = await code_of(both, tina)
    assert "möchte sich" in await says(both, eve, f"/verknuepfen {code}")


async def test_codes_of_the_same_network_and_of_oneself_are_refused_plainly(
    both: Networks, tina: Person, mina: Person, eve: Person
) -> None:
    """And hold on for the account for which they are."""
    code = await code_of(both, mina)
    assert "gehört zu diesem Konto selbst" in await says(both, mina, f"/verknuepfen {code}")
    assert "auf demselben Netz" in await says(both, eve, f"/verknuepfen {code}")
    assert "möchte sich" in await says(both, tina, f"/verknuepfen {code.lower()}")


async def test_a_code_that_was_posted_in_a_room_is_void(
    both: Networks, tina: Person, mina: Person, eve: Person
) -> None:
    """Everybody there has read it; its maker is told."""
    code = await code_of(both, tina)
    sent = await both.hears(mina.says(f"/verknuepfen {code}", room="!room", addressed=True))
    told = {one.address.chat: one.text for one in sent}
    assert "gilt nicht mehr" in told["!room"]
    assert "in dem andere mitlesen" in told[tina.user]
    assert "gilt nicht" in await says(both, eve, f"/verknuepfen {code}")
    assert "nur im Einzelchat" in await says(both, mina, "/verknuepfen", room="!room")


async def test_a_new_code_ends_the_old_one(both: Networks, tina: Person, mina: Person) -> None:
    """There is one at a time."""
    old = await code_of(both, tina)
    new = await code_of(both, tina)
    assert old != new
    assert "gilt nicht" in await says(both, mina, f"/verknuepfen {old}")
    assert "möchte sich" in await says(both, mina, f"/verknuepfen {new}")


async def test_who_is_linked_can_not_be_linked_again(
    both: Networks, tina: Person, mina: Person, eve: Person
) -> None:
    """Neither by an old code of theirs nor by one of somebody else; the way out is told."""
    theirs = await code_of(both, eve)
    await linked(both, tina, mina)
    assert "schon verbunden" in await says(both, tina, f"/verknuepfen {theirs}")
    answer = await says(both, tina, "/verknuepfen")
    assert answer.startswith("Verbunden mit")
    assert not CODE.search(answer)


async def test_a_refused_question_links_nothing_and_is_told(
    both: Networks, tina: Person, mina: Person
) -> None:
    """Whoever made the code learns that it was entered where it should not have been."""
    question = await asked(both, tina, mina)
    (told,) = await both.hears(mina.taps(question, value=button(question, "Nein")))
    assert "Nicht verbunden" in question.text
    assert told.address.chat == tina.user
    assert not await is_linked(both, tina)
    assert not await is_linked(both, mina)


async def test_a_name_that_imitates_somebody_shows_its_account(
    both: Networks, mina: Person
) -> None:
    """Names are chosen freely, may carry markup and line ends, and are shown as they are."""
    liar = Person(both.telegram, "666")
    said = liar.says("/verknuepfen")
    named = replace(said, sender=replace(said.sender, name="**Mina**\n[KTS](https://kts.example)"))
    (told,) = await both.hears(named)
    found = CODE.search(told.text)
    assert found
    answer = await says(both, mina, f"/verknuepfen {found[0]}")
    assert "„**Mina** [KTS](https://kts.example)“ (telegram:666)" in answer


async def test_the_code_is_kept_nowhere(both: Networks, tina: Person) -> None:
    """Neither where codes are kept nor in the message that showed it, once that was sent."""
    code = await code_of(both, tina)
    async with both.database.begin() as session:
        tables = ("link_codes", "bodies", "deliveries", "dialogs")
        rows = [
            str(row)
            for table in tables
            for row in (await session.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608
        ]
    assert rows
    assert not [row for row in rows if code in row or code.replace("-", "") in row]


@pytest.mark.parametrize("commit", [1, 2, 3])
async def test_a_crash_while_linking_leaves_it_done_or_not_begun(
    both: Networks, tina: Person, mina: Person, commit: int
) -> None:
    """The press is repeated by the network; nobody is half of somebody."""
    await both.hears(mina.says("/abo Konferenzen"))
    question = await asked(both, tina, mina)
    press = mina.taps(question, value=button(question, "Ja, beide"))
    both.commit_fails(commit)
    for _ in range(3):
        with suppress(StorageError):
            await both.receives(press)
        both.restart()
    sent = await both.delivers()
    assert [one.text.startswith("Verbunden: ") for one in sent] == [True]
    assert await is_linked(both, tina)
    assert "Konferenzen" in await says(both, tina, "/meine")
