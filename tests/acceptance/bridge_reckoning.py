"""Compares what was said at one end of a bridge with what the other end shows, one by one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.acceptance.bridge_lines import TELEGRAM, Line, Shown
from tests.acceptance.bridge_world import Pair

ANSWER = "Koordinierungs- und Transferstelle"


@dataclass
class Reckoning:
    """What one end shows of what was said at the other one.

    Attributes:
        findings: What is not as it should be, in words.
        doubled: The lines that can be read twice.
        messages: How many messages there are.
    """

    findings: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    messages: int = 0


async def reckon(pair: Pair, network: str) -> Reckoning:
    """Compare the end of a pair on a network, message by message."""
    shown = await pair.end(network).shown()
    said = [one for one in shown if one.tokens]
    lines = {one.token: one for one in pair.lines if one.other == network}
    wanted = [one.token for one in lines.values() if not one.gone]
    found = Reckoning(messages=len(said))
    counts = Counter(token for one in said for token in one.tokens)
    found.doubled = [token for token, count in counts.items() if count > 1]
    _order(found, wanted, list(dict.fromkeys(token for one in said for token in one.tokens)))
    newest = {one.tokens: one for one in said}
    for one in newest.values():
        if all(token in lines for token in one.tokens):
            known = [lines[token] for token in one.tokens]
            await _compare(found, one, await _expected(pair, one.id, known))
    await _answers(found, pair, network, shown)
    await _reactions(found, pair, network)
    return found


def _order(found: Reckoning, wanted: list[str], there: list[str]) -> None:
    if missing := [one for one in wanted if one not in there]:
        found.findings.append(f"missing: {missing}")
    if surplus := [one for one in there if one not in wanted]:
        found.findings.append(f"not to be there: {surplus}")
    both = [one for one in there if one in wanted]
    if both != (order := [one for one in wanted if one in there]):
        at = next(number for number, one in enumerate(both) if one != order[number])
        found.findings.append(f"order: {both[at : at + 8]} instead of {order[at : at + 8]}")


async def _expected(pair: Pair, name: str, lines: Sequence[Line]) -> Shown:
    """Return what one message is to be that says these lines."""
    first, network = lines[0], lines[0].other
    answered = first.reply_to or first.thread
    end = pair.end(network)
    return Shown(
        id=name,
        tokens=tuple(one.token for one in lines),
        kind=first.shown_as,
        text=(first.sign + "\n\n".join(one.copied for one in lines)).rstrip(),
        marks=tuple(mark for one in lines for mark in one.marks),
        data=first.data,
        reply=await end.id_of(answered) if answered else None,
        thread=await _thread(pair, first),
    )


async def _thread(pair: Pair, line: Line) -> str | None:
    """Return the thread or topic in which the copy of a line is to be."""
    if line.other == TELEGRAM:
        root = line.thread
        topic = pair.telegram.topic or (root.topic if root else None)
        return None if topic is None else str(topic)
    began = pair.first_in(line.topic)
    return None if began is None or began is line else await pair.matrix.copy_of(began)


async def _compare(found: Reckoning, one: Shown, wanted: Shown) -> None:
    for name in ("kind", "text", "data", "reply", "thread"):
        is_so, should = getattr(one, name), getattr(wanted, name)
        is_so = is_so.rstrip() if name == "text" else is_so
        if is_so != should:
            found.findings.append(f"{one.tokens}: {name} is {is_so!r} instead of {should!r}")
    if missing := [mark for mark in wanted.marks if not any(mark in is_so for is_so in one.marks)]:
        found.findings.append(f"{one.tokens}: has no {missing} but {one.marks}")


async def _answers(found: Reckoning, pair: Pair, network: str, shown: Sequence[Shown]) -> None:
    """Each question has one answer at each end, below the question or its copy."""
    answers = Counter(one.reply for one in shown if ANSWER in one.text and not one.tokens)
    end = pair.end(network)
    asked = [await end.id_of(one) for one in pair.lines if one.kind == "question"]
    if answers != Counter(asked):
        found.findings.append(f"answers to {dict(answers)} instead of {asked}")


async def _reactions(found: Reckoning, pair: Pair, network: str) -> None:
    end = pair.end(network)
    shown = await end.bot_reactions()
    wanted = {
        await end.id_of(line): line.reaction[1]
        for line in pair.lines
        if line.reaction and line.reaction[0] != network and not line.gone
    }
    if shown != wanted:
        found.findings.append(f"reactions {shown} instead of {wanted}")
