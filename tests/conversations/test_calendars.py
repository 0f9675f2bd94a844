"""Members and rooms get the address of a calendar, and calendar programs read it."""

import gzip
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from bot.messages import Change
from bot.services import topics
from bot.services.calendars import hash_of
from bot.storage.models import Body, CalendarFeed, EventRow
from bot.web.routes import Site, routes
from tests.conversations.calendar import CALL, CONGRESS, HOUR, fill
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent
from tests.unit.events.rfc5545 import problems
from tests.unit.test_web import listening

WEB = {"web": {"enabled": True, "public_url": "https://hub.example.org/"}}
URL = re.compile(r"https://hub\.example\.org(/calendar/([\w-]{43}))\.ics")


@pytest.fixture(autouse=True)
async def _ready(hub: Stage) -> None:
    hub.configured(**WEB)
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())
    await fill(hub)


@pytest.fixture
async def web(hub: Stage) -> AsyncIterator[str]:
    """The HTTP side of the hub."""
    made = routes(Site(hub.database, hub.clock, hub.settings))
    async with listening(routes=made) as address:
        yield address


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Program:
    """A calendar program that subscribed to an address."""

    def __init__(self, web: str, path: str) -> None:
        self.url = f"{web}{path}.ics"

    async def asks(self, method: str = "GET", **headers: str) -> Answer:
        """Ask for the calendar; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            ClientSession(auto_decompress=False) as client,
            client.request(method, self.url, headers=named, allow_redirects=False) as response,
        ):
            return Answer(response.status, response.headers, await response.read())

    async def reads(self) -> dict[str, Any]:
        """Return the entries by their uid, but for the changed dates of series."""
        response = await self.asks(Accept_Encoding="identity")
        assert response.status == 200
        assert problems(response.body) == []
        found = icalendar.Calendar.from_ical(response.body).walk("VEVENT")
        return {str(one["UID"]): one for one in found if "RECURRENCE-ID" not in one}


def path(sent: Sent) -> str:
    """Return what the address in a message leads to, without its ending."""
    found = URL.search(sent.text)
    assert found is not None, sent.text
    return found[1]


async def given(hub: Stage, person: Person, text: str = "/kalender", **where: Any) -> str:
    (sent,) = await hub.hears(person.says(text, **where))
    return path(sent)


def labels(sent: Sent) -> Sequence[str]:
    return [button.label for button in sent.body.numbered_buttons()]


# In chat


async def test_a_member_gets_an_address_and_reads_how_to_use_it(hub: Stage, anna: Person) -> None:
    """In two sentences, with a link that opens the device's own program."""
    await hub.hears(anna.says("/abo Konferenzen"))
    (sent,) = await hub.hears(anna.says("/kalender"))
    found = URL.search(sent.text)
    assert found is not None
    assert f"https://hub.example.org{found[1]}/open" in sent.text
    assert "als „Kalender aus dem Internet“ abonnieren" in sent.text
    assert "Wer sie kennt, kann den Kalender lesen" in sent.text
    assert "Raum" not in sent.text
    assert "nichts abonniert" not in sent.text
    assert labels(sent) == ["Neue Adresse", "Adresse abschalten"]


async def test_who_subscribed_to_nothing_reads_why_the_calendar_is_empty(
    hub: Stage, anna: Person
) -> None:
    """With the way to change that; in English as well."""
    anna.language = "en"
    assert "Nothing is subscribed to here yet, so nothing is in the calendar: /subscribe" in (
        await hub.says(anna.says("/calendar"))
    )


async def test_asked_again_the_bot_offers_a_new_address(
    hub: Stage, anna: Person, web: str
) -> None:
    """It does not know the old one any more; it knows since when, and when it was read."""
    program = Program(web, await given(hub, anna))
    (sent,) = await hub.hears(anna.says("/kalender"))
    assert URL.search(sent.text) is None
    assert "gibt es hier seit 15. Januar 2027. Abgerufen wurde sie noch nie." in sent.text
    await program.reads()
    assert "Zuletzt abgerufen wurde sie am 15. Januar 2027." in (
        await hub.says(anna.says("/kalender"))
    )


