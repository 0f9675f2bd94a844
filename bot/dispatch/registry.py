"""What commands there are."""

from dataclasses import dataclass

from bot.messages import ChatKind
from bot.services.members import Role


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command: its names, who may use it and where.

    Attributes:
        names: By language, the one that is shown; both work everywhere.
        about: The catalogue's name of the one-line description.
        also: Further names that work.
        role: The least role that may use it.
        where: The only sort of chat in which it works; ``None`` for all.
        standing: Whether it matters to the handler who moderates, though everybody may use it.
        always: Whether it is obeyed however late it comes and however much was written before.
        bare: Whether the name alone, without a prefix, works in direct chats.
    """

    names: dict[str, str]
    about: str
    also: tuple[str, ...] = ()
    role: Role = Role.MEMBER
    where: ChatKind | None = None
    bare: bool = True
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
