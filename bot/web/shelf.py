"""What was made for one reader is kept for the next, within a bound."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Final

from bot.web.conditional import Content

_MOST_BYTES: Final = 16 * 1024 * 1024
_MOST_SEEN: Final = 2000


class Shelf:
    """Contents by what they are made of; those that nobody asked for longest leave first.

    At most one is made at a time, in a thread, so that neither the chats nor the machine suffer
    from strangers who ask for many at once.

    Args:
        most_bytes: How much is kept.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._contents: OrderedDict[Hashable, Content] = OrderedDict()
        self._seen: OrderedDict[Hashable, tuple[str, datetime]] = OrderedDict()
        self._making = asyncio.Lock()

    async def get(
        self,
        place: Hashable,
        state: Hashable,
        make: Callable[[], bytes],
        *,
        media: str,
        now: datetime,
    ) -> Content:
        """Return the content of a place, made anew if it is not kept.

        Args:
            place: Names it; its time of change is that since which it has the same bytes, as far
                as this process knows.
            state: What else it is made of; another state makes another content.
            make: Makes it; called in a thread.
            media: Its type.
            now: The present.
        """
        key = place, state
        if (found := self._found(key)) is not None:
            return found
        async with self._making:
            if (found := self._found(key)) is not None:
                return found
            body = await asyncio.to_thread(make)
            content = Content(body, media, changed_at=now)
            content = Content(body, media, changed_at=self._since(place, content.etag, now))
            self._keep(key, content)
            return content

    def _found(self, key: Hashable) -> Content | None:
        found = self._contents.get(key)
        if found is not None:
            self._contents.move_to_end(key)
        return found

    def _keep(self, key: Hashable, content: Content) -> None:
        self._contents[key] = content
        self._bytes += len(content.body)
        while self._bytes > self._most_bytes and len(self._contents) > 1:
            _, oldest = self._contents.popitem(last=False)
            self._bytes -= len(oldest.body)

    def _since(self, place: Hashable, etag: str, now: datetime) -> datetime:
        known, since = self._seen.get(place, ("", now))
        self._seen[place] = (etag, since if known == etag else now)
        self._seen.move_to_end(place)
        if len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
        return self._seen[place][1]
