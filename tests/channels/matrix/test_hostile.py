"""Members who mean harm: what they write costs them an answer, and nobody else anything."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from mautrix.types import EventType, RoomID

from bot.channels.matrix.json_tree import event_id_in, room_id_in
from bot.channels.matrix.mentions import understand
from bot.channels.matrix.pills import MOST_CHARACTERS, Pill, pills_in
from bot.channels.matrix.translating import Translator
from bot.messages import Change
from tests.channels.matrix.hub import Hub, new_account
from tests.channels.matrix.person import Person
from tests.servers.matrix_client import Member
from tests.servers.synapse import Synapse

pytest_plugins = ["tests.servers.fixtures"]

HALF_A_CHARACTER = "$\ud800"
HREF = '<a href="https://matrix.to/#/'


@pytest.mark.parametrize(
    "name",
    ["", "$", "x", HALF_A_CHARACTER, "$a\0b", "$a\nb", "$a\x7fb", "$a\u2028b", "$" + "ä" * 128, 5],
)
def test_what_can_be_no_id_is_none(name: Any) -> None:
    """It could be neither sent nor stored."""
    assert event_id_in({"event_id": name}, "event_id") == ""
    room = name.replace("$", "!") if isinstance(name, str) else name
    assert room_id_in({"room": room}, "room") == ""


@pytest.mark.parametrize("name", ["$1:example.org", "$" + "a" * 254, "$Ab_-9", "$ö:example.org"])
def test_ids_of_every_room_version_are_ids(name: str) -> None:
    """In old rooms the homeserver chose them freely."""
    assert event_id_in({"event_id": name}, "event_id") == name
    assert room_id_in(name) == ""


async def encrypted(member: Member, room: str, content: dict[str, Any]) -> None:
    """Send something that no homeserver would take in clear."""
    # A first message, so that everybody has the key.
    await member.say(room, "!vorher")
    sealed: Any = await member._machine.encrypt_megolm_event(
        RoomID(room), EventType.ROOM_MESSAGE, content
    )
    outside = sealed.serialize() if hasattr(sealed, "serialize") else dict(sealed)
    outside.pop("m.relates_to", None)
    client: Any = member._client
    await client.send_message_event(
        RoomID(room), EventType.ROOM_ENCRYPTED, outside, disable_encryption=True
    )


@pytest.mark.parametrize(
    "relation",
    [
        {"rel_type": "m.thread", "event_id": HALF_A_CHARACTER},
        {"m.in_reply_to": {"event_id": HALF_A_CHARACTER}},
        {"m.in_reply_to": {"event_id": "$" + "x" * 30_000}},
    ],
)
async def test_an_id_that_is_none_does_not_stop_the_channel(
    homeserver: Synapse, tmp_path: Path, relation: dict[str, Any]
) -> None:
    """Encrypted, it passes every homeserver; the message is read as if it had no relation."""
    bot, eve = await new_account(homeserver, "bot"), await new_account(homeserver, "eve")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, eve.user_id, eve.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        content = {"msgtype": "m.text", "body": "seltsam", "m.relates_to": relation}
        await encrypted(member, room, content)
        odd = await hub.message("seltsam")
        await member.say(room, "!danach")
        await hub.committed_after(await hub.message("!danach"))

    assert (odd.chat.address.thread, odd.reply_to) == (None, None)


async def test_an_event_that_breaks_us_is_skipped(
    homeserver: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever mistake of ours it finds, the cursor moves on."""
    bot, eve = await new_account(homeserver, "bot"), await new_account(homeserver, "eve")
    translate = Translator.translate

    async def fragile(self: Translator, room_id: str, event: dict[str, Any]) -> Any:
        if event["content"].get("body") == "Gift":
            raise UnicodeEncodeError("utf-8", HALF_A_CHARACTER, 1, 2, "surrogates not allowed")
        return await translate(self, room_id, event)

    monkeypatch.setattr(Translator, "translate", fragile)
    member = Person(homeserver, eve)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await member.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        await member.say(room, "Gift")
        await member.say(room, "!danach")
        await hub.committed_after(await hub.message("!danach"))

    assert hub.texts() == ["!danach"]


