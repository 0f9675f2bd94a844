"""What commands there are."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.messages import ChatKind
from bot.services.members import Role


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
    """

    names: dict[str, str]
    about: str
    also: tuple[str, ...] = ()
    role: Role = Role.MEMBER
    where: ChatKind | None = None
    bare: Callable[[str], bool] = alone
    standing: bool = False
    always: bool = False

    @property
    def asks_standing(self) -> bool:
        """Whether the network has to be asked who moderates."""
        return self.standing or self.role is Role.MODERATOR

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every name that works."""
        return (*dict.fromkeys(self.names.values()), *self.also)
