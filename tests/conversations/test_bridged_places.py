"""What becomes of copies that are more than one message, share one, or stand in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dispatch.mirroring import MOST_TRIES
from bot.errors import ChannelUnavailableError
from bot.messages import IncomingMessage, MessageId, Reacted
from tests.conversations.bridging import (
    GROUP,
    HERE,
    agree,
    code,
    connect,
    connect_group,
    in_room,
    says,
)
from tests.conversations.erasing import erases
from tests.conversations.stage import Stage
from tests.conversations.test_bridges import deleted, edited, moderators
from tests.fakes import Person, Sent

__all__ = ["moderators"]

LONG = " ".join(f"Wort{number}" for number in range(300))
"""Longer than a caption on Telegram."""
TOPIC = "7"


@contextmanager
def network(hub: Stage, name: str) -> Iterator[None]:
    """Let the one far end be that of a network."""
    before, hub.channel.name = hub.channel.name, name
    yield
    hub.channel.name = before


async def arrives(hub: Stage, name: str, event: IncomingMessage | Reacted) -> list[Sent]:
    """Let something arrive on a network, and both deliver."""
    with network(hub, name):
        await hub.receives(event)
    sent = []
    for each in ("matrix", "telegram"):
        with network(hub, each):
            sent += await hub.delivers()
    return sent


async def connect_forum(hub: Stage, anna: Person, *, topic: str | None) -> Person:
    """Connect a Matrix room with a forum or a topic of it; return somebody there."""
    with network(hub, "matrix"):
        made = await code(hub, anna)
    hub.channel.moderators.add((GROUP, "bert"))
    with network(hub, "telegram"):
        there = Person(hub.channel, "bert", _count=500)
        command = there.says(f"/verbinden {made}", room=GROUP, thread=topic, addressed=True)
    await arrives(hub, "telegram", command)
    with network(hub, "matrix"):
        await agree(hub, anna)
    with network(hub, "telegram"):
        await hub.delivers()
    return there


def in_topic(hub: Stage, there: Person, text: str, **more: object) -> IncomingMessage:
    """Say something in the topic."""
    with network(hub, "telegram"):
        return says(there, text, GROUP, thread=TOPIC, **more)


@pytest.fixture
def files(anna: Person) -> IncomingMessage:
    """A file with a caption."""
    return says(anna, "Der Plan", file=anna.file(b"plan"))


async def tells(hub: Stage, event: object) -> None:
    """Let something happen in the room, and Telegram deliver what follows."""
    await hub.receives(event)  # type: ignore[arg-type] # any of them
    with network(hub, "telegram"):
        await hub.delivers()


def shown(hub: Stage) -> list[tuple[str, bytes | None]]:
    """Return what the group shows, but for the question to the other room and the rules."""
    return [(one.text, one.file) for one in in_room(hub, GROUP)[2:]]


async def test_a_caption_that_grows_too_long_goes_on_below_its_file(
    hub: Stage, anna: Person, bert: Person, files: IncomingMessage
) -> None:
    """The file stays, and is not sent again; a shorter one is a caption again."""
    await connect_group(hub, anna, bert)
    await tells(hub, files)
    await tells(hub, edited(anna, files, LONG))
    (caption, file), *rest = shown(hub)
    assert (file, [one for _, one in rest]) == (b"plan", [None] * len(rest))
    assert f"{caption} {' '.join(text for text, _ in rest)}" == f"Anna (fake): {LONG}"
    assert len(caption) <= 1024
    await tells(hub, edited(anna, files, "Kurz"))
    assert shown(hub) == [("Anna (fake): Kurz", b"plan")]


async def test_a_caption_that_was_too_long_shrinks_before_its_file(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """The words were a message of their own, and stay one."""
    await connect_group(hub, anna, bert)
    said = says(anna, LONG, file=anna.file(b"plan"))
    await tells(hub, said)
    assert shown(hub) == [(f"Anna (fake): {LONG}", None), ("", b"plan")]
    await tells(hub, edited(anna, said, "Kurz"))
    assert shown(hub) == [("Anna (fake): Kurz", None), ("", b"plan")]


async def test_in_a_crowd_each_has_a_sign_and_changes_what_is_theirs(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """When the line is long, the messages of several share one; none loses its sign."""
    await connect_group(hub, anna, bert)
    said = [says(anna, "Eins")]
    await hub.receives(said[0])
    hub.clock.advance(timedelta(seconds=31))
    said += [says(carla, "Zwei"), says(carla, "Drei"), says(anna, "Vier"), says(anna, "Fünf")]
    for event in said[1:]:
        await hub.receives(event)
    await hub.receives(edited(carla, said[2], "drei"))
    await hub.receives(edited(anna, said[3], "vier"))
    with network(hub, "telegram"):
        await hub.delivers()
    assert shown(hub)[0][0].split("\n\n") == [
        "Anna (fake): Eins", "Carla (fake): Zwei", "drei", "Anna (fake): vier", "Fünf",
    ]  # fmt: skip
    await tells(hub, deleted(said[1]))
    await tells(hub, deleted(said[0]))
    await tells(hub, deleted(said[3]))
    assert shown(hub)[0][0].split("\n\n") == ["Carla (fake): drei", "Anna (fake): Fünf"]
    await tells(hub, deleted(said[2]))
    assert shown(hub) == [("Anna (fake): Fünf", None)]


async def test_a_topic_that_is_connected_is_no_thread_elsewhere(hub: Stage, anna: Person) -> None:
    """All of it is said in the room itself."""
    there = await connect_forum(hub, anna, topic=TOPIC)
    for words in ("Hier", "Und hier"):
        (copy,) = await arrives(hub, "telegram", in_topic(hub, there, words))
        assert (copy.address.chat, copy.address.thread) == (HERE, None)


async def test_a_thread_outlives_the_message_that_it_began_with(hub: Stage, anna: Person) -> None:
    """What is said in its topic later still goes there."""
    there = await connect_forum(hub, anna, topic=None)
    said = in_topic(hub, there, "Anfang")
    (root,) = await arrives(hub, "telegram", said)
    (second,) = await arrives(hub, "telegram", in_topic(hub, there, "Weiter"))
    assert (root.address.thread, second.address.thread) == (None, root.message)
    with network(hub, "telegram"):
        command = there.says(
            "/loeschen", room=GROUP, thread=TOPIC, addressed=True, reply_to=said.message
        )
    await arrives(hub, "telegram", command)
    (third,) = await arrives(hub, "telegram", in_topic(hub, there, "Schluss"))
    assert third.address.thread == root.message


async def test_an_answer_goes_to_the_topic_of_its_question(hub: Stage, anna: Person) -> None:
    """Also of who answers outside of any thread."""
    there = await connect_forum(hub, anna, topic=None)
    (copy,) = await arrives(hub, "telegram", in_topic(hub, there, "Wer kommt?"))
    with network(hub, "matrix"):
        answer = says(anna, "Ich", reply_to=copy.message)
    (back,) = await arrives(hub, "matrix", answer)
    assert (back.address.chat, back.address.thread) == (GROUP, TOPIC)


async def test_a_reaction_in_a_connected_topic_is_mirrored(hub: Stage, anna: Person) -> None:
    """Telegram does not tell in which topic somebody reacted."""
    there = await connect_forum(hub, anna, topic=TOPIC)
    with network(hub, "matrix"):
        said = says(anna, "Fertig")
    (copy,) = await arrives(hub, "matrix", said)
    with network(hub, "telegram"):
        forum, sender = there.chat(GROUP), there.sender
    like = Reacted("r1", copy.message, forum, sender, said.sent_at, added=("👍",))
    await arrives(hub, "telegram", like)
    assert hub.channel.reactions[said.chat.address, said.message] == "👍"


async def test_a_file_waits_for_its_network(
    hub: Stage, anna: Person, bert: Person, files: IncomingMessage
) -> None:
    """The message comes again when the network is back; after many tries words have to do."""
    await connect(hub, anna, bert)
    hub.channel.fetch_failure = ChannelUnavailableError("away")
    with pytest.raises(ChannelUnavailableError):
        await hub.receives(files)
    hub.channel.fetch_failure = None
    assert [one.file for one in await hub.hears(files)] == [None, b"plan"]
    hub.channel.fetch_failure = ChannelUnavailableError("away")
    other = replace(files, id="other", message=MessageId("other"))
    for _ in range(MOST_TRIES):
        with pytest.raises(ChannelUnavailableError):
            await hub.receives(other)
    (told,) = await hub.hears(other)
    assert "ließ sich nicht übertragen" in told.text


async def test_who_is_erased_takes_nobody_else_s_words_along(
    hub: Stage, anna: Person, bert: Person, carla: Person
) -> None:
    """What waits in one message with theirs is still sent."""
    await connect_group(hub, anna, bert)
    await hub.receives(says(carla, "Eins", event="$1"))
    hub.clock.advance(timedelta(seconds=31))
    for event in (says(anna, "Zwei"), says(carla, "Drei", event="$3"), says(anna, "Vier")):
        await hub.receives(event)
    await erases(hub, carla)
    with network(hub, "telegram"):
        await hub.delivers()
    assert shown(hub)[0][0].split("\n\n") == ["Anna (fake): Zwei", "Anna (fake): Vier"]
