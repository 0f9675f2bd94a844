"""Whom something goes to: selected in the database, whatever their number.

An audience is a ``SELECT`` of (chat row, thread), each chat once. It is counted, looked at by
its profiles, and turned into deliveries without ever leaving the database.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Exists,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from bot.messages import ACCOUNT_MARK, ChatKind
from bot.storage import subscriptions
from bot.storage.bridge_models import BridgeLock, BridgeMember, Direction
from bot.storage.engine import Session
from bot.storage.link_models import Link
from bot.storage.models import (
    FILE_PART,
    Action,
    ChatRow,
    ChatSettings,
    Delivery,
    DeliveryState,
    DigestItem,
    EventWish,
    Subscription,
)
from bot.storage.upserts import insert_into

PORTION = 100_000
"""Chats that one statement tells; all statements together are one transaction."""
MANY = 1000
"""Chats from which on it is quicker to read whole tables than to look each chat up."""
_OFF_FOR_MANY = ("enable_nestloop", "enable_sort")

Audience = Select[int, str | None]
"""Selects (chat row, thread), each chat once."""


def subscribers(
    *,
    topic_ids: Collection[int] | None,
    laender: Collection[str] = (),
    staffeln: Collection[str] = (),
    kinds: Collection[str] = (),
    channels: Collection[str] = (),
) -> Audience:
    """Select the chats that want to hear about something.

    Args:
        topic_ids: What it is about: any of these topics; ``None`` for whatever there is.
        laender: Where it matters; nowhere in particular reaches everybody.
        staffeln: For which Staffeln; none in particular reaches everybody.
        kinds: What it is.
        channels: On which networks; none in particular are all.
    """
    query = (
        select(Subscription.chat_id, func.min(Subscription.thread))
        .join(ChatRow, ChatRow.id == Subscription.chat_id)
        .where(ChatRow.left_at.is_(None))
        .where(*subscriptions.narrowed(laender=laender, staffeln=staffeln, kinds=kinds))
        .group_by(Subscription.chat_id)
    )
    if topic_ids is not None:
        query = query.where(Subscription.topic_id.in_(topic_ids))
    stays = exists().where(BridgeLock.topic_id == Subscription.topic_id)
    query = query.where(or_(~stays, ~_on(["telegram"])))
    return query.where(_on(channels)) if channels else query


def named(*, chat_ids: Collection[int], channels: Collection[str] = ()) -> Audience:
    """Select these chats, whatever they have subscribed to, as far as they can be reached."""
    thread = select(func.min(Subscription.thread)).where(Subscription.chat_id == ChatRow.id)
    query = select(ChatRow.id, thread.scalar_subquery()).where(
        ChatRow.id.in_(chat_ids), ChatRow.left_at.is_(None)
    )
    return query.where(_on(channels)) if channels else query


def _on(networks: Collection[str]) -> ColumnElement[bool]:
    """Hold for chats on one of these networks, with whichever account of the hub."""
    further = (ChatRow.channel.startswith(name + ACCOUNT_MARK) for name in networks)
    return or_(ChatRow.channel.in_(networks), *further)


def either(*audiences: Audience) -> Audience:
    """Select the chats of all *audiences*, each once."""
    if len(audiences) == 1:
        return audiences[0]
    whole = union_all(*audiences).subquery()
    chat, thread = list(whole.c)
    return select(chat, func.min(thread)).group_by(chat)


def bridged(audience: Audience, *, topic_ids: Collection[int]) -> Audience:
    """Add to *audience* the chats that read along in a bridge, so that each has it once.

    They get deliveries of their own, as all others: what is changed or taken back is so there as
    well. What stays on its own network, a chat or one of the topics, is not carried to another.
    """
    whole = audience.subquery()
    chat, thread = list(whole.c)
    one, other = aliased(BridgeMember), aliased(BridgeMember)
    told, reading = aliased(ChatRow), aliased(ChatRow)
    locked = exists().where(
        or_(
            and_(BridgeLock.chat == told.chat, BridgeLock.channel == told.channel),
            and_(BridgeLock.chat == reading.chat, BridgeLock.channel == reading.channel),
            BridgeLock.topic_id.in_(topic_ids),
        )
    )
    along = (
        select(reading.id, func.nullif(other.thread, ""))
        .select_from(whole)
        .join(told, told.id == chat)
        .join(one, and_(one.channel == told.channel, one.chat == told.chat))
        .join(other, and_(other.bridge_id == one.bridge_id, other.id != one.id))
        .join(reading, and_(reading.channel == other.channel, reading.chat == other.chat))
        .where(
            one.thread.in_([func.coalesce(thread, ""), ""]),
            one.direction != Direction.IN.value,
            other.direction != Direction.OUT.value,
            reading.left_at.is_(None),
            or_(one.channel == other.channel, ~locked),
        )
    )
    return either(audience, along)


def of_event(subscribed: Audience, *, event_id: int) -> Audience:
    """Add to *subscribed* who wants to hear of this event, and leave out who does not."""
    unwanted = select(EventWish.chat_id).where(EventWish.event_id == event_id, ~EventWish.wanted)
    wanting = (
        select(EventWish.chat_id, EventWish.thread)
        .join(ChatRow, ChatRow.id == EventWish.chat_id)
        .where(EventWish.event_id == event_id, EventWish.wanted, ChatRow.left_at.is_(None))
    )
    chat = next(iter(subscribed.selected_columns))
    return either(subscribed.where(chat.not_in(unwanted)), wanting)


def everybody() -> Audience:
    """Select the chats that have subscribed to anything, or want to hear of any event."""
    wanting = select(EventWish.chat_id, EventWish.thread).where(EventWish.wanted)
    return either(subscribers(topic_ids=None), wanting)


def other_chats(audience: Audience) -> Audience:
    """Select the other chats of linked people in *audience* who want what is urgent on both."""
    chat = next(iter(audience.subquery().c))
    wanting = select(Link.member_id).where(Link.urgent_both)
    return select(ChatRow.id, cast(null(), String)).where(
        ChatRow.home_id.in_(select(chat)),
        ChatRow.member_id.in_(wanting),
        ChatRow.left_at.is_(None),
    )


async def holds(session: Session, *, audience: Audience, chat_id: int) -> bool:
    """Tell whether a chat belongs to an audience."""
    whole = audience.subquery()
    query = select(literal(1)).select_from(whole).where(next(iter(whole.c)) == chat_id).limit(1)
    return await session.scalar(query) is not None


@dataclass(frozen=True, slots=True)
class Profile:
    """What chats have in common that are told the same at the same time.

    Attributes:
        channel: Their network.
        language: What they chose; ``None`` for the hub's.
        values: Their settings, by the column's name.
        count: How many chats these are.
    """

    channel: str
    language: str | None
    values: tuple[tuple[str, Any], ...]
    count: int

    @property
    def settings(self) -> ChatSettings:
        """Their settings as a row that is in no session."""
        return ChatSettings(**dict(self.values))

    @property
    def chat(self) -> ChatRow:
        """A chat of theirs, as far as they are alike, in no session either."""
        return ChatRow(channel=self.channel, language=self.language)


def _with_default(name: str) -> ColumnElement[Any]:
    column = ChatSettings.__table__.c[name]
    if column.default is None:
        return column
    # A chat that nobody has set up has no row; it is treated as a new one would be.
    return func.coalesce(column, literal(column.default.arg, column.type))


_SETTINGS = {
    column.name: _with_default(column.name)
    for column in ChatSettings.__table__.c
    if column.name != "chat_id"
}


def _joined(audience: Audience, *columns: Any) -> Select[Any]:
    whole = audience.subquery()
    chat, thread = list(whole.c)
    wanted = [thread if column is _THREAD else column for column in columns]
    return (
        select(*wanted)
        .select_from(whole)
        .join(ChatRow, ChatRow.id == chat)
        # Of a linked person's other chat those of the one in which they are told.
        .outerjoin(ChatSettings, ChatSettings.chat_id == func.coalesce(ChatRow.home_id, chat))
    )


_THREAD: Any = object()
"""Stands for the audience's own column in :func:`_joined`."""


