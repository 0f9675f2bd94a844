"""Telling the other account of a linked person what happens to the two, and how to undo it."""

from datetime import datetime

from bot.config import Settings
from bot.services import informing
from bot.services.announcement_words import network
from bot.services.linking import Joined, Parted
from bot.services.members import Role
from bot.services.roles import NAMES
from bot.storage import grants
from bot.storage.engine import Session
from bot.storage.models import ChatRow
from bot.text import catalogue
from bot.text.document import Button, Document


async def tell_joined(
    session: Session, joined: Joined, *, settings: Settings, now: datetime
) -> bool:
    """Tell who made the code that it was used, by whom, and how to undo it.

    Returns:
        Whether they can be reached.
    """

    def word(language: str) -> Document:
        body = catalogue.document(
            language, "linked-told", other=joined.second.shown,
            network=network(joined.second.channel),
        )  # fmt: skip
        body += _gained(language, joined.brought)
        undo = catalogue.text(language, "link-undo")
        return body.with_buttons([Button(label=undo, value="link:part")])

    return await _show(session, joined.first_chat, word, joined.audit, settings=settings, now=now)


def _gained(language: str, roles: tuple[Role, ...]) -> Document:
    if not roles:
        return Document()
    named = ", ".join(catalogue.text(language, NAMES[role]) for role in roles)
    return catalogue.document(language, "link-roles-gained", roles=named)


async def tell_parted(
    session: Session, parted: Parted, *, settings: Settings, now: datetime
) -> bool:
    """Tell the other account that it is linked no more; return whether it can be reached."""

    def word(language: str) -> Document:
        return catalogue.document(
            language, "parted-told", other=parted.here.shown,
            roles=held(language, parted.roles[parted.other.channel]),
        )  # fmt: skip

    return await _show(session, parted.other_chat, word, parted.audit, settings=settings, now=now)


def held(language: str, roles: tuple[Role, ...]) -> str:
    """Name roles."""
    named = ", ".join(catalogue.text(language, NAMES[role]) for role in roles)
    return named or catalogue.text(language, "roles-none")


async def tell_declined(
    session: Session, chat: ChatRow | None, *, number: int, settings: Settings, now: datetime
) -> bool:
    """Tell who made a code that the other account did not want to be linked."""

    def word(language: str) -> Document:
        return catalogue.document(language, "link-declined-told")

    return await _show(session, chat, word, f"declined:{number}", settings=settings, now=now)


async def tell_exposed(
    session: Session, chat: ChatRow | None, *, message: str, settings: Settings, now: datetime
) -> bool:
    """Tell who made a code that others could read it, and that it holds no more."""

    def word(language: str) -> Document:
        return catalogue.document(language, "link-exposed-told")

    return await _show(session, chat, word, f"exposed:{message}", settings=settings, now=now)


async def _show(
    session: Session,
    chat: ChatRow | None,
    word: informing.Word,
    what: int | str,
    *,
    settings: Settings,
    now: datetime,
) -> bool:
    if chat is None:
        return False
    people = informing.reached(await grants.in_chat(session, chat_id=chat.id), settings)
    return bool(await informing.show(session, people, word, key=f"link:{what}", now=now))
