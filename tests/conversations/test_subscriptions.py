"""People say what they want to hear, and when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.delivery.outbox import Outgoing, Priority, enqueue
from bot.errors import StorageError
from bot.messages import Address, Change
from bot.services import subscriptions, topics
from bot.services.preferences import Preferences
from bot.storage import audiences
from bot.storage.models import Consent
from bot.text.document import Document
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent
from tests.storage.rows import addresses

ALWAYS = "Abbestellen geht jederzeit mit /stopp."
FRISTEN, NEWS = 2, 4


@pytest.fixture(autouse=True)
async def _shipped(hub: Stage) -> None:
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())


async def audience(hub: Stage, topic: int = FRISTEN, **narrowed: Sequence[str]) -> list[str]:
    """Return which chats hear about a topic."""
    async with hub.database.begin() as session:
        query = audiences.subscribers(topic_ids=[topic], **narrowed)
        found = await addresses(session, query)
    return sorted(str(address).partition(":")[2] for address in found)


async def consents(hub: Stage) -> list[tuple[str, bool, str]]:
    """Return the record of consent: where, whether given, by which words."""
    async with hub.database.begin() as session:
        rows = await session.scalars(select(Consent).order_by(Consent.id))
        return [(row.chat, row.given, row.words) for row in rows]


def labels(sent: Sent) -> list[str]:
    return [button.label for button in sent.body.numbered_buttons()]


async def taps(hub: Stage, person: Person, sent: Sent, label: str) -> None:
    """Let a button be tapped; the message changes and no other one comes."""
    button = next(one for one in sent.body.numbered_buttons() if one.label.startswith(label))
    assert await hub.hears(person.taps(sent, value=button.value)) == []


async def test_topics_are_listed(hub: Stage, anna: Person) -> None:
    """With the way to subscribe; in English by their English names."""
    assert await hub.says(anna.says("/themen")) == (
        "Themen\n\n- Konferenzen\n- Förderfristen\n- Schulungen\n- Netzwerk-Nachrichten\n\n"
        "Abonnieren geht mit /abo."
    )
    anna.language = "en"
    assert "Funding deadlines" in await hub.says(anna.says("/topics"))


async def test_the_settings_message_shows_everything_and_is_edited_on_every_tap(
    hub: Stage, anna: Person
) -> None:
    """No second message is sent."""
    (sent,) = await hub.hears(anna.says("/abo"))
    assert sent.text.startswith("Themen (antippen zum Ein- und Ausschalten)\n\n")
    assert "Land: alle Länder · Erinnern: 30, 14, 1 Tage vorher um 9 Uhr" in sent.text
    assert "Ruhe: 20–8 Uhr, sonn- und feiertags" in sent.text  # a dash
    assert ALWAYS in sent.text
    assert labels(sent)[:4] == [
        "Konferenzen", "Förderfristen", "Schulungen", "Netzwerk-Nachrichten",
    ]  # fmt: skip
    assert len(labels(sent)) <= 10
    await taps(hub, anna, sent, "Förderfristen")
    await taps(hub, anna, sent, "Netzwerk-Nachrichten")
    assert "✓ Förderfristen" in labels(sent)
    assert await audience(hub) == ["anna"]
    await taps(hub, anna, sent, "✓ Förderfristen")
    assert await audience(hub) == []
    assert await audience(hub, NEWS) == ["anna"]
    assert await consents(hub) == [
        ("anna", True, "[Förderfristen]"),
        ("anna", True, "[Netzwerk-Nachrichten]"),
        ("anna", False, "[Förderfristen]"),
    ]


async def test_a_number_taps_as_well(hub: Stage, anna: Person) -> None:
    """Where a network has no buttons; the new state comes as a new message."""
    (sent,) = await hub.hears(anna.says("/abo"))
    assert await hub.hears(anna.taps(sent, number=2)) == []
    assert "✓ Förderfristen" in labels(sent)
    (again,) = await hub.hears(anna.says("1"))
    assert "✓ Konferenzen" in labels(again)


@pytest.mark.parametrize(
    ("menu", "choice", "shown"),
    [
        ("Land ändern", "Sachsen", None),
        ("Erinnern ändern", "3 Werktage", "Erinnern: 3 Werktage vorher um 9 Uhr"),
        ("Ruhe ändern", "keine", "Ruhe: keine"),
        ("Sofort oder gesammelt", "gesammelt täglich um 16", "gesammelt täglich um 16 Uhr"),
    ],
)
async def test_preferences_are_chosen_by_buttons(
    hub: Stage, anna: Person, menu: str, choice: str, shown: str | None
) -> None:
    """Everything happens in the one message; the Länder stay open for more."""
    (sent,) = await hub.hears(anna.says("/abo"))
    await taps(hub, anna, sent, menu)
    await taps(hub, anna, sent, choice)
    if shown is None:
        await taps(hub, anna, sent, "Bayern")
        assert {"✓ Sachsen", "✓ Bayern"} <= set(labels(sent))
        await taps(hub, anna, sent, "Zurück")
        shown = "Land: Bayern und Sachsen"
    assert shown in sent.text


@pytest.mark.parametrize(
    ("menu", "choice", "shown"),
    [
        ("Pause", "bis 22.01.2027", "Pause: Bis Freitag, 22. Januar 2027 kommt nichts"),
        ("Ton", "ohne Ton", "Meldungen kommen ohne Ton."),
        ("Sprache", "English", "Land: alle Länder"),
    ],
)
async def test_rarer_preferences_are_behind_one_more_button(
    hub: Stage, anna: Person, menu: str, choice: str, shown: str
) -> None:
    (sent,) = await hub.hears(anna.says("/abo"))
    await taps(hub, anna, sent, "Weiteres")
    await taps(hub, anna, sent, menu)
    await taps(hub, anna, sent, choice)
    assert shown in sent.text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/abo Förderfristen in Sachsen", "Abonniert: Förderfristen (Sachsen)."),
        ("/abo förderfristen", "Abonniert: Förderfristen."),
        ("!subscribe funding deadlines for Ulm", "Abonniert: Förderfristen (Baden-Württemberg)."),
        (
            "/abo Förderfristen in SN und Bayern Staffel 2020, Ulm nur Fristen",
            "Abonniert: Förderfristen (Bayern und Sachsen, Staffel 2019, 2020, nur Fristen).",
        ),
        ("/abo Konferenzen und Förderfristen", "Abonniert: Konferenzen, Förderfristen."),
        (
            "/abo alles",
            "Abonniert: Konferenzen, Förderfristen, Schulungen, Netzwerk-Nachrichten.",
        ),
    ],
)
async def test_one_line_subscribes(hub: Stage, anna: Person, typed: str, answer: str) -> None:
    """In words, in either language; how to end it is always said."""
    assert await hub.says(anna.says(typed)) == f"{answer}\n\n{ALWAYS}"
    assert await audience(hub) == ["anna"]
    assert (await consents(hub))[0][2] == "/" + typed[1:]


async def test_only_the_right_ones_hear(hub: Stage, anna: Person, bert: Person) -> None:
    """By Land, by Staffel, by kind; what matters everywhere reaches everybody."""
    await hub.hears(anna.says("/abo Förderfristen in Sachsen nur Fristen"))
    await hub.hears(bert.says("/abo Förderfristen Staffel 2021"))
    assert await audience(hub) == ["anna", "bert"]
    assert await audience(hub, laender=["BY"]) == ["bert"]
    assert await audience(hub, laender=["BY", "SN"]) == ["anna", "bert"]
    assert await audience(hub, staffeln=["2019"]) == ["anna"]
    assert await audience(hub, kinds=["news"]) == ["bert"]
    assert await audience(hub, 1) == []


async def test_a_new_land_narrows_what_is_there_and_what_comes(hub: Stage, anna: Person) -> None:
    """By name, code or project."""
    await hub.hears(anna.says("/abo Förderfristen"))
    assert "Land: Baden-Württemberg ·" in await hub.says(anna.says("/land Ulm"))
    await hub.hears(anna.says("/abo Netzwerk-Nachrichten"))
    for topic in (FRISTEN, NEWS):
        assert await audience(hub, topic, laender=["SN"]) == []
        assert await audience(hub, topic, laender=["BW"]) == ["anna"]
    assert "Land: alle Länder" in await hub.says(anna.says("/land alle"))
    assert await audience(hub, laender=["SN"]) == ["anna"]


async def test_subscribing_twice_is_said_and_changes_nothing(hub: Stage, anna: Person) -> None:
    """Other filters are a change, which is recorded."""
    await hub.hears(anna.says("/abo Förderfristen"))
    assert await hub.says(anna.says("/abo Förderfristen")) == "Schon abonniert: Förderfristen."
    assert "(Hessen)" in await hub.says(anna.says("/abo Förderfristen in Hessen"))
    assert len(await consents(hub)) == 2


async def test_a_misspelt_topic_is_proposed_and_one_tap_away(hub: Stage, anna: Person) -> None:
    """With all that was said beside it."""
    (sent,) = await hub.hears(anna.says("/abo Fördrfristen in Sachsen"))
    assert sent.text.startswith("„Fördrfristen“ gibt es nicht. Gemeint: Förderfristen?")
    assert labels(sent) == ["Ja"]
    assert await audience(hub) == []
    await taps(hub, anna, sent, "Ja")
    assert sent.text.startswith("Abonniert: Förderfristen (Sachsen).")
    assert await audience(hub, laender=["BY"]) == []
    (sent,) = await hub.hears(anna.says("/abbestellen Fördrfristen"))
    await taps(hub, anna, sent, "Ja")
    assert sent.text == "Abbestellt: Förderfristen."
    assert await audience(hub) == []


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("/abo Qwertz", "„Qwertz“ gibt es nicht. Die Themen zeigt der Befehl „themen“."),
        ("/abo Förderfristen in Atlantis", "„Atlantis“ ist kein Land und kein Modellprojekt."),
        ("/abo Förderfristen in Saksen", "„Saksen“ gibt es nicht. Gemeint: Sachsen?"),
        ("/abo Förderfristen Staffel 1999", "„1999“ ist keine Staffel."),
        ("/abo Förderfristen nur Katzen", "„Katzen“ gibt es nicht. Bitte „nur Fristen“"),
        ("/abbestellen Förderfristen", "„Förderfristen“ ist hier nicht abonniert."),
        ("/erinnern bald", "„bald“ ist keine Vorlaufzeit."),
        ("/erinnern 3 Tage um 25", "„25“ ist keine Uhrzeit."),
        ("/ruhe immer", "„immer“ sind keine Ruhezeiten."),
        ("/sammeln monatlich", "„monatlich“ ist nicht zu verstehen."),
        ("/pause bis 31.2.2027", "„31.2.2027“ ist kein Datum. Bitte zum Beispiel 12.2.2027"),
        ("/pause bis 1.1.2027", "Der Tag „1.1.2027“ ist schon vorbei."),
        ("/pause lange", "„lange“ ist kein Tag und keine Dauer."),
        ("/pause 0 Tage", "„0 Tage“ ist kein Tag und keine Dauer."),
        ("/pause 1, 2 Tage", "„1, 2 Tage“ ist kein Tag und keine Dauer."),
        ("/leise vielleicht", "„vielleicht“ ist nicht zu verstehen."),
        ("/zeitzone Mond", "„Mond“ ist keine Zeitzone."),
        ("/meldesprache Klingonisch", "„Klingonisch“ gibt es hier nicht."),
    ],
)
async def test_refusals_name_the_way_out(
    hub: Stage, anna: Person, typed: str, refusal: str
) -> None:
    """And nothing is kept."""
    assert (await hub.says(anna.says(typed))).startswith(refusal)
    assert await audience(hub) == []
    assert await hub.says(anna.says("/meine")) == (
        "Hier ist noch nichts abonniert. Die Themen zeigt /abo."
    )


async def test_mine_says_what_comes_and_when(hub: Stage, anna: Person) -> None:
    """On a Friday at ten in Berlin: at once; at night, paused or in a digest: later."""
    await hub.hears(anna.says("/abo Förderfristen in Sachsen"))
    text = await hub.says(anna.says("/meine"))
    assert "- Förderfristen: Sachsen (seit 15.01.2027)" in text
    assert "Eine Meldung von jetzt käme sofort." in text
    await hub.hears(anna.says("/sammeln montags um 7"))
    text = await hub.says(anna.says("/meine"))
    assert "käme am Montag, 18. Januar 2027, 08:00 Uhr." in text  # held by quiet hours
    await hub.hears(anna.says("/sammeln sofort"))
    await hub.hears(anna.says("/pause bis 1.2."))
    text = await hub.says(anna.says("/meine"))
    assert "Pause: Bis Montag, 1. Februar 2027 kommt nichts" in text
    assert "käme am Montag, 1. Februar 2027, 08:00 Uhr." in text
    await hub.hears(anna.says("/pause aus"))
    await hub.hears(anna.says("/zeitzone asia/kathmandu"))
    hub.clock.advance(timedelta(hours=9))
    text = await hub.says(anna.says("/meine"))
    assert "Zeitzone Asia/Kathmandu" in text
    assert "käme am Samstag, 16. Januar 2027, 08:00 Uhr." in text


async def test_what_was_typed_is_kept_and_shown(hub: Stage, anna: Person) -> None:
    """After a restart as well."""
    for typed in ("/erinnern 30, 3 Tage, 1 Werktag um 7:30", "/ruhe 22-6 ohne Sonntage"):
        assert (await hub.says(anna.says(typed))).startswith("Ist gemerkt.")
    hub.restart()
    (sent,) = await hub.hears(anna.says("/abo"))
    assert "Erinnern: 30 Tage, 3 Tage und 1 Werktag vorher um 7:30 Uhr" in sent.text
    assert "Ruhe: 22–6 Uhr ·" in sent.text  # a dash


async def test_asking_whether_to_stop_ends_nothing(hub: Stage, anna: Person) -> None:
    """A question is no decision; the command, and the word alone, are."""
    await hub.hears(anna.says("/abo Förderfristen"))
    assert "abbestellt" not in await hub.says(anna.says("Stopp?"))
    assert "Förderfristen" in await hub.says(anna.says("/meine"))


@pytest.mark.parametrize("typed", ["/stopp", "!stop", "Stopp", "STOPP!", "stop.", "/abmelden"])
async def test_stop_ends_everything_at_once(hub: Stage, anna: Person, typed: str) -> None:
    """Also what is waiting already; answers still come."""
    await hub.hears(anna.says("/abo alles"))
    async with hub.database.begin() as session:
        news = Outgoing("news", Address("fake", "anna"), Document.of("Neu"), Priority.ANNOUNCEMENT)
        await enqueue(session, news, now=hub.clock.now())
    assert await hub.says(anna.says(typed)) == (
        "Alles ist abbestellt. Es kommt nichts mehr von selbst. Neu anfangen geht mit /abo."
    )
    for topic in (1, 2, 3, 4):
        assert await audience(hub, topic) == []
    assert (await hub.says(anna.says(typed))).startswith("Hier ist nichts abonniert")


async def test_stop_works_however_much_was_written_before(hub: Stage, anna: Person) -> None:
    """Nobody is too loud to be left in peace; the confirmations have an end."""
    hub.configured(limits={"member_messages": 3})
    await hub.hears(anna.says("/abo alles"))
    for _ in range(5):
        await hub.hears(anna.says("/meine"))
    assert (await hub.says(anna.says("Stopp"))).startswith("Alles ist abbestellt.")
    assert await audience(hub) == []
    answers = [await hub.hears(anna.says("/stopp")) for _ in range(10)]
    assert sum(len(one) for one in answers) == 2


async def test_a_full_disk_does_not_use_up_the_confirmations(hub: Stage, anna: Person) -> None:
    """The end is tried again and again, but it was said once."""
    hub.configured(limits={"member_messages": 3})
    await hub.hears(anna.says("/abo alles"))
    for _ in range(5):
        await hub.hears(anna.says("/meine"))
    event = anna.says("/stopp")
    hub.commits_fail(10)
    for _ in range(10):
        with pytest.raises(StorageError):
            await hub.receives(event)
    assert (await hub.says(event)).startswith("Alles ist abbestellt.")


async def test_stop_works_however_late_it_comes(hub: Stage, anna: Person) -> None:
    """What was asked while the hub was down is old; what was ended stays ended."""
    await hub.hears(anna.says("/abo alles"))
    assert await hub.hears(anna.says("/meine", age=timedelta(days=3))) == []
    assert (await hub.says(anna.says("/stopp", age=timedelta(days=3)))).startswith("Alles ist")


async def test_a_room_is_subscribed_by_its_moderators(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Nobody else switches anything, not even off."""
    hub.channel.moderators.add(("stadt", "anna"))
    for typed in ("/abo Förderfristen", "/stopp", "/meine", "/land Ulm"):
        text = await hub.says(bert.says(typed, room="stadt", addressed=True))
        assert text.startswith("Das dürfen hier nur Moderatoren.")
    await hub.hears(anna.says("/abo Förderfristen", room="stadt", thread="7", addressed=True))
    assert await audience(hub) == ["stadt:7"]
    (sent,) = await hub.hears(anna.says("/abo", room="stadt", addressed=True))
    refusal = await hub.says(bert.taps(sent, number=2))
    assert refusal.startswith("Das dürfen hier nur Moderatoren.")
    await taps(hub, anna, sent, "✓ Förderfristen")
    assert await audience(hub) == []


