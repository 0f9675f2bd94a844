"""Mirroring: what is said in one chat of a bridge becomes a copy in each other one.

All of it happens in the transaction that handles what was said, so a crash at any line either
repeats the message (nothing was committed) or finds every copy waiting in the outbox.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.delivery import outbox
from bot.delivery.limits import LIMITS
from bot.delivery.outbox import MIRRORED, Outgoing, Priority
from bot.messages import Address, Identity, IncomingMessage, MessageId, network
from bot.services import bridge_signing
from bot.services.bridge_signing import Author
from bot.storage import bridge_places, bridges, deliveries, members
from bot.storage.bridge_models import BridgeMember, BridgePlace, BridgePost, Direction
from bot.storage.engine import Session
from bot.storage.models import Action, Delivery
from bot.text.document import Block, Document, Span
from bot.text.lookalikes import look
from bot.text.spans import mentioning, mentions_in

HELD_UP = timedelta(seconds=10)
"""How long a copy waits before the messages of one author are joined."""
CROWDED = timedelta(seconds=30)
"""How long a copy waits before those of several authors are."""
ECHO = timedelta(hours=1)
"""How long the same words behind a sign of ours are taken for an echo."""
_LONGEST_KEY = 240
_TELLING = 5
"""Letters of a name that is hardly in another one by chance."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whose names nobody may imitate.

    Attributes:
        bots: What the bot is called.
        admins: The accounts of the hub's admins.
    """

    bots: tuple[str, ...]
    admins: frozenset[Identity]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a copy goes.

    Attributes:
        member: The chat.
        address: With the thread that fits.
        reply_to: What the copy answers there, if it was sent already.
        reply_of: The delivery that becomes it.
    """

    member: BridgeMember
    address: Address
    reply_to: MessageId | None = None
    reply_of: str | None = None


def address_of(member: BridgeMember) -> Address:
    """Return where a chat of a bridge is."""
    return Address(member.channel, member.chat, member.thread or None)


def key_of(bridge_id: int, said: Address, event: str, address: Address) -> str:
    """Return the key of a copy: the same event never makes two in one chat.

    Telegram counts the messages of each group by themselves, so the chat is part of it.
    """
    key = f"{MIRRORED}{bridge_id}:{said.channel}:{said.chat}:{event}:{address}"
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{MIRRORED}{bridge_id}:{hashlib.sha256(key.encode()).hexdigest()}"


async def source_member(session: Session, *, address: Address) -> BridgeMember | None:
    """Return as what a chat gives to a bridge; ``None`` if nothing of it is mirrored."""
    member = await bridges.find(session, address=address)
    return member if member and Direction(member.direction).gives else None


async def source_of(
    session: Session, *, address: Address, message: MessageId
) -> BridgeMember | None:
    """Return as what the place of a known message gives to a bridge; ``None`` as above.

    The map knows the thread of a message also where the network does not tell it: Telegram names
    no topic with a reaction, Matrix no thread with a deletion.
    """
    thread = await bridge_places.thread_of(session, address=address, message=message)
    where = address if thread is None else replace(address, thread=thread or None)
    return await source_member(session, address=where)


async def targets(
    session: Session, *, source: BridgeMember, address: Address
) -> list[BridgeMember]:
    """Return the chats that what is said at *address* goes to.

    A chat that is locked gives nothing to another network, and takes nothing of it.
    """
    locked = await bridges.is_locked(session, address=address)
    found = []
    for member in await bridges.members(session, bridge_id=source.bridge_id):
        if member.id == source.id or not Direction(member.direction).takes or member.paused_at:
            continue
        abroad = network(member.channel) != address.network
        if abroad and (locked or await bridges.is_locked(session, address=address_of(member))):
            continue
        found.append(member)
    return found


async def mirror(
    session: Session,
    event: IncomingMessage,
    *,
    source: BridgeMember,
    body: Document,
    known: Known,
    now: datetime,
) -> BridgePost | None:
    """Put a copy for each other chat into the outbox; ``None`` for what is an echo.

    Args:
        session: The transaction.
        event: What was said.
        source: As what its chat belongs to the bridge.
        body: What the copies show: the words, the file, the notes, and no sign.
        known: Whose names nobody may imitate.
        now: The present.
    """
    words = bridge_signing.digest(body)
    if await _is_echo(session, source.bridge_id, body, words, now=now):
        return None
    author = Author.of(event.sender)
    post = BridgePost(
        bridge_id=source.bridge_id,
        author=bridge_signing.account(event.sender.identity),
        author_name=author.look,
        digest=words,
        said_at=now,
    )
    address = event.chat.address
    await bridge_places.add_post(session, post, address=address, message=event.message, key=None)
    signature = await signature_of(session, post, author, known)
    for member in await targets(session, source=source, address=address):
        place = await placed(session, member, post, event, within=source.thread)
        copy = bridge_signing.signed(await resolved(session, body, member.channel), signature)
        key = key_of(post.bridge_id, address, event.message, place.address)
        await _copy(session, post, place, copy, key, now=now)
    return post


