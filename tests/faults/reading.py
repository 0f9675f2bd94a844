"""Reads what both networks and the outbox have in the end."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from mautrix.api import Method, Path
from sqlalchemy import select

from bot.storage.models import OPEN_STATES, Delivery, DeliveryState
from tests.faults.reckoning import Promise, Said
from tests.faults.work import ANSWER
from tests.faults.world import World
from tests.servers.synapse import HomeserverError

_GREETING = "Hier antwortet"
_FAILED = (DeliveryState.DEAD, DeliveryState.REJECTED, DeliveryState.EXPIRED)


async def said(world: World, promises: Iterable[Promise]) -> list[Said]:
    """Return what the bot said in all chats, but for its greetings."""
    places = {one.place for one in promises}
    found = await _on_telegram(world, {one for one in places if one.startswith("telegram:")})
    for hall in world.halls:
        found += await _in_hall(world, hall)
    for room in (world.secret, world.clear):
        found += await _in_room(world, room)
    return [one for one in found if _GREETING not in one.text]


async def _on_telegram(world: World, places: Iterable[str]) -> list[Said]:
    found = []
    for place in sorted({*places, *world.moved}):
        history = await world.telegram.chat_history(int(place.partition(":")[2]))
        found += [
            Said(
                world.moved.get(place, place),
                f"{place} {one.message_id}",
                one.text,
                one.date,
                None if one.reply_to is None else str(one.reply_to),
            )
            for one in history
            if one.sender_id == world.bot.id and one.kind == "text"
        ]
    return found


async def _in_hall(world: World, hall: str) -> list[Said]:
    path = f"/_matrix/client/v3/rooms/{quote(hall)}/messages?dir=b&limit=500"
    try:
        answer = await world.homeserver.request(world.account, "GET", path)
    except HomeserverError:
        return []  # left for good
    return [
        Said(
            f"matrix:{hall}",
            one["event_id"],
            one["content"].get("body", ""),
            one["origin_server_ts"] / 1000,
        )
        for one in answer["chunk"]
        if one["type"] == "m.room.message"
    ]


async def _in_room(world: World, room: str) -> list[Said]:
    """Return what Anna can read, at the times that the homeserver kept."""
    stamps = {
        one["event_id"]: one["origin_server_ts"] / 1000 for one in await _events(world, room)
    }
    return [
        Said(
            f"matrix:{room}",
            one.event_id,
            one.body,
            stamps.get(one.event_id, 0.0),
            one.relates_to.get("m.in_reply_to", {}).get("event_id"),
        )
        for one in world.anna.history(room)
        if one.sender == world.account.user_id and one.replaces is None
    ]


async def _events(world: World, room: str) -> list[dict[str, Any]]:
    """Return a room's events but for its state, as the homeserver keeps them."""
    path, found, start = Path.v3.rooms[room].messages, list[dict[str, Any]](), ""
    while True:
        query = {"dir": "b", "limit": "500"} | ({"from": start} if start else {})
        answer = await world.anna._client.api.request(Method.GET, path, query_params=query)
        found += [one for one in answer["chunk"] if "state_key" not in one]
        start = answer.get("end", "")
        if not start:
            return found


async def asked_on_matrix(world: World) -> list[Promise]:
    """Return what follows from each question that the homeserver has taken."""
    return [
        Promise(
            kind,
            "matrix",
            f"matrix:{room}",
            ANSWER,
            one["origin_server_ts"] / 1000,
            one["event_id"],
        )
        for kind, room in (("encrypted", world.secret), ("plain", world.clear))
        for one in await _events(world, room)
        if one["sender"] == world.anna.user_id
        and one["type"] in {"m.room.message", "m.room.encrypted"}
    ]


def excused(world: World, promises: Sequence[Promise]) -> list[Promise]:
    """Mark what nobody can get any more."""
    return [replace(one, excused=one.place in world.gone) for one in promises]


async def left(world: World) -> list[str]:
    """Return what still waits in the outbox or was given up there, in words."""
    states = [one.value for one in (*OPEN_STATES, *_FAILED)]
    query = select(Delivery).where(Delivery.state.in_(states))
    async with world.store.begin(reading=True) as session:
        rows = (await session.scalars(query)).all()
    return [
        f"{row.state}: {row.key} {row.action} to {row.channel}:{row.chat}, "
        f"{row.attempts} attempts, due {row.due_at}: {row.error}"
        for row in rows
        if f"{row.channel}:{row.chat}" not in world.gone
    ]
