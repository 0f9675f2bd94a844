"""An announcement and a deadline reach exactly those who want them, on both networks.

There are 120 people on Telegram and 12 on Matrix, who subscribed by different filters, 3 rooms
and a channel. The whole crowd of 250 on each network takes some minutes::

    STADTFUNK_MEMBERS=250+250 python -m pytest tests/acceptance/test_audience.py
"""

import itertools
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clock import SystemClock
from tests.acceptance.city import (
    ON_MATRIX,
    ON_TELEGRAM,
    PATIENCE,
    TEST_SECONDS,
    City,
    answered,
    city,
)
from tests.acceptance.places import MatrixPlace, Place, TelegramPaper, until
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.timeout(TEST_SECONDS)

CALL = {"de": "Der Aufruf für Sachsen ist offen.", "en": "The call for Saxony is open."}
DEADLINE = {"de": "Neue Frist: Skizze Quartier", "en": "New deadline: Skizze Quartier"}
ALL, DEADLINES, NEWS = "", " nur Fristen", " nur Nachrichten"


@dataclass(frozen=True)
class Wish:
    """What somebody subscribes to, and whether they think better of it."""

    topics: tuple[str, ...] = ("Förderfristen",)
    laender: tuple[str, ...] = ()
    kind: str = ALL
    language: str = "de"
    stops: bool = False

    @property
    def subscription(self) -> str:
        where = f" in {' und '.join(self.laender)}" if self.laender else ""
        return f"abo {' und '.join(self.topics)}{where}{self.kind}"

    def hears_of(self, kind: str) -> bool:
        """Tell whether a funding deadline's news, or the deadline itself, in Saxony concerns."""
        return (
            not self.stops
            and "Förderfristen" in self.topics
            and (not self.laender or "Sachsen" in self.laender)
            and self.kind in {ALL, kind}
        )


@dataclass(frozen=True)
class Reader:
    """A place and what it has asked for."""

    place: Place
    wish: Wish

    def expected(self) -> dict[str, list[str]]:
        language = self.wish.language
        return {
            "call": [CALL[language]] * self.wish.hears_of(NEWS),
            "deadline": [DEADLINE[language]] * self.wish.hears_of(DEADLINES),
        }

    async def found(self) -> dict[str, list[str]]:
        """Return what the place shows of both, in either language."""
        heard = [one.text for one in await self.place.heard()]
        return {
            "call": [text for text in heard if _is_about(text, CALL)],
            "deadline": [text.partition("\n")[0] for text in heard if _is_about(text, DEADLINE)],
        }


def _is_about(text: str, words: dict[str, str]) -> bool:
    return any(one in text for one in words.values())


def _wishes(count: int, seed: int) -> list[Wish]:
    """Return every filter about equally often; one in twenty stops everything again."""
    topics = (("Förderfristen",), ("Konferenzen",), ("Konferenzen", "Förderfristen"))
    laender = ((), ("Sachsen",), ("Bayern",), ("Bayern", "Sachsen"))
    kinds = (ALL, DEADLINES, NEWS)
    every = itertools.cycle(itertools.product(topics, laender, kinds, ("de", "en")))
    mixed = [Wish(*next(every), stops=number % 20 == 7) for number in range(count)]
    random.Random(seed).shuffle(mixed)
    return mixed


def _said(wish: Wish, sign: str, *, language: bool = False) -> list[str]:
    lines = [f"{sign}{wish.subscription}", f"{sign}ruhe aus"]
    if language:
        lines.append(f"{sign}meldesprache {wish.language}")
    return [*lines, f"{sign}stopp"] if wish.stops else lines


async def _people_on_telegram(here: City) -> list[Reader]:
    """Let everybody on Telegram subscribe, each in the language of their own client."""
    readers = []
    for number, wish in enumerate(_wishes(ON_TELEGRAM, seed=1)):
        chat = await here.newcomer(f"T{number}", wish.language)
        for line in _said(wish, "/"):
            await chat.say(line)
        readers.append(Reader(chat, wish))
    return readers


async def _people_on_matrix(here: City) -> list[Reader]:
    """Let everybody on Matrix subscribe; one of them in an encrypted chat."""
    rooms: list[MatrixPlace] = [await here.secret_room("m-secret", direct=True)]
    rooms += [await here.clear_room(f"m{number}", direct=True) for number in range(1, ON_MATRIX)]
    return await _subscribed(here, rooms, _wishes(len(rooms), seed=2))


async def _rooms_on_matrix(here: City) -> list[Reader]:
    """Let those who lead a room subscribe it."""
    rooms: list[MatrixPlace] = [
        await here.secret_room("moderator-1", direct=False),
        await here.clear_room("moderator-2", direct=False),
        await here.clear_room("moderator-3", direct=False),
    ]
    wishes = [
        Wish(laender=("Sachsen",)),
        Wish(kind=DEADLINES, language="en"),
        Wish(laender=("Bayern",)),
    ]
    return await _subscribed(here, rooms, wishes)


