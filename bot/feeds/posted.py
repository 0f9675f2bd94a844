"""What a program sends us by itself: a list of items as JSON, in the words of our own output.

What ``stadtfunk feeds read --json`` prints can be posted as it is. Unlike a feed, a mistake is
told to whoever made it, so everything is checked.
"""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, from_json

from bot.feeds.addresses import clean
from bot.feeds.deadline_kinds import DeadlineKind
from bot.feeds.finishing import LONGEST_TITLE, finished
from bot.feeds.item import Item, Kind, Reading, Series, Status
from bot.feeds.when import When
from bot.text import html_text

MOST_ITEMS: Final = 500
"""Items of one request."""
_LONGEST: Final = 500

_Text = Annotated[str, Field(max_length=20_000)]
_Line = Annotated[str, Field(max_length=_LONGEST)]


def _time(value: Any) -> date | datetime | None:
    """Read ``2027-01-29``, ``2027-01-29T23:59`` or ``2027-01-29T23:59:00+01:00``."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("a day such as 2027-01-29 or a time such as 2027-01-29T23:59 is a text")  # noqa: TRY004 # pydantic's signature
    text = value.strip()
    try:
        day_only = len(text) <= len("2027-01-29")
        return date.fromisoformat(text) if day_only else datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text[:40]!r} is no day such as 2027-01-29 and no time such as 2027-01-29T23:59"
        ) from None


_Time = Annotated[date | datetime | None, BeforeValidator(_time)]
_Times = tuple[_Time, ...]


class PostedItem(BaseModel):
    """One item; see docs/reference/feeds.md."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    id: Annotated[str, Field(min_length=1, max_length=_LONGEST)]
    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE)]
    kind: Literal["event", "deadline", "news"] | None = None
    start: _Time = None
    end: _Time = None
    due: _Time = None
    zone: str | None = None
    status: Literal["tentative", "confirmed", "cancelled", "extended", "postponed"] = "confirmed"
    place: _Line = ""
    url: _Line = ""
    text: _Text = ""
    published: _Time = None
    rule: _Line | None = None
    excluded: _Times = ()
    added: _Times = ()
    original: _Time = None
    deadline_kind: Literal["cut-off", "date", "key-date", "rolling"] | None = None

    # What our own output says beside it follows from the rest.
    precision: Any = Field(default=None, exclude=True)
    all_day: Any = Field(default=None, exclude=True)
    deadline: Any = Field(default=None, exclude=True)
    fingerprint: Any = Field(default=None, exclude=True)


class _Posted(BaseModel):
    model_config = ConfigDict(extra="ignore")

    items: Annotated[list[PostedItem], Field(max_length=MOST_ITEMS)]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what :func:`parse` reads."""
    return _Posted.model_json_schema()


def parse(data: bytes, *, zone: str, now: date | None = None) -> Reading:
    """Read the items that were posted; with any mistake there are none, and it is told.

    Args:
        data: ``{"items": [...]}``, or one item.
        zone: The IANA zone of times that have none, unless the item names its own.
        now: From when on a date without year is meant.

    Raises:
        ZoneInfoNotFoundError: *zone* is none.
    """
    ZoneInfo(zone)
    found = Reading(form="json")
    try:
        tree = from_json(data)
    except ValueError as error:
        found.problem = f"this is no JSON: {error}"
        return found
    if isinstance(tree, dict) and "items" not in tree:
        tree = {"items": [tree]}
    try:
        posted = _Posted.model_validate(tree)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            found.skip(*_mistake(one))
    else:
        _take(posted, zone, now, found)
    if found.skipped:
        found.items, found.problem = [], "nothing was taken, because of mistakes in it"
    return found


def _mistake(error: ErrorDetails) -> tuple[str, str]:
    where = ""
    for part in error["loc"]:
        where += f"[{part}]" if isinstance(part, int) else f".{part}"
    said = error["msg"].removeprefix("Value error, ")
    return where.removeprefix("."), said.replace("Extra inputs are not permitted", "unknown key")


def _take(posted: _Posted, zone: str, now: date | None, found: Reading) -> None:
    seen: set[str] = set()
    for number, one in enumerate(posted.items):
        where = f"items[{number}]"
        if one.id in seen:
            found.skip(f"{where}.id", f"{one.id!r} stands twice in this request")
        seen.add(one.id)
        try:
            found.items.append(finished(_item(one, one.zone or zone), now=now))
        except ValueError as error:
            found.skip(where, str(error))


def _item(one: PostedItem, zone: str) -> Item:
    if zone not in available_timezones():
        raise ValueError(f"zone: {zone!r} is no IANA time zone such as Europe/Berlin")
    tz = ZoneInfo(zone)
    start, end, due = (_when(value, tz) for value in (one.start, one.end, one.due))
    kind = Kind(one.kind) if one.kind else _kind(start, due)
    _check(kind, start, end, due)
    published = one.published
    return Item(
        id=one.id,
        kind=kind,
        title=html_text.line(one.title),
        start=start,
        end=end,
        due=due,
        zone=zone,
        status=Status(one.status),
        place=html_text.line(one.place),
        url=clean(one.url, "") if one.url else "",
        text=html_text.plain(one.text),
        published=_aware(published, tz) if isinstance(published, datetime) else None,
        series=_series(one, tz),
        original=_when(one.original, tz),
        deadline_kind=DeadlineKind(one.deadline_kind) if one.deadline_kind else None,
    )


def _kind(start: When | None, due: When | None) -> Kind:
    if due is not None:
        return Kind.DEADLINE
    return Kind.EVENT if start is not None else Kind.NEWS


def _check(kind: Kind, start: When | None, end: When | None, due: When | None) -> None:
    if kind is Kind.EVENT and start is None:
        raise ValueError("start: an event has one")
    if kind is Kind.DEADLINE and due is None:
        raise ValueError("due: a deadline has one")
    if end is not None and start is None:
        raise ValueError("start: there is an end without it")
    if start is not None and end is not None:
        if start.moment.is_day != end.moment.is_day:
            raise ValueError("end: start and end are both days or both times of day")
        if (end.moment.local, end.fold) < (start.moment.local, start.fold):
            raise ValueError("end: it lies before the start")


def _when(value: date | datetime | None, zone: ZoneInfo) -> When | None:
    if value is None:
        return None
    return When.of(_aware(value, zone) if isinstance(value, datetime) else value)


def _aware(value: datetime, zone: ZoneInfo) -> datetime:
    return value.astimezone(zone) if value.tzinfo else value.replace(tzinfo=zone)


def _series(one: PostedItem, zone: ZoneInfo) -> Series | None:
    if one.rule is None and not one.added:
        return None
    excluded, added = (
        tuple(when for value in which if (when := _when(value, zone)) is not None)
        for which in (one.excluded, one.added)
    )
    return Series(one.rule or "", excluded, added)
