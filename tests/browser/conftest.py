"""A real browser in front of real pages."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, async_playwright

from bot.config import Settings
from bot.events.event import Event
from bot.services import events, topics
from bot.storage.engine import Database
from bot.web.routes import Site, routes
from tests.fakes import FakeClock
from tests.unit.pages import made
from tests.unit.test_web import listening

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What the system may call it; without any of them Playwright's own is taken."""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LONG = Event(
    uid="long",
    title="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamte <b>&</b> 👩🏽‍💻",
    text="https://example.org/" + "pfad/" * 60,
    place="Straße" * 40,
    source="https://example.org/" + "quelle" * 30,
    start=made.at("2027-03-11", 0),
    end=made.at("2027-04-02", 60),
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, as the system has it or as `make browser` sets it up."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    async with async_playwright() as playwright:
        try:
            started = await playwright.chromium.launch(executable_path=path, args=list(QUIET))
        except Error as error:
            pytest.fail(f"no browser could be started; `make browser` sets one up: {error}")
        yield started
        await started.close()


@pytest.fixture
async def address(sqlite: Database, tmp_path: Path) -> AsyncIterator[str]:
    """Where the pages are served, in the month of the events."""
    async with sqlite.begin() as session:
        await topics.ship(session, now=made.NOW)
        found = [made.CONGRESS, made.CALL, made.OFFICE_HOUR, made.EXPO, made.OFF, LONG]
        await events.take(session, found=found, now=made.NOW)
    settings = Settings.model_validate(
        {
            "hub": {
                "data_dir": tmp_path,
                "operator": "KTS",
                "operator_url": "https://example.org",
            },
            "web": {"enabled": True, "public_url": "http://127.0.0.1", "public_pages": True},
        }
    )
    site = Site(sqlite, FakeClock(made.NOW), settings)
    async with listening(routes=routes(site)) as base:
        yield base
