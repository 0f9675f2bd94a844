"""The terminal: prompts for people, nothing but answers for pipes."""

import asyncio
from collections.abc import Callable
from io import StringIO

from bot.channels.console import ConsoleChannel
from bot.messages import Address, IncomingMessage, MessageId
from bot.text.document import Button, Document
from tests.fakes import START, FakeClock

TO = Address("console", "anna")


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


async def at_once() -> None:
    """Nothing has to be waited for."""


def console(
    source: StringIO, sink: StringIO, clock: FakeClock, settled: Callable[[], object] | None = None
) -> ConsoleChannel:
    async def wait() -> None:
        await asyncio.sleep(0)
        if settled:
            settled()

    return ConsoleChannel("anna", clock=clock, source=source, sink=sink, settled=wait)


async def test_each_line_is_a_message_of_its_own(clock: FakeClock) -> None:
    """Empty lines are nothing, and a last line needs no line break."""
    channel = console(StringIO("Wann?\n\n  \n  Wo? \nWer"), StringIO(), clock)
    events = [received.event async for received in channel.receive(None)]
    assert all(isinstance(event, IncomingMessage) for event in events)
    texts = [event.text for event in events if isinstance(event, IncomingMessage)]
    assert texts == ["Wann?", "Wo?", "Wer"]
    assert len({event.id for event in events if event}) == 3
    assert channel.last_contact == START


async def test_a_message_of_the_terminal_is_from_one_person_to_the_bot(clock: FakeClock) -> None:
    """The name is chat and account at once, so that each name has a chat of its own."""
    channel = console(StringIO("Wann?\n"), StringIO(), clock)
    received = await anext(channel.receive(None))
    assert isinstance(received.event, IncomingMessage)
    assert received.event.addressed
    assert received.event.chat.address == TO
    assert str(received.event.sender.identity) == "console:anna"
    assert received.cursor is None


async def test_a_person_sees_a_hint_and_a_prompt_below_the_answers(clock: FakeClock) -> None:
    """The prompt comes when everything is said."""
    sink = Terminal()
    channel = console(Terminal("Wann?\n"), sink, clock, lambda: sink.write("(settled)"))
    channel.hint = "Frage eingeben"
    await channel.open()
    assert [received async for received in channel.receive(None)]
    assert sink.getvalue() == "Frage eingeben\n(settled)> (settled)> "


async def test_a_pipe_sees_neither_hint_nor_prompt(clock: FakeClock) -> None:
    """Its output is answers and nothing else."""
    sink = StringIO()
    channel = console(StringIO("Wann?\n"), sink, clock)
    channel.hint = "Frage eingeben"
    await channel.open()
    assert [received async for received in channel.receive(None)]
    assert sink.getvalue() == ""


async def test_buttons_are_numbered_and_edits_stand_below(clock: FakeClock) -> None:
    """What is printed can't be changed, so the new text follows."""
    sink = StringIO()
    channel = console(StringIO(), sink, clock)
    offer = Document.of("Wer?").with_buttons([Button(label="A", value="a")])
    message = await channel.send(TO, offer, key="k")
    await channel.edit(TO, message, Document.of("Niemand."), key="k2")
    await channel.delete(TO, MessageId("x"), key="k3")
    assert sink.getvalue() == "Wer?\n\n[1] A\n\nNiemand.\n\n"
    await channel.close()
