"""Telegram channels are subscribed by admins from their direct chat."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.messages import Address, Change, Chat, ChatKind
from bot.services import topics
from bot.storage import audiences
from bot.storage.models import ChatRow, Consent
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent
from tests.storage.rows import addresses

PAPER = Chat(Address("fake", "-100"), ChatKind.BROADCAST, "Amtsblatt")


@pytest.fixture(autouse=True)
async def _shipped(hub: Stage) -> None:
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())


async def changes(hub: Stage, person: Person, change: Change, chat: Chat = PAPER) -> list[Sent]:
    """Let somebody give or take the bot's right to post in a channel."""
    return await hub.hears(replace(person.changes("x", change), chat=chat))


@pytest.fixture
async def number(hub: Stage, chefin: Person) -> int:
    """The number of a channel in which an admin let the bot post."""
    await hub.hears(chefin.says("/start"))
    await changes(hub, chefin, Change.JOINED)
    async with hub.database.begin() as session:
        query = select(ChatRow.id).where(ChatRow.chat == PAPER.address.chat)
        return (await session.scalars(query)).one()


async def heard(hub: Stage, topic: int = 2) -> list[str]:
    """Return which chats hear about a topic, usually about deadlines."""
    async with hub.database.begin() as session:
        found = await addresses(session, audiences.subscribers(topic_ids=[topic]))
    return [address.chat for address in found]


async def test_admins_are_told_of_a_new_channel_once(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """In their direct chat, with the way to subscribe it; nothing is posted in the channel."""
    for person in (anna, chefin):
        await hub.hears(person.says("/start"))
    event = replace(chefin.changes("x", Change.JOINED), chat=PAPER)
    (said,) = await hub.hears(event)
    assert said.address.chat == "chefin"
    assert said.text.startswith(
        "Der Bot darf jetzt im Telegram-Kanal „Amtsblatt“ schreiben. Er hat die Nr. 3."
    )
    assert await hub.hears(event) == []
    assert await changes(hub, chefin, Change.JOINED) == []


async def test_a_stranger_cannot_flood_the_admins_with_channels(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Anybody can make the bot an administrator of channels of their own."""
    await hub.hears(chefin.says("/start"))
    said = []
    for chat in ("-1", "-2", "-3"):
        place = replace(PAPER, address=Address("fake", chat))
        said += await changes(hub, anna, Change.JOINED, place)
    assert len(said) == 1
    assert (await hub.says(chefin.says("/kanaele"))).count("Amtsblatt") == 3


async def test_channels_are_listed_with_what_they_have(
    hub: Stage, chefin: Person, number: int
) -> None:
    """As long as the bot may post there; in English likewise."""
    text = await hub.says(chefin.says("/kanäle"))
    assert text.startswith(
        f"Telegram-Kanäle\n\n- Nr. {number} · Amtsblatt: nichts abonniert\n\n"
        f"Abonnieren geht so: /kanal {number} abo Förderfristen in Sachsen."
    )
    await hub.hears(chefin.says(f"/kanal {number} abo Förderfristen in Sachsen"))
    await hub.hears(chefin.says(f"/channel {number} subscribe trainings"))
    chefin.language = "en"
    assert f"- No. {number} · Amtsblatt: Funding deadlines (Saxony), Trainings\n" in (
        await hub.says(chefin.says("/channels"))
    )
    await changes(hub, chefin, Change.LEFT)
    assert (await hub.says(chefin.says("/channels"))).startswith("The bot may not post in any")


async def test_a_channel_is_subscribed_and_unsubscribed(
    hub: Stage, chefin: Person, number: int
) -> None:
    """By the commands of every other chat, which the answers name as they are typed here."""
    text = await hub.says(chefin.says(f"/kanal {number} abo Förderfristen in Sachsen"))
    assert text == (
        f"Kanal Nr. {number}: Amtsblatt\n\nAbonniert: Förderfristen (Sachsen).\n\n"
        f"Abbestellen geht jederzeit mit /kanal {number} stopp."
    )
    assert await heard(hub) == ["-100"]
    text = await hub.says(chefin.says(f"/kanal {number} abbestellen Förderfristen"))
    assert text.endswith("Abbestellt: Förderfristen.")
    assert await heard(hub) == []
    await hub.hears(chefin.says(f"/kanal {number} abo alles"))
    assert "Alles ist abbestellt." in await hub.says(chefin.says(f"/kanal Nr. {number} stopp"))
    assert await heard(hub) == []
    async with hub.database.begin() as session:
        words = (await session.scalars(select(Consent.words).order_by(Consent.id))).all()
    assert words[0] == f"/kanal {number} abo Förderfristen in Sachsen"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("land Sachsen", "Land: Sachsen"),
        ("erinnern 7 Tage", "Erinnern: 7 Tage vorher"),
        ("lead 7 days", "Erinnern: 7 Tage vorher"),
        ("ruhe aus", "Ruhe: keine"),
        ("sammeln täglich um 8", "täglich"),
        ("leise an", "Meldungen kommen ohne Ton."),
        ("pause 2 Wochen", "29. Januar"),
        ("zeitzone Europe/Lisbon", "Europe/Lisbon"),
    ],
)
async def test_a_channel_has_preferences_like_every_chat(
    hub: Stage, chefin: Person, number: int, typed: str, shown: str
) -> None:
    """The admin's own chat keeps its own."""
    text = await hub.says(chefin.says(f"/kanal {number} {typed}"))
    assert text.startswith(f"Kanal Nr. {number}: Amtsblatt\n\nIst gemerkt.")
    assert shown in text
    await hub.hears(chefin.says(f"/kanal {number} abo Schulungen"))
    assert shown in await hub.says(chefin.says(f"/kanal {number} meine"))
    await hub.hears(chefin.says("/abo Schulungen"))
    assert shown not in await hub.says(chefin.says("/meine"))


@pytest.mark.parametrize("typed", ["", " meine", " abo", " ruhe", " land", " abbestellen"])
async def test_without_an_argument_the_summary_comes_instead_of_buttons(
    hub: Stage, chefin: Person, number: int, typed: str
) -> None:
    """A button would change the chat in which it is pressed."""
    await hub.hears(chefin.says(f"/kanal {number} abo Schulungen"))
    (said,) = await hub.hears(chefin.says(f"/kanal {number}{typed}"))
    assert "Abonniert\n\n- Schulungen (seit" in said.text
    assert said.body.buttons == ()


@pytest.mark.parametrize("act", ["abo", "abbestellen"])
async def test_a_misspelt_topic_is_proposed_without_a_button(
    hub: Stage, chefin: Person, number: int, act: str
) -> None:
    """It is written once more instead."""
    (said,) = await hub.hears(chefin.says(f"/kanal {number} {act} Fördrfristen"))
    assert said.text.endswith(
        "„Fördrfristen“ gibt es nicht. Gemeint: Förderfristen?\n\n"
        "Bitte noch einmal mit dem genauen Namen schreiben."
    )
    assert said.body.buttons == ()


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", "Zuerst bitte die Nummer des Kanals: /kanal 3 abo"),
        (" abo Förderfristen", "Zuerst bitte die Nummer des Kanals: /kanal 3 abo"),
        (" 999 abo Förderfristen", "Einen Kanal Nr. 999 gibt es nicht."),
        (" {} abbo Förderfristen", "„abbo“ geht für einen Kanal nicht. Gemeint: abo?"),
        (" {} themen alle", "„themen“ geht für einen Kanal nicht."),
        (" {} qrxxvvyy", "„qrxxvvyy“ geht für einen Kanal nicht. Es gehen abo,"),
        (" {} abbestellen Schulungen", "„Schulungen“ ist hier nicht abonniert."),
    ],
)
async def test_what_cannot_be_done_is_refused_with_the_way_out(
    hub: Stage, chefin: Person, number: int, typed: str, refusal: str
) -> None:
    """Every refusal says what works."""
    assert (await hub.says(chefin.says("/kanal" + typed.format(number)))).startswith(refusal)


