"""Admins give roles in chat; whoever is concerned is told."""

from dataclasses import replace

import pytest

from bot.messages import Address, Change, Chat, ChatKind, Sender
from bot.services import roles
from bot.services.members import Role
from bot.services.roles import Reachable
from tests.conversations.stage import Stage
from tests.fakes import Person

GIVE = "/rolle fake:anna Redaktion"
DIRECT = Chat(Address("fake", "!direct"), ChatKind.DIRECT)
"""A direct chat whose id is not its person's, as on Matrix."""


async def test_everybody_sees_their_account_and_roles(hub: Stage, anna: Person) -> None:
    """That is what an admin has to be told to give one a role."""
    assert await hub.says(anna.says("/rollen")) == "Konto: fake:anna · Rollen: keine"
    anna.language = "en"
    assert await hub.says(anna.says("/roles")) == "Account: fake:anna · Roles: none"


async def test_a_role_works_at_once_and_its_holder_is_told(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """In their own language, in their direct chat."""
    anna.language = "en"
    assert "The team keeps" in await hub.says(anna.says("/termin neu X; 1.3.2027"))
    said = await hub.hears(chefin.says(GIVE))
    assert {one.address.chat: one.text for one in said} == {
        "chefin": "fake:anna hat jetzt die Rolle Redaktion.",
        "anna": "A new role for this account: editor. The command “help” shows what it allows.",
    }
    assert (await hub.says(anna.says("/termin neu X; 1.3.2027"))).startswith("Please check")
    assert await hub.says(anna.says("/rollen")) == "Account: fake:anna · Roles: editor"


async def test_a_role_can_be_taken_again(hub: Stage, anna: Person, chefin: Person) -> None:
    """And is gone at once."""
    await hub.hears(anna.says("/start"))
    await hub.hears(chefin.says(GIVE))
    said = await hub.hears(chefin.says("/role revoke fake:anna editor"))
    assert {one.address.chat: one.text.partition(".")[0] for one in said} == {
        "chefin": "fake:anna hat die Rolle Redaktion nicht mehr",
        "anna": "Die Rolle Redaktion gilt für dieses Konto nicht mehr",
    }
    assert "pflegt das Team" in await hub.says(anna.says("/termin neu X; 1.3.2027"))


@pytest.mark.parametrize(
    ("typed", "role"),
    [
        ("fake:anna Ankündigungen", "Ankündigungen"),
        ("fake:anna announcer", "Ankündigungen"),
        ("Anna freigabe", "Freigabe"),
        ("anna APPROVER", "Freigabe"),
        ("FAKE:anna editor", "Redaktion"),
    ],
)
async def test_accounts_and_roles_are_read_as_they_are_written(
    hub: Stage, anna: Person, chefin: Person, typed: str, role: str
) -> None:
    """In both languages; a name is enough where only one person has it."""
    await hub.hears(anna.says("/start"))
    await hub.receives(chefin.says(f"/rolle {typed}"))
    said = {one.text for one in await hub.delivers()}
    assert f"fake:anna hat jetzt die Rolle {role}." in said


@pytest.mark.parametrize("typed", ["@anna:example.org", "matrix:@anna:example.org"])
async def test_people_on_matrix_are_named_by_their_address(
    hub: Stage, chefin: Person, typed: str
) -> None:
    """As Matrix writes it, with and without the network."""
    hub.channel.name = "matrix"
    matrix = Person(hub.channel, "@anna:example.org")
    await hub.hears(matrix.says("/start"))
    hub.channel.name = "fake"
    text = await hub.says(chefin.says(f"/rolle {typed} Redaktion"))
    assert text == "matrix:@anna:example.org hat jetzt die Rolle Redaktion."
    hub.channel.name = "matrix"
    (told,) = await hub.delivers()
    assert told.text.startswith("Neue Rolle für dieses Konto: Redaktion.")


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", "So geht es: /rolle telegram:4711 Redaktion."),
        ("fake:anna", "So geht es: /rolle telegram:4711 Redaktion."),
        ("entziehen", "So geht es: /rolle telegram:4711 Redaktion."),
        ("fake:anna Redation", "„Redation“ ist keine Rolle. Gemeint: Redaktion?"),
        ("fake:anna ankuendigunen", "„ankuendigunen“ ist keine Rolle. Gemeint: Ankündigungen?"),
        ("fake:anna Kaiser", "„Kaiser“ ist keine Rolle. Es gibt Redaktion,"),
        ("fake:anna admin", "„admin“ ist keine Rolle. Es gibt Redaktion,"),
        ("fake:niemand Redaktion", "„fake:niemand“ kennt der Bot nicht. Diese Person muss"),
        ("@wer Redaktion", "„@wer“ kennt der Bot nicht. Diese Person muss dem Bot einmal"),
        ("entziehen fake:anna Freigabe", "fake:anna hat diese Rolle nicht."),
    ],
)
async def test_what_cannot_be_done_is_refused_with_the_way_out(
    hub: Stage, anna: Person, chefin: Person, typed: str, refusal: str
) -> None:
    """One plain sentence, and nothing is written down."""
    await hub.hears(anna.says("/start"))
    assert (await hub.says(chefin.says(f"/rolle {typed}"))).startswith(refusal)
    assert not {"grants", "audit"} & (await hub.rows()).keys()


