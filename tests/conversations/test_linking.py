"""Who is on both networks is one person: told once, and on the other where the one fails."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.delivery import outbox
from bot.errors import MessageRejectedError, RecipientGoneError, TemporaryDeliveryError
from bot.messages import Change
from bot.storage.link_models import Link
from bot.storage.models import Body, ChatRow, Delivery, IdentityRow
from bot.text.document import Document
from bot.text.plain import to_plain
from schedules.announcements import publish_announcements, watch_announcements
from schedules.digests import send_digests
from schedules.reminders import remind_of_events, tell_changes
from tests.conversations.announcing import ONE_LINE, button
from tests.conversations.linked import Networks, linked
from tests.conversations.stage import Stage
from tests.conversations.test_reminders import DEADLINE, passes
from tests.fakes import Person, Sent


async def made(hub: Stage) -> Networks:
    """Return a hub on two networks, with an admin on Matrix."""
    both = await Networks.over(hub)
    both.settings = both.settings.model_copy(update={"admins": ("matrix:chefin",)})
    both.restart()
    return both


def people(both: Networks) -> dict[str, Person]:
    """Return somebody on Telegram, the same person on Matrix, and an admin."""
    return {
        "tina": Person(both.telegram, "4711"),
        "mina": Person(both.matrix, "@mina:a.example"),
        "boss": Person(both.matrix, "chefin"),
    }


@pytest.fixture
async def both(hub: Stage) -> Networks:
    """A hub on two networks."""
    return await made(hub)


@pytest.fixture
def tina(both: Networks) -> Person:
    """Somebody on Telegram."""
    return people(both)["tina"]


@pytest.fixture
def mina(both: Networks) -> Person:
    """The same person on Matrix."""
    return people(both)["mina"]


@pytest.fixture
def boss(both: Networks) -> Person:
    """An admin on Matrix."""
    return people(both)["boss"]


async def deadline(hub: Networks, boss: Person) -> None:
    """Keep a deadline of which nobody is told but by reminders."""
    (draft,) = await hub.hears(boss.says(DEADLINE))
    await hub.hears(boss.taps(draft, number=3))
    await hub.ticks(tell_changes)


def texts(sent: list[Sent]) -> list[tuple[str, str]]:
    """Return where each message came and how it begins."""
    return [(one.address.channel, one.text.splitlines()[0]) for one in sent]


async def announces(hub: Networks, boss: Person, text: str = ONE_LINE) -> list[Sent]:
    """Let an announcement be sent; return what arrives at others."""
    (preview,) = await hub.hears(boss.says(text))
    await hub.hears(boss.taps(preview, value=button(preview, "Jetzt senden")))
    new = []
    for _ in range(3):
        hub.clock.advance(timedelta(seconds=4))
        new += await hub.ticks(publish_announcements, watch_announcements)
    return [one for one in new if one.address.chat != boss.user]


async def test_a_linked_person_gets_one_reminder_and_after_a_block_the_next_on_the_other(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """What the issue asks: one reminder, and none is lost when Telegram's bot is blocked."""
    await both.hears(tina.says("/abo Förderfristen"))
    await both.hears(mina.says("/abo Förderfristen"))
    await linked(both, tina, mina)
    await deadline(both, boss)
    assert await passes(both, date(2027, 1, 29)) == (
        "Fri 29.01. 09:00 4711: Frist in 14 Tagen: Skizze Klima"
    )

    await both.receives(tina.changes("4711", Change.LEFT))
    assert await passes(both, date(2027, 2, 13)) == (
        "Thu 11.02. 09:00 @mina:a.example: Frist morgen: Skizze Klima"
    )


