"""What every channel keeps of the port's promises; :class:`Nature` tells where they differ.

One long file on purpose: it is one contract, and each network passes it as a whole.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.app import ROUTERS
from bot.channels.port import Channel, Level
from bot.delivery.outbox import LENGTHS
from bot.dispatch.menus import menus
from bot.dispatch.router import RoutingTable
from bot.errors import (
    ChannelDownError,
    ChannelError,
    ChannelUnavailableError,
    MessageRejectedError,
    RecipientGoneError,
)
from bot.messages import (
    LARGEST_FILE,
    ButtonPress,
    ChatKind,
    Identity,
    IncomingFile,
    IncomingMessage,
    MessageId,
)
from bot.text.characters import utf16_length
from bot.text.document import Button, CodeBlock, Document, Listing, Paragraph, Span
from tests.channels.matrix_chat import Household, MatrixChat
from tests.channels.networks import Network
from tests.channels.reading import Ear, Reading, listening
from tests.channels.telegram_chat import FurtherTelegramChat, TelegramChat
from tests.channels.terminal import Terminal
from tests.samples import PDF, attachment, png

# One loop for all, so that the member's Matrix client can read along from test to test.
pytestmark = pytest.mark.asyncio(loop_scope="module")

NETWORKS = ("console", "telegram", "telegram.west", "matrix")
WITH_FILES = ("telegram", "telegram.west", "matrix")
"""Where members can send files."""
in_rooms_too = pytest.mark.parametrize("network", [*NETWORKS, "matrix-room"], indirect=True)
"""Where it matters whether a chat is direct, or who has which power in it."""

HELLO, BYE = Document.of("Guten Tag"), Document.of("Auf Wiedersehen")
CHOICE = Document.of("Weiter?").with_buttons(
    [Button(label="Ja, gern", value="yes"), Button(label="Nein", value="no")]
)
Act = Callable[[Channel], Awaitable[None]]

LONGEST_KEY = "outbox:4711/%?#2 ".ljust(64, "~")
LITERAL = 'Grüße 🏙️ <b>&"*_ &amp;'
PAGE = "https://example.org/a?b=1&c=%C3%BC"
LETTERS = ("a", "Größe ", "字", '<&">')
"""Of one to three bytes for each UTF-16 code unit, and some that HTML and JSON escape."""
RICH = Document.of(
    LITERAL,
    Listing(items=((Span(text="erstens"),), (Span(text="zweitens"),)), start=1),
    Paragraph(spans=(Span(text="Mehr "), Span(text="im Rathaus", link=PAGE))),
    Paragraph(spans=(Span(text="tippe "), Span(text="/hilfe <wort>", code=True))),
    CodeBlock(text="if a < b:\n    pass"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def household(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Household]:
    async with Household.running(tmp_path_factory.mktemp("household")) as household:
        yield household


@asynccontextmanager
async def running(name: str, household: Household) -> AsyncIterator[Network]:
    networks: dict[str, Network] = {
        "console": Terminal(),
        "telegram": TelegramChat(),
        "telegram.west": FurtherTelegramChat(),
        "matrix": MatrixChat(household, direct=True),
        "matrix-room": MatrixChat(household, direct=False),
    }
    await networks[name].start()
    try:
        yield networks[name]
    finally:
        await networks[name].close()


@pytest_asyncio.fixture(loop_scope="module", params=NETWORKS)
async def far_end(request: pytest.FixtureRequest, household: Household) -> AsyncIterator[Network]:
    """A network that runs."""
    async with running(request.param, household) as network:
        yield network


@pytest_asyncio.fixture(loop_scope="module", params=NETWORKS)
async def network(request: pytest.FixtureRequest, household: Household) -> AsyncIterator[Network]:
    """A network with a chat that nothing was said in; a direct one, unless a test says more."""
    async with running(request.param, household) as network:
        await network.meet()
        yield network


async def texts(network: Network) -> list[str]:
    return [shown.text for shown in await network.shows()]


async def send(network: Network, ear: Ear, body: Document, key: str = "first") -> MessageId:
    return await ear.channel.send(network.address, body, key=key)


# Opening and closing


async def test_an_open_channel_may_be_opened_again(network: Network) -> None:
    """The second time changes nothing: what is sent afterwards arrives once."""
    async with listening(network) as ear:
        await ear.channel.open()
        await send(network, ear, HELLO)

    assert await texts(network) == ["Guten Tag"]


async def test_a_closed_channel_leaves_the_account_to_the_next(far_end: Network) -> None:
    """Closing is safe before opening and twice, and gives every lock back."""
    channel = far_end.channel()
    await channel.close()
    await channel.open()
    await channel.close()
    await channel.close()
    following = far_end.channel()
    await following.open()
    await following.close()


async def test_a_channel_is_named_as_in_its_addresses(far_end: Network) -> None:
    """The outbox finds by that name who delivers, and how long a message may be."""
    channel = far_end.channel()

    assert channel.name == far_end.address.channel == far_end.name
    assert far_end.address.network in LENGTHS
    assert channel.window >= 1
    assert (channel.longest_silence is not None) is far_end.nature.remote


@pytest.mark.parametrize("act", [Channel.open, Channel.probe])
async def test_a_refused_account_names_the_key_and_not_the_secret(
    far_end: Network, act: Act
) -> None:
    """The operator learns which setting to change; a terminal refuses nobody."""
    channel = far_end.refused()
    error = await failure_of(act, channel)

    assert isinstance(error, ChannelDownError) is far_end.nature.remote
    if error is not None:
        assert keys_of(far_end) in str(error)
        assert far_end.secret not in repr(error)


@pytest.mark.parametrize("act", [Channel.open, Channel.probe])
async def test_an_unreachable_network_names_the_key(far_end: Network, act: Act) -> None:
    """It is worth another try, and the operator learns where the address stands."""
    channel = far_end.unreachable()
    error = await failure_of(act, channel)

    assert isinstance(error, ChannelUnavailableError) is far_end.nature.remote
    if error is not None:
        assert keys_of(far_end) in str(error)
        assert "127.0.0.1" not in str(error)


async def test_a_probe_and_the_doctor_run_beside_the_hub(network: Network) -> None:
    """Neither needs an open channel or a lock, and the conversation goes on."""
    async with listening(network) as ear:
        beside = network.channel()
        await beside.probe()
        findings = await beside.diagnose()
        await beside.close()
        await send(network, ear, HELLO)

    assert await texts(network) == ["Guten Tag"]
    assert findings[0].level is Level.OK


async def failure_of(act: Act, channel: Channel) -> ChannelError | None:
    try:
        await getattr(channel, act.__name__)()
    except ChannelError as error:
        return error
    finally:
        await channel.close()
    return None


async def test_the_doctor_always_finds_something(far_end: Network) -> None:
    """Before, while and after the channel is open, and as a failure when the service is away."""
    channel = far_end.channel()
    before = await channel.diagnose()
    await channel.open()
    opened = await channel.diagnose()
    await far_end.stop()
    stopped = await channel.diagnose()
    await channel.close()
    closed = await channel.diagnose()

    assert Level.FAIL not in {finding.level for finding in before + opened}
    for findings in (before, opened, stopped, closed):
        assert {finding.subject for finding in findings} == {far_end.name}
    for findings in (stopped, closed):
        assert (findings[0].level is Level.FAIL) is far_end.nature.remote


async def test_the_menus_of_all_commands_are_accepted(far_end: Network) -> None:
    """Where there is a menu it shows the commands, now and when they are published again."""
    wanted = menus(RoutingTable(ROUTERS).specs)
    german = next(menu for menu in wanted if menu.direct and menu.language == "de")
    channel = far_end.channel()
    await channel.open()
    await channel.publish_menus(wanted)
    await channel.publish_menus(wanted)
    await channel.close()

    shown = [entry.name for entry in german.entries] if far_end.nature.menu else []
    assert await far_end.menu() == shown


# Receiving


@in_rooms_too
async def test_what_a_member_says_to_the_bot_arrives_addressed(network: Network) -> None:
    """With the member, the chat and an id of its own."""
    await network.say('Grüße 🏙️ <b>&"*_')
    await network.say("noch was")
    async with Reading.begun(network, network.cursor) as reading:
        said, more = await reading.message(), await reading.message()

    assert said.text == 'Grüße 🏙️ <b>&"*_'
    assert said.addressed
    assert said.sender.identity == network.member
    assert (said.chat.address, said.chat.kind) == (network.address, network.nature.kind)
    assert said.id
    assert said.message
    assert said.id != more.id
    assert said.sent_at.tzinfo is not None


@in_rooms_too
async def test_what_was_not_committed_comes_again(network: Network) -> None:
    """The same thing with the same id, after a crash; what a terminal has read is read."""
    await network.say("eins")
    async with Reading.begun(network, network.cursor) as reading:
        await reading.message()
        await network.say("zwei")
        held = await reading.message()
    await network.say("drei")
    async with Reading.begun(network, reading.cursor) as restarted:
        again = await restarted.message()

    if network.nature.repeats:
        assert again == held
    else:
        assert (again.text, reading.cursor) == ("drei", None)


@in_rooms_too
async def test_what_was_committed_does_not_come_again(network: Network) -> None:
    """The next thing after a restart is what was said meanwhile."""
    await network.say("eins")
    async with Reading.begun(network, network.cursor) as reading:
        await reading.message()
        if network.nature.repeats:
            await reading.commit()
    await network.say("zwei")
    async with Reading.begun(network, reading.cursor) as restarted:
        following = await restarted.message()

    assert following.text == "zwei"


async def test_contact_is_dated_from_the_first_answer_of_the_network(network: Network) -> None:
    """A poll that brings nothing counts as well; at a terminal only a line does."""
    unread = network.channel()
    async with listening(network) as ear:
        contacted = ear.channel.last_contact is not None
        await network.say("hallo")
        await ear.words()

        assert unread.last_contact is None
        assert contacted is network.nature.remote
        assert ear.channel.last_contact is not None


# Sending


@in_rooms_too
async def test_a_message_is_shown_literally(network: Network) -> None:
    """Umlauts, emoji, markup characters, a list, a link and code arrive as they were meant."""
    async with listening(network) as ear:
        await send(network, ear, RICH)
    (shown,) = await network.shows()

    assert shown.text.startswith(LITERAL)
    for part in ("erstens", "zweitens", "Mehr im Rathaus", "tippe /hilfe <wort>", "if a < b:"):
        assert part in shown.text
    assert shown.links == (PAGE,)
    if network.nature.marks:
        assert shown.code == ("/hilfe <wort>", "if a < b:\n    pass")


async def test_the_id_of_a_message_serves_to_reply_edit_and_delete(network: Network) -> None:
    """What a send returns is all that a caller needs; ids differ."""
    async with listening(network) as ear:
        first = await send(network, ear, HELLO)
        second = await ear.channel.send(network.address, BYE, key="second", reply_to=first)
        await ear.channel.edit(network.address, first, Document.of("Moin"), key="third")
        await ear.channel.delete(network.address, second, key="fourth")
        shown = await texts(network)

    assert first != second
    printed = ["Guten Tag", "Auf Wiedersehen", "Moin"]
    assert shown == (["Moin"] if network.nature.changes else printed)


async def test_a_repeated_key_is_shown_once_where_the_network_can(network: Network) -> None:
    """Over a restart too; the others deliver each time and return another id."""
    async with listening(network) as ear:
        ids = {await send(network, ear, HELLO, LONGEST_KEY) for _ in range(2)}
    async with listening(network) as ear:
        ids.add(await send(network, ear, HELLO, LONGEST_KEY))

    times = 1 if network.nature.deduplicates else 3
    assert len(ids) == times
    assert await texts(network) == ["Guten Tag"] * times


async def test_an_answer_to_what_is_gone_is_delivered_all_the_same(network: Network) -> None:
    """Members delete questions."""
    async with listening(network) as ear:
        await ear.channel.send(
            network.address, HELLO, key="first", reply_to=network.missing, notify=True
        )

    assert await texts(network) == ["Guten Tag"]


@in_rooms_too
async def test_a_gone_recipient_is_told_from_other_failures(network: Network) -> None:
    """Its subscriptions end; at a terminal there is always a reader."""
    async with listening(network) as ear:
        sent = await send(network, ear, HELLO)
        await network.lose_recipient()
        if network.nature.loses:
            with pytest.raises(RecipientGoneError):
                await send(network, ear, BYE, "second")
            with pytest.raises(RecipientGoneError):
                await ear.channel.send(network.address, BYE, key="third", reply_to=sent)
        else:
            await send(network, ear, BYE, "second")
            assert await texts(network) == ["Guten Tag", "Auf Wiedersehen"]


async def test_the_longest_message_arrives_whole(network: Network) -> None:
    """The outbox splits no earlier, whatever the letters, and an edit has room for as much."""
    async with listening(network) as ear:
        for letters in LETTERS:
            longest = filled(letters, LENGTHS[network.address.network])
            edited = Document.of(longest[::-1])
            sent = await send(network, ear, Document.of(longest), letters)
            assert (await texts(network))[-1] == longest
            await ear.channel.edit(network.address, sent, edited, key=f"again {letters}")
            assert (await texts(network))[-1] == longest[::-1]


def filled(letters: str, limit: int) -> str:
    text = letters * ((limit - 2) // utf16_length(letters))
    return f".{text.ljust(limit - 2 - utf16_length(text) + len(text), 'x')}."


async def test_half_a_character_does_not_stop_a_message(network: Network) -> None:
    """It can come out of other networks' JSON; what is around it arrives."""
    async with listening(network) as ear:
        await send(network, ear, Document.of("kaputt \ud83c!"))
    (shown,) = await texts(network)

    assert shown.startswith("kaputt ")
    assert shown.endswith("!")


