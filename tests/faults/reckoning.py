"""The reckoning: what was promised, against what was said. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Promise:
    """A message that somebody has to get: it was accepted, and so may not get lost.

    Attributes:
        kind: ``question``, ``broadcast`` …: the line of the table that it counts in.
        network: ``matrix`` or ``telegram``.
        place: The chat.
        words: What the message contains.
        at: When it was accepted, by the network's clock, in seconds.
        answers: The message that it replies to; ``None`` where it may stand alone.
        excused: Why it may be missing: its recipient has gone.
    """

    kind: str
    network: str
    place: str
    words: str
    at: float
    answers: str | None = None
    excused: bool = False

    def is_kept_by(self, said: "Said") -> bool:
        """Tell whether a message is what was promised."""
        if self.place != said.place or self.words not in said.text:
            return False
        return self.answers is None or self.answers == said.answers


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the bot, as the network keeps it."""

    place: str
    id: str
    text: str
    at: float
    answers: str | None = None


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
            if network == "matrix":
                found += [f"doubled: {network} {kind} {one}" for one in line.doubled]
        if self.copies("telegram") > self.allowed:
            found.append(f"doubled on telegram: {self.copies('telegram')} > {self.allowed}")
        return found + [f"unexplained: {one}" for one in self.unexplained]

    def table(self) -> str:
        """Return the figures for people."""
        head = ("kind", "network", "accepted", "kept", "excused", "lost", "doubled", "late", "max")
        rows: list[tuple[str, ...]] = [head]
        for (kind, network), one in sorted(self.lines.items()):
            counts = (one.accepted, one.kept, one.excused, len(one.lost), one.copies)
            rows.append(
                (kind, network, *map(str, counts), str(len(one.late)), f"{one.slowest:.0f} s")
            )
        lines = ["  ".join(f"{cell:>9}" for cell in row) for row in rows]
        told = f"allowed to double on telegram: {self.allowed}"
        return "\n".join([*lines, f"{told}, unexplained: {len(self.unexplained)}"])


def reckon(
    promises: Sequence[Promise],
    said: Sequence[Said],
    *,
    troubles: Iterable[Trouble] = (),
    patience: float = 30.0,
) -> Reckoning:
    """Hold what was promised against what was said.

    Each message keeps at most one promise; further ones that fit are copies. What fits no
    promise is unexplained.

    Args:
        promises: What somebody has to get.
        said: Everything that the bot said in their chats.
        troubles: When nothing could be expected.
        patience: Seconds without trouble after which a message is late.
    """
    spans = _merged(troubles)
    lines: dict[tuple[str, str], Line] = defaultdict(Line)
    by_place = defaultdict(list)
    for one in sorted(said, key=lambda one: one.at):
        by_place[one.place].append(one)
    taken = Counter[str]()
    for promise in promises:
        fitting = [one for one in by_place[promise.place] if promise.is_kept_by(one)]
        taken.update(f"{one.place} {one.id}" for one in fitting)
        _enter(lines[promise.kind, promise.network], promise, fitting, spans, patience)
    unexplained = [one for one in said if not taken[f"{one.place} {one.id}"]]
    return Reckoning(dict(lines), unexplained)


def _enter(
    line: Line, promise: Promise, found: Sequence[Said], spans: Sequence[Trouble], patience: float
) -> None:
    line.accepted += 1
    if not found:
        if promise.excused:
            line.excused += 1
        else:
            line.lost.append(promise)
        return
    line.kept += 1
    line.copies += len(found) - 1
    if len(found) > 1:
        line.doubled.append(promise)
    waited = _calm(promise.at, found[0].at, spans)
    line.slowest = max(line.slowest, waited)
    if waited > patience:
        line.late.append(promise)


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
