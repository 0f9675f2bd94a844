"""What commands there are, and what networks are asked before one is obeyed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.messages import Address, ChatKind, Identity
from bot.services.members import Role
from bot.storage.engine import Session


@dataclass(frozen=True, slots=True)
class Glance:
    """A command or button before it is obeyed: enough to tell what has to be asked first.

    Attributes:
        session: A transaction of its own; nothing is changed in it.
        rest: What stands behind the command, or behind the subject of the button.
        who: Who sent it.
        now: The present.
    """

    session: Session
    rest: str
    who: Identity
    now: datetime


Elsewhere = Callable[[Glance], Awaitable[Sequence[tuple[Address, Identity]]]]
"""Returns the chats, other than the one at hand, of which it matters who leads them."""


def alone(argument: str) -> bool:
    """Take the bare name for the command only if nothing stands behind it."""
    return not argument


def never(argument: str) -> bool:  # noqa: ARG001 # one of several rules of this form
    """Ask for the prefix in any case."""
    return False


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command: its names, who may use it and where.

    Attributes:
        names: By language, the one that is shown; both work everywhere. Of two words, such as
            ``trennen konto``, the second has to stand behind the first; no menu shows these.
        about: The catalogue's name of the one-line description.
        also: Further names that work.
        role: The least role that may use it.
        where: The only sort of chat in which it works; ``None`` for all.
        bare: Whether the name works without a prefix where the bot is meant anyway, given what
            stands behind it: a word that begins a question must not be taken for a command.
        standing: Whether it matters to the handler who moderates, though everybody may use it.
        always: Whether it is obeyed however late it comes and however much was written before.
        elsewhere: Tells who else's power in which other chat the handler has to know.
    """

    names: dict[str, str]
    about: str
    also: tuple[str, ...] = ()
    role: Role = Role.MEMBER
    where: ChatKind | None = None
    bare: Callable[[str], bool] = alone
    standing: bool = False
    always: bool = False
    elsewhere: Elsewhere | None = None

    @property
    def asks_standing(self) -> bool:
        """Whether the network has to be asked who moderates."""
        return self.standing or self.role is Role.MODERATOR

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every name that works."""
        return (*dict.fromkeys(self.names.values()), *self.also)