async def test_a_name_that_two_have_is_not_enough(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Anybody may call themselves anything, so the accounts are shown."""
    await hub.hears(anna.says("/start"))
    namesake = Sender(bert.sender.identity, "anna")
    await hub.hears(replace(bert.says("/start"), sender=namesake))
    text = await hub.says(chefin.says("/rolle Anna Redaktion"))
    assert text == (
        "„Anna“ heißen mehrere: fake:anna, fake:bert. Bitte das Konto statt des Namens schreiben."
    )


async def test_a_role_that_somebody_has_is_not_given_twice(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Nobody is told again."""
    await hub.hears(anna.says("/start"))
    await hub.hears(chefin.says(GIVE))
    text = await hub.says(chefin.says(GIVE))
    assert text == "fake:anna hat diese Rolle schon. Es bleibt dabei."


async def test_only_admins_give_roles(hub: Stage, anna: Person, chefin: Person) -> None:
    """Not even somebody who has them all."""
    await hub.hears(anna.says("/start"))
    for role in ("editor", "announcer", "approver"):
        await hub.hears(chefin.says(f"/role fake:anna {role}"))
    assert (await hub.says(anna.says("/rolle fake:anna editor"))).startswith(
        "Das dürfen nur Admins."
    )


async def test_who_never_wrote_alone_to_the_bot_is_not_told_and_the_admin_knows(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """The role holds all the same."""
    await hub.hears(anna.says("/start", room="stadt", addressed=True))
    text = await hub.says(chefin.says(GIVE))
    assert text == (
        "fake:anna hat jetzt die Rolle Redaktion.\n\n"
        "Im direkten Chat erreicht der Bot diese Person gerade nicht. Bitte selbst Bescheid geben."
    )


async def test_admins_see_who_has_which_role_when_alone_with_the_bot(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """In a room the accounts of others are nobody's business."""
    assert await hub.says(chefin.says("/rollen")) == (
        "Konto: fake:chefin · Rollen: Admin\n\nBisher wurde niemandem eine Rolle gegeben.\n\n"
        "Eine Rolle geben: /rolle telegram:4711 Redaktion"
    )
    await hub.hears(anna.says("/start"))
    await hub.hears(chefin.says("/rolle fake:anna freigabe"))
    await hub.hears(chefin.says(GIVE))
    assert await hub.says(chefin.says("/rollen")) == (
        "Konto: fake:chefin · Rollen: Admin\n\nWer eine Rolle hat\n\n"
        "- Anna (fake:anna): Redaktion, Freigabe\n\n"
        "Eine Rolle geben: /rolle telegram:4711 Redaktion"
    )
    in_room = await hub.says(chefin.says("/rollen", room="stadt", addressed=True))
    assert in_room == "Konto: fake:chefin · Rollen: Admin"


async def test_holders_and_admins_are_reached_where_they_wrote_last(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """As long as the bot can write there; on Matrix the room's id is not the person's."""
    for person in (anna, bert, chefin):
        await hub.hears(person.says("/start"))
    anna.language = "en"
    await hub.hears(chefin.says(GIVE))
    await hub.hears(replace(anna.says("/start"), chat=DIRECT))

    async def found(*wanted: Role) -> list[Reachable]:
        async with hub.database.begin() as session:
            return await roles.reachable(session, roles=wanted, settings=hub.settings)

    async with hub.database.begin() as session:
        (holder,) = await roles.holders(session, Role.EDITOR)
        assert await roles.holders(session, Role.APPROVER) == []
    member = holder.member_id
    reached = await found(Role.EDITOR, Role.APPROVER)
    assert Reachable(member, Address("fake", "!direct"), "en") in reached
    assert {one.address.chat for one in reached} == {"!direct", "chefin"}
    assert [one.address.chat for one in await found(Role.APPROVER)] == ["chefin"]
    assert [one.address.chat for one in await found()] == ["chefin"]
    await hub.hears(replace(anna.changes("x", Change.LEFT), chat=DIRECT))
    assert [one.address.chat for one in await found(Role.EDITOR)] == ["chefin"]
    await hub.hears(anna.says("/start"))
    assert {one.address.chat for one in await found(Role.EDITOR)} == {"anna", "chefin"}


async def test_an_invitation_is_enough_to_be_reached(hub: Stage, chefin: Person) -> None:
    """On Matrix an admin opens the direct room before the first word."""
    await hub.hears(replace(chefin.changes("x", Change.JOINED), chat=DIRECT))
    async with hub.database.begin() as session:
        (one,) = await roles.reachable(session, roles=[], settings=hub.settings)
    assert one.address.chat == "!direct"