@in_rooms_too
async def test_a_message_for_everyone_is_like_any_other_where_the_bot_may_not_ring(
    network: Network,
) -> None:
    """Nor where the network has no way to say so; an edit never does."""
    everyone = HELLO.model_copy(update={"everyone": True})
    async with listening(network) as ear:
        sent = await ear.channel.send(network.address, everyone, key="first", notify=True)
        assert await texts(network) == ["Guten Tag"]
        await ear.channel.edit(network.address, sent, everyone, key="second")

    assert set(await texts(network)) == {"Guten Tag"}


# Editing and deleting


async def test_an_edit_replaces_what_was_said(network: Network) -> None:
    """The buttons go with the old words; a terminal prints the new ones below."""
    async with listening(network) as ear:
        sent = await send(network, ear, CHOICE)
        await ear.channel.edit(network.address, sent, BYE, key="second")
    shown = await network.shows()

    assert (shown[-1].text, shown[-1].buttons) == ("Auf Wiedersehen", ())
    assert len(shown) == (1 if network.nature.changes else 2)


async def test_an_edit_that_changes_nothing_is_a_success(network: Network) -> None:
    """A crash repeats edits."""
    async with listening(network) as ear:
        sent = await send(network, ear, HELLO)
        await ear.channel.edit(network.address, sent, HELLO, key="second")
        await ear.channel.edit(network.address, sent, HELLO, key="third")

    assert set(await texts(network)) == {"Guten Tag"}