async def _is_echo(
    session: Session, bridge_id: int, body: Document, words: str, *, now: datetime
) -> bool:
    """Tell whether somebody, such as a second bridge, repeats what we have mirrored."""
    if not words or not bridge_signing.is_signed(body):
        return False
    since = now - ECHO
    return await bridge_places.is_echo(session, bridge_id=bridge_id, digest=words, since=since)


async def signature_of(
    session: Session, post: BridgePost, author: Author, known: Known
) -> tuple[Span, ...]:
    """Return the sign of a post; whose name looks like another's is told apart."""
    apart = await is_confusable(
        session, author, account=post.author, bridge_id=post.bridge_id, known=known
    )
    return bridge_signing.sign(author, apart=apart)


async def is_confusable(
    session: Session, author: Author, *, account: str, bridge_id: int, known: Known
) -> bool:
    """Tell whether a name looks like that of the bot, or of somebody else who matters here.

    That is who has spoken in this bridge, has connected its rooms, or has a role.
    """
    if _is_like_ours(author.look, known):
        return True
    if await bridge_places.is_shared_name(
        session, bridge_id=bridge_id, name=author.look, author=account
    ):
        return True
    identity = Identity.parse(account)
    own = await members.find(session, identity=identity)
    trusted = await bridges.trusted(session, bridge_id=bridge_id, admins=known.admins)
    return any(
        look(one.name) == author.look
        for one in trusted
        if one.member_id != own and (one.channel, one.user) != (identity.channel, identity.user)
    )


async def placed(
    session: Session,
    member: BridgeMember,
    post: BridgePost,
    event: IncomingMessage,
    *,
    within: str,
) -> Place:
    """Return where the copy of a message goes, and what it answers there.

    *within* is the thread or topic that is connected by itself, and so is no thread elsewhere;
    empty for a whole chat.
    """
    said, there = event.chat.address, address_of(member)
    answered = event.reply_to
    root = MessageId(said.thread) if said.thread and said.network == "matrix" else None
    twin = await _counterpart(session, said, answered or root, there)
    if there.thread is None and twin is not None and there.network == "telegram":
        there = replace(there, thread=twin.thread or None)  # an answer goes to its question
    elif there.thread is None and said.thread not in {None, within}:
        thread = await _thread(session, said, root, there, bridge_id=post.bridge_id)
        there = replace(there, thread=thread)
    return Place(member, there, *_answering(twin))


async def _counterpart(
    session: Session, said: Address, message: MessageId | None, there: Address
) -> BridgePlace | None:
    """Return where another chat says the same as a message, if it does."""
    if message is None:
        return None
    post = await bridge_places.post_of(session, address=said, message=message)
    if post is None:
        return None
    return await bridge_places.place_in(
        session, post_id=post.id, channel=there.channel, chat=there.chat
    )


def _answering(place: BridgePlace | None) -> tuple[MessageId | None, str | None]:
    """Return the message to answer, or the delivery that becomes it."""
    if place is None:
        return None, None
    return (MessageId(place.message), None) if place.message else (None, place.key)


async def _thread(
    session: Session, said: Address, root: MessageId | None, there: Address, *, bridge_id: int
) -> str | None:
    """Return the thread or forum topic of another chat that a thread of this one stands for."""
    if root is not None:  # a thread of Matrix's: its root may be of a topic there
        place = await _counterpart(session, said, root, there)
        if place and there.network == "telegram":
            return place.thread or None
        return place.thread or place.message if place else None
    if there.network != "matrix":
        return None
    return await bridge_places.thread_root(session, bridge_id=bridge_id, said=said, there=there)


async def resolved(session: Session, body: Document, channel: str) -> Document:
    """Return *body* with each mention as the account of that person on another network.

    Whoever is known by no account there keeps the words, and is not rung for.
    """
    accounts: dict[str, str | None] = {}
    for mention in mentions_in(body):
        accounts[mention] = await _account_on(session, mention, channel)
    return mentioning(body, accounts.get)


async def _account_on(session: Session, mention: str, channel: str) -> str | None:
    identity = Identity.parse(mention)
    if network(identity.channel) == network(channel):
        return mention
    person = await members.find(session, identity=identity)
    if person is None:
        return None
    for row in await members.accounts(session, member_ids=[person]):
        if network(row.channel) == network(channel):
            return str(Identity(row.channel, row.user))
    return None


