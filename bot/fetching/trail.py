"""The way through redirects."""

from dataclasses import dataclass

from yarl import URL

from bot.fetching import addresses
from bot.fetching.trouble import FetchError, Trouble


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a server sends us.

    Attributes:
        location: As the server wrote it.
        lasting: Whether that is so for good.
    """

    location: str
    lasting: bool


class Trail:
    """Where a fetch began, and where it has come to.

    Args:
        start: The address that was asked for.
        most: How many redirects are followed.
    """

    def __init__(self, start: URL, *, most: int) -> None:
        self.start = start
        self.url = start
        self._most = most
        self._seen = {start}
        self._lasting = True

    @property
    def moved_to(self) -> str:
        """The new address, if all redirects are for good; empty if not, or without one."""
        return str(self.url) if self._lasting and self.url != self.start else ""

    def follow(self, redirect: Redirect) -> None:
        """Go where a server sends us.

        Raises:
            FetchError: That leads nowhere, or where we do not ask.
        """
        url = self._kept_safe(addresses.target(self.url, redirect.location))
        if url in self._seen:
            raise FetchError(Trouble.REDIRECTS, f"{self.start.host}: redirects in a circle")
        if len(self._seen) > self._most:
            reason = f"{self.start.host}: more than {self._most} redirects"
            raise FetchError(Trouble.REDIRECTS, reason)
        self._seen.add(url)
        self._lasting = self._lasting and redirect.lasting
        self.url = url

    def _kept_safe(self, url: URL) -> URL:
        """Never go from an encrypted address to an open one.

        Servers behind a proxy write ``http`` for themselves and mean ``https``. The password of
        the address is for the server that it names, and nobody else.
        """
        if self.url.scheme == "https" and url.scheme == "http":
            if url.host != self.url.host or url.explicit_port is not None:
                reason = f"{self.url.host}: redirects from https to http"
                raise FetchError(Trouble.REDIRECTS, reason)
            url = url.with_scheme("https")
        if self.start.user and url.origin() == self.start.origin():
            url = url.with_user(self.start.user).with_password(self.start.password)
        return url