async def test_an_edit_of_a_missing_message_is_rejected(network: Network) -> None:
    """Whether it was taken back or never was; what a terminal can't change it prints."""
    async with listening(network) as ear:
        sent = await send(network, ear, HELLO)
        await ear.channel.delete(network.address, sent, key="second")
        for gone in (sent, network.missing):
            if network.nature.changes:
                with pytest.raises(MessageRejectedError):
                    await ear.channel.edit(network.address, gone, BYE, key=f"edit {gone}")
            else:
                await ear.channel.edit(network.address, gone, BYE, key=f"edit {gone}")

    printed = ["Guten Tag", "Auf Wiedersehen", "Auf Wiedersehen"]
    assert await texts(network) == ([] if network.nature.changes else printed)


async def test_a_message_can_be_deleted_twice(network: Network) -> None:
    """One that never was is a success as well; what is printed stays."""
    async with listening(network) as ear:
        sent = await send(network, ear, HELLO)
        await send(network, ear, BYE, "second")
        await ear.channel.delete(network.address, sent, key="third")
        await ear.channel.delete(network.address, sent, key="fourth")
        await ear.channel.delete(network.address, network.missing, key="fifth")

    stays = [] if network.nature.changes else ["Guten Tag"]
    assert await texts(network) == [*stays, "Auf Wiedersehen"]