async def profiles(session: Session, *, audience: Audience) -> Sequence[Profile]:
    """Return the kinds of chats in an audience: few, however many chats there are."""
    columns = [ChatRow.channel, ChatRow.language, *_SETTINGS.values()]
    query = _joined(audience, *columns, func.count()).group_by(*columns)
    is_large = _is_postgresql(session) and await _is_large(session, audience)
    async with _planned(session, for_many=is_large):
        rows = (await session.execute(query)).all()
    return [
        Profile(channel, language, tuple(zip(_SETTINGS, values, strict=True)), count)
        for channel, language, *values, count in rows
    ]


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


async def _is_large(session: Session, audience: Audience) -> bool:
    """Tell whether an audience has :data:`MANY` chats, without reading one that is far larger.

    A limit behind a grouping would first have all grouped. So the rows before it are looked at, in
    which a chat stands once for each way to the audience.
    """
    chat = next(iter(audience.selected_columns))
    enough = 10 * MANY
    ungrouped = audience.with_only_columns(chat).group_by(None).limit(enough).subquery()
    (one,) = ungrouped.c
    query = select(func.count(), func.count(one.distinct())).select_from(ungrouped)
    rows, chats = (await session.execute(query)).one()
    return rows == enough or chats >= MANY


def _alike(profile: Profile) -> list[ColumnElement[bool]]:
    same = [
        ChatRow.channel == profile.channel,
        ChatRow.language.is_not_distinct_from(profile.language),
    ]
    for name, value in profile.values:
        kind = ChatSettings.__table__.c[name].type
        wanted = null() if value is None else literal(value, kind)
        same.append(_SETTINGS[name].is_not_distinct_from(wanted))
    return same


