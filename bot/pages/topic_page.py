"""The page of a topic, the list of topics, and pages that say that there is none."""

from typing import Final

from bot.events.occurrences import following
from bot.pages import lines
from bot.pages.public import PublicCalendar, PublicTopic, Visit
from bot.pages.rendering import Here, page

_MOST: Final = 20


def topic_page(calendar: PublicCalendar, topic: PublicTopic, visit: Visit) -> str:
    """Return the page of a topic: what is next, and how to hear of it."""
    here = Here(calendar, visit, f"/topics/{topic.slug}")
    events = calendar.of_topic(topic.slug)
    found = {one.number: following(one.event, now=visit.now) for one in events}
    dates = {number: one for number, one in found.items() if one is not None}
    ahead = lines.nearest(events, dates)
    zone = calendar.publisher.zone.key
    return page(
        "topic.html",
        here,
        topic=topic,
        lines=[
            lines.dated(one, dates[one.number], visit.language, here.links, zone=zone)
            for one in ahead[:_MOST]
        ],
        more=max(len(ahead) - _MOST, 0),
    )


def topics_page(calendar: PublicCalendar, visit: Visit) -> str:
    """Return the list of topics."""
    return page("topics.html", Here(calendar, visit, "/topics"))


def unknown_page(calendar: PublicCalendar, visit: Visit) -> str:
    """Return the page that stands where there is none, in both languages."""
    return page("trouble.html", Here(calendar, visit, "/"), unknown=True)


def wrong_page(calendar: PublicCalendar, visit: Visit) -> str:
    """Return the page for an address that can't be understood, in both languages."""
    return page("trouble.html", Here(calendar, visit, "/"), unknown=False)
