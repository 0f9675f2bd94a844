"""What a homeserver's refusal means: for receiving, and for one message."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import aiohttp
from nio import ErrorResponse, Response
from nio.exceptions import EncryptionError, GroupEncryptionError, OlmTrustError, ProtocolError
from peewee import DatabaseError  # type: ignore[import-untyped]

from bot.channels.matrix.files import StoreError
from bot.channels.matrix.json_tree import Tree
from bot.errors import (
    ChannelDownError,
    ChannelError,
    ChannelUnavailableError,
    DeliveryError,
    MessageRejectedError,
    RecipientGoneError,
    TemporaryDeliveryError,
)

ResponseT = TypeVar("ResponseT", bound=Response)

LOST_TOKEN = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"})
"""The login is gone; the account may log in again."""

LOST_ACCOUNT = LOST_TOKEN | {"M_USER_DEACTIVATED", "M_USER_LOCKED", "M_USER_SUSPENDED"}
"""Nothing more can be done with this login."""

TOO_MANY, SERVER_ERROR = 429, 500
BUSY = frozenset({0, 502, 503, 504})

BROKEN_CONNECTION = (aiohttp.ClientError, TimeoutError, OSError)
"""``ServerDisconnectedError`` is a ``ClientError`` but no ``OSError``."""

STORE_FAILURES = (StoreError, DatabaseError)
"""The second is of nio, which writes keys down wherever it likes."""


class StoreUnavailableError(ChannelUnavailableError):
    """The store failed, so what is in memory is ahead of it: load it again before going on."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(store_trouble(error))


class RefusalError(Exception):
    """The homeserver answered with an error.

    Attributes:
        status: The HTTP status.
        errcode: Such as ``M_FORBIDDEN``; empty when the answer was no Matrix error.
        retry_after: How long it asked us to wait, if it did.
        body: The whole answer, for the flows of interactive authentication.

    Source: https://spec.matrix.org/latest/client-server-api/#standard-error-response
    """

    def __init__(
        self, status: int, errcode: str, retry_after: timedelta | None = None, *, body: Tree
    ) -> None:
        # Without the server's prose, which may repeat what was sent.
        super().__init__(f"{status} {errcode}".strip())
        self.status = status
        self.errcode = errcode
        self.retry_after = retry_after
        self.body = body

    @property
    def limited(self) -> bool:
        """Whether the homeserver wants fewer requests."""
        return self.status == TOO_MANY or self.errcode == "M_LIMIT_EXCEEDED"

    @property
    def missing(self) -> bool:
        """Whether the homeserver says that the thing is not there.

        A status of 404 alone proves nothing: a misconfigured proxy answers it for everything.
        """
        return self.errcode == "M_NOT_FOUND"

    @property
    def forbidden(self) -> bool:
        """Whether the homeserver, and no proxy, forbids it to us."""
        return self.errcode == "M_FORBIDDEN"

    @property
    def general(self) -> bool:
        """Whether any request would have been refused now, not just this one.

        One event that a homeserver chokes on must not keep us from reading the others.
        """
        return self.limited or self.status in BUSY or self.errcode in LOST_ACCOUNT

    @property
    def soft(self) -> bool:
        """Whether the device survives a lost token, so that it may log in again as itself."""
        return self.body.get("soft_logout") is True


class TooLargeError(Exception):
    """There is more to download than wanted."""


def checked(response: ResponseT | ErrorResponse) -> ResponseT:
    """Return the answer that nio got, if it is one.

    Raises:
        RefusalError: nio returns errors instead of raising them.
    """
    if not isinstance(response, ErrorResponse):
        return response
    transport = getattr(response, "transport_response", None)
    raise RefusalError(
        getattr(transport, "status", 0),
        response.status_code or "",
        wait(response.retry_after_ms),
        body={"soft_logout": response.soft_logout},
    )


def wait(milliseconds: object) -> timedelta | None:
    """Read ``retry_after_ms``."""
    if isinstance(milliseconds, int) and milliseconds >= 0:
        return timedelta(milliseconds=milliseconds)
    return None


@contextmanager
def receiving() -> Iterator[None]:
    """Turn what goes wrong inside into what a reader of the channel has to do.

    Raises:
        ChannelUnavailableError: Try again later.
        StoreUnavailableError: The same, but drop what is in memory before.
        ChannelDownError: The login or the account is gone.
    """
    try:
        yield
    except RefusalError as refusal:
        raise _reception_error(refusal) from refusal
    except BROKEN_CONNECTION as error:
        raise ChannelUnavailableError(unreachable(error)) from error
    except STORE_FAILURES as error:
        raise StoreUnavailableError(error) from error
    except ProtocolError as error:
        raise ChannelUnavailableError(f"nio: {type(error).__name__}") from error


def unreachable(error: BaseException) -> str:
    """Say that the homeserver does not answer; the text never holds a URL or a token."""
    return f"no answer from the homeserver ({type(error).__name__}): channels.matrix.homeserver"


def store_trouble(error: BaseException) -> str:
    """Say that our own disk failed; what SQLite says about it holds nothing of the content."""
    return f"the store can't be used ({error}): channels.matrix.store_dir"


def _reception_error(refusal: RefusalError) -> ChannelError:
    if refusal.errcode in LOST_ACCOUNT:
        return down(refusal)
    # Without a code of Matrix it may be any web server.
    where = "" if refusal.errcode else ": channels.matrix.homeserver"
    return ChannelUnavailableError(
        f"the homeserver answered {refusal}{where}", retry_after=refusal.retry_after
    )


def down(refusal: RefusalError) -> ChannelDownError:
    """Say what an operator has to look at when the account is refused."""
    if refusal.errcode in LOST_TOKEN:
        return ChannelDownError(f"the access token was refused ({refusal}): channels.matrix")
    return ChannelDownError(f"the account was refused ({refusal}): channels.matrix.user_id")


@contextmanager
def delivering() -> Iterator[None]:
    """Turn what goes wrong inside into one of the outcomes of a send.

    A lost answer is not *uncertain*: the transaction id lets the homeserver recognise the repeat.
    """
    try:
        yield
    except RefusalError as refusal:
        raise _delivery_error(refusal) from refusal
    except BROKEN_CONNECTION as error:
        raise TemporaryDeliveryError(unreachable(error), whole_channel=True) from error
    except STORE_FAILURES as error:
        raise TemporaryDeliveryError(store_trouble(error), whole_channel=True) from error
    except (ProtocolError, EncryptionError, GroupEncryptionError, OlmTrustError) as error:
        raise TemporaryDeliveryError(f"nio: {type(error).__name__}") from error


def _delivery_error(refusal: RefusalError) -> DeliveryError | ChannelDownError:
    reason = f"the homeserver answered {refusal}"
    if refusal.errcode in LOST_ACCOUNT or refusal.errcode == "M_CONSENT_NOT_GIVEN":
        return down(refusal)
    if refusal.limited or refusal.errcode == "M_RESOURCE_LIMIT_EXCEEDED":
        return TemporaryDeliveryError(reason, retry_after=refusal.retry_after, whole_channel=True)
    if refusal.forbidden or refusal.missing:
        return RecipientGoneError(reason)
    if refusal.status >= SERVER_ERROR or not refusal.errcode:
        return TemporaryDeliveryError(reason, retry_after=refusal.retry_after)
    return MessageRejectedError(reason)