SHAPES = [
    HREF,
    HREF + "x",
    HREF + '@a:b">',
    "<a ",
    "<a",
    "<",
    ">",
    "<mx-reply>",
    "</mx-reply><mx-reply",
    "<span",
    "<span ",
    "<p> ",
    "</a>",
    "<!--",
    "<![CDATA[",
    "&#",
    "&#9",
    "&amp",
    "> <@",
    "!a",
    "\n",
    " ",
    ":",
    "1\ufe0f",
]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("start", ["", HREF, HREF + '@a:b">', "> <@a:b>", "<mx-reply>", "!"])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_takes_long_to_read(shape: str, start: str) -> None:
    """Whoever writes nonsense must not keep everybody else waiting."""
    long = (start + shape * 60_000)[:60_000]
    content = {
        "body": long,
        "formatted_body": long,
        "m.relates_to": {"m.in_reply_to": {"event_id": "$1"}},
    }
    for _ in range(5):
        understand(content, user_id="@bot:example.org", name="Stadtfunk")


class CountingText(str):
    """Counts how many characters are handed to searches within it and its pieces."""

    __slots__ = ()
    read = 0

    def split(self, *rest: Any) -> Any:
        CountingText.read += len(self)
        return [CountingText(piece) for piece in super().split(*rest)]

    def partition(self, sep: str) -> Any:
        CountingText.read += len(self)
        return tuple(CountingText(piece) for piece in super().partition(sep))

    def __getitem__(self, place: Any) -> "CountingText":
        return CountingText(super().__getitem__(place))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_character_of_a_formatted_text_is_read_a_few_times_only(shape: str) -> None:
    """Of a long text, and not once more for each of its tags."""
    CountingText.read = 0
    pills_in(CountingText(shape * 60_000))
    assert CountingText.read <= 6 * MOST_CHARACTERS


@pytest.mark.parametrize(
    ("formatted", "pills"),
    [
        (f'{HREF}@a:b">A</a>: hallo', [Pill("@a:b", "A", leads=True)]),
        (f'<p><span class="x"> {HREF}%40a%3Ab?via=b"\n>A &amp; B</a>', [("@a:b", "A & B", True)]),
        (f'Frag {HREF}@a:b" class="mention"><b>A</b></a>', [("@a:b", "A", False)]),
        (f'<mx-reply>{HREF}@x:y">X</a> sagte</mx-reply>{HREF}@a:b">A</a>', [("@a:b", "A", True)]),
        (f'<b>So</b> {HREF}@a:b">A</a> {HREF}@c:d">C</a>', [("@a:b", "A", 0), ("@c:d", "C", 0)]),
        ('<a href="https://example.org">A</a>', []),
        (f'{HREF}@a:b">A', []),
        (f'{HREF}&#{"9" * 9000};">A</a>{HREF}@a:b">A</a>', [("\ufffd", "A", 1), ("@a:b", "A", 0)]),
    ],
)
def test_mentions_are_found_as_clients_write_them(formatted: str, pills: list[Any]) -> None:
    """Those of a quoted message are not meant."""
    assert [(pill.target, pill.words, pill.leads) for pill in pills_in(formatted)] == [
        (pill.target, pill.words, pill.leads) if isinstance(pill, Pill) else pill for pill in pills
    ]


async def test_a_message_full_of_tags_delays_nobody(homeserver: Synapse, tmp_path: Path) -> None:
    """Such a message once kept the whole hub busy for more than half a minute."""
    bot, eve = await new_account(homeserver, "bot"), await new_account(homeserver, "eve")
    member = Person(homeserver, eve)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await member.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/tags"
        body = {"msgtype": "m.text", "body": "hi", "formatted_body": (HREF * 2000)[:20_000]}
        async with asyncio.timeout(15):
            await homeserver.request(eve, "PUT", path, body)
            await hub.message("hi")