def _is_like_ours(seen: str, known: Known) -> bool:
    """Tell whether a name is like the bot's, or has it in it (unless it is in many)."""
    ours = [look(name) for name in known.bots]
    return any(one == seen or (len(one) >= _TELLING and one in seen) for one in ours)


# Into the outbox


async def _copy(
    session: Session, post: BridgePost, place: Place, body: Document, key: str, *, now: datetime
) -> None:
    if await _joined(session, post, place, body, now=now):
        return
    channel = place.address.channel
    outgoing = Outgoing(
        key=key,
        address=place.address,
        body=body,
        priority=Priority.MIRROR,
        reply_to=place.reply_to,
        reply_of=place.reply_of,
        notify=True,
        source=bridges.source(post.bridge_id),
    )
    if not await outbox.enqueue(session, outgoing, now=now):
        return
    for number, part in enumerate(outbox.parts_on(channel, body)):
        await bridge_places.add(
            session,
            post,
            address=place.address,
            key=outbox.part_key(key, number),
            part=number,
            blocks=len(part.blocks),
        )


async def _joined(
    session: Session, post: BridgePost, place: Place, body: Document, *, now: datetime
) -> bool:
    """Put a message behind the one that ends the waiting line; ``False`` if it has to be its own.

    Only where the network holds us up, and never over somebody else's message: the order holds.
    What others say is put together, too, each behind their own sign, once that takes long: as
    people take turns, the line would grow without end.
    """
    limits = LIMITS.get(place.address.network)
    if limits is None or limits.group is None or body.attachment or _answers(place):
        return False
    line = {"channel": place.address.channel, "chat": place.address.chat}
    held = await bridge_places.is_held_up(
        session, **line, priority=Priority.MIRROR, since=now - HELD_UP, now=now
    )
    last = held and await bridge_places.last_open(session, **line, priority=Priority.MIRROR)
    before = last and await _ending(session, last, place)
    if not last or not before:
        return False
    if before.author == post.author:
        body = body.model_copy(update={"blocks": unsigned(body)})
    elif not await bridge_places.is_held_up(
        session, **line, priority=Priority.MIRROR, since=now - CROWDED, now=None
    ):
        return False
    shown = Document.model_validate(await bridge_places.shown_by(session, key=last.key))
    whole = shown.model_copy(update={"blocks": shown.blocks + body.blocks})
    if shown.attachment or len(outbox.parts_on(place.address.channel, whole)) > 1:
        return False
    await deliveries.reword(session, last, content=whole.model_dump(mode="json"), now=now)
    await bridge_places.add(
        session, post, address=place.address, key=last.key, blocks=len(body.blocks)
    )
    return True


def _answers(place: Place) -> bool:
    return place.reply_to is not None or place.reply_of is not None


async def _ending(session: Session, last: Delivery, place: Place) -> BridgePost | None:
    """Return whose words end the line, if somebody's do, said in one piece and in this place."""
    if last.action != Action.SEND or last.part or last.thread != place.address.thread:
        return None
    sharing = await bridge_places.sharing(session, key=last.key)
    before = await session.get(BridgePost, sharing[-1].post_id) if sharing else None
    return before if before is not None and before.author else None


def unsigned(body: Document) -> tuple[Block, ...]:
    """Return the blocks of a signed body without the sign, which stands above them already."""
    first, *rest = body.blocks
    spans = getattr(first, "spans", ())[2:]
    return (first.model_copy(update={"spans": spans}), *rest) if spans else tuple(rest)


# What the bot says itself


async def mirror_own(
    session: Session,
    outgoing: Outgoing,
    *,
    source: BridgeMember,
    asked: BridgePost,
    now: datetime,
) -> None:
    """Let the answer to a mirrored question be read in the other chats, without buttons."""
    post = BridgePost(bridge_id=source.bridge_id, digest="", said_at=now)
    await bridge_places.add_post(
        session, post, address=outgoing.address, message=None, key=outgoing.key
    )
    body = outgoing.body.with_buttons()
    for member in await targets(session, source=source, address=outgoing.address):
        twin = await bridge_places.place_in(
            session, post_id=asked.id, channel=member.channel, chat=member.chat
        )
        thread = (twin.thread or None) if twin else None
        address = replace(address_of(member), thread=member.thread or thread)
        reply_to = MessageId(twin.message) if twin and twin.message else None
        place = Place(member, address, reply_to, twin.key if twin and not reply_to else None)
        key = key_of(post.bridge_id, outgoing.address, outgoing.key, place.address)
        await _copy(session, post, place, body, key, now=now)
