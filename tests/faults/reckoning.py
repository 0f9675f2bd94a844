"""The reckoning: what was promised, against what was said. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

_HEAD = (
    "kind", "network", "accepted", "kept", "excused", "lost", "doubled", "late", "early", "max",
)  # fmt: skip
_ROUNDED = 3.0
"""Seconds by which a network's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A message that somebody has to get: it was accepted, and so may not get lost.

    Attributes:
        kind: ``question``, ``broadcast`` …: the line of the table that it counts in.
        network: ``matrix`` or ``telegram``.
        place: The chat.
        words: What the message contains in the end.
        at: When it was accepted, or falls due, by the network's clock, in seconds.
        answers: The message that it replies to; ``None`` where it may stand alone.
        excused: Why it may be missing: its recipient has gone, or it is not due yet.
        earlier: What it said before it was edited.
        recalled: Whether it was taken back, and so must not be shown any more.
        since: Before that it must not come; ``None`` where it is said at once.
    """

    kind: str
    network: str
    place: str
    words: str
    at: float
    answers: str | None = None
    excused: bool = False
    earlier: tuple[str, ...] = ()
    recalled: bool = False
    since: float | None = None

    def is_about(self, said: "Said") -> bool:
        """Tell whether a message is what was promised, or was so before it was changed."""
        if self.place != said.place:
            return False
        if not any(words in said.text for words in (self.words, *self.earlier)):
            return False
        return self.answers is None or self.answers == said.answers

    def is_kept_by(self, found: Sequence["Said"]) -> bool:
        """Tell whether it is enough to have said this; further copies are counted elsewhere."""
        if self.recalled:
            return not found or any(one.deleted for one in found)
        return any(self.words in one.text and not one.deleted for one in found)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the bot, as the network shows it in the end.

    Attributes:
        text: Its last words; empty where the network forgets what was deleted.
    """

    place: str
    id: str
    text: str
    at: float
    answers: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A span in which nobody can expect anything."""

    begins: float
    ends: float


@dataclass
class Line:
    """What became of the promises of one kind on one network."""

    accepted: int = 0
    kept: int = 0
    excused: int = 0
    lost: list[Promise] = field(default_factory=list)
    doubled: list[Promise] = field(default_factory=list)
    copies: int = 0
    late: list[Promise] = field(default_factory=list)
    early: list[Promise] = field(default_factory=list)
    slowest: float = 0.0


@dataclass
class Reckoning:
    """What became of every promise, and what nobody had promised.

    Attributes:
        lines: By kind and network.
        unexplained: What the bot said without a reason.
        left: What still stands in the outbox, or was given up there, in words.
        findings: What else should not have happened, in words.
        allowed: The copies that Telegram may show: it can't recognise a repeat.
    """

    lines: dict[tuple[str, str], Line]
    unexplained: list[Said]
    left: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    allowed: int = 0

    def copies(self, network: str) -> int:
        """Count the messages of a network that came once too often."""
        return sum(line.copies for (_, where), line in self.lines.items() if where == network)

    def complaints(self) -> list[str]:
        """Say what must not be, a line each; nothing if all is well."""
        found = [*self.findings, *self.left]
        for (kind, network), line in sorted(self.lines.items()):
            found += [f"lost: {network} {kind} {one}" for one in line.lost]
            found += [f"late: {network} {kind} {one}" for one in line.late]
            found += [f"early: {network} {kind} {one}" for one in line.early]
            if network == "matrix":
                found += [f"doubled: {network} {kind} {one}" for one in line.doubled]
        if self.copies("telegram") > self.allowed:
            found.append(f"doubled on telegram: {self.copies('telegram')} > {self.allowed}")
        return found + [f"unexplained: {one}" for one in self.unexplained]

    def table(self) -> str:
        """Return the figures for people."""
        rows: list[tuple[str, ...]] = [_HEAD]
        for (kind, network), one in sorted(self.lines.items()):
            counts = (one.accepted, one.kept, one.excused, len(one.lost), one.copies)
            rows.append(
                (
                    kind,
                    network,
                    *map(str, counts),
                    str(len(one.late)),
                    str(len(one.early)),
                    f"{one.slowest:.0f} s",
                )
            )
        lines = ["  ".join(f"{cell:>9}" for cell in row) for row in rows]
        told = f"allowed to double on telegram: {self.allowed}"
        return "\n".join([*lines, f"{told}, unexplained: {len(self.unexplained)}"])


@dataclass(frozen=True, slots=True)
class Terms:
    """What can be expected.

    Attributes:
        troubles: When nothing could be expected.
        ahead: When the hub took it to be later than it was, and so may have been early.
        patience: Seconds without trouble after which a message is late.
    """

    troubles: Sequence[Trouble] = ()
    ahead: Sequence[Trouble] = ()
    patience: float = 30.0


def reckon(
    promises: Sequence[Promise], said: Sequence[Said], terms: Terms | None = None
) -> Reckoning:
    """Hold what was promised against what was said.

    Each message keeps at most one promise; further ones that fit are copies. What fits no
    promise is unexplained.

    Args:
        promises: What somebody has to get.
        said: Everything that the bot said in their chats.
        terms: What can be expected; ``None`` for everything at once.
    """
    terms = terms or Terms()
    terms = replace(terms, troubles=_merged(terms.troubles))
    lines: dict[tuple[str, str], Line] = defaultdict(Line)
    by_place = defaultdict(list)
    for one in sorted(said, key=lambda one: one.at):
        by_place[one.place].append(one)
    taken = Counter[str]()
    for promise in promises:
        here = by_place[promise.place]
        fitting = [one for one in here if promise.is_about(one)]
        if promise.recalled and not fitting:
            fitting = _forgotten(here, taken)
        taken.update(f"{one.place} {one.id}" for one in fitting)
        _enter(lines[promise.kind, promise.network], promise, fitting, terms)
    unexplained = [one for one in said if not taken[f"{one.place} {one.id}"]]
    return Reckoning(dict(lines), unexplained)


def _forgotten(here: Iterable[Said], taken: Counter[str]) -> list[Said]:
    """Return one deleted message of which nobody knows any more what it said."""
    blank = (one for one in here if one.deleted and not one.text)
    free = (one for one in blank if not taken[f"{one.place} {one.id}"])
    return [one for one, _ in zip(free, range(1), strict=False)]


def _enter(line: Line, promise: Promise, found: Sequence[Said], terms: Terms) -> None:
    line.accepted += 1
    line.copies += max(0, len(found) - 1)
    if len(found) > 1:
        line.doubled.append(promise)
    if not promise.is_kept_by(found):
        if promise.excused:
            line.excused += 1
        else:
            line.lost.append(promise)
        return
    line.kept += 1
    if not found or promise.recalled:
        return
    waited = _calm(promise.at, found[0].at, terms.troubles)
    line.slowest = max(line.slowest, waited)
    if waited > terms.patience:
        line.late.append(promise)
    if promise.since is not None and _is_early(found[0].at, promise.since, terms.ahead):
        line.early.append(promise)


def _is_early(at: float, since: float, ahead: Iterable[Trouble]) -> bool:
    if at >= since - _ROUNDED:
        return False
    return not any(one.begins <= at <= one.ends + _ROUNDED for one in ahead)


def _merged(troubles: Iterable[Trouble]) -> list[Trouble]:
    """Return the spans in order, those that touch made one."""
    merged: list[Trouble] = []
    for one in sorted(troubles, key=lambda one: one.begins):
        if merged and one.begins <= merged[-1].ends:
            merged[-1] = Trouble(merged[-1].begins, max(merged[-1].ends, one.ends))
        else:
            merged.append(one)
    return merged


def _calm(begin: float, end: float, spans: Iterable[Trouble]) -> float:
    """Count the seconds between two instants in which there was no trouble."""
    lost = (min(end, one.ends) - max(begin, one.begins) for one in spans)
    return max(0.0, end - begin - sum(one for one in lost if one > 0))
