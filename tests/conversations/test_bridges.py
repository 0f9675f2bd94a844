"""Two chats become one conversation."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.messages import (
    Change,
    ContentKind,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Reacted,
    Said,
)
from bot.text.document import Document
from bot.text.spans import literal
from schedules.bridges import watch_bridges
from schedules.housekeeping import forget_old_rows
from tests.conversations.bridging import (
    GROUP,
    HERE,
    THERE,
    THIRD,
    agree,
    code,
    connect,
    connect_group,
    heard,
    in_room,
    says,
)
from tests.conversations.stage import SURE, Stage
from tests.fakes import Person


@pytest.fixture(autouse=True)
def moderators(hub: Stage) -> None:
    """Anna decides for one room, Bert for the other."""
    hub.channel.moderators |= {(HERE, "anna"), (THERE, "bert"), (THIRD, "bert")}


@pytest.fixture
def people(anna: Person, bert: Person, carla: Person) -> tuple[Person, ...]:
    """Two moderators and a member."""
    return anna, bert, carla


async def test_what_is_said_in_one_room_is_read_in_the_other(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """With the name and the network of who said it, and nowhere else."""
    rules = await connect(hub, anna, bert)
    assert {sent.address.chat for sent in rules} == {HERE, THERE}
    assert all(sent.text.startswith("Verbunden mit") for sent in rules)
    (copy,) = await hub.hears(says(anna, "Guten Morgen"))
    assert (copy.address.chat, copy.text) == (THERE, "Anna (fake): Guten Morgen")
    (back,) = await hub.hears(says(bert, "Moin", THERE))
    assert (back.address.chat, back.text) == (HERE, "Bert (fake): Moin")


async def test_three_rooms_are_one_conversation(hub: Stage, anna: Person, bert: Person) -> None:
    """A further room joins by a code of any of them."""
    await connect(hub, anna, bert)
    await connect(hub, anna, bert, there=THIRD)
    copies = await hub.hears(says(anna, "Hallo alle"))
    assert sorted(copy.address.chat for copy in copies) == [THIRD, THERE]


async def test_a_room_may_only_listen(hub: Stage, anna: Person, bert: Person) -> None:
    """What is said there stays there."""
    await connect(hub, anna, bert, words="rein")
    assert len(await hub.hears(says(anna, "Hallo"))) == 1
    assert await hub.hears(says(bert, "Hallo", THERE)) == []


async def test_a_reply_answers_the_copy_and_the_original(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """In each room the message of that room, also when it waits still, and after a restart."""
    await connect(hub, anna, bert)
    said = says(anna, "Wer kommt?")
    await hub.receives(said)
    await hub.receives(says(anna, "Oder kommt keiner?", reply_to=said.message))
    first, second = await hub.delivers()
    assert second.reply_to == first.message
    hub.restart()
    (back,) = await hub.hears(says(bert, "Ich", THERE, reply_to=first.message))
    assert back.reply_to == said.message


async def test_an_edit_changes_the_copy(hub: Stage, anna: Person, bert: Person) -> None:
    """Before it was sent, and after."""
    await connect(hub, anna, bert)
    said = says(anna, "Um acht")
    await hub.receives(said)
    await hub.receives(edited(anna, said, "Um neun"))
    (copy,) = await hub.delivers()
    assert (copy.text, copy.edited) == ("Anna (fake): Um neun", False)
    hub.restart()
    assert await hub.hears(edited(anna, said, "Um zehn")) == []
    assert (copy.text, copy.edited) == ("Anna (fake): Um zehn", True)


async def test_an_edit_that_grows_and_shrinks_keeps_every_part(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Further messages follow, and go again."""
    await connect(hub, anna, bert)
    said = says(anna, "kurz")
    await hub.hears(said)
    long = " ".join(f"Wort{number}" for number in range(900))
    assert len(await hub.hears(edited(anna, said, long))) == 1
    whole = " ".join(sent.text for sent in in_room(hub, THERE)[1:])
    assert whole == f"Anna (fake): {long}"
    await hub.hears(edited(anna, said, "wieder kurz"))
    assert [sent.text for sent in in_room(hub, THERE)[1:]] == ["Anna (fake): wieder kurz"]


