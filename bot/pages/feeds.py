"""The events of a topic as Atom and as JSON Feed.

Sources: https://www.rfc-editor.org/rfc/rfc4287, https://www.jsonfeed.org/version/1.1/
"""

import json
import uuid
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from feedgenerator import Atom1Feed

from bot.events import words
from bot.events.event import Status
from bot.events.occurrences import first, following
from bot.pages import lines
from bot.pages.event_page import said_when
from bot.pages.links import Links
from bot.pages.public import PublicCalendar, PublicTopic, Shown, Visit
from bot.pages.rendering import clean, piece
from bot.pages.structured import written
from bot.text import catalogue
from bot.text.links import safe_link

_MOST: Final = 100
_IDS: Final = uuid.UUID("6b0f2f0e-9b0c-5a53-8f62-5a4d2a6f0f6d")
"""The namespace of ids, so that an event has the same one wherever its hub moves to."""
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


class _Atom(Atom1Feed):  # type: ignore[misc] # the library has no types
    def latest_post_date(self) -> datetime:
        """Return when the newest entry changed; the library would say now if there is none."""
        return max((one["updateddate"] for one in self.items), default=_LONG_AGO)


def atom(calendar: PublicCalendar, topic: PublicTopic, visit: Visit) -> bytes:
    """Return the events of a topic as Atom, those that changed last first."""
    language, publisher = visit.language, calendar.publisher
    links = Links(publisher, visit)
    place = f"/topics/{topic.slug}"
    feed = _Atom(
        title=clean(_title(calendar, topic, language)),
        link=links.whole(place),
        description="",
        language=language,
        author_name=clean(publisher.operator or publisher.name),
        feed_url=links.whole(f"{place}.atom"),
        feed_guid=_id(f"{publisher.address}{place}"),
    )
    for shown in _newest(calendar, topic):
        feed.add_item(
            title=_headline(shown, language),
            link=links.whole(lines.path(shown)),
            description=None,
            content=_content(calendar, shown, visit),
            unique_id=_id(shown.event.uid),
            pubdate=shown.created_at,
            updateddate=shown.changed_at,
            categories=[words.kind(shown.event, language)],
        )
    written_feed = BytesIO()
    feed.write(written_feed, "utf-8")
    return written_feed.getvalue()


def json_feed(calendar: PublicCalendar, topic: PublicTopic, visit: Visit) -> bytes:
    """Return the events of a topic as JSON Feed; times also in a form for programs."""
    language, publisher = visit.language, calendar.publisher
    links = Links(publisher, visit)
    place = f"/topics/{topic.slug}"
    tree = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": clean(_title(calendar, topic, language)),
        "home_page_url": links.whole(place),
        "feed_url": links.whole(f"{place}.json"),
        "language": language,
        "authors": [{"name": clean(publisher.operator or publisher.name)}],
        "items": [_item(calendar, shown, visit) for shown in _newest(calendar, topic)],
    }
    return json.dumps(tree, ensure_ascii=False, indent=1).encode()


def _item(calendar: PublicCalendar, shown: Shown, visit: Visit) -> dict[str, Any]:
    event = shown.event
    address = Links(calendar.publisher, visit).whole(lines.path(shown))
    outside = safe_link(event.link)
    return {
        "id": _id(event.uid),
        "url": address,
        **({"external_url": outside} if outside else {}),
        "title": _headline(shown, visit.language),
        "content_html": _content(calendar, shown, visit),
        "date_published": shown.created_at.isoformat(),
        "date_modified": shown.changed_at.isoformat(),
        "tags": [words.kind(event, visit.language)],
        "_stadtfunk": {
            "kind": event.kind.value,
            "status": event.status.value,
            "start": written(event.start, event.tz),
            "end": written(event.end, event.tz) if event.end else None,
            "zone": event.zone,
        },
    }


def _title(calendar: PublicCalendar, topic: PublicTopic, language: str) -> str:
    return f"{topic.name(language)} – {calendar.publisher.name}"


def _newest(calendar: PublicCalendar, topic: PublicTopic) -> list[Shown]:
    events = calendar.of_topic(topic.slug)
    return sorted(events, key=lambda one: (one.changed_at, one.number), reverse=True)[:_MOST]


def _headline(shown: Shown, language: str) -> str:
    """Return the title, behind the word for what became of the event, if anything did."""
    title = clean(shown.event.title)
    if shown.event.status in {Status.CONFIRMED, Status.TENTATIVE}:
        return title
    mark = words.mark(shown.event, language)
    return catalogue.text(language, "page-marked", mark=mark[:1].upper() + mark[1:], title=title)


def _content(calendar: PublicCalendar, shown: Shown, visit: Visit) -> str:
    event = shown.event
    date = (following(event, now=visit.now) if event.series else None) or first(event)
    when = said_when(calendar, event, date, visit.language)
    return piece("entry.html", visit.language, event=event, when=when, link=safe_link(event.link))


def _id(name: str) -> str:
    return uuid.uuid5(_IDS, name).urn