@pytest.mark.parametrize("tapped", [True, False])
async def test_a_new_address_takes_the_place_of_the_old_one(
    hub: Stage, anna: Person, web: str, *, tapped: bool
) -> None:
    """By a tap or by a word; who reads the old one is told that it is gone."""
    (sent,) = await hub.hears(anna.says("/kalender"))
    old = Program(web, path(sent))
    if tapped:
        assert await hub.hears(anna.taps(sent, value="calendar:new")) == []
        new = Program(web, path(sent))
    else:
        new = Program(web, await given(hub, anna, "/kalender neu"))
    assert (await old.asks()).status == 410
    assert (await new.asks()).status == 200


async def test_an_address_is_switched_off_at_once(hub: Stage, anna: Person, web: str) -> None:
    """A second time there is nothing to switch off."""
    program = Program(web, await given(hub, anna))
    assert (await program.asks()).status == 200
    assert await hub.says(anna.says("/kalender aus")) == (
        "Die Kalenderadresse ist abgeschaltet. Eine neue gibt es mit /kalender."
    )
    assert (await program.asks()).status == 410
    assert "gibt es hier nicht" in await hub.says(anna.says("/kalender aus"))
    assert (await Program(web, await given(hub, anna)).asks()).status == 200


async def test_what_fits_nowhere_is_refused_with_what_does(hub: Stage, anna: Person) -> None:
    """The words that there are."""
    assert await hub.says(anna.says("/kalender morgen")) == (
        "„morgen“ passt hier nicht. Bitte /kalender, /kalender neu oder /kalender aus schreiben."
    )


async def test_without_a_public_address_there_is_the_file(hub: Stage, anna: Person) -> None:
    """As in the terminal of somebody who tries the bot out."""
    hub.configured()
    said = await hub.says(anna.says("/kalender"))
    assert "weil dieser Hub nicht über das Web erreichbar ist" in said
    assert "/termine schreiben" in said
    assert "Kalenderadresse" not in await hub.says(anna.says("/datenschutz"))


async def test_in_a_room_moderators_decide_and_everybody_sees_it(
    hub: Stage, anna: Person, bert: Person, web: str
) -> None:
    """As with everything that the room hears."""
    hub.channel.moderators.add(("ag", "anna"))
    room: dict[str, Any] = {"room": "ag", "addressed": True}
    assert "nur Moderatoren" in await hub.says(bert.says("/kalender", **room))
    (sent,) = await hub.hears(anna.says("/kalender", **room))
    assert "Alle in diesem Raum sehen die Adresse." in sent.text
    (refused,) = await hub.hears(bert.taps(sent, value="calendar:off"))
    assert "nur Moderatoren" in refused.text
    response = await Program(web, path(sent)).asks(Accept_Encoding="identity")
    assert b"X-WR-CALNAME:Stadtfunk: ag\r\n" in response.body


async def test_a_chat_that_the_bot_leaves_loses_its_calendar(
    hub: Stage, anna: Person, web: str
) -> None:
    """Nobody there could switch it off any more."""
    hub.channel.moderators.add(("ag", "anna"))
    program = Program(web, await given(hub, anna, room="ag", addressed=True))
    await hub.hears(anna.changes("ag", Change.LEFT))
    assert (await program.asks()).status == 410


async def test_a_group_that_gets_another_number_keeps_its_address(
    hub: Stage, anna: Person, web: str
) -> None:
    """Also if the bot heard of the new number first."""
    hub.channel.moderators |= {("ag", "anna"), ("super", "anna")}
    program = Program(web, await given(hub, anna, room="ag", addressed=True))
    await hub.hears(anna.says("/meine", room="super", addressed=True))
    await hub.hears(anna.changes("ag", Change.MOVED, moved_to="super"))
    assert (await program.asks()).status == 200
    assert "gibt es hier seit" in (
        await hub.says(anna.says("/kalender", room="super", addressed=True))
    )


