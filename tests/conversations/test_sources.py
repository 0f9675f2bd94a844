"""What others publish becomes events and announcements: once, and only where something is new.

One long file on purpose: the scenes play with the same two feeds, told by the same few words.
"""

import contextlib
from datetime import date, timedelta

import pytest

from bot.errors import StorageError, UserError
from bot.services import source_holding, sources
from bot.services.source_holding import Decision
from bot.storage.source_models import SourceItem
from bot.text.moments import Moment
from tests.conversations import editors
from tests.conversations.sources import (
    DEADLINE,
    JOBS,
    Sources,
    calendar,
    component,
    opened,
    rss,
)
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

PUBLISHED = "Fri, 15 Jan 2027 08:00:00 +0000"
TALK = component("talk", "Fachtag Daten", "20270310T090000", end="20270310T160000")
FAIR = component("fair", "Messe Digital", "20270420", "LOCATION:Kiel", end="20270422")
MEETING = component("meeting", "Netzwerktreffen", "20270505T140000", end="20270505T160000")


@pytest.fixture
async def feeds(hub: Stage, anna: Person, chefin: Person) -> Sources:
    """A hub with one subscriber, and an editors' room."""
    stage = await opened(hub)
    await editors.room(hub, chefin)
    await hub.hears(anna.says("/abo Konferenzen, Förderfristen, Netzwerk-Nachrichten"))
    await hub.ticks()
    return stage


def told(messages: list[Sent], chat: str = "anna") -> list[str]:
    """Return how the messages of a chat begin."""
    return [one.text.splitlines()[0] for one in messages if one.address.chat == chat]


def shown(hub: Stage, chat: str = "anna") -> list[str]:
    """Return what a chat shows now."""
    return [one.text for one in hub.channel.messages if one.address.chat == chat]


async def begun(feeds: Sources, *components: str, topic: str = "Konferenzen") -> None:
    """Add a calendar whose first reading is published, so that everybody knows it."""
    await feeds.add(topic=topic)
    feeds.stands(calendar(*components))
    await feeds.settle()
    await feeds.accept(Decision.PUBLISH)
    await feeds.settle()


async def test_a_first_reading_waits_for_an_editor(feeds: Sources) -> None:
    """Nobody is flooded by what has stood there for years; one message says what is there."""
    await feeds.add()
    feeds.stands(calendar(TALK, FAIR, component("old", "Alt", "20260105")))
    new = await feeds.settle()
    assert told(new) == []
    (held,) = [one for one in new if one.address.chat == editors.ROOM]
    assert (
        held.text.startswith(
            "Neue Quelle 1: example.org – 2 Einträge beim ersten Lesen. Davon ist noch nichts "
            "angekündigt.\n\n2 neu\n\nMi., 10.03.2027, 09:00–16:00 Uhr: Fachtag Daten"
        )
        or "Fachtag Daten" in held.text
    )
    assert "Alt" not in held.text
    await feeds.read()
    assert told(await feeds.read()) == []


async def test_what_an_editor_publishes_is_told_once(hub: Stage, feeds: Sources) -> None:
    """As new events, of which people are reminded like of any other."""
    await feeds.add()
    feeds.stands(calendar(TALK, FAIR))
    await feeds.settle()
    done = await feeds.accept(Decision.PUBLISH)
    assert (done.items, done.told) == (2, 2)
    assert told(await feeds.settle()) == [
        "Neuer Termin: Fachtag Daten",
        "Neuer Termin: Messe Digital",
    ]
    assert told(await feeds.read()) == []
    assert any("freigegeben von Chefin" in text for text in shown(hub, editors.ROOM))


async def test_for_the_calendar_only_nobody_is_told(hub: Stage, feeds: Sources) -> None:
    """The events are there; who looks finds them."""
    await feeds.add()
    feeds.stands(calendar(TALK, FAIR))
    await feeds.settle()
    await feeds.accept(Decision.CALENDAR)
    assert told(await feeds.settle()) == []
    anna = Person(hub.channel, "anna", _count=500)
    assert "Fachtag Daten" in await hub.says(anna.says("/termine"))


