"""What the HTTP side answers from."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.config import Settings
from bot.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Site:
    """What answers are made of.

    Attributes:
        database: Where everything is kept; a handler opens its own transaction.
        clock: Tells the time.
        settings: The operator's.
    """

    database: Database
    clock: Clock
    settings: Settings