async def test_what_finds_the_bot_blocked_arrives_on_the_other_network(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """Nobody told the hub of the block: the very message that meets it goes over."""
    await both.hears(tina.says("/abo Förderfristen"))
    await linked(both, tina, mina)
    await deadline(both, boss)
    both.telegram.fail_next(RecipientGoneError("Forbidden: bot was blocked by the user"))
    assert await passes(both, date(2027, 2, 13)) == (
        "Fri 29.01. 09:00 @mina:a.example: Frist in 14 Tagen: Skizze Klima\n"
        "Thu 11.02. 09:00 @mina:a.example: Frist morgen: Skizze Klima"
    )


async def _fails(both: Networks, boss: Person, failure: Exception) -> list[str]:
    """Let Telegram fail to take an announcement; return on which networks it arrived."""
    both.telegram.fail_next(*[failure] * 3)
    sent = await announces(both, boss)
    for _ in range(4):
        both.clock.advance(timedelta(minutes=1))
        sent += await both.delivers()
    assert all(row.left_at is None for row in await both.chats())
    return [one.address.channel for one in sent if one.address.chat != boss.user]


async def test_what_telegram_refuses_goes_over(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """It surely did not arrive."""
    await both.hears(tina.says("/abo Konferenzen"))
    await linked(both, tina, mina)
    assert await _fails(both, boss, MessageRejectedError("Bad Request")) == ["matrix"]


async def test_what_may_have_arrived_does_not_go_over(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """Twice is as wrong as never: nobody knows what became of it."""
    await both.hears(tina.says("/abo Konferenzen"))
    await linked(both, tina, mina)
    failure = TemporaryDeliveryError("timed out", uncertain=True)
    assert await _fails(both, boss, failure) == []


async def test_who_unblocks_the_bot_is_told_there_again(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """The preferred network is chosen once; the other one only stands in for it."""
    await both.hears(tina.says("/abo Konferenzen"))
    await linked(both, tina, mina)
    await both.receives(tina.changes("4711", Change.LEFT))
    assert [one.address.channel for one in await announces(both, boss)] == ["matrix"]
    await both.hears(tina.says("/meine"))
    assert [one.address.channel for one in await announces(both, boss)] == ["telegram"]


async def test_the_one_who_made_the_code_decides_where_two_wishes_differ(
    both: Networks, tina: Person, mina: Person
) -> None:
    """Their settings hold; subscriptions of both are kept; each is told so."""
    await both.hears(tina.says("/abo Förderfristen"))
    await both.hears(tina.says("/ruhe 22-7"))
    await both.hears(mina.says("/abo Konferenzen, Förderfristen"))
    await both.hears(mina.says("/ruhe aus"))
    told, done = await linked(both, tina, mina)
    assert "sind jetzt eine Person" in done.text
    assert "Von hier kam 1 Abo dazu" in done.text
    assert "„@Mina:A.Example“ (matrix:@mina:a.example)" in told.text
    assert "Rückgängig machen" in told.text
    for person in (tina, mina):
        (mine,) = await both.hears(person.says("/meine"))
        assert "Konferenzen" in mine.text
        assert "Förderfristen" in mine.text
        assert "22–7" in mine.text


async def test_settings_and_wishes_are_the_same_on_both(
    both: Networks, tina: Person, mina: Person
) -> None:
    """Whatever is said on the one network holds on the other."""
    await linked(both, tina, mina)
    await both.hears(mina.says("/abo Konferenzen in Sachsen"))
    await both.hears(mina.says("/sammeln täglich um 8"))
    (mine,) = await both.hears(tina.says("/meine"))
    assert "Sachsen" in mine.text
    await both.hears(tina.says("/stopp"))
    (mine,) = await both.hears(mina.says("/meine"))
    assert "Konferenzen" not in mine.text


async def test_the_network_can_be_chosen_and_what_waits_goes_along(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """Held messages and digests are told where the person wants to be told now."""
    await both.hears(tina.says("/abo Konferenzen"))
    await linked(both, tina, mina)
    await both.hears(tina.says("/pause 2 Tage"))
    assert await announces(both, boss) == []
    (state,) = await both.hears(tina.says("/netz Matrix"))
    assert "Meldungen kommen auf Matrix" in state.text
    await both.hears(mina.says("/pause aus"))
    sent = await both.delivers()
    both.clock.advance(timedelta(minutes=1))
    sent += await both.delivers()
    told = [one for one in both.matrix.messages if "Anmeldung" in one.text]
    assert [one.address.chat for one in told if one.address.chat != boss.user] == [mina.user]
    assert not [one for one in both.telegram.messages if "Anmeldung" in one.text]


async def test_urgent_ones_come_on_both_if_wanted_and_only_then(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """And if the one fails, the other one has it already."""
    await both.hears(tina.says("/abo Konferenzen"))
    await linked(both, tina, mina)

    async def urgent() -> list[str]:
        (preview,) = await both.hears(boss.says(ONE_LINE))
        await both.hears(boss.taps(preview, value=button(preview, "Wichtigkeit")))
        await both.hears(boss.taps(preview, value=button(preview, "Jetzt senden")))
        both.clock.advance(timedelta(seconds=4))
        sent = await both.ticks(publish_announcements)
        return sorted(
            one.address.channel
            for one in sent
            if "Anmeldung" in one.text and one.address.chat != boss.user
        )

    assert await urgent() == ["telegram"]
    await both.hears(mina.says("/netz eilig beide"))
    assert await urgent() == ["matrix", "telegram"]
    assert len(await announces(both, boss)) == 1
    both.telegram.fail_next(RecipientGoneError("blocked"))
    assert await urgent() == ["matrix"]


async def test_an_announcement_is_changed_and_taken_back_where_it_arrived(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """Whichever network it went to in the end."""
    await both.hears(tina.says("/abo Konferenzen"))
    await linked(both, tina, mina)
    both.telegram.fail_next(RecipientGoneError("blocked"))
    (sent,) = await announces(both, boss)
    assert sent.address.channel == "matrix"
    report = next(one for one in both.matrix.messages if one.text.startswith("Nr. 1"))
    (sure,) = await both.hears(boss.taps(report, value=button(report, "Zurückziehen")))
    await both.hears(boss.taps(sure, value=button(sure, "Ja")))
    for _ in range(3):
        both.clock.advance(timedelta(seconds=4))
        await both.ticks(publish_announcements, watch_announcements)
    assert not [one for one in both.matrix.messages if one.message == sent.message]


async def test_digests_are_one_and_go_over_as_well(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """What both had collected is told once."""
    for person in (tina, mina):
        await both.hears(person.says("/abo Konferenzen"))
        await both.hears(person.says("/sammeln täglich um 16"))
    assert await announces(both, boss) == []
    await linked(both, tina, mina)
    both.telegram.fail_next(RecipientGoneError("blocked"))
    both.clock.advance(timedelta(hours=8))
    sent = await both.ticks(remind_of_events, send_digests)
    assert [(one.address.channel, one.text.count("Anmeldung")) for one in sent] == [("matrix", 1)]


async def test_roles_follow_the_person(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """Both accounts may what one of them may; it is told and written down."""
    await both.hears(tina.says("Hallo"))
    await both.hears(boss.says("/rolle telegram:4711 Redaktion"))
    told, _ = await linked(both, mina, tina)
    assert "Redaktion" in told.text
    (answer,) = await both.hears(mina.says("/rollen"))
    assert "Redaktion" in answer.text
    assert "telegram:4711" in answer.text
    (log,) = await both.hears(boss.says("/protokoll"))
    assert "zu einer Person verbunden" in log.text


async def test_an_admin_is_one_on_both_networks(
    both: Networks, tina: Person, boss: Person
) -> None:
    """Who is named in the configuration by one account may the same with the other."""
    await linked(both, boss, tina)
    (answer,) = await both.hears(tina.says("/rollen"))
    assert "Admin" in answer.text


async def test_undoing_makes_two_people_who_want_the_same(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """Each is told on their own from then on, and roles go back to who brought them."""
    await both.hears(mina.says("/abo Konferenzen in Sachsen"))
    await both.hears(boss.says("/rolle @mina:a.example Redaktion"))
    told, _ = await linked(both, tina, mina)
    (after,) = await both.hears(tina.taps(told, value=button(told, "Rückgängig")))
    assert "Getrennt" in after.text
    assert after.address.channel == "matrix"
    assert "Getrennt" in told.text
    for person in (tina, mina):
        (mine,) = await both.hears(person.says("/meine"))
        assert "Konferenzen" in mine.text
        assert "Sachsen" in mine.text
    (answer,) = await both.hears(mina.says("/rollen"))
    assert "Redaktion" in answer.text
    (answer,) = await both.hears(tina.says("/rollen"))
    assert "Redaktion" not in answer.text
    await both.hears(tina.says("/stopp"))
    assert [one.address.channel for one in await announces(both, boss)] == ["matrix"]
    await linked(both, mina, tina)


async def test_parting_by_command_on_either_side(
    both: Networks, tina: Person, mina: Person
) -> None:
    """The other one is told; a second time there is nothing to part."""
    await linked(both, tina, mina)
    sent = await both.hears(mina.says("!trennen konto"))
    mine = "„@Mina:A.Example“ (matrix:@mina:a.example)"
    assert texts(sent) == [
        ("telegram", f"Getrennt: {mine} gehört nicht mehr zu diesem Konto."),
        ("matrix", "Getrennt: Dieses Konto und „4711“ (telegram:4711) sind wieder zwei Personen."),
    ]
    (answer,) = await both.hears(tina.says("/trennen konto"))
    assert "mit keinem anderen verbunden" in answer.text


async def test_a_new_room_takes_the_place_of_the_old_one(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """Who writes to the bot in another direct room is told there, and still once."""
    await both.hears(mina.says("/abo Konferenzen"))
    await linked(both, mina, tina)
    said = mina.says("Hallo")
    moved = replace(said, chat=replace(said.chat, address=replace(said.chat.address, chat="!new")))
    await both.hears(moved)
    assert [one.address.chat for one in await announces(both, boss)] == ["!new"]
    await both.receives(mina.changes("!new", Change.LEFT))
    assert [one.address.channel for one in await announces(both, boss)] == ["telegram"]


async def test_a_long_message_is_split_anew_for_the_network_it_goes_to(
    both: Networks, tina: Person, mina: Person, boss: Person
) -> None:
    """What is one message on Matrix may be three on Telegram; nothing is cut."""
    await both.hears(mina.says("/abo Konferenzen"))
    await linked(both, mina, tina)
    await both.hears(boss.says("/ankuendigung"))
    await both.hears(boss.says("Ankündigung" + " Wort" * 2000))
    (preview,) = await both.hears(boss.says("Thema Konferenzen"))
    await both.hears(boss.taps(preview, value=button(preview, "Jetzt senden")))
    both.clock.advance(timedelta(seconds=4))
    await both.runs(publish_announcements)
    await both.receives(mina.changes("@mina:a.example", Change.LEFT))
    async with both.database.begin() as session:
        query = (
            select(Body.content)
            .join(Delivery, Delivery.body_id == Body.id)
            .where(Delivery.channel == "telegram", Delivery.source == "announcement:1")
            .order_by(Delivery.part)
        )
        found = [to_plain(Document.model_validate(one)) for one in await session.scalars(query)]
    assert len(found) > 1
    assert max(len(one) for one in found) <= outbox.LENGTHS["telegram"]
    assert " ".join(found).split() == ["Ankündigung", *["Wort"] * 2000]


async def test_a_linked_person_is_erased_on_both_networks(
    both: Networks, tina: Person, mina: Person
) -> None:
    """With the link itself, and who the second account was before."""
    await both.hears(mina.says("/abo Konferenzen"))
    await linked(both, tina, mina)
    (sure,) = await both.hears(mina.says("/loeschen_alles"))
    await both.hears(mina.taps(sure, number=1))
    async with both.database.begin() as session:
        assert (await session.scalars(select(Link))).all() == []
        assert (await session.scalars(select(IdentityRow))).all() == []
        assert (await session.scalars(select(ChatRow))).all() == []