async def test_what_is_dropped_is_never_told(feeds: Sources) -> None:
    """Not even when its source changes it."""
    await feeds.add()
    feeds.stands(calendar(TALK))
    await feeds.settle()
    await feeds.accept(Decision.DROP)
    feeds.stands(calendar(TALK.replace("0310T", "0311T")))
    assert told(await feeds.read()) == []


async def test_two_editors_decide_once(feeds: Sources) -> None:
    """The second one is told that it is decided, and nothing is told twice."""
    await feeds.add()
    feeds.stands(calendar(TALK))
    await feeds.settle()
    (batch,) = await feeds.batches()
    await feeds.decide(batch, Decision.PUBLISH)
    with pytest.raises(UserError) as refused:
        await feeds.decide(batch, Decision.DROP, person="bert")
    assert refused.value.message == "source-batch-decided"
    assert told(await feeds.settle()) == ["Neuer Termin: Fachtag Daten"]


async def test_nobody_decides_about_what_they_have_not_seen(feeds: Sources) -> None:
    """A batch that has changed meanwhile has to be looked at again."""
    await feeds.add()
    feeds.stands(calendar(TALK))
    await feeds.settle()
    (before,) = await feeds.batches()
    feeds.stands(calendar(TALK, FAIR))
    await feeds.read()
    with pytest.raises(UserError) as refused:
        await feeds.decide(before, Decision.PUBLISH)
    assert refused.value.message == "source-batch-changed"
    assert (await feeds.accept(Decision.PUBLISH)).told == 2


@pytest.mark.parametrize(
    "revision",
    [
        pytest.param(calendar(FAIR, TALK), id="order"),
        pytest.param(calendar(TALK, FAIR, line_end="\r\r\n"), id="line-ends"),
        pytest.param(
            calendar(TALK.replace("UID:talk", "UID:x1"), FAIR.replace("UID:fair", "UID:x2")),
            id="uids",
        ),
        pytest.param(
            calendar(
                TALK.replace(
                    "END:VEVENT",
                    "DTSTAMP:20270115T120000Z\r\nLAST-MODIFIED:20270115T120000Z\r\n"
                    "SEQUENCE:7\r\nEND:VEVENT",
                ),
                FAIR,
            ),
            id="export-times",
        ),
        pytest.param(calendar(TALK, FAIR, TALK.replace("UID:talk", "UID:again")), id="double"),
        pytest.param(calendar(TALK), id="gone"),
    ],
)
async def test_what_is_no_change_is_not_told(feeds: Sources, revision: bytes) -> None:
    """Programs export the same thing in many ways, and what is gone is not called off."""
    await begun(feeds, TALK, FAIR)
    feeds.stands(revision)
    assert await feeds.read() == []
    feeds.stands(calendar(TALK, FAIR))
    assert await feeds.read() == []
    assert {row.state for row in await feeds.items()} == {"told"}


async def test_a_new_event_is_told(feeds: Sources) -> None:
    """At once, where the source may."""
    await begun(feeds, TALK, FAIR)
    feeds.stands(calendar(TALK, FAIR, MEETING))
    assert told(await feeds.read()) == ["Neuer Termin: Netzwerktreffen"]


async def test_a_moved_event_is_one_change(feeds: Sources) -> None:
    """Also under another UID; it stays the same event with the same number."""
    await begun(feeds, TALK, FAIR)
    feeds.stands(calendar(TALK.replace("0310T", "0317T").replace("UID:talk", "UID:n"), FAIR))
    new = await feeds.read()
    assert told(new) == ["Verschoben: Fachtag Daten"]
    assert "bisher Mittwoch, 10. März 2027" in new[0].text
    assert await feeds.read() == []


async def test_a_merged_event_is_no_cancellation(feeds: Sources) -> None:
    """Two days of one fair become one entry of two days."""
    first = component("a", "Messe Digital, Tag 1", "20270420")
    second = component("b", "Messe Digital, Tag 2", "20270421")
    await begun(feeds, first, second, TALK)
    whole = component("c", "Messe Digital", "20270420", end="20270422")
    feeds.stands(calendar(whole, TALK))
    new = await feeds.read()
    assert not any("abgesagt" in text.casefold() for text in told(new))


