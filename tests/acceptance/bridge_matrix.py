"""The Matrix end of a bridge: people who write in a room, and what the bot shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from mautrix.types import EventType

from tests.acceptance.bridge_lines import MATRIX, MIMES, OPTIONS, Line, Shown, tokens_in
from tests.servers.matrix_client import Member, Message


@dataclass
class MatrixEnd:
    """A room, encrypted or not.

    Attributes:
        people: Who writes there, by their names; the first one reads for the test.
        bot: The bot's user id.
    """

    room: str
    people: Mapping[str, Member]
    bot: str
    encrypted: bool
    network: str = MATRIX
    _data: dict[str, bytes] = field(default_factory=dict)

    @property
    def reader(self) -> Member:
        """Who reads."""
        return next(iter(self.people.values()))

    async def say(self, line: Line) -> None:
        member = self.people[line.author]
        if line.kind in MIMES and line.kind != "voice":
            line.id = await self._file(member, line)
        elif line.kind in _EVENTS:
            kind, content = _EVENTS[line.kind](line)
            if line.kind in {"voice", "sticker"}:
                content |= await self._upload(member, line)
            line.id = await member.send(self.room, content, kind)
        else:
            html = _html(line.words) if line.kind == "formatted" else None
            line.id = await member.say(
                self.room,
                line.words,
                html=html,
                mention=[self.bot] if line.kind == "question" else [],
                reply_to=await self._id(line.reply_to),
                thread=await self._id(line.thread),
            )

        if line.kind == "poll":
            line.link = f"https://matrix.to/#/{self.room}/{line.id}"

    async def _file(self, member: Member, line: Line) -> str:
        return await member.send_file(
            self.room,
            f"{line.token}.{line.kind}",
            line.data,
            mime=MIMES[line.kind],
            caption=line.words or None,
            hidden=self.encrypted,
        )

    async def _upload(self, member: Member, line: Line) -> dict[str, Any]:
        mime = MIMES.get(line.kind, "image/png")
        source = await member.upload(line.data, mime=mime, hidden=self.encrypted)
        return {**source, "info": {"mimetype": mime, "size": len(line.data)}}

    async def _id(self, line: Line | None) -> str | None:
        return None if line is None else await self.id_of(line)

    async def id_of(self, line: Line) -> str:
        """Return the message that is a line here, or says it."""
        found = line.id if line.network == MATRIX else await self.copy_of(line)
        assert found, f"{line.token} is not here yet"
        return found

    async def edit(self, line: Line, words: str) -> None:
        line.words = words
        html = _html(words) if line.kind == "formatted" else None
        await self.people[line.author].edit(self.room, line.id, words, html=html)

    async def delete(self, line: Line) -> None:
        line.gone = True
        await self.people[line.author].redact(self.room, line.id)

    async def react(self, who: str, message: str, emoji: str) -> None:
        await self.people[who].react(self.room, message, emoji)

    def _said(self) -> list[Message]:
        return [
            one
            for one in self.reader.history(self.room)
            if one.sender == self.bot and one.replaces is None
        ]

    async def copy_of(self, line: Line) -> str | None:
        """Return the message that says a line here, if it came already."""
        found = [one.id for one in await self.shown() if line.token in one.tokens]
        return found[-1] if found else None

    async def shown(self) -> list[Shown]:
        assert self.reader.undecrypted == []
        newest = {one.replaces: one for one in self.reader.history(self.room) if one.replaces}
        return [
            await self._as_shown(one, newest.get(one.event_id, one))
            for one in self._said()
            if not one.redacted
        ]

    async def _as_shown(self, one: Message, newest: Message) -> Shown:
        assert (one.encrypted, one.trusted) == (self.encrypted, self.encrypted), one
        data = b""
        if "url" in one.content or "file" in one.content:
            if one.event_id not in self._data:
                self._data[one.event_id] = await self.reader.content_of(one)
            data = self._data[one.event_id]
        relation = one.relates_to
        threaded = relation.get("rel_type") == "m.thread"
        answered = None if relation.get("is_falling_back") else relation.get("m.in_reply_to")
        return Shown(
            id=one.event_id,
            tokens=tokens_in(newest.body, data),
            kind=_kind(one),
            text=newest.body,
            marks=(newest.formatted_body or "",),
            data=data,
            reply=answered["event_id"] if answered else None,
            thread=relation["event_id"] if threaded else None,
        )

    async def bot_reactions(self) -> dict[str, str]:
        found = {}
        for one in self.reader.history(self.room):
            for emoji, senders in one.reactions.items():
                if self.bot in senders and "\N{COMBINING ENCLOSING KEYCAP}" not in emoji:
                    found[one.event_id] = emoji
        return found


def _html(words: str) -> str:
    """Return words of the script with their marks: the second in bold, the third in italics."""
    first, second, third, *rest = escape(words).split(" ")
    return " ".join([first, f"<b>{second}</b>", f"<i>{third}</i>", *rest])


def _kind(message: Message) -> str:
    kinds = {"m.image": "picture", "m.file": "file", "m.video": "video", "m.audio": "audio"}
    if "org.matrix.msc3245.voice" in message.content:
        return "voice"
    return kinds.get(message.msgtype, "text")


def _voice(line: Line) -> tuple[EventType, dict[str, Any]]:
    name = {"msgtype": "m.audio", "body": line.words or "Sprachnachricht.ogg"}
    named = {**name, "filename": "Sprachnachricht.ogg"} if line.words else name
    return EventType.ROOM_MESSAGE, {**named, "org.matrix.msc3245.voice": {}}


def _sticker(line: Line) -> tuple[EventType, dict[str, Any]]:
    return EventType.STICKER, {"body": line.words}


def _location(line: Line) -> tuple[EventType, dict[str, Any]]:
    place = {"msgtype": "m.location", "body": line.words, "geo_uri": "geo:51.34,12.37"}
    return EventType.ROOM_MESSAGE, place


def _poll(line: Line) -> tuple[EventType, dict[str, Any]]:
    answers = [{"id": one, "org.matrix.msc1767.text": one} for one in OPTIONS]
    question = {"org.matrix.msc1767.text": line.words}
    poll = {"question": question, "answers": answers, "kind": "m.disclosed", "max_selections": 1}
    start = "org.matrix.msc3381.poll.start"
    return EventType.find(start, EventType.Class.MESSAGE), {start: poll}


_EVENTS = {"voice": _voice, "sticker": _sticker, "location": _location, "poll": _poll}
