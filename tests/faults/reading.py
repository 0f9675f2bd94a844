"""Reads what both networks and the outbox have in the end."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from mautrix.api import Method, Path
from sqlalchemy import select

from bot.clock import SystemClock
from bot.storage.models import OPEN_STATES, Action, Delivery, DeliveryState
from tests.faults.reckoning import Promise, Said
from tests.faults.work import ANSWER
from tests.faults.world import World
from tests.servers.synapse import HomeserverError

_OF_ITSELF = ("Hier antwortet", "gerade verspätet an", "wieder sofort an")
"""What the bot says in a room that it joins, and where connected chats are held up."""
_FAILED = (DeliveryState.DEAD, DeliveryState.REJECTED, DeliveryState.EXPIRED)


async def said(world: World, promises: Iterable[Promise]) -> list[Said]:
    """Return what the bot said in all chats, but for what it says of itself."""
    places = {one.place for one in promises} | set(world.moved)
    found = []
    for place in sorted(places):
        network, chat = place.split(":", 1)
        if network == "telegram":
            found += await _on_telegram(world, place, int(chat))
        elif chat in world.halls:
            found += await _in_hall(world, chat)
        else:
            found += await _in_room(world, chat)
    return [one for one in found if not any(words in one.text for words in _OF_ITSELF)]


async def _on_telegram(world: World, place: str, chat: int) -> list[Said]:
    return [
        Said(
            world.first_of(place),
            f"{place} {one.message_id}",
            one.text,
            one.date,
            None if one.reply_to is None else str(one.reply_to),
            one.deleted,
        )
        for one in await world.telegram.chat_history(chat)
        if one.sender_id == world.bot.id and one.kind == "text"
    ]


async def _in_hall(world: World, hall: str) -> list[Said]:
    path = f"/_matrix/client/v3/rooms/{quote(hall)}/messages?dir=b&limit=1000"
    try:
        answer = await world.homeserver.request(world.account, "GET", path)
    except HomeserverError:
        return []  # left for good
    told = [one for one in answer["chunk"] if one["type"] == "m.room.message"]
    edits = {_edited(one): one for one in reversed(told) if _edited(one)}
    return [
        Said(
            f"matrix:{hall}",
            one["event_id"],
            edits.get(one["event_id"], one)["content"]
            .get("m.new_content", one["content"])
            .get("body", ""),
            one["origin_server_ts"] / 1000,
            deleted=not one["content"],
        )
        for one in told
        if not _edited(one)
    ]


def _edited(event: dict[str, Any]) -> str:
    """Return which event this one edits; empty for none."""
    relation = event["content"].get("m.relates_to", {})
    return str(relation.get("event_id", "")) if relation.get("rel_type") == "m.replace" else ""


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
    """Return what follows from each message of Anna's that the homeserver has taken."""
    rooms = world.rooms
    assert rooms.market is not None
    found = []
    for kind, room in (("encrypted", rooms.secret), ("plain", rooms.clear)):
        for one in await _said_by_anna(world, room):
            at = one["origin_server_ts"] / 1000
            found.append(Promise(kind, "matrix", f"matrix:{room}", ANSWER, at, one["event_id"]))
    market = f"telegram:{rooms.market.id}"
    for one in await _said_by_anna(world, rooms.square):
        words, at = one["content"].get("body", ""), one["origin_server_ts"] / 1000
        found.append(Promise("mirrored", "telegram", market, words, at))
    return found


async def _said_by_anna(world: World, room: str) -> list[dict[str, Any]]:
    return [
        one
        for one in await _events(world, room)
        if one["sender"] == world.anna.user_id
        and one["type"] in {"m.room.message", "m.room.encrypted"}
    ]


def excused(world: World, promises: Sequence[Promise]) -> list[Promise]:
    """Mark what nobody can get any more."""
    return [replace(one, excused=one.excused or one.place in world.gone) for one in promises]


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
        if not _may_stay(world, row)
    ]


def _may_stay(world: World, row: Delivery) -> bool:
    """Tell whether nobody can expect more of a delivery."""
    place = f"{row.channel}:{row.chat}"
    if world.first_of(place) in world.gone:
        return True
    if row.action != Action.SEND and place in world.moved:
        return True  # what was said there under the old id can be neither changed nor deleted
    if row.held_until is None or row.held_until < SystemClock().now():
        return False
    return row.held_until.timestamp() == world.night.wakes.at