async def test_a_cancellation_is_told_once(feeds: Sources) -> None:
    """However often it stands there, and also when it is gone afterwards."""
    await begun(feeds, TALK, FAIR)
    off = TALK.replace("END:VEVENT", "STATUS:CANCELLED\r\nEND:VEVENT")
    feeds.stands(calendar(off, FAIR))
    assert told(await feeds.read()) == ["Abgesagt: Fachtag Daten"]
    assert await feeds.read() == []
    feeds.stands(calendar(FAIR))
    assert await feeds.read() == []


async def test_a_date_of_a_series_is_moved(feeds: Sources) -> None:
    """A calendar says so by an entry of its own; people read about that date."""
    series = component(
        "jour", "Sprechstunde", "20270203T100000", "RRULE:FREQ=WEEKLY;COUNT=8",
        end="20270203T110000",
    )  # fmt: skip
    await begun(feeds, series)
    moved = component(
        "jour", "Sprechstunde", "20270218T100000",
        "RECURRENCE-ID;TZID=Europe/Berlin:20270217T100000", end="20270218T110000",
    )  # fmt: skip
    feeds.stands(calendar(series, moved))
    new = await feeds.read()
    assert told(new) == ["Verschoben: Sprechstunde"]
    assert await feeds.read() == []


async def test_another_place_edits_what_was_told(hub: Stage, feeds: Sources) -> None:
    """It is no news, so nobody gets a second message."""
    await begun(feeds, TALK, FAIR)
    feeds.stands(calendar(TALK, FAIR.replace("Kiel", "Lübeck")))
    assert await feeds.read() == []
    (text,) = [one for one in shown(hub) if "Messe Digital" in one]
    assert "Lübeck" in text
    assert "Kiel" not in text


async def test_very_many_changes_are_held(hub: Stage, feeds: Sources) -> None:
    """A source that numbers or writes everything anew floods nobody."""
    many = [component(f"e{n}", f"Abend {n}", f"202703{n + 10}T190000") for n in range(10)]
    await begun(feeds, *many)
    later = [one.replace("T190000", "T193000") for one in many]
    feeds.stands(calendar(*later))
    assert told(await feeds.read()) == []
    assert any("auf einmal sehen 10 Einträge" in text for text in shown(hub, editors.ROOM))
    off = later[0].replace("END:VEVENT", "STATUS:CANCELLED\r\nEND:VEVENT")
    feeds.stands(calendar(off, *later[1:]))
    assert told(await feeds.read()) == []
    await feeds.accept(Decision.PUBLISH)
    beginnings = [text.split(":")[0] for text in told(await feeds.settle())]
    assert sorted(beginnings) == ["Abgesagt", *["Verschoben"] * 9]


async def test_a_few_new_items_of_a_small_source_are_told(feeds: Sources) -> None:
    """Five of five are no flood."""
    await begun(feeds, TALK)
    five = [component(f"e{n}", f"Abend {n}", f"202704{n + 10}T190000") for n in range(5)]
    feeds.stands(calendar(TALK, *five))
    assert len(told(await feeds.read())) == 5


async def test_while_a_flood_waits_cancellations_are_told(feeds: Sources) -> None:
    """What is new joins what waits; what was told before goes its usual way."""
    await begun(feeds, TALK, FAIR)
    many = [component(f"e{n}", f"Abend {n}", f"202703{n + 10}T190000") for n in range(8)]
    feeds.stands(calendar(TALK, FAIR, *many))
    assert told(await feeds.read()) == []
    off = TALK.replace("END:VEVENT", "STATUS:CANCELLED\r\nEND:VEVENT")
    feeds.stands(calendar(off, FAIR, *many, MEETING))
    assert told(await feeds.read()) == ["Abgesagt: Fachtag Daten"]
    assert (await feeds.accept(Decision.DROP)).items == 9


# Deadlines

CALL = "Aufruf Klimaanpassung | 01.02.2027 - 26.02.2027"


