"""The events that the conversations are about."""

import json
from typing import Any

from bot.events.formats import parse
from bot.services import events
from tests.conversations.stage import Stage

ROWS: list[dict[str, Any]] = [
    {
        "id": "past",
        "titel": "Regionalkonferenz Zwönitz",
        "start": "4.12.2025, 9:30–17 Uhr",
        "land": "SN",
    },
    {
        "id": "call",
        "typ": "Frist",
        "titel": "Digitale Ortsmitte",
        "start": "29.1.2027, 23:59 Uhr",
        "status": "verlängert auf 12.2.2027, 23:59 Uhr",
        "art": "Ausschlussfrist: Registrierung bis 5.2.2027",
        "land": "SN",
        "quelle": "https://www.example.org/aufruf",
    },
    {
        "id": "saints",
        "typ": "Frist",
        "titel": "Mittelabruf",
        "start": "1.11.2027",
        "land": "NW und SN",
    },
    {
        "id": "sunday",
        "typ": "Frist",
        "titel": "EU-Aufruf",
        "start": "14.3.2027, 24 Uhr Europe/Brussels",
    },
    {
        "id": "congress",
        "titel": "Kongress",
        "start": "18.–19.11.2027",
        "ort": "Kiel",
        "land": "SH",
        "link": "https://www.example.org/kongress",
    },
    {
        "id": "hour",
        "titel": "Sprechstunde",
        "start": "2027-01-20T10:00",
        "ende": "2027-01-20T11:00",
        "ort": "online",
        "wiederholung": "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4",
    },
    {
        "id": "off",
        "titel": "Treffen Musterstadt",
        "start": "18.2.2027, 9 Uhr",
        "status": "abgesagt",
        "fiktiv": True,
    },
]
PAST, CALL, SAINTS, SUNDAY, CONGRESS, HOUR, OFF = range(1, 8)
"""Their numbers, in the order of the rows."""


async def fill(hub: Stage, *more: dict[str, Any]) -> None:
    """Take the events in, and *more*."""
    found, problems = parse(json.dumps([*ROWS, *more]).encode(), "e.json")
    assert problems == []
    async with hub.database.begin() as session:
        await events.take(session, found=found, now=hub.clock.now())
