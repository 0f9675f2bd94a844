"""Compares what was said at one end of a bridge with what the other end shows, one by one."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.acceptance.bridge_lines import TELEGRAM, Line, Shown
from tests.acceptance.bridge_world import Pair

ANSWER = "Koordinierungs- und Transferstelle"
_COMPARED = ("kind", "text", "data", "reply", "thread")


@dataclass
class Reckoning:
    """What one end shows of what was said at the other one.

    Attributes:
        findings: What is not as it should be, in words.
        doubled: The lines that may be read twice: the hub died before it had recorded them.
        messages: The bot's that say lines.
    """

    findings: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    messages: list[Shown] = field(default_factory=list)


async def reckon(pair: Pair, is_recorded: Callable[[str, str], bool]) -> dict[str, Reckoning]:
    """Compare both ends of a pair, message by message.

    Args:
        pair: Which.
        is_recorded: Tells whether the hub knows that it sent a message: chat and id. It does not
            of what was in flight when it was killed, and so can't take that back.
    """
    shown = {end.network: await end.shown() for end in (pair.matrix, pair.telegram)}
    chat = str(pair.telegram.chat.id)
    orphans = [one for one in shown[TELEGRAM] if not is_recorded(chat, one.id)]
    shown[TELEGRAM] = [one for one in shown[TELEGRAM] if one not in orphans]
    reckoned = {
        network: _End(pair, network, there, await pair.end(network).bot_reactions()).found
        for network, there in shown.items()
    }
    reckoned[TELEGRAM].doubled = [token for one in orphans for token in one.tokens or ("answer",)]
    return reckoned


def _where(pair: Pair, network: str, shown: Sequence[Shown]) -> dict[str, str]:
    """Return under which id each line can be read on a network; of doubled ones the newest."""
    copies = {token: one.id for one in shown for token in one.tokens}
    return copies | {line.token: line.id for line in pair.lines if line.network == network}


def _joined(lines: Sequence[Line]) -> str:
    """Return what lines say in one message: a sign stands above the words of each author."""
    before = [None, *(one.author for one in lines)]
    return "\n\n".join(
        one.copied if one.author == author else one.sign + one.copied
        for author, one in zip(before, lines, strict=False)
    )


class _End:
    """The comparison of one end."""

    def __init__(
        self,
        pair: Pair,
        network: str,
        shown: Sequence[Shown],
        reactions: Mapping[str, str],
    ) -> None:
        self._pair, self._network = pair, network
        self._known = _where(pair, network, shown)
        said = [one for one in shown if one.tokens]
        self.found = Reckoning(messages=said)
        self._count(said)
        lines = {one.token: one for one in pair.lines if one.other == network}
        newest = {one.tokens: one for one in said}
        for one in newest.values():
            if all(token in lines for token in one.tokens):
                self._compare(one, self._expected(one.id, [lines[token] for token in one.tokens]))
        self._answers(shown)
        self._reacted(reactions)

    def _find(self, words: str) -> None:
        self.found.findings.append(words)

    def _count(self, said: Sequence[Shown]) -> None:
        """See whether everything is there, once and in order."""
        lines = [one for one in self._pair.lines if one.other == self._network and not one.gone]
        wanted = [one.token for one in lines]
        counts = Counter(token for one in said for token in one.tokens)
        if twice := [token for token, count in counts.items() if count > 1]:
            self._find(f"twice: {twice}")
        if missing := [one for one in wanted if one not in counts]:
            self._find(f"missing: {missing}")
        if surplus := [one for one in counts if one not in wanted]:
            self._find(f"not to be there: {surplus}")
        there = [one for one in counts if one in wanted]
        if there != (order := [one for one in wanted if one in counts]):
            at = next(number for number, one in enumerate(there) if one != order[number])
            self._find(f"order: {there[at : at + 8]} instead of {order[at : at + 8]}")

    def _expected(self, name: str, lines: Sequence[Line]) -> Shown:
        """Return what one message is to be that says these lines."""
        first = lines[0]
        answered = first.reply_to or first.thread
        return Shown(
            id=name,
            tokens=tuple(one.token for one in lines),
            kind=first.shown_as,
            text=_joined(lines).rstrip(),
            marks=tuple(mark for one in lines for mark in one.marks),
            data=first.data,
            reply=self._at(answered) if answered else None,
            thread=self._thread(first),
        )

    def _at(self, line: Line) -> str:
        """Return the message that says a line here, or what is missing."""
        return self._known.get(line.token, f"no copy of {line.token}")

    def _thread(self, line: Line) -> str | None:
        """Return the thread or topic in which the copy of a line is to be."""
        if line.other == TELEGRAM:
            topic = self._pair.telegram.topic or line.topic
            return None if topic is None else str(topic)
        began = self._pair.first_in(line.topic)
        return None if began is None or began is line else self._at(began)

    def _compare(self, one: Shown, wanted: Shown) -> None:
        for name in _COMPARED:
            is_so, should = getattr(one, name), getattr(wanted, name)
            is_so = is_so.rstrip() if name == "text" else is_so
            if is_so != should:
                self._find(f"{one.tokens}: {name} is {is_so!r} instead of {should!r}")
        missing = [mark for mark in wanted.marks if not any(mark in is_so for is_so in one.marks)]
        if missing:
            self._find(f"{one.tokens}: has no {missing} but {one.marks}")

    def _answers(self, shown: Sequence[Shown]) -> None:
        """See whether each question has one answer, below the question or its copy."""
        answers = Counter(one.reply for one in shown if ANSWER in one.text and not one.tokens)
        asked = Counter(self._at(one) for one in self._pair.lines if one.kind == "question")
        if answers != asked:
            self._find(f"answers to {dict(answers)} instead of {dict(asked)}")

    def _reacted(self, shown: Mapping[str, str]) -> None:
        wanted = {
            self._at(line): line.reaction[1]
            for line in self._pair.lines
            if line.reaction and line.reaction[0] != self._network and not line.gone
        }
        if shown != wanted:
            self._find(f"reactions {shown} instead of {wanted}")