# Buttons


@in_rooms_too
async def test_a_chosen_button_comes_back_as_value_or_number(network: Network) -> None:
    """From the member who chose it; at a terminal the number is typed."""
    async with listening(network) as ear:
        sent = await send(network, ear, CHOICE)
        (shown,) = await network.shows()
        await network.choose(2)
        answer = await ear.words()

    assert shown.buttons == ("Ja, gern", "Nein")
    assert chosen(answer) == network.nature.second
    assert answer.sender.identity == network.member
    assert answer.chat.address == network.address
    if isinstance(answer, ButtonPress):
        assert answer.message == sent


def chosen(answer: IncomingMessage | ButtonPress) -> str | int | None:
    if isinstance(answer, IncomingMessage):
        return answer.text
    return answer.value if answer.number is None else answer.number


# Files


@in_rooms_too
@pytest.mark.parametrize(
    ("content", "name"),
    [(PDF, "Übersicht (1) Ämter & Büros.pdf"), (png(4, 3), "plan.png")],
    ids=["pdf", "png"],
)
async def test_a_file_arrives_as_it_was_sent(network: Network, content: bytes, name: str) -> None:
    """Byte for byte and by its name, where the network shows one; a terminal says that much."""
    body = attachment(content, name)
    async with listening(network) as ear:
        await ear.channel.send(network.address, body, key="first", file=content)
    (shown,) = await network.shows()

    if network.nature.files:
        assert shown.file == content
        assert shown.file_name in {name, ""}
    else:
        assert shown.text == f"[Datei: {name}, 1 kB]"