async def test_an_extension_replaces_the_reminders(feeds: Sources) -> None:
    """In the title of a feed; who was told hears of it once, and is reminded of the new date."""
    await feeds.add(topic=DEADLINE)
    feeds.stands(rss(("1", CALL, "Text", PUBLISHED), ("2", "Etwas", "anderes", PUBLISHED)))
    await feeds.settle()
    await feeds.accept(Decision.PUBLISH)
    assert "Neue Frist: " + CALL in told(await feeds.settle())
    later = "Aufruf Klimaanpassung | 01.02.2027 - 19.03.2027"
    feeds.stands(rss(("1", later, "Text", PUBLISHED), ("2", "Etwas", "anderes", PUBLISHED)))
    new = await feeds.read()
    assert told(new) == ["Verlängert: " + later]
    assert "19. März 2027" in new[0].text
    assert await feeds.read() == []


UNSURE = ("3", "Wettbewerb Daten", "Bewerbungen bis 5. März.", PUBLISHED)


async def test_an_unsure_deadline_is_confirmed_by_an_editor(hub: Stage, feeds: Sources) -> None:
    """With the words in which it stands; until then nobody hears of it."""
    await feeds.add(topic=DEADLINE)
    feeds.stands(rss(("1", CALL, "Text", PUBLISHED)))
    await feeds.settle()
    await feeds.accept(Decision.CALENDAR)
    reading = feeds.stands(rss(("1", CALL, "Text", PUBLISHED), UNSURE))
    (item,) = [one for one in reading.items if one.id == "3"]
    assert item.deadline is not None
    assert item.deadline.confidence < 0.8
    assert told(await feeds.read()) == []
    assert any(item.deadline.words in text for text in shown(hub, editors.ROOM))
    await feeds.accept(Decision.PUBLISH)
    assert told(await feeds.settle()) == ["Neue Frist: Wettbewerb Daten"]
    assert await feeds.read() == []


async def waits(feeds: Sources) -> SourceItem:
    """Let an unsure deadline be read, and return it."""
    await feeds.add(topic=DEADLINE)
    feeds.stands(rss(("1", CALL, "Text", PUBLISHED)))
    await feeds.settle()
    await feeds.accept(Decision.CALENDAR)
    feeds.stands(rss(("1", CALL, "Text", PUBLISHED), UNSURE))
    await feeds.read()
    (row,) = [row for row in await feeds.items() if row.state == "held"]
    return row


async def test_an_editor_corrects_a_due_date(hub: Stage, feeds: Sources) -> None:
    """It holds as long as the source says it in the same words."""
    row, chefin = await waits(feeds), await feeds.member("chefin")
    async with hub.database.begin() as session:
        await source_holding.correct(
            session,
            row.id,
            Moment(day=date(2027, 3, 8)),
            seen=source_holding.mark(row),
            member_id=chefin,
            settings=hub.settings,
            now=hub.clock.now(),
        )
    (new,) = [one for one in await feeds.settle() if one.address.chat == "anna"]
    assert "8. März 2027" in new.text
    assert "5. März" in new.text  # the words of the source
    other = (*UNSURE[:1], "Wettbewerb Daten 2027", *UNSURE[2:])
    feeds.stands(rss(("1", CALL, "Text", PUBLISHED), other))
    assert told(await feeds.read()) == []
    assert await feeds.batches() == []
    feeds.stands(
        rss(("1", CALL, "Text", PUBLISHED), (*other[:2], "Bewerbungen bis 19. März.", PUBLISHED))
    )
    await feeds.read()
    assert len(await feeds.batches()) == 1


async def test_an_item_is_decided_once(hub: Stage, feeds: Sources) -> None:
    """The batch ends with its last item."""
    row, chefin = await waits(feeds), await feeds.member("chefin")
    refused = []
    for _ in range(2):
        try:
            async with hub.database.begin() as session:
                await source_holding.decide_item(
                    session,
                    row.id,
                    Decision.PUBLISH,
                    seen=source_holding.mark(row),
                    member_id=chefin,
                    settings=hub.settings,
                    now=hub.clock.now(),
                )
        except UserError as error:
            refused.append(error.message)
    assert refused == ["source-item-decided"]
    assert told(await feeds.settle()) == ["Neue Frist: Wettbewerb Daten"]
    assert await feeds.batches() == []


async def test_what_came_to_nothing_waits_no_longer(hub: Stage, feeds: Sources) -> None:
    """Editors need not decide about what is gone or called off."""
    await feeds.add()
    feeds.stands(calendar(TALK, FAIR))
    await feeds.settle()
    feeds.stands(calendar(TALK.replace("END:VEVENT", "STATUS:CANCELLED\r\nEND:VEVENT")))
    await feeds.read()
    assert await feeds.batches() == []
    assert any("hat sich erledigt" in text for text in shown(hub, editors.ROOM))


