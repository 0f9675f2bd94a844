"""What can go wrong between an address and its items. The kind says what to do next."""

import enum
from datetime import timedelta

from bot.errors import StadtfunkError


class Trouble(enum.StrEnum):
    """Why a source could not be read."""

    TEMPORARY = "temporary"
    """The server, or the way to it, failed, or it is asked too often; later it may work."""
    TIMEOUT = "timeout"
    """It took too long; later it may be quicker."""
    GONE = "gone"
    """The server says that there is nothing (404, 410)."""
    DENIED = "denied"
    """The server gives it to nobody, or not to us."""
    REFUSED = "refused"
    """We do not ask there: the address is none, or one that is private."""
    REDIRECTS = "redirects"
    """The redirects lead nowhere."""
    INSECURE = "insecure"
    """The server can't prove who it is, or its encryption is of no use."""
    TOO_LARGE = "too_large"
    """It is larger than what is taken in."""
    BROKEN = "broken"
    """What came is no sound answer: no HTTP, cut off, wrongly packed."""
    UNREADABLE = "unreadable"
    """Reading the file took too long, or too much memory."""
    NOT_A_FEED = "not_a_feed"
    """The file is no feed; only its reader can know that, see :attr:`Reading.problem`."""


class FetchError(StadtfunkError):
    """A source could not be read; the sentence names its host, never the whole address.

    Attributes:
        kind: What to do next.
        retry_after: How long the server asked us to wait, or ``None`` when it did not say.
    """

    def __init__(
        self, kind: Trouble, reason: str, *, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.retry_after = retry_after


class PrivateAddressError(FetchError):
    """A host can only be reached in a private network, and that is not allowed."""

    def __init__(self, host: str) -> None:
        super().__init__(Trouble.REFUSED, f"{host}: this is an address of a private network")
