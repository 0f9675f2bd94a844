"""Somebody who did everything, and a search for whatever is left of them."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Text, cast, select
from sqlalchemy.engine import make_url

from bot.messages import Change
from bot.services import topics
from bot.storage.models import Base
from schedules.inbox import show_inbox
from schedules.privacy import clean_after_erasures
from tests.conversations.editors import room, ticks
from tests.conversations.stage import SURE, Stage, knowledge_base
from tests.fakes import Person, Sent
from tests.samples import PDF

USER = "@vera-quitt:leer.example"
ASKED = "Wo parken Lastenräder am Quittenhof von Vera?"
IN_ROOM = "Wer mäht den Quittenhof im Winter?"
MISSING = "Es fehlte die Hausnummer am Quittenweg."
DRAFT = "Der Quittenmarkt beginnt bald."
WORDS = (USER, USER.title(), ASKED, IN_ROOM, MISSING, DRAFT, "Quittenhof", "Quittenweg")
"""What tells of the person: account, name, and words that nobody else has written."""


async def prepared(hub: Stage, folder: Path) -> None:
    """Give the hub topics, a folder of its own, and an address for calendars."""
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())
    hub.configured(
        hub={"data_dir": str(folder)},
        web={"enabled": True, "public_url": "https://hub.example.org"},
    )


def button(sent: Sent, label: str) -> str:
    """Return the value of a button."""
    return next(one.value for one in sent.body.numbered_buttons() if one.label.startswith(label))


async def did_everything(hub: Stage, vera: Person, others: tuple[Person, Person]) -> None:
    """Let Vera ask, rate, miss, subscribe, wish, be given roles, draft, upload and decide."""
    anna, chefin = others
    hub.knowledge = knowledge_base(hub.settings.hub.data_dir / "knowledge")
    await room(hub, anna)
    for line in ("/start", "/sprache de", "/projekt Gera", "/abo Konferenzen", "/kalender"):
        await hub.hears(vera.says(line))
    (answer,) = await hub.hears(vera.says(SURE))
    await hub.hears(vera.taps(answer, value=button(answer, "Hat nicht")))
    await hub.hears(vera.says(MISSING))
    await hub.hears(vera.says(ASKED))
    await hub.hears(vera.changes("platz", Change.JOINED))
    await hub.hears(vera.says(IN_ROOM, room="platz", addressed=True))
    await ticks(hub)
    for role in ("Redaktion", "Ankündigungen"):
        await hub.hears(chefin.says(f"/rolle {hub.channel.name}:{USER} {role}"))
    await hub.hears(chefin.says("/rollen"))
    hub.clock.advance(timedelta(minutes=2))
    await _worked(hub, vera, chefin)


async def _worked(hub: Stage, vera: Person, chefin: Person) -> None:
    """Let her do what only people with a role do."""
    await hub.hears(vera.says("/lehren Was ist ein Reallabor? | Ein Versuch."))
    await hub.hears(vera.says("speichern"))
    await hub.hears(vera.says("/termin neu"))
    await hub.hears(vera.says("Werkstatt am Fluss"))
    await hub.hears(vera.says("/abbrechen"))
    file = vera.file(PDF, "markt.pdf")
    await hub.hears(vera.says("/ankuendigung"))
    await hub.hears(vera.says(DRAFT, file=file))
    (preview,) = await hub.hears(vera.says("/ankuendigung Thema Konferenzen: Anmeldung offen."))
    await hub.hears(vera.taps(preview, value=button(preview, "Jetzt senden")))
    await hub.hears(vera.says("/termin neu"))
    await hub.ticks(show_inbox)
    await hub.hears(chefin.says(f"/rollen {USER}"))


async def erases(hub: Stage, vera: Person) -> list[Sent]:
    """Let her erase everything while an answer still waits; return what she reads then."""
    (asked,) = await hub.hears(vera.says("/loeschen_alles"))
    await hub.receives(vera.says("/help"))
    return await hub.hears(vera.taps(asked, value=button(asked, "Ja, alles")))


async def cleaned(hub: Stage) -> None:
    """Let the jobs tick that come behind an erasure."""
    await ticks(hub)
    await hub.ticks(clean_after_erasures)


async def left_in_rows(hub: Stage, words: Sequence[str] = WORDS) -> list[str]:
    """Return what any column of any table still says of the person."""
    found = []
    async with hub.database.begin() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.c:
                values = await session.scalars(select(cast(column, Text)).select_from(table))
                found += [
                    f"{table.name}.{column.name}: {word} in {value[:200]}"
                    for value in values
                    for word in words
                    if value and any(form in value for form in forms(word))
                ]
    return found


def forms(word: str) -> tuple[str, str]:
    """Return how a word may be written: as it is, and as JSON writes it."""
    return word, json.dumps(word)[1:-1]


def left_in_files(hub: Stage) -> list[str]:
    """Return what the files of the SQLite database still say of the person."""
    file = Path(str(make_url(str(hub.database.engine.url)).database))
    parts = [one for one in file.parent.glob(f"{file.name}*") if one.is_file()]
    assert parts
    return [
        f"{part.name}: {word}"
        for part in parts
        for word in WORDS
        for form in forms(word)
        if form.encode() in part.read_bytes()
    ]