# News


async def test_news_are_announced_with_their_link(feeds: Sources) -> None:
    """Only what is new since the source was added, and nothing old."""
    await feeds.add(topic="Netzwerk-Nachrichten")
    first = ("1", "Alte Meldung", "Text", "Sun, 04 Jan 2026 08:00:00 +0000")
    feeds.stands(rss(first))
    assert told(await feeds.settle()) == []
    assert await feeds.batches() == []
    second = ("2", "Neues *Portal*", "Es ist da.", PUBLISHED)
    feeds.stands(rss(second, first))
    (text,) = [one.text for one in await feeds.read() if one.address.chat == "anna"]
    assert text == "Neues *Portal*\n\nEs ist da.\n\nhttps://www.example.org/2"
    assert told(await feeds.read()) == []


async def test_news_edited_at_their_source_edit_what_was_sent(hub: Stage, feeds: Sources) -> None:
    """Nobody gets a second message."""
    await feeds.add(topic="Netzwerk-Nachrichten")
    first = ("1", "Alte Meldung", "Text", "Sun, 04 Jan 2026 08:00:00 +0000")
    feeds.stands(rss(first))
    await feeds.settle()
    feeds.stands(rss(("2", "Neues Portl", "Es ist da.", PUBLISHED), first))
    await feeds.read()
    hub.clock.advance(timedelta(minutes=10))
    feeds.stands(rss(("2", "Neues Portal", "Es ist da.", PUBLISHED), first))
    assert told(await feeds.read()) == []
    await feeds.settle()
    assert [text.splitlines()[0] for text in shown(hub) if "Portal" in text] == ["Neues Portal"]
    assert not any("Portl" in text for text in shown(hub))


# Modes and filters


async def test_where_editors_approve_nothing_is_told_before(hub: Stage, feeds: Sources) -> None:
    """Each reading's changes are one batch."""
    await begun(feeds, TALK)
    async with hub.database.begin() as session:
        await sources.change(
            session, 1, what="mode", typed="Freigabe", member_id=None, now=hub.clock.now()
        )
    feeds.stands(calendar(TALK, FAIR))
    assert told(await feeds.read()) == []
    feeds.stands(calendar(TALK, FAIR, MEETING))
    await feeds.read()
    fair, meeting = await feeds.batches()
    await feeds.decide(meeting, Decision.PUBLISH)
    assert told(await feeds.settle()) == ["Neuer Termin: Netzwerktreffen"]
    await feeds.decide(fair, Decision.DROP)
    assert told(await feeds.settle()) == []


async def test_a_calendar_source_tells_nobody(hub: Stage, feeds: Sources) -> None:
    """Neither of what is new nor of what is moved; the calendar is right all the same."""
    await feeds.add(mode="kalender")
    feeds.stands(calendar(TALK))
    await feeds.settle()
    await feeds.accept(Decision.CALENDAR)
    feeds.stands(calendar(TALK.replace("0310T", "0317T"), FAIR))
    assert told(await feeds.read()) == []
    anna = Person(hub.channel, "anna", _count=500)
    listed = await hub.says(anna.says("/termine"))
    assert "17.03.2027" in listed
    assert "Messe Digital" in listed


async def test_only_what_the_keywords_want_is_told(hub: Stage, feeds: Sources) -> None:
    """And when they change, what stands there already is not told all at once."""
    await feeds.add(wanted="messe, netz*")
    feeds.stands(calendar(TALK))
    await feeds.settle()
    assert await feeds.batches() == []
    feeds.stands(calendar(TALK, FAIR, MEETING))
    assert sorted(told(await feeds.read())) == [
        "Neuer Termin: Messe Digital",
        "Neuer Termin: Netzwerktreffen",
    ]
    async with hub.database.begin() as session:
        await sources.change(
            session, 1, what="wanted", typed="", member_id=None, now=hub.clock.now()
        )
    assert told(await feeds.read()) == []


# What was changed in chat