async def test_leaving_ends_the_subscriptions_and_is_recorded(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Coming back does not bring them back."""
    await hub.hears(chefin.says("/abo Förderfristen", room="stadt", addressed=True))
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(chefin.changes("stadt", Change.LEFT))
    await hub.hears(chefin.changes("stadt", Change.JOINED))
    assert await audience(hub) == ["anna"]
    assert await consents(hub) == [
        ("stadt", True, "/abo Förderfristen"),
        ("anna", True, "/abo Förderfristen"),
        ("stadt", False, "left"),
    ]


@pytest.mark.parametrize("known", [True, False])
async def test_a_moved_room_takes_its_subscriptions_along(
    hub: Stage, chefin: Person, *, known: bool
) -> None:
    """Whether the new one was known already or not."""
    await hub.hears(chefin.says("/abo Förderfristen in Hessen", room="stadt", addressed=True))
    await hub.hears(chefin.says("/ruhe aus", room="stadt", addressed=True))
    if known:
        await hub.hears(chefin.says("/abo Konferenzen", room="neu", addressed=True))
    await hub.hears(chefin.changes("stadt", Change.MOVED, moved_to="neu"))
    assert await audience(hub) == ["neu"]
    assert await audience(hub, laender=["BY"]) == []
    assert await audience(hub, 1) == (["neu"] if known else [])
    text = await hub.says(chefin.says("/meine", room="neu", addressed=True))
    assert ("Ruhe: keine" in text) is not known
    assert {chat for chat, _, _ in await consents(hub)} == {"neu"}


async def test_commands_are_named_as_they_are_typed(hub: Stage, anna: Person) -> None:
    """On Matrix with an exclamation mark, in English in English."""
    hub.channel.name = "matrix"
    anna.language = "en"
    assert "To subscribe, write !subscribe." in await hub.says(anna.says("!topics"))
    assert "works at any time with !stop." in await hub.says(anna.says("!subscribe trainings"))


async def test_admins_manage_the_topics(hub: Stage, anna: Person, chefin: Person) -> None:
    """New, renamed, deleted; members may not."""
    assert (await hub.says(anna.says("/thema neu Rad"))).startswith("Das dürfen nur Admins.")
    text = await hub.says(chefin.says("/thema neu Radverkehr / Cycling"))
    assert text == "Neues Thema: Radverkehr (englisch: Cycling)."
    await hub.hears(anna.says("/abo cycling"))
    text = await hub.says(chefin.says("/thema umbenennen Cycling: Rad und Fuß / Active travel"))
    assert text == "„Radverkehr“ heißt jetzt Rad und Fuß (englisch: Active travel)."
    assert (await hub.says(anna.says("/abo Rad und Fuß"))).startswith("Schon abonniert")
    (sent,) = await hub.hears(chefin.says("/thema löschen Rad und Fuß"))
    assert sent.text.startswith("„Rad und Fuß“ hat 1 Abonnement.")
    assert (await hub.says(anna.taps(sent, number=1))).startswith("Das dürfen nur Admins.")
    await taps(hub, chefin, sent, "Löschen")
    assert sent.text == "„Rad und Fuß“ ist gelöscht, 1 Abonnement ist beendet."
    assert await audience(hub, 5) == []
    assert "Rad" not in await hub.says(anna.says("/themen"))
    assert (await hub.says(chefin.taps(sent, value="topic-retire:5"))).startswith("Dieser Knopf")


async def test_a_topic_can_be_kept_after_all(hub: Stage, chefin: Person) -> None:
    (sent,) = await hub.hears(chefin.says("/thema löschen Schulungen"))
    await taps(hub, chefin, sent, "Behalten")
    assert sent.text == "„Schulungen“ bleibt."
    assert "Schulungen" in await hub.says(chefin.says("/themen"))


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("/thema", "Bitte „neu Name"),
        ("/thema neu", "Bitte „neu Name"),
        ("/thema neu /", "Bitte „neu Name"),
        ("/thema neu a / b / c", "Bitte „neu Name"),
        ("/thema neu " + "x" * 41, "Der Name ist zu lang."),
        ("/thema neu Trainings", "„Trainings“ gibt es schon."),
        ("/thema umbenennen Schulungen", "Bitte den alten und den neuen Namen"),
        ("/thema umbenennen Schulung: X", "„Schulung“ gibt es nicht. Gemeint: Schulungen?"),
        ("/thema löschen Qwertz", "„Qwertz“ gibt es nicht."),
    ],
)
async def test_what_is_no_topic_is_refused(
    hub: Stage, chefin: Person, typed: str, refusal: str
) -> None:
    assert (await hub.says(chefin.says(typed))).startswith(refusal)


async def test_many_topics_have_pages(hub: Stage, anna: Person, chefin: Person) -> None:
    """Matrix can show ten buttons, and so no page has more."""
    for name in ("Rad", "Energie", "Wasser"):
        await hub.hears(chefin.says(f"/thema neu {name}"))
    (sent,) = await hub.hears(anna.says("/abo"))
    assert len(labels(sent)) <= 10
    await taps(hub, anna, sent, "Weitere Themen")
    await taps(hub, anna, sent, "Wasser")
    assert labels(sent)[:3] == ["Rad", "Energie", "✓ Wasser"]
    await taps(hub, anna, sent, "Weitere Themen")
    assert labels(sent)[0] == "Konferenzen"


async def test_a_hub_without_topics_says_so(hub: Stage, anna: Person, chefin: Person) -> None:
    for name in ("Konferenzen", "Förderfristen", "Schulungen", "Netzwerk-Nachrichten"):
        (sent,) = await hub.hears(chefin.says(f"/thema löschen {name}"))
        await taps(hub, chefin, sent, "Löschen")
    for typed in ("/themen", "/abo"):
        assert (await hub.says(anna.says(typed))).startswith("Noch gibt es keine Themen.")


@pytest.mark.parametrize(
    "value",
    ["sub:99:0", "sub:x:y", "sub:²:0", "sub-yes:2", "sub-yes:99:::", "unsub:99", "set:nothing:1"],
)
async def test_a_button_that_was_tampered_with_does_nothing(
    hub: Stage, anna: Person, value: str
) -> None:
    (sent,) = await hub.hears(anna.says("/abo"))
    assert (await hub.says(anna.taps(sent, value=value))).startswith("Dieser Knopf")


async def test_the_language_of_messages_is_the_chats(hub: Stage, anna: Person) -> None:
    """What comes by itself needs a language of its own, for a room has many readers."""
    await hub.hears(anna.says("/abo Förderfristen"))
    assert (await hub.says(anna.says("/meldesprache Englisch"))).startswith("Ist gemerkt.")
    preferences = await kept(hub, anna)
    assert preferences.language == "en"
    night = datetime(2027, 1, 15, 21, tzinfo=ZoneInfo("Europe/Berlin"))
    assert preferences.arrives(night, urgent=True) == night


async def kept(hub: Stage, person: Person, room: str | None = None) -> Preferences:
    async with hub.database.begin() as session:
        return await subscriptions.preferences_of(
            session, chat=person.chat(room), settings=hub.settings, now=hub.clock.now()
        )


async def test_whoever_changes_language_reads_messages_in_it_too(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Alone with the bot; a room keeps its own."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(chefin.says("/abo Förderfristen", room="stadt", addressed=True))
    await hub.hears(anna.says("/sprache en"))
    await hub.hears(chefin.says("/sprache en", room="stadt", addressed=True))
    assert (await kept(hub, anna)).language == "en"
    assert (await kept(hub, chefin, "stadt")).language == "de"


async def test_the_hubs_land_rests_where_a_chat_names_none(hub: Stage, anna: Person) -> None:
    """Epiphany is a holiday in Bavaria; whoever chose Saxony is told on that day."""
    hub.configured(hub={"land": "BY"})
    epiphany = datetime(2027, 1, 6, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (await kept(hub, anna)).arrives(epiphany) - epiphany == timedelta(hours=20)
    await hub.hears(anna.says("/land Sachsen"))
    assert (await kept(hub, anna)).arrives(epiphany) == epiphany


@pytest.mark.parametrize("typed", ["13", "13.", "[13]", "(13)", "13.)"])
async def test_a_button_beyond_the_ninth_is_typed_with_two_digits(
    hub: Stage, anna: Person, typed: str
) -> None:
    """Matrix shows ten reactions, and there are sixteen Länder."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(anna.says("/land"))
    (menu,) = await hub.hears(anna.says(typed))
    assert "✓ Sachsen" in labels(menu)
    assert await audience(hub, laender=["BY"]) == []