async def test_a_channel_begins_in_the_hubs_language(hub: Stage, chefin: Person) -> None:
    """What an admin reads is not what the city reads."""
    chefin.language = "en"
    await hub.hears(chefin.says("/start"))
    await changes(hub, chefin, Change.JOINED)
    await hub.hears(chefin.says("/channel 2 subscribe trainings"))
    async with hub.database.begin() as session:
        row = (await session.scalars(select(ChatRow).where(ChatRow.chat == "-100"))).one()
    assert row.language == "de"


async def test_channels_are_for_admins_alone_with_the_bot(
    hub: Stage, anna: Person, chefin: Person, number: int
) -> None:
    """Others are refused, rooms are pointed to the direct chat."""
    for typed in ("/kanaele", f"/kanal {number} stopp"):
        assert (await hub.says(anna.says(typed))).startswith("Das dürfen nur Admins.")
        in_room = await hub.says(chefin.says(typed, room="stadt", addressed=True))
        assert in_room.startswith("Das geht nur im Einzelchat mit dem Bot. Bitte dort /kan")


async def test_on_matrix_the_answers_name_commands_as_they_are_typed_there(
    hub: Stage, number: int
) -> None:
    """Though the channel is on another network."""
    hub.channel.name = "matrix"
    hub.settings = hub.settings.model_copy(update={"admins": ("matrix:@chefin:example.org",)})
    hub.restart()
    boss = Person(hub.channel, "@chefin:example.org")
    text = await hub.says(boss.says(f"!kanal {number} meine"))
    assert text.endswith("Hier ist noch nichts abonniert. Die Themen zeigt !themen.")
    text = await hub.says(boss.says(f"!kanal {number} abo Schulungen"))
    assert text.endswith(f"Abbestellen geht jederzeit mit !kanal {number} stopp.")