@dataclass(frozen=True, slots=True)
class Posting:
    """What is the same in all deliveries of a notice to one profile.

    Attributes:
        key: The beginning of their keys, which end in the chat's row.
        bodies: The parts of the message's words, in order.
        file: The body of the file behind them, if there is one.
        source: What it tells about.
        due_at: When it may be sent.
        held_until: The same, if that is because somebody wants quiet.
    """

    key: str
    bodies: Sequence[int]
    source: str
    priority: int
    notify: bool
    due_at: datetime
    now: datetime
    file: int | None = None
    held_until: datetime | None = None
    expires_at: datetime | None = None

    @property
    def parts(self) -> list[tuple[int, int]]:
        """The (place, body) of everything that is sent, in order."""
        behind = [] if self.file is None else [(FILE_PART, self.file)]
        return [*enumerate(self.bodies), *behind]


async def post(session: Session, *, audience: Audience, profile: Profile, posting: Posting) -> int:
    """Put deliveries to all chats of a profile into the outbox; return to how many chats.

    A chat whose delivery of that key is there already gets none, nor one that has it collected.
    """
    count = 0
    for part, body_id in posting.parts:
        values = _columns(posting, part, body_id)
        query = _joined(audience, *values.values())
        fresh = query.where(~_is_there(DigestItem, posting.key), ~_told_elsewhere(posting.key))
        added = await _insert(session, Delivery, fresh, values, profile)
        count = added if part == 0 else count
    return count


def _columns(posting: Posting, part: int, body_id: int) -> dict[str, Any]:
    return {
        "key": _key(posting.key, part),
        "channel": ChatRow.channel,
        "chat": ChatRow.chat,
        "thread": _THREAD,
        "action": _typed(Delivery.action, Action.SEND.value),
        "body_id": _typed(Delivery.body_id, body_id),
        "notify": _typed(Delivery.notify, posting.notify and part == 0),
        "priority": _typed(Delivery.priority, posting.priority),
        "state": _typed(Delivery.state, DeliveryState.WAITING.value),
        "attempts": _typed(Delivery.attempts, 0),
        "due_at": _typed(Delivery.due_at, posting.due_at),
        "held_until": _typed(Delivery.held_until, posting.held_until),
        "expires_at": _typed(Delivery.expires_at, posting.expires_at),
        "source": _typed(Delivery.source, posting.source),
        "part": _typed(Delivery.part, part),
        "created_at": _typed(Delivery.created_at, posting.now),
    }


async def collect(
    session: Session, *, audience: Audience, profile: Profile, posting: Posting
) -> int:
    """Keep a notice for the digests of all chats of a profile; return for how many.

    A chat that has it collected already gets none, nor one that was told at once.
    """
    (body_id,) = posting.bodies
    values: dict[str, Any] = {
        "key": _key(posting.key, 0),
        "chat_id": ChatRow.id,
        "thread": _THREAD,
        "body_id": _typed(DigestItem.body_id, body_id),
        "source": _typed(DigestItem.source, posting.source),
        "slot_at": _typed(DigestItem.slot_at, posting.due_at),
        "expires_at": _typed(DigestItem.expires_at, posting.expires_at),
        "withdrawn": _typed(DigestItem.withdrawn, False),  # noqa: FBT003 # the column's value
        "created_at": _typed(DigestItem.created_at, posting.now),
    }
    query = _joined(audience, *values.values()).where(
        ~_is_there(Delivery, posting.key), ~_told_elsewhere(posting.key)
    )
    return await _insert(session, DigestItem, query, values, profile)


