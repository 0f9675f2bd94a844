"""What happens to what was mirrored: edits, deletions, reactions; and who comes and goes."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from bot.delivery import outbox
from bot.delivery.outbox import MIRRORED, Deed, Outgoing, Priority
from bot.messages import (
    Address,
    MessageDeleted,
    MessageEdited,
    MessageId,
    Presence,
    Reacted,
)
from bot.services import bridge_mirroring, bridge_signing
from bot.services.bridge_mirroring import (
    Known,
    address_of,
    is_confusable,
    key_of,
    signature_of,
    targets,
)
from bot.services.bridge_signing import Author
from bot.storage import bridge_places, bridges, deliveries
from bot.storage.bridge_models import BridgeMember, BridgePlace, BridgePost, BridgeReaction
from bot.storage.engine import Session
from bot.storage.models import Action
from bot.text import catalogue
from bot.text.document import Document

_SHORT = 16


async def edit(
    session: Session,
    event: MessageEdited,
    *,
    source: BridgeMember,
    body: Document,
    known: Known,
    now: datetime,
) -> bool:
    """Let the copies of a message say what it says now; ``False`` if it was not mirrored.

    Args:
        session: The transaction.
        event: The edit.
        source: As what its chat belongs to the bridge.
        body: The new words, without a sign.
        known: Whose names nobody may imitate.
        now: The present.
    """
    address = event.chat.address
    post = await bridge_places.post_of(session, address=address, message=event.message)
    if post is None or post.author != bridge_signing.account(event.sender.identity):
        return False
    signature = await signature_of(session, post, Author.of(event.sender), known)
    post.digest = bridge_signing.digest(body)
    for member in await targets(session, source=source, address=address):
        copies = await _copies(session, post, member)
        words = await bridge_mirroring.resolved(session, body, member.channel)
        if copies:
            signed = bridge_signing.signed(words, signature)
            await _reword(session, post, copies, signed, event.id, now=now)
    return True


async def _copies(session: Session, post: BridgePost, member: BridgeMember) -> list[BridgePlace]:
    return [
        place
        for place in await bridge_places.places(session, post_id=post.id)
        if (place.channel, place.chat) == (member.channel, member.chat)
    ]


async def _reword(
    session: Session,
    post: BridgePost,
    copies: Sequence[BridgePlace],
    signed: Document,
    event: str,
    *,
    now: datetime,
) -> None:
    """Bring one copy up to date, part by part; surplus parts go, further ones follow."""
    first = copies[0]
    shown = await _shown(session, first)
    sharing = await bridge_places.sharing(session, key=first.key) if first.key else []
    if len(sharing) > 1:
        if shown is not None:
            signed = await _within(session, shown, sharing, first, signed)
            await _show(session, post, first, signed, event, now=now)
        return
    parts = _parts(first.channel, signed, shown)
    # A file whose words were too long for its caption stays behind them as it is.
    worded = [place for place in copies if place.blocks]
    for place, part in zip(worded, parts, strict=False):
        place.blocks = len(part.blocks)
        await _show(session, post, place, part, event, now=now)
    for place in worded[len(parts) :]:
        await _remove(session, post, place, event, now=now)
        await bridge_places.drop(session, place)
    for number, part in enumerate(parts[len(worded) :], start=len(copies)):
        await _append(session, post, first, part, number=number, event=event, now=now)


def _parts(channel: str, signed: Document, shown: Document | None) -> list[Document]:
    """Return the messages that a copy becomes; of a file's words as many follow as don't fit."""
    if shown is None or shown.attachment is None:
        return outbox.parts_on(channel, signed)
    caption, *rest = outbox.captions_on(channel, signed)
    whole = {"attachment": shown.attachment, "captioned": True}
    return [caption.model_copy(update=whole), *rest]


async def _within(
    session: Session,
    shown: Document,
    sharing: Sequence[BridgePlace],
    place: BridgePlace,
    signed: Document,
) -> Document:
    """Return joined messages with the words of one of them changed; one sign for one author."""
    at, start = _position(sharing, place)
    unsigned = await _goes_on(session, sharing, at)
    blocks = bridge_mirroring.unsigned(signed) if unsigned else signed.blocks
    end, place.blocks = start + place.blocks, len(blocks)
    whole = shown.blocks[:start] + blocks + shown.blocks[end:]
    return shown.model_copy(update={"blocks": whole})


def _position(sharing: Sequence[BridgePlace], place: BridgePlace) -> tuple[int, int]:
    """Return which of the joined messages one is, and how many blocks stand before it."""
    at = next(number for number, one in enumerate(sharing) if one.id == place.id)
    return at, sum(one.blocks for one in sharing[:at])


async def _goes_on(session: Session, sharing: Sequence[BridgePlace], at: int) -> bool:
    """Tell whether the words at a position are of who wrote those before: their sign is there."""
    if not 0 < at < len(sharing):
        return False
    before, own = [
        await session.get_one(BridgePost, one.post_id) for one in sharing[at - 1 : at + 1]
    ]
    return before.author == own.author


async def _shown(session: Session, place: BridgePlace) -> Document | None:
    """Return what a copy shows now, as long as its delivery is remembered."""
    if place.key is None:
        return None
    content = await bridge_places.shown_by(session, key=place.key)
    return None if content is None else Document.model_validate(content)


async def _show(
    session: Session,
    post: BridgePost,
    place: BridgePlace,
    body: Document,
    event: str,
    *,
    now: datetime,
) -> None:
    """Let one message show *body*: by its delivery as long as that waits, else by an edit."""
    waiting = await bridge_places.waiting(session, key=place.key) if place.key else None
    if waiting is not None:
        content = body.model_dump(mode="json")
        await deliveries.reword(session, waiting, content=content, now=now)
        return
    await _do(session, post, place, Action.EDIT, event, body=body, now=now)


async def _remove(
    session: Session, post: BridgePost, place: BridgePlace, event: str, *, now: datetime
) -> None:
    waiting = await bridge_places.waiting(session, key=place.key) if place.key else None
    if waiting is not None:
        bridge_places.withdraw(waiting, now=now)
        return
    await _do(session, post, place, Action.DELETE, event, now=now)


async def _do(
    session: Session,
    post: BridgePost,
    place: BridgePlace,
    action: Action,
    event: str,
    *,
    body: Document | None = None,
    now: datetime,
) -> None:
    deed = Deed(
        key=_deed_key(post, place, action, event),
        address=_where(place),
        action=action,
        target=MessageId(place.message) if place.message else None,
        target_of=place.key,
        body=body,
        source=bridges.source(post.bridge_id),
    )
    await outbox.enqueue_deed(session, deed, priority=Priority.MIRROR, now=now)


def _deed_key(post: BridgePost, place: BridgePlace, action: Action, event: str) -> str:
    about = f"{event}:{place.channel}:{place.chat}:{place.key or place.message}"
    digest = hashlib.sha256(about.encode()).hexdigest()
    return f"{MIRRORED}{post.bridge_id}:{action.value}:{digest}"


def _where(place: BridgePlace) -> Address:
    return Address(place.channel, place.chat, place.thread or None)


async def _append(
    session: Session,
    post: BridgePost,
    first: BridgePlace,
    part: Document,
    *,
    number: int,
    event: str,
    now: datetime,
) -> None:
    """Send what an edited message has more of than before, behind everything else."""
    address = _where(first)
    key = f"{MIRRORED}{post.bridge_id}:more:{_deed_key(post, first, Action.SEND, event)[-_SHORT:]}"
    outgoing = Outgoing(
        key=f"{key}#{number + 1}",
        address=address,
        body=part,
        priority=Priority.MIRROR,
        notify=True,
        source=bridges.source(post.bridge_id),
    )
    if await outbox.enqueue(session, outgoing, now=now):
        await bridge_places.add(
            session, post, address=address, key=outgoing.key, part=number, blocks=len(part.blocks)
        )


# Deletions


async def delete(
    session: Session, event: MessageDeleted, *, source: BridgeMember, now: datetime
) -> bool:
    """Take the copies of a message back, or a reaction; ``False`` if neither was mirrored."""
    address = event.chat.address
    reaction = await bridge_places.reaction_by_id(session, address=address, own=event.message)
    if reaction is not None:
        await bridge_places.unreact(session, reaction)
        post = await session.get_one(BridgePost, reaction.post_id)
        await _show_reactions(session, post, source, address, event.id, now=now)
        return True
    post_or_none = await bridge_places.post_of(session, address=address, message=event.message)
    if post_or_none is None:
        return False
    origin = next(
        (
            place
            for place in await bridge_places.places(session, post_id=post_or_none.id)
            if place.original
        ),
        None,
    )
    if origin is None or origin.message != event.message or origin.chat != address.chat:
        return False  # a copy of ours that a moderator removed there, and only there
    await take_back(session, post_or_none, event=event.id, but=address, now=now)
    return True


async def take_back(
    session: Session, post: BridgePost, *, event: str, but: Address | None = None, now: datetime
) -> int:
    """Delete a post wherever it is a copy; return how many messages that are.

    Args:
        session: The transaction.
        post: What is to go.
        event: What wants it so; the same one deletes once.
        but: The chat in which it is gone already.
        now: The present.
    """
    count = 0
    for place in await bridge_places.places(session, post_id=post.id):
        if place.original or (but and (place.channel, place.chat) == (but.channel, but.chat)):
            continue
        sharing = await bridge_places.sharing(session, key=place.key) if place.key else []
        shown = await _shown(session, place) if len(sharing) > 1 else None
        if len(sharing) > 1 and shown is not None:
            await _cut(session, post, place, shown, sharing, event=event, now=now)
        else:
            await _remove(session, post, place, event, now=now)
        count += 1
    await bridge_places.forget_post(session, post_id=post.id)
    return count


async def _cut(
    session: Session,
    post: BridgePost,
    place: BridgePlace,
    shown: Document,
    sharing: Sequence[BridgePlace],
    *,
    event: str,
    now: datetime,
) -> None:
    """Take one of several joined messages out; a sign stays above who still needs it."""
    at, start = _position(sharing, place)
    left, after = shown.blocks[:start], shown.blocks[start + place.blocks :]
    heads = not await _goes_on(session, sharing, at)
    spans = getattr(shown.blocks[start], "spans", ())[:2]
    bare = bool(after) and getattr(after[0], "spans", ())[:2] != spans
    if heads and bare and await _goes_on(session, sharing, at + 1):
        count = len(after)
        after = bridge_signing.signed(Document(blocks=after), spans).blocks
        sharing[at + 1].blocks += len(after) - count
    whole = shown.model_copy(update={"blocks": left + after})
    await _show(session, post, place, whole, event, now=now)


# Reactions


async def react(session: Session, event: Reacted, *, source: BridgeMember, now: datetime) -> bool:
    """Let the copies show how somebody reacted; ``False`` if the message was not mirrored.

    The bot has one reaction per message: the latest that is left of those in other chats.
    """
    address = event.chat.address
    post = await bridge_places.post_of(session, address=address, message=event.message)
    if post is None:
        return False
    author = bridge_signing.account(event.sender.identity)
    for reaction in await bridge_places.reactions(session, post_id=post.id):
        if reaction.author == author and reaction.emoji in event.removed:
            await bridge_places.unreact(session, reaction)
    for emoji in event.added:
        reaction = BridgeReaction(
            post_id=post.id,
            channel=address.channel,
            chat=address.chat,
            author=author,
            emoji=emoji,
            own=event.own,
        )
        await bridge_places.react(session, reaction)
    await _show_reactions(session, post, source, address, event.id, now=now)
    return True


async def _show_reactions(
    session: Session,
    post: BridgePost,
    source: BridgeMember,
    address: Address,
    event: str,
    *,
    now: datetime,
) -> None:
    given = await bridge_places.reactions(session, post_id=post.id)
    for member in await targets(session, source=source, address=address):
        place = await bridge_places.place_in(
            session, post_id=post.id, channel=member.channel, chat=member.chat
        )
        if place is None:
            continue
        others = [
            one.emoji for one in given if (one.channel, one.chat) != (member.channel, member.chat)
        ]
        body = Document.of(others[-1]) if others else Document()
        await _do(session, post, place, Action.REACT, event, body=body, now=now)


# Coming and going


async def tell_presence(
    session: Session,
    event: Presence,
    *,
    source: BridgeMember,
    ring: bool,
    known: Known,
    language: str,
    now: datetime,
) -> None:
    """Tell the other chats that somebody came or left."""
    author = Author.of(event.sender)
    account = bridge_signing.account(event.sender.identity)
    apart = await is_confusable(
        session, author, account=account, bridge_id=source.bridge_id, known=known
    )
    called = f"{author.name} ({author.account})" if apart else author.name
    name = "bridge-joined" if event.joined else "bridge-left"
    room = bridge_signing.visible(source.title) or source.chat
    body = catalogue.document(language, name, name=called, room=room)
    for member in await targets(session, source=source, address=event.chat.address):
        there = address_of(member)
        outgoing = Outgoing(
            key=key_of(source.bridge_id, event.chat.address, event.id, there),
            address=there,
            body=body,
            priority=Priority.MIRROR,
            notify=ring,
            source=bridges.source(source.bridge_id),
        )
        await outbox.enqueue(session, outgoing, now=now)
