"""Where editors hear of sources."""

from bot.config import Settings
from bot.messages import Address
from bot.services import inbox_posts
from bot.storage.engine import Session


async def places(session: Session, settings: Settings) -> list[tuple[Address, str]]:
    """Return the chats in which editors hear of sources, and in which language.

    Those of ``feeds.editors``, or else of ``knowledge.editors``, as far as the bot is there; if
    it is in none of them, the direct chats of all editors.
    """
    return await inbox_posts.places(session, settings, named=rooms(settings))


def rooms(settings: Settings) -> list[Address]:
    """Return the chats that are named for it."""
    named = settings.feeds.editors or settings.knowledge.editors
    return [Address.parse(text) for text in named]


async def talk_of(session: Session, settings: Settings) -> Address | None:
    """Return where editors are told how far an announcement is; ``None`` if nowhere."""
    found = await places(session, settings)
    return found[0][0] if found else None
