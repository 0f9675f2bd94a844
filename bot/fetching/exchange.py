"""What is asked of a server, and what comes back."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for.

    Attributes:
        address: ``http``, ``https``, or ``webcal``, which means ``https``.
        etag: What the last answer called its version, so that an equal one is not sent again.
        last_modified: The same by time, as that answer had it.
    """

    address: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back.

    Attributes:
        body: The file, unpacked; ``None`` if it is still the version that was asked for.
        content_type: As the server says, maybe wrong.
        address: Where it was found in the end; without a password.
        moved_to: The new address, if every redirect on the way was a permanent one.
        etag: For the next request.
        last_modified: The same.
        retry_after: How long the server wants to be left alone, at most a day, or ``None`` when
            it did not say.
    """

    body: bytes | None
    content_type: str
    address: str
    moved_to: str
    etag: str
    last_modified: str
    retry_after: timedelta | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one source may take.

    Attributes:
        timeout: Of a whole fetch with its redirects, without the waiting for politeness.
        connecting: Until a connection stands, with its encryption.
        max_bytes: Of the file, both as it comes and unpacked.
        redirects: How many are followed.
    """

    timeout: timedelta = timedelta(seconds=30)
    connecting: timedelta = timedelta(seconds=10)
    max_bytes: int = 8 * 1024 * 1024
    redirects: int = 5