async def test_a_repeated_key_shows_a_file_once_where_the_network_can(network: Network) -> None:
    """Over a restart too, after which it is uploaded again."""
    body = attachment(PDF, "plan.pdf")
    for _ in range(2):
        async with listening(network) as ear:
            await ear.channel.send(network.address, body, key=LONGEST_KEY, file=PDF)

    assert len(await network.shows()) == (1 if network.nature.deduplicates else 2)


async def test_a_file_can_answer_and_be_taken_back(network: Network) -> None:
    """Its id serves as any other."""
    async with listening(network) as ear:
        first = await send(network, ear, HELLO)
        second = await ear.channel.send(
            network.address, attachment(PDF, "a.pdf"), key="second", reply_to=first, file=PDF
        )
        await ear.channel.delete(network.address, second, key="third")

    stays = ["Guten Tag"] if network.nature.changes else ["Guten Tag", "[Datei: a.pdf, 1 kB]"]
    assert await texts(network) == stays


@pytest.mark.parametrize("network", [*WITH_FILES, "matrix-room"], indirect=True)
async def test_a_members_file_is_told_of_and_can_be_fetched(network: Network) -> None:
    """With its caption as the text; its content stays on the network until it is wanted."""
    async with listening(network) as ear:
        await network.hand_in("Übersicht.pdf", PDF, "application/pdf", "Bitte prüfen")
        said = await ear.words()
        assert isinstance(said, IncomingMessage)
        assert said.file is not None
        content = await ear.channel.fetch(said.file)

    assert (said.text, said.addressed) == ("Bitte prüfen", True)
    assert (said.file.name, said.file.mime) == ("Übersicht.pdf", "application/pdf")
    assert said.file.size == len(PDF)
    assert content == PDF