async def _subscribed(here: City, rooms: list[MatrixPlace], wishes: list[Wish]) -> list[Reader]:
    await here.joined(rooms)
    for room, wish in zip(rooms, wishes, strict=True):
        for line in _said(wish, "!", language=True):
            await room.say(line)
    return [Reader(room, wish) for room, wish in zip(rooms, wishes, strict=True)]


async def _channel(here: City) -> Reader:
    """Let an admin subscribe a Telegram channel from afar."""
    chat = await here.telegram.channel("Amtsblatt", members=[here.chief.person, here.bot])
    told = await here.chief.told("„Amtsblatt“")
    found = re.search(r"Nr\. (\d+)", told.text)
    assert found
    wish = Wish(topics=("Konferenzen", "Förderfristen"), kind=NEWS, language="en")
    for line in _said(wish, f"/kanal {found[1]} ", language=True):
        await here.chief.say(line)
    return Reader(TelegramPaper(here.telegram, here.bot, chat), wish)


async def _readers(here: City) -> list[Reader]:
    """Let all of them subscribe, and wait until the bot has answered everybody."""
    readers = [await _channel(here), *await _people_on_telegram(here)]
    readers += [*await _rooms_on_matrix(here), *await _people_on_matrix(here)]
    for reader in readers:
        place, matrix = reader.place, reader.place.network == "matrix"
        if not isinstance(place, TelegramPaper):
            lines = _said(reader.wish, "", language=matrix)
            await answered(place, len(lines) + place.is_room)
    return readers


async def _announces(here: City) -> str:
    """Let the admin announce in one line; return what the preview said."""
    text = f"{CALL['de']}\nEN:\n{CALL['en']}"
    await here.chief.say(f"/ankuendigung Thema Förderfristen, Land Sachsen: {text}")
    return (await here.chief.press("Geht an", "Jetzt senden")).text


async def _adds_deadline(here: City) -> str:
    """Let an editor enter tomorrow's deadline; return what the draft said."""
    editor = await here.newcomer("Redaktion")
    await editor.say("/start")
    await answered(editor, 1)
    await here.chief.say(f"/rolle telegram:{editor.person.id} Redaktion")
    await answered(editor, 2)
    tomorrow = SystemClock().now().astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=1)
    await editor.say(f"/frist neu Skizze Quartier; bis {tomorrow:%d.%m.%Y}, 24 Uhr; Sachsen")
    draft = await editor.press("Bitte prüfen.", "Speichern")
    await editor.told("Gespeichert als Nr.")
    return draft.text


def _count(readers: list[Reader], kind: str, among: Callable[[Place], bool]) -> int:
    return sum(one.wish.hears_of(kind) for one in readers if among(one.place))


async def test_an_announcement_and_a_deadline_reach_exactly_the_right_ones(
    fresh_homeserver: Synapse, tmp_path: Path
) -> None:
    """Once each, in the right language, on both networks; and the reports count the same."""
    async with city(fresh_homeserver, tmp_path) as here:
        readers = await _readers(here)
        rooms = _count(readers, NEWS, lambda place: place.is_room)
        on_matrix = _count(readers, NEWS, lambda place: place.network == "matrix")
        everybody = _count(readers, NEWS, lambda _: True)

        preview = await _announces(here)
        assert (
            f"Geht an {everybody - rooms} Personen und {rooms} Räume "
            f"(Matrix {on_matrix}, Telegram {everybody - on_matrix})." in preview
        )
        report = await here.chief.told("Fertig:", within=PATIENCE)
        assert report.text == f"Nr. 1 · Fertig: {everybody} zugestellt"

        concerned = _count(readers, DEADLINES, lambda _: True)
        assert len(readers) // 5 < min(concerned, everybody) < len(readers) // 2
        assert f"{concerned} Chats erfahren davon" in await _adds_deadline(here)
        await _until_told(here, readers)
        found = {one.place.name: await one.found() for one in readers}

    assert found == {one.place.name: one.expected() for one in readers}
    assert len(found) == ON_TELEGRAM + ON_MATRIX + 4


async def _until_told(here: City, readers: list[Reader]) -> None:
    """Wait until one of them has heard of the deadline, and then until nobody hears any more."""
    first = next(one for one in readers if one.wish.hears_of(DEADLINES))

    async def is_told() -> bool:
        return bool((await first.found())["deadline"])

    await until(is_told, within=PATIENCE, what=f"the deadline in {first.place.name}")
    await here.quiet()
