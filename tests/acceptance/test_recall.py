"""An announcer's mistake is changed and then taken back, everywhere it can be, and truly reported.

There are 120 people on Telegram and 12 on Matrix, and two rooms. The whole crowd of 250 on each
network takes some minutes::

    STADTFUNK_MEMBERS=250+250 python -m pytest tests/acceptance/test_recall.py
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.city import (
    ON_MATRIX,
    ON_TELEGRAM,
    PATIENCE,
    TEST_SECONDS,
    City,
    answered,
    city,
)
from tests.acceptance.places import Heard, MatrixPlace, Place, TelegramChat
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.timeout(TEST_SECONDS)

MISTAKE = {"de": "Die Konferenz ist am Montag.", "en": "The conference is on Monday."}
BETTER = {"de": "Die Konferenz ist am Dienstag.", "en": "The conference is on Tuesday."}
NOTE = {
    "de": "Diese Nachricht wurde zurückgezogen.",
    "en": "This message was withdrawn.",
}
DELETABLE = 48 * 3600
"""Seconds for which Telegram lets a bot delete a message."""
_BLOCKING = 8
"""About how many people block the bot."""


@dataclass
class Reader:
    """A place that hears the announcement, and the message in which it did."""

    place: Place
    language: str = "de"
    message: str = ""

    @property
    def answers(self) -> int:
        """How many messages came before: one to the subscription, and a room's greeting."""
        return 1 + self.place.is_room

    async def telling(self) -> list[Heard]:
        """Return what the place shows of the announcement: all that came after the answers."""
        return (await self.place.heard())[self.answers :]


async def _readers(here: City) -> list[Reader]:
    """Let everybody subscribe to the same."""
    readers = []
    for number in range(ON_TELEGRAM):
        language = "en" if number % 4 == 0 else "de"
        chat = await here.newcomer(f"T{number}", language)
        await chat.say("/abo Konferenzen")
        readers.append(Reader(chat, language))
    rooms = await _rooms(here)
    for room in rooms:
        await room.say("!abo Konferenzen")
        readers.append(Reader(room))
    for reader in readers:
        await answered(reader.place, reader.answers)
    return readers


async def _rooms(here: City) -> list[MatrixPlace]:
    rooms: list[MatrixPlace] = [
        await here.secret_room("moderator-1", direct=False),
        await here.clear_room("moderator-2", direct=False),
        await here.secret_room("m-secret", direct=True),
    ]
    rooms += [await here.clear_room(f"m{number}", direct=True) for number in range(1, ON_MATRIX)]
    await here.joined(rooms)
    return rooms


def _written(words: dict[str, str]) -> str:
    return f"{words['de']}\nEN:\n{words['en']}"


async def _sends(here: City, readers: list[Reader]) -> None:
    """Let the mistake be sent; in the middle of it two days pass on Telegram.

    It is urgent, because nobody here knows at what time of day a test runs.
    """
    await here.chief.say(f"/ankuendigung Thema Konferenzen: {_written(MISTAKE)}")
    await here.chief.press("Geht an", "Wichtigkeit: normal")
    await here.chief.offered("Geht an", "Wichtigkeit: dringend")
    sent = await here.telegram.accepted()
    await here.chief.press("Geht an", "Jetzt senden")
    calls = await here.telegram.wait_for_calls(
        "sendMessage", sent + ON_TELEGRAM // 2, within=PATIENCE
    )
    assert len(calls) < sent + ON_TELEGRAM
    await here.telegram.advance(DELETABLE + 1)
    report = await here.chief.told("Fertig:", within=PATIENCE)
    assert report.text == f"Nr. 1 · Fertig: {len(readers)} zugestellt"
    for reader in readers:
        told = await reader.telling()
        assert [one.text for one in told] == [MISTAKE[reader.language]], reader.place.name
        reader.message = told[0].id


async def _changes(here: City, readers: list[Reader]) -> None:
    """Let the mistake be mended in place."""
    await here.chief.press("Nr. 1 · Fertig:", "Ändern")
    await here.chief.told("Bisher steht dort")
    await here.chief.say(_written(BETTER))
    await here.chief.press("So steht es dann überall", "Übernehmen")
    await here.chief.told(f"{len(readers)} geändert", within=PATIENCE)
    for reader in readers:
        assert [(one.id, one.text) for one in await reader.telling()] == [
            (reader.message, BETTER[reader.language])
        ], reader.place.name


async def _block(here: City, readers: list[Reader]) -> list[Reader]:
    """Let some on Telegram block the bot, which then can't delete anything there any more."""
    on_telegram = [one for one in readers if isinstance(one.place, TelegramChat)]
    lost = on_telegram[:: max(1, ON_TELEGRAM // _BLOCKING)]
    for reader in lost:
        assert isinstance(reader.place, TelegramChat)
        await here.telegram.fail(
            "error",
            method="deleteMessage",
            chat=reader.place.person,
            times=None,
            code=403,
            description="Forbidden: bot was blocked by the user",
        )
        await here.telegram.block(reader.place.person)
    return lost


async def _recalls(here: City) -> str:
    """Let it be taken back, after one more question; return the report."""
    await here.chief.press("Nr. 1 · Fertig:", "Zurückziehen")
    await here.chief.press("überall zurückziehen?", "Ja")
    report = await here.chief.told("Nr. 1 · Zurückgezogen:", within=PATIENCE)
    await here.quiet()
    return report.text


async def _fate(reader: Reader, recalled_at: float) -> str:
    """Return what has become of the message: ``deleted``, ``replaced`` or ``lasting``.

    Raises:
        AssertionError: Something else has, or there is another message.
    """
    place = reader.place
    if not isinstance(place, TelegramChat):
        assert isinstance(place, MatrixPlace)
        event = await place.event(reader.message)
        assert event["content"] == {}, place.name
        assert event["unsigned"]["redacted_because"]["type"] == "m.room.redaction"
        return "deleted on Matrix"
    (told,) = await reader.telling()
    assert told.id == reader.message, place.name
    if told.deleted:
        assert recalled_at - told.sent_at <= DELETABLE, place.name
        return "deleted on Telegram"
    if told.text == NOTE[reader.language]:
        assert recalled_at - told.sent_at > DELETABLE, place.name
        return "replaced"
    assert told.text == BETTER[reader.language], place.name
    return "lasting"


async def test_what_was_sent_by_mistake_is_changed_and_then_withdrawn_everywhere(
    fresh_homeserver: Synapse, tmp_path: Path
) -> None:
    """Deleted where the network allows it, replaced by a note where not; the report is true."""
    async with city(fresh_homeserver, tmp_path) as here:
        readers = await _readers(here)
        await _sends(here, readers)
        await _changes(here, readers)
        lost = await _block(here, readers)
        recalled_at = await here.telegram.time()
        report = await _recalls(here)
        fates = [await _fate(reader, recalled_at) for reader in readers]

    assert fates.count("deleted on Matrix") == ON_MATRIX + 2
    assert fates.count("lasting") == len(lost)
    assert all(fates[readers.index(reader)] == "lasting" for reader in lost)
    assert fates.count("replaced") >= ON_TELEGRAM // 8
    assert fates.count("deleted on Telegram") >= ON_TELEGRAM // 8
    assert report == (
        f"Nr. 1 · Zurückgezogen: {fates.count('deleted on Matrix')} auf Matrix gelöscht, "
        f"{fates.count('deleted on Telegram')} auf Telegram gelöscht, "
        f"{fates.count('replaced')} durch einen Hinweis ersetzt, "
        f"nicht mehr rückholbar: {fates.count('lasting')}"
    )
