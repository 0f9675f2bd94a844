"""The addresses of pages: of paths within a page, whole ones where others read them."""

from urllib.parse import urlencode, urlsplit

from bot.pages.public import Publisher, Visit


class Links:
    """Makes addresses for one reader.

    Args:
        publisher: Where the pages are.
        visit: A language that the reader chose stays in every link to a page.
    """

    def __init__(self, publisher: Publisher, visit: Visit) -> None:
        self._address = publisher.address
        self._base = urlsplit(publisher.address).path
        self._language = {"lang": visit.language} if visit.chosen else {}

    def page(self, path: str, **query: str | None) -> str:
        """Return the way to a page in the reader's language; what is ``None`` is left out."""
        given = {name: value for name, value in query.items() if value}
        asked = urlencode(given | self._language)
        return f"{self._base}{path}?{asked}" if asked else self._base + path

    def file(self, path: str, **query: str | None) -> str:
        """Return the way to a file that is the same in every language."""
        return self._base + path + _asked(query)

    def whole(self, path: str, **query: str | None) -> str:
        """Return an address for other programs, in no particular language."""
        return self._address + path + _asked(query)


def _asked(query: dict[str, str | None]) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"?{urlencode(given)}" if given else ""
