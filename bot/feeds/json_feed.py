"""JSON Feed 1.0 and 1.1.

Source: https://www.jsonfeed.org/version/1.1/
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.feeds.addresses import clean
from bot.feeds.finishing import finished, limited
from bot.feeds.item import Item, Kind, Reading, made_id
from bot.text import html_text

_MOST_ITEMS: Final = 10_000


def parse(text: str, *, address: str, zone: str, now: date | None, found: Reading) -> None:
    """Read the items of a JSON Feed into *found*."""
    tree = _loaded(text, found)
    if tree is None:
        return
    found.form = "json"
    found.title = html_text.line(_text(tree.get("title")))[:200]
    base = address or _text(tree.get("home_page_url")) or _text(tree.get("feed_url"))
    for number, one in enumerate(limited(tree["items"], _MOST_ITEMS, found), start=1):
        try:
            item = _item(one, base, zone)
        except Exception as error:  # noqa: BLE001 # no mistake of one may cost the others
            found.skip(f"items[{number}]", str(error) or repr(error))
            continue
        found.take(finished(item, now=now), f"items[{number}]")


def _loaded(text: str, found: Reading) -> dict[str, Any] | None:
    """Return the feed; of one that is cut off, what is whole of its items."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        items = list(_whole(text))
        if not items:
            found.problem = f"this is no JSON: {str(error)[:200]}"
            return None
        found.skip("", f"the file is broken or cut off; its whole items were read ({error})"[:200])
        return {"items": items}
    if isinstance(tree, dict) and isinstance(tree.get("items"), list):
        if "jsonfeed.org" not in _text(tree.get("version")):
            found.skip("version", "it does not say that it is a JSON Feed")
        return tree
    found.problem = "this is JSON, but no JSON Feed: it has no list of items"
    return None


def _whole(text: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of the list *items* until one can't be read."""
    begin = text.find('"items"')
    place = text.find("[", begin) + 1 if begin >= 0 else 0
    decoder = json.JSONDecoder()
    while place and (place := text.find("{", place)) >= 0:
        try:
            one, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        yield one


def _item(one: Any, base: str, zone: str) -> Item:
    if not isinstance(one, dict):
        raise ValueError("this is no object")  # noqa: TRY004 # a file's mistake
    title = html_text.line(_text(one.get("title")))
    told = [_text(one.get(name)) for name in ("content_text", "content_html", "summary")]
    text = told[0].strip() or html_text.plain(told[1]) or told[2].strip()
    url = clean(_text(one.get("url")), base) or clean(_text(one.get("external_url")), base)
    identity = " ".join(_text(one.get("id")).split())
    return Item(
        id=identity or url or made_id(title, _text(one.get("date_published"))),
        kind=Kind.NEWS,
        title=title,
        zone=zone,
        url=url,
        text=html_text.plain(text),
        published=_date(one.get("date_published"), zone) or _date(one.get("date_modified"), zone),
    )


def _text(value: Any) -> str:
    """Return a text; the specification asks to read other ids as one."""
    if isinstance(value, bool) or value is None:
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def _date(value: Any, zone: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(value).strip())
        aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
