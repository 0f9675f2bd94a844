"""A conversation of every kind of message, the same for the same seed."""

import random
from collections.abc import Iterator, Sequence

from tests.acceptance.bridge_lines import MATRIX, TELEGRAM, Line
from tests.acceptance.bridge_world import Pair, World
from tests.acceptance.places import until

NETWORKS = (MATRIX, TELEGRAM)
_AUTHORS = {MATRIX: ("anna", "clara"), TELEGRAM: ("Tim", "Tina")}
_DECK = (
    *("text",) * 7, *("formatted",) * 2, *("reply",) * 4, *("thread",) * 2, "picture", "bare",
    "file", "voice", "video", "sticker", "location", "poll", "album", "question",
)  # fmt: skip
_DEEDS = ("edit", "edit", "delete", "react", "react")
_EMOJI = ("👍", "🎉", "❤", "🔥")
_EDITABLE = {"text", "formatted", "picture", "file"}
_APART = 8
"""How many lines lie between a message and what is done to it: most often it has arrived."""
_WORDS = ("Rathaus", "Sensor", "Fördermittel", "Größe & <Maß>", "Übersicht", "Straße", "Plan*B*")


class Talk:
    """Lets the people of all pairs speak, and now and then do something to what was said.

    Args:
        here: Where.
        seed: What else would be chance.
    """

    def __init__(self, here: World, seed: int) -> None:
        self._here = here
        self._chance = random.Random(seed)
        self._decks: dict[tuple[int, str], Iterator[str]] = {}
        self._numbers = iter(range(1, 1000))
        self._turns = 0

    async def go_on(self, count: int, networks: Sequence[str] = NETWORKS) -> None:
        """Let about so many lines be said.

        Args:
            count: How many.
            networks: Where; nothing is done to anything while one of them is away.
        """
        begun = self.said
        while self.said < begun + count:
            pair = self._here.pairs[self._turns % len(self._here.pairs)]
            network = networks[self._turns // len(self._here.pairs) % len(networks)]
            self._turns += 1
            await self._say(pair, network, away=len(networks) == 1)
            if self._chance.random() < 1 / 4 and len(networks) > 1:
                await self._do(pair, self._chance.choice(_DEEDS))

    @property
    def said(self) -> int:
        """How many lines were said."""
        return sum(len(pair.lines) for pair in self._here.pairs)

    async def _say(self, pair: Pair, network: str, *, away: bool) -> None:
        kind = self._next_kind(pair, network)
        if away and kind in {"reply", "thread", "question"}:
            kind = "text"
        if kind == "album":
            await self._album(pair, network)
            return
        line = self._line(network, kind)
        if network == TELEGRAM and pair.topics:
            line.topic = self._chance.choice(pair.topics)
        if kind == "reply" or (kind == "thread" and network == MATRIX):
            await self._relate(pair, line, kind)
        pair.lines.append(line)
        await pair.end(network).say(line)

    async def open_topics(self) -> None:
        """Let each topic that is a thread elsewhere begin with a line."""
        for pair in self._here.pairs:
            for topic in pair.topics:
                await self._say_first(pair, TELEGRAM, topic)

    async def show_files(self, network: str) -> None:
        """Let a picture be the last thing said before a network is away."""
        for pair in self._here.pairs:
            topics = pair.topics if network == TELEGRAM else []
            await self._say_first(pair, network, next(iter(topics), None), "picture")

    async def _say_first(
        self, pair: Pair, network: str, topic: int | None, kind: str = "text"
    ) -> None:
        line = self._line(network, kind)
        line.topic, line.needed = topic, topic is not None
        pair.lines.append(line)
        await pair.end(network).say(line)

    def _next_kind(self, pair: Pair, network: str) -> str:
        key = (self._here.pairs.index(pair), network)
        kind = next(self._decks.get(key, iter(())), None)
        if kind is None:
            deck = [*_DECK]
            self._chance.shuffle(deck)
            self._decks[key] = iter(deck)
            kind = next(self._decks[key])
        return kind

    def _line(self, network: str, kind: str) -> Line:
        token, author = f"n{next(self._numbers):03}", self._chance.choice(_AUTHORS[network])
        words = (
            f"{token} {self._chance.choice(_WORDS).replace(' ', '-')} {len(token)}teilig und mehr"
        )
        made = Line(token, network, author, kind, words)
        match kind:
            case "bare":
                made.kind, made.words = "picture", ""
            case "sticker" if network == TELEGRAM:
                made.words = "😀"
            case "reply" | "thread":
                made.kind = "text"
            case "question":
                name = f"@{self._here.bot.username} " if network == TELEGRAM else ""
                made.words = f"{name}Was ist die KTS? {token}"
        return made

    async def _relate(self, pair: Pair, line: Line, kind: str) -> None:
        """Let a line answer an earlier one, of either side, or go on in its thread."""
        earlier = self._earlier(pair)
        if not earlier:
            return
        other = self._chance.choice(earlier)
        await self._arrived(pair, other, at=line.network)
        other = (await self._read_with(pair, other, at=line.network))[-1]
        other.needed = True
        if kind == "thread":
            line.thread = other.thread or pair.first_in(other.topic) or other
        else:
            line.reply_to = other
        line.topic = other.topic  # it goes where that one is

    def _earlier(self, pair: Pair) -> list[Line]:
        """Return what something may be done to."""
        return [one for one in pair.lines[:-_APART] if not one.gone]

    async def _arrived(self, pair: Pair, line: Line, *, at: str) -> None:
        """Wait until a line is on the other side and the hub knows as what.

        That takes it milliseconds, in which nobody answers but a test.
        """
        if line.network == at:
            return

        async def is_there() -> bool:
            copy = await pair.end(at).copy_of(line)
            return copy is not None and self._here.knows(copy)

        await until(is_there, within=60, what=f"{line.token} on {at}")

    async def _read_with(self, pair: Pair, line: Line, *, at: str) -> list[Line]:
        """Return what is said by the same message: of several that were joined the last counts."""
        if line.network == at:
            return [line]
        shown = await pair.end(at).shown()
        tokens = next(one.tokens for one in reversed(shown) if line.token in one.tokens)
        return [next(one for one in pair.lines if one.token == token) for token in tokens]

    async def _album(self, pair: Pair, network: str) -> None:
        lines = [self._line(network, "picture" if not number else "bare") for number in range(3)]
        for one in lines:
            one.author = lines[0].author
            one.topic = pair.topics[0] if network == TELEGRAM and pair.topics else None
        pair.lines += lines
        if network == TELEGRAM:
            await pair.telegram.album(lines)
            return
        for one in lines:
            await pair.matrix.say(one)

    async def _do(self, pair: Pair, deed: str) -> None:
        """Do something to an earlier line, if there is one to which it may be done."""
        earlier = self._earlier(pair)
        self._chance.shuffle(earlier)
        match deed:
            case "edit":
                await self._edit(pair, earlier)
            case "delete":
                await self._delete(pair, earlier)
            case "react":
                await self._react(pair, earlier)

    async def _edit(self, pair: Pair, earlier: list[Line]) -> None:
        found = next((one for one in earlier if one.kind in _EDITABLE and one.words), None)
        if found is not None:
            await pair.end(found.network).edit(found, f"{found.words} geändert")

    async def _delete(self, pair: Pair, earlier: list[Line]) -> None:
        found = next((one for one in earlier if self._may_go(one)), None)
        if found is None:
            return
        if found.network == MATRIX:
            await pair.matrix.delete(found)
        else:
            found.gone = True
            await pair.telegram.take_back(found.author, found)

    def _may_go(self, line: Line) -> bool:
        return not line.needed and line.kind != "question" and line.reaction is None

    async def _react(self, pair: Pair, earlier: list[Line]) -> None:
        found = next((one for one in earlier if one.reaction is None), None)
        if found is None:
            return
        network, emoji = self._chance.choice(NETWORKS), self._chance.choice(_EMOJI)
        await self._arrived(pair, found, at=found.other)
        if len(await self._read_with(pair, found, at=found.other)) > 1:
            return  # there is one reaction for all of them
        end = pair.end(network)
        found.reaction = network, emoji
        await end.react(self._chance.choice(_AUTHORS[network]), await end.id_of(found), emoji)