def _is_there(table: type[Delivery] | type[DigestItem], beginning: str) -> Exists:
    return exists().where(table.key == _key(beginning, 0))


def _told_elsewhere(beginning: str) -> ColumnElement[bool]:
    """Tell whether a linked person had it in their other chat: before the two were linked.

    It reads the few linked chats once. Asked for each chat of the audience, SQLite goes through
    all chats each time: by its statistics the index of ``home_id`` holds nothing but NULL.
    """
    other = aliased(ChatRow)
    keyed = func.coalesce(other.known_as, other.id)
    key = literal(f"{beginning}:c") + cast(keyed, String)
    homes = select(other.home_id).join(Delivery, Delivery.key == key)
    return ChatRow.id.in_(homes.where(other.home_id.is_not(None)))


def _key(beginning: str, part: int) -> ColumnElement[str]:
    ending = f"#{part + 1}" if part else ""
    keyed = func.coalesce(ChatRow.known_as, ChatRow.id)
    return literal(f"{beginning}:c") + cast(keyed, String) + literal(ending)


def _typed(column: Any, value: Any) -> ColumnElement[Any]:
    # Not NULL itself, whose type PostgreSQL does not guess here; and no CAST, by which SQLite
    # makes a number of an instant.
    return literal(value, column.type)


async def _insert(
    session: Session,
    table: type[Delivery] | type[DigestItem],
    query: Select[Any],
    values: dict[str, Any],
    profile: Profile,
) -> int:
    """Insert for all chats of a profile, in statements that each end long before the timeout."""
    portions = max(1, -(-profile.count // PORTION))
    added = 0
    is_large = _is_postgresql(session) and profile.count >= MANY
    async with _planned(session, for_many=is_large):
        for number in range(portions):
            chosen = query.where(*_alike(profile))
            if portions > 1:
                chosen = chosen.where(ChatRow.id % portions == number)
            statement = (
                insert_into(session, table)
                .from_select(list(values), chosen, include_defaults=False)
                .on_conflict_do_nothing(index_elements=[table.key])
            )
            result = await session.execute(statement)
            added += result.rowcount if isinstance(result, CursorResult) else 0
    return added


@asynccontextmanager
async def _planned(session: Session, *, for_many: bool) -> AsyncIterator[None]:
    """Keep PostgreSQL from looking up very many chats one by one, if there are.

    Right after an import it has no statistics, takes the tables for nearly empty, and joins them
    by nested loops: 20,000 chats took 27 seconds, and each further one more than the last. Nor
    does it know that many chats have few profiles, and sorts them by fifteen columns first.
    """
    if not for_many:
        yield
        return
    now = select(*(func.current_setting(name) for name in _OFF_FOR_MANY))
    before = (await session.execute(now)).one()
    await _set(session, ["off"] * len(_OFF_FOR_MANY))
    yield
    # Not in a `finally`: after an error the transaction takes no statement, and ends with this.
    await _set(session, before)


async def _set(session: Session, values: Sequence[str]) -> None:
    """Change what :data:`_OFF_FOR_MANY` names, in this transaction only."""
    pairs = zip(_OFF_FOR_MANY, values, strict=True)
    await session.execute(select(*(func.set_config(*pair, True) for pair in pairs)))  # noqa: FBT003 # PostgreSQL's own


async def count(session: Session, *, audience: Audience) -> dict[tuple[str, str], int]:
    """Count an audience by (channel, kind of chat)."""
    query = _joined(audience, ChatRow.channel, ChatRow.kind, func.count())
    rows = await session.execute(query.group_by(ChatRow.channel, ChatRow.kind))
    return {(channel, kind): number for channel, kind, number in rows}


async def unencrypted(session: Session, *, audience: Audience) -> int:
    """Count the rooms of an audience of which the network said that they are not encrypted."""
    query = _joined(audience, func.count()).where(
        ChatRow.encrypted.is_(False), ChatRow.kind == ChatKind.ROOM.value
    )
    return int(await session.scalar(query) or 0)
