"""Those who talk: people and bots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.servers.telegram.updates import UpdateQueue


@dataclass(slots=True, eq=False)
class User:
    """A person with a Telegram account."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    deactivated: bool = False
    no_voice: bool = False

    def json(self) -> dict[str, Any]:
        """Return the Bot API's ``User``; what the person did not set is missing."""
        answer: dict[str, Any] = {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
        }
        for key in ("last_name", "username", "language_code"):
            if value := getattr(self, key):
                answer[key] = value
        return answer


@dataclass(slots=True, eq=False)
class Webhook:
    """Where Telegram brings a bot's updates to, and how that went."""

    url: str
    secret: str | None
    max_connections: int
    last_error: tuple[int, str] | None = None


@dataclass(slots=True, eq=False)
class Bot:
    """A bot account.

    Attributes:
        privacy: Whether groups show it only what is meant for it.
        revoked: Whether its token has been taken back; every call then answers 401.
        commands: Lists of commands by (scope type, chat id, user id, language).
        texts: Name, description and short description by (field, language).
    """

    id: int
    token: str
    username: str
    first_name: str
    privacy: bool = True
    revoked: bool = False
    logged_out: bool = False
    queue: UpdateQueue = field(default_factory=UpdateQueue)
    webhook: Webhook | None = None
    commands: dict[tuple[str, int, int, str], list[dict[str, str]]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """Return the Bot API's ``User``."""
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.first_name,
            "username": self.username,
        }