async def test_nobody_edits_what_somebody_else_said(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Whatever a network tells."""
    await connect(hub, anna, bert)
    said = says(anna, "Um acht")
    (copy,) = await hub.hears(said)
    await hub.hears(edited(bert, said, "Nie"))
    assert copy.text == "Anna (fake): Um acht"


def edited(person: Person, said: IncomingMessage, text: str) -> MessageEdited:
    """Change something that was said."""
    person._count += 1
    name = f"{person.user}-edit-{person._count}"
    words = Said(literal(text))
    return MessageEdited(name, said.message, said.chat, person.sender, said.sent_at, words)


def deleted(said: IncomingMessage) -> MessageDeleted:
    """Delete something that was said."""
    name = f"gone-{said.message}"
    return MessageDeleted(name, said.message, said.chat, said.sent_at, said.sender)


async def test_a_deletion_takes_the_copies_away(hub: Stage, anna: Person, bert: Person) -> None:
    """Sent or not."""
    await connect(hub, anna, bert)
    first, second = says(anna, "Eins"), says(anna, "Zwei")
    await hub.hears(first)
    await hub.receives(second)
    await hub.receives(deleted(second))
    await hub.hears(deleted(first))
    assert len(in_room(hub, THERE)) == 1, "the rules"


async def test_a_reply_with_the_command_takes_the_copies_away(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """By the author or a moderator, and nobody else."""
    await connect(hub, anna, bert)
    said = says(carla, "Ups")
    await hub.hears(said)
    command = {"room": HERE, "addressed": True, "reply_to": said.message}
    chefin = Person(hub.channel, "dora")
    text = await hub.says(chefin.says("/loeschen", **command))  # type: ignore[arg-type]
    assert text.startswith("Das dürfen nur")
    text = await hub.says(carla.says("/loeschen", **command))  # type: ignore[arg-type]
    assert text.startswith("1 Kopie gelöscht")
    assert len(in_room(hub, THERE)) == 1


async def test_reactions_show_at_the_copy_and_at_the_original(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """The latest that is left of those of other rooms."""
    await connect(hub, anna, bert)
    said = says(anna, "Fertig")
    (copy,) = await hub.hears(said)
    where = replace(said.chat, address=copy.address)
    like = Reacted("r1", copy.message, where, bert.sender, said.sent_at, added=("👍",))
    await hub.hears(like)
    assert hub.channel.reactions[said.chat.address, said.message] == "👍"
    await hub.hears(replace(like, id="r2", added=(), removed=("👍",)))
    assert hub.channel.reactions == {}


async def test_a_file_comes_along_with_its_caption(hub: Stage, anna: Person, bert: Person) -> None:
    """As it was sent; one that is too large is told of in words."""
    await connect(hub, anna, bert)
    said = says(anna, "Der Plan", file=anna.file(b"anything"))
    copies = await hub.hears(said)
    assert [sent.file for sent in copies if sent.file] == [b"anything"]
    assert copies[0].text.startswith("Anna (fake): Der Plan")
    large = IncomingFile("x", "film.mp4", "video/mp4", 30 * 1024 * 1024)
    video = replace(says(anna, ""), said=Said(Document(), ContentKind.VIDEO, large))
    (note,) = await hub.hears(video)
    assert note.text == "Anna (fake): [Datei „film.mp4“, 30 MB: zu groß zum Übertragen]"
    assert hub.channel.fetched == [said.file.id if said.file else ""]


async def test_an_answer_is_given_once_and_mirrored(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Below the question in each room, also where the bot overhears both."""
    await connect(hub, anna, bert)
    for room in (HERE, THERE):
        await hub.hears(chefin.says("/mitreden an", room=room, addressed=True))
    question = says(anna, SURE)
    sent = await hub.hears(question)
    (copy,) = [one for one in sent if one.text == f"Anna (fake): {SURE}"]
    answers = [one for one in sent if one is not copy]
    assert sorted((one.address.chat, one.reply_to) for one in answers) == [
        (THERE, copy.message),
        (HERE, question.message),
    ]


async def test_commands_and_their_answers_stay_where_they_were_given(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Nobody elsewhere can do anything with them."""
    await connect(hub, anna, bert)
    answers = await hub.hears(says(anna, "/hilfe", addressed=True))
    assert {sent.address.chat for sent in answers} == {HERE}


async def test_a_message_that_is_repeated_is_mirrored_once(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Also after a restart, and when a commit fails."""
    await connect(hub, anna, bert)
    said = says(anna, "Einmal")
    await hub.hears(said)
    hub.restart()
    assert await hub.hears(said) == []


async def test_another_bridge_that_repeats_us_is_not_followed(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """What it brings back with our sign in it is an echo."""
    await connect(hub, anna, bert)
    (copy,) = await hub.hears(says(anna, "Hallo"))
    assert copy.text == "Anna (fake): Hallo"
    echo = says(carla, "bridge: Anna (Telegram): Hallo", THERE)
    assert await hub.hears(echo) == []


async def test_a_flood_is_not_mirrored_and_said_so_once(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Where it was made."""
    hub.configured(bridges={"author_messages": 3})
    await connect(hub, anna, bert)
    for number in range(6):
        await hub.receives(says(anna, f"Nr. {number}"))
    sent = await hub.delivers()
    assert [one.text[-5:] for one in sent if one.address.chat == THERE] == [
        "Nr. 0", "Nr. 1", "Nr. 2",
    ]  # fmt: skip
    (notice,) = [one.text for one in sent if one.address.chat == HERE]
    assert notice.startswith("So viele Nachrichten")


async def test_the_map_outlives_the_record_of_deliveries(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """An edit after two months still finds its copy."""
    await connect(hub, anna, bert)
    said = says(anna, "Um acht")
    (copy,) = await hub.hears(said)
    hub.clock.advance(timedelta(days=60))
    await hub.ticks(forget_old_rows)
    await hub.hears(edited(anna, said, "Um neun"))
    assert copy.text == "Anna (fake): Um neun"


async def test_a_room_that_moves_stays_connected(hub: Stage, anna: Person, bert: Person) -> None:
    """Under its new id."""
    await connect(hub, anna, bert)
    await hub.hears(bert.changes(THERE, Change.MOVED, moved_to="neuland"))
    (copy,) = await hub.hears(says(anna, "Seid ihr da?"))
    assert copy.address.chat == "neuland"


async def test_a_room_that_is_left_is_told_of_and_comes_back(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Nothing is sent there meanwhile."""
    await connect(hub, anna, bert)
    await hub.hears(bert.changes(THERE, Change.LEFT))
    (told,) = await hub.ticks(watch_bridges)
    assert told.address.chat == HERE
    assert "nicht mehr erreichbar" in told.text
    assert await hub.hears(says(anna, "Hallo?")) == []
    await hub.hears(bert.changes(THERE, Change.JOINED))
    (told,) = await hub.ticks(watch_bridges)
    assert "wieder erreichbar" in told.text
    assert len(await hub.hears(says(anna, "Hallo!"))) == 1


async def test_a_lag_is_told_once_and_its_end(hub: Stage, anna: Person, bert: Person) -> None:
    """In the room whose messages are late."""
    await connect(hub, anna, bert)
    await hub.receives(says(anna, "Wartet"))
    hub.clock.advance(timedelta(seconds=61))
    await hub.runs(watch_bridges)
    await hub.runs(watch_bridges)
    sent = await hub.delivers()
    assert [one.text for one in sent if "verspätet" in one.text] != []
    assert len(sent) == 2
    (told,) = await hub.ticks(watch_bridges)
    assert "alles angekommen" in told.text
    assert await hub.ticks(watch_bridges) == []


async def test_parting_ends_the_bridge(hub: Stage, anna: Person, bert: Person) -> None:
    """Both rooms are told."""
    await connect(hub, anna, bert)
    told = await hub.hears(anna.says("/trennen", room=HERE, addressed=True))
    assert {sent.address.chat for sent in told} == {HERE, THERE}
    assert await hub.hears(says(anna, "Hört das wer?")) == []


async def test_the_state_is_shown(hub: Stage, anna: Person, bert: Person) -> None:
    """With backlog and lag."""
    await connect(hub, anna, bert)
    text = await hub.says(anna.says("/bruecke", room=HERE, addressed=True))
    assert "land (Fake), in beide Richtungen: 0 wartend" in text


async def test_without_a_bridge_nothing_is_kept(hub: Stage, anna: Person) -> None:
    """As before."""
    assert await hub.hears(says(anna, "Privat"), cursor="c1") == []
    assert await hub.rows(but=()) == {"cursors": 1}


async def test_where_telegram_holds_us_up_the_messages_of_one_author_are_joined(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """Never across somebody else's message; an edit or a deletion changes its own words only."""
    await connect_group(hub, anna, bert)
    said = [says(anna, f"Nr. {number}") for number in range(4)]
    await hub.receives(said[0])
    hub.clock.advance(timedelta(seconds=11))
    for event in (*said[1:], says(carla, "Halt"), says(anna, "Weiter"), says(anna, "Ende")):
        await hub.receives(event)
    await hub.receives(edited(anna, said[2], "Nr. zwei"))
    await hub.receives(deleted(said[3]))
    await heard(hub)
    assert [one.text for one in in_room(hub, GROUP)[2:]] == [
        "Anna (fake): Nr. 0\n\nNr. 1\n\nNr. zwei",
        "Carla (fake): Halt",
        "Anna (fake): Weiter\n\nEnde",
    ]


async def test_a_topic_of_a_forum_stays_a_thread_of_a_room(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """What is said in a topic answers below its first message; a connected topic is left alone."""
    made = await code(hub, anna)
    forum = bert.says(f"/verbinden {made}", room=THERE, thread="7", addressed=True)
    await hub.hears(forum)
    await agree(hub, anna)
    (copy,) = await hub.hears(says(anna, "Ins Thema"))
    assert copy.address.thread == "7"
    assert await hub.hears(says(bert, "Woanders", THERE, thread="8")) == []
    assert len(await hub.hears(says(bert, "Hier", THERE, thread="7"))) == 1
