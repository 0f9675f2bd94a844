"""Programs send items over HTTP: who may, what is wrong, and each request once."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.config import Settings
from bot.services import events, source_posting, sources, topics
from bot.storage import source_items
from bot.storage.engine import Database
from bot.web.routes import Site, routes
from tests.fakes import FakeClock
from tests.unit.test_web import listening

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
EVENT = {"id": "kongress", "title": "Regionalkongress", "start": "2027-03-10T09:00"}
Reply = tuple[int, dict[str, Any]]


class Sender:
    """A program that sends to a source.

    Attributes:
        database: The hub's.
        number: The source's.
        token: What proves that it may.
    """

    def __init__(self, database: Database, base: str, number: int, token: str) -> None:
        self.database = database
        self._base = base
        self.number, self.token = number, token

    async def sends(
        self, *items: dict[str, Any], body: str | None = None, token: str | None = None,
        number: int | None = None, **headers: str,
    ) -> Reply:  # fmt: skip
        """Send items, and return the status and the answer."""
        told = {"Authorization": f"Bearer {self.token if token is None else token}"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = json.dumps({"items": items}) if body is None else body
        address = f"{self._base}/sources/{number or self.number}/items"
        async with (
            ClientSession() as session,
            session.post(address, data=data, headers=told) as response,
        ):
            return response.status, await response.json(content_type=None)

    async def schema(self) -> str:
        """Return the form in which items are sent."""
        address = f"{self._base}/sources/items.schema.json"
        async with ClientSession() as session, session.get(address) as response:
            assert response.status == 200
            return await response.text()

    async def titles(self) -> list[str]:
        """Return the titles of the events that there are."""
        async with self.database.begin() as session:
            known = await events.everything(session, since=NOW)
        return [one.event.title for one in known]


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock(NOW)


@pytest.fixture
async def sender(sqlite: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Sender]:
    """A program with a source of its own."""
    settings = Settings.model_validate({"hub": {"data_dir": tmp_path}})
    async with sqlite.begin() as session:
        await topics.ship(session, now=NOW)
        row, token = await source_posting.create(
            session, name="Veranstaltungskalender", topic="Konferenzen",
            typed={"mode": "sofort"}, settings=settings, now=NOW,
        )  # fmt: skip
    async with listening(routes=routes(Site(sqlite, clock, settings))) as base:
        yield Sender(sqlite, base, row.id, token)


async def test_what_is_sent_becomes_an_event(sender: Sender) -> None:
    """And the program reads what became of it."""
    status, answer = await sender.sends(EVENT)
    assert (status, answer) == (200, {"items": 1, "told": 1, "kept": 0, "held": 0})
    assert await sender.titles() == ["Regionalkongress"]


async def test_sending_again_changes_nothing_and_a_change_is_one(sender: Sender) -> None:
    """Items are known by their ids, and what is not named stays."""
    other = {"id": "other", "title": "Werkstatt", "start": "2027-04-12"}
    await sender.sends(EVENT, other)
    assert (await sender.sends(EVENT))[1]["told"] == 0
    assert (await sender.sends({**EVENT, "title": "Kongress"}))[0] == 200
    assert sorted(await sender.titles()) == ["Kongress", "Werkstatt"]
    async with sender.database.begin() as session:
        kept = await source_items.of_source(session, source_id=sender.number)
    assert [row.gone_at for row in kept] == [None, None]


async def test_a_request_is_answered_once_under_its_key(sender: Sender) -> None:
    """Whoever heard nothing asks again; another content under the same key is a mistake."""
    first = await sender.sends(EVENT, Idempotency_Key='"a1"')
    assert await sender.sends(EVENT, Idempotency_Key='"a1"') == first
    status, answer = await sender.sends({**EVENT, "title": "Anders"}, Idempotency_Key='"a1"')
    assert status == 422
    assert "another content" in answer["title"]
    assert await sender.titles() == ["Regionalkongress"]
    assert (await sender.sends(EVENT, Idempotency_Key="x" * 300))[0] == 400


@pytest.mark.parametrize("token", ["", "wrong", "ä"])
async def test_a_stranger_learns_nothing(sender: Sender, token: str) -> None:
    """Neither whether there is such a source nor what is wrong with what they sent."""
    status, answer = await sender.sends(body="{", token=token)
    assert status == 401
    assert await sender.sends(body="{", token=token, number=4711) == (status, answer)


async def test_mistakes_are_told_with_their_place_and_nothing_is_taken(sender: Sender) -> None:
    """All at once, so that the program is mended once."""
    status, answer = await sender.sends(EVENT, {"id": "b", "titel": "x", "start": "morgen"})
    assert status == 422
    assert {one["where"] for one in answer["mistakes"]} >= {"items[1].titel", "items[1].title"}
    assert await sender.titles() == []
    assert (await sender.sends(body="{"))[0] == 400


async def test_a_paused_source_takes_nothing(sender: Sender) -> None:
    """The program is told so, and can try again later."""
    async with sender.database.begin() as session:
        await sources.pause(session, sender.number, member_id=None, now=NOW)
    assert (await sender.sends(EVENT))[0] == 409
    assert await sender.titles() == []


async def test_a_new_token_ends_the_old_one(sender: Sender) -> None:
    """For when one was lost."""
    async with sender.database.begin() as session:
        _, token = await source_posting.renew(session, sender.number, now=NOW)
    assert (await sender.sends(EVENT))[0] == 401
    assert (await sender.sends(EVENT, token=token))[0] == 200


async def test_who_guesses_is_slowed_down(sender: Sender) -> None:
    """And does not find the token by trying."""
    statuses = [(await sender.sends(EVENT, token=f"t{n}"))[0] for n in range(40)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


async def test_a_large_body_is_refused(sender: Sender) -> None:
    """Before it is in memory."""
    assert (await sender.sends(body=" " * (2 * 1024 * 1024)))[0] == 413


async def test_the_form_is_given_out(sender: Sender) -> None:
    """So that programs can be checked before they send."""
    assert "PostedItem" in await sender.schema()
