"""Trouble on demand: what goes wrong, with which calls, and how often."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import Literal

FaultKind = Literal["drop_answer", "reset", "bad_gateway", "hang", "slow", "retry_after", "error"]

BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n"
    "</body>\r\n</html>\r\n"
)


@dataclass(slots=True)
class Fault:
    """One scripted fault.

    Attributes:
        kind: ``drop_answer`` handles the call and closes the connection without an answer;
            ``slow`` handles it and answers after ``seconds``; ``reset`` closes the connection
            and ``hang`` does so after ``seconds``, both without handling; ``bad_gateway`` is a
            502 with an HTML body; ``retry_after`` a 429; ``error`` any other refusal.
        method: The method it befalls, or ``None`` for all.
        chat: The chat it befalls, or ``None`` for all.
        bot: The bot it befalls, or ``None`` for all.
        after: How many matching calls still pass before it begins.
        times: How often it still happens; ``None`` for ever.
    """

    id: int
    kind: FaultKind
    method: str | None = None
    chat: int | None = None
    bot: int | None = None
    after: int = 0
    times: int | None = 1
    seconds: float = 0.0
    code: int = 400
    description: str = ""

    def matches(self, bot: int, method: str, chat: int | None) -> bool:
        """Tell whether a call is of the kind that this fault befalls."""
        return (
            self.method in (None, method) and self.chat in (None, chat) and self.bot in (None, bot)
        )


@dataclass(slots=True)
class Blocking:
    """A person who will block a bot once it has sent so many more messages."""

    bot: int
    user: int
    sends: int


class Faults:
    """The faults that are in force."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []
        self.blockings: list[Blocking] = []
        self.hits: Counter[int] = Counter()

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force and give it an id."""
        fault.id = next(self._ids)
        self._faults.append(fault)
        return fault

    def remove(self, fault_id: int | None = None) -> None:
        """Lift one fault, or all of them."""
        self._faults = [fault for fault in self._faults if fault_id not in (None, fault.id)]

    def befalling(self, bot: int, method: str, chat: int | None) -> Fault | None:
        """Return the fault that befalls this call, and count it; the oldest goes first."""
        for fault in self._faults:
            if not fault.matches(bot, method, chat):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
            self.hits[fault.id] += 1
            if fault.times == 0:
                self._faults.remove(fault)
            return fault
        return None

    def blocking_after_send(self, bot: int) -> list[int]:
        """Count one accepted message; return the people who block the bot now."""
        due = []
        for blocking in list(self.blockings):
            if blocking.bot == bot:
                blocking.sends -= 1
                if blocking.sends <= 0:
                    self.blockings.remove(blocking)
                    due.append(blocking.user)
        return due
