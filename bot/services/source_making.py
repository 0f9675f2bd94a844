"""What is made of a source's items: events and announcements, told once, kept as their source is.

Everything happens in the transaction that takes the reading over or the editor's decision, so
whoever dies here has done nothing, and whoever comes again does it once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.events.event import Event
from bot.feeds import keeping
from bot.feeds.item import Item, Kind
from bot.messages import Address
from bot.services import events as kept_events
from bot.services import source_events, source_news
from bot.services.source_events import Ruling
from bot.storage import events, topics
from bot.storage.engine import Session
from bot.storage.source_models import ItemState, Source, SourceItem
from bot.text.moments import Moment

_EVENT, _TEXTS = "event", "texts"


@dataclass(slots=True)
class Maker:
    """Makes events and announcements of the items of one source, in one transaction.

    Attributes:
        session: The transaction.
        source: Whose items.
        topic: The slug of its topic.
        parts: The single dates of its series, by the id of the series.
        talk: Where editors are told how far an announcement is.
        now: The present.
        told: How many items somebody is told of.
        kept: How many events were kept or changed without telling.
    """

    session: Session
    source: Source
    topic: str
    parts: Mapping[str, Sequence[Item]]
    talk: Address | None
    now: datetime
    told: int = 0
    kept: int = 0

    async def make(self, row: SourceItem, *, quiet: bool) -> None:
        """Make of an item what it is to be, or bring that up to date.

        Args:
            row: The item, as its source has it now.
            quiet: Whether nobody is told.
        """
        item = item_of(row)
        row.state = ItemState.TOLD
        if item.kind is Kind.NEWS:
            await self._make_news(row, item, quiet=quiet)
            return
        event = self.composed(row, item)
        if event is None:
            row.state = ItemState.KNOWN if row.event_id is None else ItemState.TOLD
            return
        # What was told as news before is not told again because it has a date now.
        announced = row.announcement_id is not None
        if announced:
            await self._rewrite(row, item)
        await self._make_event(row, event, quiet=quiet or announced)

    def composed(self, row: SourceItem, item: Item) -> Event | None:
        """Return the event that an item is; ``None`` if it has no time that can be kept."""
        return source_events.compose(
            item,
            self.parts.get(item.id, ()),
            uid=row.uid,
            source=self.source,
            topic=self.topic,
            ruling=ruling_of(row),
        )

    async def _make_event(self, row: SourceItem, event: Event, *, quiet: bool) -> None:
        known = (await events.by_uids(self.session, uids=[row.uid])).get(row.uid)
        digest = event.digest()
        if known is None:
            await self._add_event(row, event, digest, quiet=quiet)
        elif known.imported != digest:
            known.imported = digest
            made = _event_of(row.made)
            before = Event.model_validate(known.content)
            after = source_events.merged(made, event, before)
            if after != before:
                await kept_events.keep_changed(
                    self.session, known, after, now=self.now, quiet=quiet
                )
                self._count(quiet=quiet)
            row.event_id = known.id
        row.made = {**(row.made or {}), _EVENT: event.model_dump(mode="json")}

    async def _add_event(self, row: SourceItem, event: Event, digest: str, *, quiet: bool) -> None:
        if not source_events.lies_ahead(event, self.now):
            row.state = ItemState.KNOWN
            return
        added = await kept_events.keep_new(self.session, event, imported=digest, now=self.now)
        row.event_id = added.id
        if not quiet:
            await events.note_change(self.session, row=added, before=None, now=self.now)
        self._count(quiet=quiet)

    async def _make_news(self, row: SourceItem, item: Item, *, quiet: bool) -> None:
        if row.announcement_id is not None:
            await self._rewrite(row, item)
        elif row.event_id is not None or quiet:
            # It was told as an event, or is to be told to nobody; of news nothing else is kept.
            row.state = ItemState.TOLD if row.event_id is not None else ItemState.KNOWN
        else:
            texts = source_news.texts(item, self.source)
            row.announcement_id = await source_news.announce(
                self.session, self.source, texts, talk=self.talk, now=self.now
            )
            row.made = {**(row.made or {}), _TEXTS: texts}
            self._count(quiet=False)

    async def _rewrite(self, row: SourceItem, item: Item) -> None:
        texts = source_news.texts(item, self.source)
        if row.announcement_id is None or (row.made or {}).get(_TEXTS) == texts:
            return
        if await source_news.rewrite(self.session, row.announcement_id, texts):
            self._count(quiet=False)
        row.made = {**(row.made or {}), _TEXTS: texts}

    def _count(self, *, quiet: bool) -> None:
        self.told += not quiet
        self.kept += quiet


async def maker(
    session: Session,
    source: Source,
    parts: Sequence[SourceItem],
    *,
    talk: Address | None,
    now: datetime,
) -> Maker:
    """Return what makes events and announcements of a source's items.

    Args:
        session: The transaction.
        source: Whose items.
        parts: The rows of the single dates of its series.
        talk: Where editors are told how far an announcement is; ``None`` for nowhere.
        now: The present.
    """
    (topic,) = await topics.by_ids(session, ids=[source.topic_id])
    return Maker(session, source, source_events.slug(topic), _by_series(parts, now), talk, now)


def _by_series(rows: Sequence[SourceItem], now: datetime) -> dict[str, list[Item]]:
    """Return single dates by the id of their series.

    One that is gone and lies ahead is as the rule says again; one that is over stays as it was:
    many sources leave out what is past.
    """
    found: dict[str, list[Item]] = {}
    for row in rows:
        item = item_of(row)
        if row.gone_at is None or source_events.is_over(item, now):
            found.setdefault(series_id(item), []).append(item)
    return found


def was_made(row: SourceItem) -> bool:
    """Tell whether an event or an announcement was made of an item already."""
    return row.event_id is not None or row.announcement_id is not None


def series_id(item: Item) -> str:
    """Return the id of the series that a single date belongs to."""
    return item.id.rpartition("#")[0] or item.id


def item_of(row: SourceItem) -> Item:
    """Return an item as its source has it."""
    return keeping.restored(row.item)


def ruling_of(row: SourceItem) -> Ruling | None:
    """Return what an editor said about when an item is due."""
    if row.ruling is None:
        return None
    return Ruling(row.ruling["words"], Moment.model_validate(row.ruling["due"]))


def _event_of(made: Any) -> Event | None:
    tree = (made or {}).get(_EVENT)
    return Event.model_validate(tree) if tree else None
