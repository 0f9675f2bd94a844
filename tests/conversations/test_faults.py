"""Whatever fails: message, effects, reply and cursor stand or fall together."""

import pytest

from bot.app import ROUTERS
from bot.delivery import outbox
from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.errors import StorageError, UserError
from bot.messages import Change, MessageId
from bot.services import members
from handlers import faq
from tests.conversations.stage import NOTHING, SURE, Stage
from tests.fakes import Person


def handlers_that_fail() -> Router:
    """Return commands that first have an effect and then fail, each in its own way."""
    router = Router()

    @router.command(de="absturz", en="crash", about="command-help")
    async def crash(_command: Command, context: Context) -> Reply:
        await members.choose_language(context.session, member_id=context.member.id, wanted="en")
        raise ZeroDivisionError

    @router.command(de="weigern", en="refuse", about="command-help")
    async def refuse(_command: Command, context: Context) -> Reply:
        await members.choose_language(context.session, member_id=context.member.id, wanted="en")
        raise UserError("ambient-usage")

    @router.command(de="voll", en="full", about="command-help")
    async def full(_command: Command, context: Context) -> Reply:
        await members.choose_language(context.session, member_id=context.member.id, wanted="en")
        raise StorageError("database or disk is full")

    @router.button("absturz")
    async def press(_rest: str, _context: Context) -> Reply:
        raise ZeroDivisionError

    return router


@pytest.fixture
def failing(hub: Stage) -> Stage:
    """A hub with commands that fail."""
    hub.routed(*ROUTERS, handlers_that_fail())
    return hub


async def test_a_crashing_handler_apologises_once_with_a_reference(
    failing: Stage, anna: Person
) -> None:
    """The member can name the reference, and the log has it with the traceback."""
    event = anna.says("/absturz")
    (apology,) = await failing.hears(event, cursor="c1")
    assert apology.text.startswith("Das hat nicht geklappt. Der Fehler ist festgehalten (Kennung ")
    assert await failing.cursor() == "c1"
    assert await failing.hears(event, cursor="c2") == []


async def test_a_crash_undoes_what_the_handler_had_done(failing: Stage, anna: Person) -> None:
    """Half an effect is worse than none."""
    await failing.hears(anna.says("/start"))
    await failing.hears(anna.says("/absturz"))
    assert (await failing.says(anna.says("/start"))).startswith("Das ist Stadtfunk.")


async def test_a_crash_holds_up_nobody(failing: Stage, anna: Person, bert: Person) -> None:
    """The next message is answered, the crasher's as well."""
    await failing.hears(anna.says("/absturz"))
    for person in (anna, bert):
        assert (await failing.says(person.says(SURE))).startswith("Was ist die KTS?")


async def test_a_crash_behind_a_button_apologises_below(failing: Stage, anna: Person) -> None:
    """The pressed message stays as it was."""
    (answer,) = await failing.hears(anna.says(SURE))
    (apology,) = await failing.hears(anna.taps(answer, value="absturz:"))
    assert apology.text.startswith("Das hat nicht geklappt")
    assert not answer.edited


async def test_the_apology_is_in_the_language_of_the_network(failing: Stage, anna: Person) -> None:
    """Whoever can't read it can't report it."""
    anna.language = "en"
    assert (await failing.says(anna.says("/crash"))).startswith("That did not work.")


async def test_a_crash_at_a_change_of_a_room_says_nothing(hub: Stage, anna: Person) -> None:
    """Nobody asked, so nobody is bothered; the cursor moves on."""
    router = Router()

    @router.change(Change.JOINED)
    async def joined(_context: Context) -> Reply:
        raise ZeroDivisionError

    hub.routed(faq.router, router)
    assert await hub.hears(anna.changes("stadt", Change.JOINED), cursor="c1") == []
    assert await hub.cursor() == "c1"


async def test_a_refusal_undoes_the_handlers_effects_and_is_worded(
    failing: Stage, anna: Person
) -> None:
    """Everything else of the event is kept, so that it is not handled again."""
    event = anna.says("/weigern")
    assert await failing.says(event) == "Bitte „an“ oder „aus“ hinter den Befehl schreiben."
    assert await failing.hears(event) == []
    assert (await failing.says(anna.says("/start"))).startswith("Das ist Stadtfunk.")


async def test_a_database_in_trouble_commits_nothing_and_is_raised(
    failing: Stage, anna: Person
) -> None:
    """The caller waits and hands in the same event again."""
    with pytest.raises(StorageError):
        await failing.hears(anna.says("/voll"), cursor="c1")
    assert await failing.rows(but=()) == {}
    assert await failing.delivers() == []


async def test_effects_reply_and_cursor_are_one_transaction(hub: Stage, anna: Person) -> None:
    """A commit that fails leaves none of the three; the repeat then brings each once."""
    hub.commits_fail(1)
    event = anna.says(NOTHING)
    with pytest.raises(StorageError):
        await hub.hears(event, cursor="c1")
    assert await hub.rows(but=()) == {}
    assert "beim Team der KTS (Nr. 1)" in await hub.says(event)
    rows = await hub.rows()
    assert (rows["questions"], rows["deliveries"]) == (1, 1)


async def test_an_apology_that_can_not_be_kept_is_raised_as_well(
    failing: Stage, anna: Person
) -> None:
    """Otherwise the member would never hear of it."""
    failing.commits_fail(1)
    with pytest.raises(StorageError):
        await failing.hears(anna.says("/absturz"), cursor="c1")
    assert await failing.rows(but=()) == {}


async def test_a_cursor_without_an_event_moves(hub: Stage) -> None:
    """A quiet batch is not read again."""
    await hub.receives(None, cursor="c1")
    assert await hub.cursor() == "c1"


async def test_an_event_in_the_middle_of_a_batch_leaves_the_cursor(
    hub: Stage, anna: Person
) -> None:
    """After a crash the whole batch comes again, and what was handled is recognised."""
    await hub.receives(anna.says(SURE), cursor="c1")
    await hub.receives(anna.says(SURE), cursor=None)
    assert await hub.cursor() == "c1"


async def test_an_event_that_not_even_an_apology_survives_comes_only_once(
    failing: Stage, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the network would repeat it for ever, and nobody else were heard."""

    async def break_down(*_: object, **__: object) -> None:
        raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")

    monkeypatch.setattr(outbox, "enqueue", break_down)
    event = anna.says("/absturz")
    assert await failing.hears(event, cursor="c1") == []
    assert await failing.cursor() == "c1"
    monkeypatch.undo()
    assert await failing.hears(event, cursor="c2") == []
    assert await failing.says(anna.says(SURE))


@pytest.mark.parametrize("bad", ["$\ud800", "$\0", "$" + "x" * 400])
async def test_a_hostile_thread_or_reply_is_answered_without_it(
    hub: Stage, anna: Person, bad: str
) -> None:
    """What somebody else's server sends as an id is not trusted."""
    event = anna.says(SURE, room="stadt", thread=bad, addressed=True, reply_to=MessageId(bad))
    (answer,) = await hub.hears(event)
    assert answer.address.thread is None


async def test_a_full_disk_does_not_use_up_what_a_member_may_ask(hub: Stage, anna: Person) -> None:
    """The event is tried again and again, but it was asked once."""
    event = anna.says(SURE)
    hub.commits_fail(40)
    for _ in range(40):
        with pytest.raises(StorageError):
            await hub.receives(event)
    assert (await hub.says(event)).startswith("Was ist die KTS?")