async def test_the_address_is_kept_nowhere(hub: Stage, anna: Person) -> None:
    """Only its hash; what was sent is forgotten, but for the buttons."""
    token = (await given(hub, anna)).rpartition("/")[2]
    async with hub.database.begin() as session:
        (feed,) = (await session.scalars(select(CalendarFeed))).all()
        bodies = (await session.scalars(select(Body.content))).all()
    assert feed.token_hash == hash_of(token)
    assert token not in str(bodies)
    assert "calendar:off" in str(bodies)


async def test_what_is_kept_is_said(hub: Stage, anna: Person) -> None:
    """With everything else that is."""
    said = await hub.says(anna.says("/datenschutz"))
    assert "Von einer Kalenderadresse (/kalender) wird nur eine Prüfsumme gespeichert" in said


# Over HTTP


async def test_the_calendar_holds_what_the_chat_hears_of(
    hub: Stage, anna: Person, web: str
) -> None:
    """Topics, Land and kinds as subscribed; single events as wished; one ringing as chosen."""
    program = Program(web, await given(hub, anna))
    assert await program.reads() == {}
    await hub.hears(anna.says("/abo Förderfristen in Sachsen"))
    assert set(await program.reads()) == {"call", "call#1", "saints", "sunday"}
    await hub.hears(anna.says("/erinnern 14 Tage um 9"))
    (alarm,) = (await program.reads())["saints"].walk("VALARM")
    assert alarm["TRIGGER"].dt == -timedelta(days=13, hours=15)

    (sent,) = await hub.hears(anna.says(f"/termine {CONGRESS}"))
    await hub.hears(anna.taps(sent, value=f"event-watch:{CONGRESS}"))
    (sent,) = await hub.hears(anna.says(f"/fristen {CALL}"))
    await hub.hears(anna.taps(sent, value=f"event-mute:{CALL}"))
    assert set(await program.reads()) == {"saints", "sunday", "congress"}
    await hub.hears(anna.says("/stopp"))
    assert set(await program.reads()) == {"congress"}


async def test_what_is_over_or_off_stays_for_a_while(hub: Stage, anna: Person, web: str) -> None:
    """Ninety days; what was cancelled says so."""
    await hub.hears(anna.says("/abo Konferenzen"))
    program = Program(web, await given(hub, anna))
    found = await program.reads()
    assert set(found) == {"congress", "hour", "off"}
    assert found["off"]["STATUS"] == "CANCELLED"
    hub.clock.advance(timedelta(days=60))  # from the 15th of January
    assert set(await program.reads()) == {"congress", "hour", "off"}
    hub.clock.advance(timedelta(days=90))
    assert set(await program.reads()) == {"congress"}


async def test_an_event_that_cannot_be_written_costs_only_itself(
    hub: Stage, anna: Person, web: str
) -> None:
    """Say one that an older version of the program took in."""
    await hub.hears(anna.says("/abo Konferenzen"))
    program = Program(web, await given(hub, anna))
    async with hub.database.begin() as session:
        row = await session.get_one(EventRow, HOUR)
        row.content = row.content | {"series": {"rule": "FREQ=SOMETIMES", "deviations": []}}
    assert set(await program.reads()) == {"congress", "off"}