async def test_a_change_in_chat_outlives_what_the_source_says_again(
    hub: Stage, feeds: Sources, chefin: Person
) -> None:
    """Field by field: the source changes the place, the editors' date stays."""
    await begun(feeds, TALK, FAIR)
    chefin._count = 3000
    (draft,) = await hub.hears(chefin.says("/termin verschieben 1 auf 11.3.2027, 9 Uhr"))
    await hub.hears(chefin.taps(draft, number=1))
    await feeds.settle()
    feeds.stands(calendar(TALK.replace("END:VEVENT", "LOCATION:Berlin\r\nEND:VEVENT"), FAIR))
    assert told(await feeds.read()) == []
    anna = Person(hub.channel, "anna", _count=500)
    event = await hub.says(anna.says("/termin 1"))
    assert "11. März 2027" in event
    assert "Berlin" in event


# Failures


async def test_a_source_that_fails_is_told_once_and_works_again(
    hub: Stage, feeds: Sources
) -> None:
    """After some tries and a day, in plain words; one more message when it works."""
    await begun(feeds, TALK)
    feeds.fails("temporary")
    for _ in range(12):
        await feeds.read()
    stale = [text for text in shown(hub, editors.ROOM) if "nicht mehr lesen" in text]
    assert len(stale) == 1
    assert "Der Server ist nicht erreichbar oder gestört." in stale[0]
    feeds.stands(calendar(TALK))
    new = await feeds.read()
    assert told(new, editors.ROOM) == ["Quelle 1: example.org lässt sich wieder lesen."]


@pytest.mark.parametrize("data", [b"<html><body>404</body></html>", calendar()])
async def test_a_page_instead_of_a_feed_cancels_nothing(
    hub: Stage, feeds: Sources, data: bytes
) -> None:
    """Nor does one that is empty all at once: what is known stays, and editors are told."""
    await begun(feeds, TALK, FAIR)
    feeds.stands(data)
    for _ in range(4):
        await feeds.read()
    assert [row.gone_at for row in await feeds.items()] == [None, None]
    assert any("nicht mehr lesen" in text for text in shown(hub, editors.ROOM))
    feeds.stands(calendar(TALK, FAIR))
    assert told(await feeds.read()) == []


async def test_an_empty_calendar_is_no_failure(feeds: Sources) -> None:
    """If it never had anything."""
    await feeds.add()
    feeds.stands(calendar())
    await feeds.settle()
    await feeds.read()
    assert (await feeds.source()).problem == ""


async def test_a_source_that_is_removed_waits_no_longer(hub: Stage, feeds: Sources) -> None:
    """What was held of it is gone from the editors' desk."""
    await feeds.add()
    feeds.stands(calendar(TALK))
    await feeds.settle()
    async with hub.database.begin() as session:
        await sources.remove(session, 1, member_id=None, now=hub.clock.now())
    await feeds.settle()
    assert await feeds.batches() == []
    assert any("hat sich erledigt" in text for text in shown(hub, editors.ROOM))


@pytest.mark.parametrize("commit", range(1, 9))
async def test_whoever_dies_between_two_steps_doubles_nothing(
    hub: Stage, feeds: Sources, commit: int
) -> None:
    """Whichever commit fails: a moved event, a new one and news are told once each."""
    await begun(feeds, TALK, FAIR)
    other = "https://www.example.org/news.xml"
    await feeds.add(address=other, topic="Netzwerk-Nachrichten")
    feeds.stands(rss(("1", "Alt", "Text", "Sun, 04 Jan 2026 08:00:00 +0000")), address=other)
    await feeds.settle()
    feeds.stands(rss(("2", "Neues", "Text", PUBLISHED)), address=other)
    feeds.stands(calendar(TALK.replace("0310T", "0317T"), FAIR, MEETING))
    await feeds.pass_interval()
    hub.commit_fails(commit)
    new: list[Sent] = []
    for _ in range(3):
        for job in JOBS:
            with contextlib.suppress(StorageError):
                await hub.runs(job)
        new += await hub.delivers()
        hub.clock.advance(timedelta(minutes=6))  # a claim of who died runs out
    assert sorted(told(new)) == [
        "Neuer Termin: Netzwerktreffen",
        "Neues",
        "Verschoben: Fachtag Daten",
    ]