@pytest.mark.parametrize("network", [*WITH_FILES, "matrix-room"], indirect=True)
async def test_a_file_without_words_is_no_text(network: Network) -> None:
    """Its name is not taken for what somebody said."""
    async with listening(network) as ear:
        await network.hand_in("hilfe.pdf", PDF, "application/pdf")
        said = await ear.words()

    assert isinstance(said, IncomingMessage)
    assert (said.text, said.addressed) == ("", True)
    assert said.file is not None


@pytest.mark.parametrize("network", WITH_FILES, indirect=True)
async def test_a_file_that_is_too_large_is_not_fetched(network: Network) -> None:
    """Whatever its sender says of its size, and without reading all of it."""
    async with listening(network) as ear:
        await network.hand_in("a.pdf", PDF + bytes(LARGEST_FILE), "application/pdf")
        said = await ear.words()
        assert isinstance(said, IncomingMessage)
        assert said.file is not None
        for size in (said.file.size, None, 5):
            with pytest.raises(MessageRejectedError):
                await ear.channel.fetch(replace(said.file, size=size))


async def test_a_file_that_is_none_is_rejected(network: Network) -> None:
    """What stands for it may be as wrong as a stranger likes."""
    async with listening(network) as ear:
        for name in ('{"url": "mxc://nobody/never"}', '{"url": "mxc://../../x"}', "{}"):
            with pytest.raises(MessageRejectedError):
                await ear.channel.fetch(IncomingFile(name, "a.pdf", "application/pdf", 5))


async def test_no_file_is_fetched_from_a_network_that_is_away(network: Network) -> None:
    """It is worth another try."""
    channel = network.unreachable()
    try:
        await channel.fetch(IncomingFile('{"url": "mxc://a/b"}', "", "", None))
    except ChannelUnavailableError:
        assert network.nature.remote
    except MessageRejectedError:
        assert not network.nature.remote
    finally:
        await channel.close()


# Power


@in_rooms_too
async def test_who_made_a_room_decides_there_and_a_stranger_does_not(network: Network) -> None:
    """The network knows; at a terminal there is only one person."""
    async with listening(network) as ear:
        if network.nature.kind is ChatKind.ROOM or not network.nature.remote:
            assert await ear.channel.is_moderator(network.address, network.member)
        if network.nature.remote:
            assert not await ear.channel.is_moderator(network.address, stranger(network))


async def test_a_network_that_does_not_answer_leaves_open_who_decides(network: Network) -> None:
    """Whoever asks is told to try again, instead of being refused."""
    channel = network.unreachable()
    try:
        if network.nature.remote:
            with pytest.raises(ChannelUnavailableError):
                await channel.is_moderator(network.address, stranger(network))
    finally:
        await channel.close()


def stranger(network: Network) -> Identity:
    return Identity(
        network.name, "4711" if network.address.network == "telegram" else "@nobody:localhost"
    )


def keys_of(network: Network) -> str:
    """Return what the configuration's keys for an account begin with."""
    name, _, account = network.name.partition(".")
    return f"channels.{name}.accounts.{account}." if account else f"channels.{name}."