async def test_who_has_it_already_is_told_that_nothing_changed(
    hub: Stage, anna: Person, chefin: Person, web: str
) -> None:
    """Until something does: an event, or what the chat wants."""
    await hub.hears(anna.says("/abo Konferenzen"))
    program = Program(web, await given(hub, anna))
    first = await program.asks()
    tag = first.headers["ETag"]
    hub.clock.advance(timedelta(hours=1))
    again = await program.asks(If_None_Match=tag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    (sent,) = await hub.hears(chefin.says(f"/termin aendern {CONGRESS}; Titel: Kongress Kiel"))
    save = next(one for one in sent.body.numbered_buttons() if one.value.startswith("event-save"))
    await hub.hears(chefin.taps(sent, value=save.value))
    changed = await program.asks(If_None_Match=tag)
    assert (changed.status, changed.headers["ETag"] != tag) == (200, True)
    assert (await program.reads())["congress"]["SUMMARY"] == "Kongress Kiel"
    assert (await program.reads())["congress"]["SEQUENCE"] == 1
    await hub.hears(anna.says("/erinnern 3 Tage"))
    assert (await program.asks(If_None_Match=changed.headers["ETag"])).status == 200


async def test_an_answer_is_for_its_reader_alone(hub: Stage, anna: Person, web: str) -> None:
    """Nothing on the way keeps it, no search engine lists it, no link tells where it came from."""
    program = Program(web, await given(hub, anna))
    response = await program.asks()
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, max-age=900"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    head = await program.asks("HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["ETag"] == response.headers["ETag"]
    packed = await program.asks(Accept_Encoding="gzip")
    assert b"BEGIN:VCALENDAR" in gzip.decompress(packed.body)


async def test_nobody_learns_which_addresses_there_are(hub: Stage, anna: Person, web: str) -> None:
    """Whatever is not one gets the same answer, word for word."""
    await given(hub, anna)
    answers = []
    for token in ("A" * 43, "x", "..%2f..%2fetc", "ü" * 43):
        response = await Program(web, f"/calendar/{token}").asks()
        answers.append((response.status, response.body))
    assert answers == [(404, b"There is no such calendar.\n")] * 4


async def test_the_link_in_the_message_opens_the_calendar_program(
    hub: Stage, anna: Person, web: str
) -> None:
    """Chats link nothing but the web, so it leads there by a detour."""
    found = await given(hub, anna)
    async with (
        ClientSession() as client,
        client.get(f"{web}{found}/open", allow_redirects=False) as response,
    ):
        assert response.status == 302
        assert response.headers["Location"] == f"webcal://hub.example.org{found}.ics"
    async with ClientSession() as client, client.get(f"{web}/calendar/x/open") as response:
        assert response.status == 404


async def test_who_asks_all_the_time_has_to_wait(hub: Stage, anna: Person, web: str) -> None:
    """The others don't; after a while it works again."""
    program = Program(web, await given(hub, anna))
    other = Program(web, await given(hub, Person(hub.channel, "bert")))
    statuses = [(await program.asks()).status for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    assert int((await program.asks()).headers["Retry-After"]) == 60
    assert (await other.asks()).status == 200
    hub.clock.advance(timedelta(minutes=1))
    assert (await program.asks()).status == 200


async def test_guessing_holds_up_nobody_who_knows(hub: Stage, anna: Person, web: str) -> None:
    """Who was read before is read meanwhile; guesses are no longer looked up."""
    program = Program(web, await given(hub, anna))
    assert (await program.asks()).status == 200
    guesses = [Program(web, f"/calendar/{number:043}") for number in range(51)]
    statuses = [(await guess.asks()).status for guess in guesses]
    assert statuses == [404] * 50 + [429]
    assert (await program.asks()).status == 200
    hub.clock.advance(timedelta(seconds=1))
    assert (await guesses[50].asks()).status == 404


async def test_the_day_of_reading_is_kept_and_no_more(hub: Stage, anna: Person, web: str) -> None:
    """To the day, so that nobody learns when somebody looks into their calendar."""
    program = Program(web, await given(hub, anna))
    await program.asks()
    hub.clock.advance(timedelta(hours=3))
    await program.asks()
    async with hub.database.begin() as session:
        (feed,) = (await session.scalars(select(CalendarFeed))).all()
    assert feed.last_used_at == datetime.fromisoformat("2027-01-15T00:00:00+00:00")
