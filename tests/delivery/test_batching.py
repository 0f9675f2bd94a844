"""When outcomes are recorded: at once while little is in flight, together while much is."""

import asyncio

from bot.delivery.batching import Batching


async def test_a_single_reply_is_recorded_at_once() -> None:
    """An idle hub waits for nothing."""
    rung = asyncio.Event()
    Batching(rung.set, window=50).consider(1, of=1)
    assert rung.is_set()


async def test_a_full_window_is_recorded_when_most_of_it_was_answered() -> None:
    """Fewer outcomes are not yet worth a transaction."""
    rung = asyncio.Event()
    batching = Batching(rung.set, window=50)
    batching.consider(37, of=50)
    assert not rung.is_set()
    batching.consider(38, of=50)
    assert rung.is_set()


async def test_an_outcome_is_recorded_although_nothing_else_is_answered() -> None:
    """A network that hangs with all other messages does not keep it from the database."""
    rung = asyncio.Event()
    Batching(rung.set, window=50).consider(1, of=50)
    await rung.wait()


async def test_what_comes_while_others_are_recorded_is_considered_after_it() -> None:
    """The messages that are being recorded make neither a crowd nor a hurry."""
    rung = asyncio.Event()
    batching = Batching(rung.set, window=50)
    with batching.recording():
        batching.consider(40, of=50)
        assert not rung.is_set()
    batching.consider(0, of=50)
    assert not rung.is_set()
    batching.consider(8, of=10)
    assert rung.is_set()


async def test_outcomes_gather_for_longer_while_the_network_has_enough_to_do() -> None:
    """Until nothing is ready any more: then a place is free, and something has to be claimed."""
    order = list[str]()
    done = asyncio.Event()

    def patient() -> None:
        order.append("patient")
        done.set()

    busy = Batching(patient, window=50)
    emptied = Batching(lambda: order.append("emptied"), window=50)
    for batching in (busy, emptied):
        batching.consider(1, of=50, ready=7)
    emptied.consider(2, of=50, ready=0)
    await done.wait()
    assert order == ["emptied", "patient"]
