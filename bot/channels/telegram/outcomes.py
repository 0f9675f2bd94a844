"""What Telegram's refusals mean: each leads to one action of the caller.

The Bot API has no stable codes below the HTTP status, only texts, so they are matched here and
nowhere else, the most specific first.

Source: https://core.telegram.org/bots/api#making-requests
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from telegram.error import TelegramError

from bot.channels.telegram.request import AnswerLostError, NotSentError, RefusedError
from bot.errors import (
    ChannelDownError,
    ChannelError,
    ChannelUnavailableError,
    MessageRejectedError,
    RecipientGoneError,
    RecipientMovedError,
    TemporaryDeliveryError,
)

_TOKEN_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})
_REJECTED = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
)
_GONE = ("chat not found", "user not found", "peer_id_invalid", "user_is_blocked", "deactivated")
_RIGHTS = ("rights", "chat_write_forbidden", "message_author_required")


@contextmanager
def delivering() -> Iterator[None]:
    """Turn the errors of a send, an edit or a deletion into the five outcomes.

    The original is cut off (``from None``): its frames hold URLs, and these hold the token.
    """
    try:
        yield
    except TelegramError as error:
        raise delivery_error(error) from None


@contextmanager
def reaching() -> Iterator[None]:
    """Turn the errors of everything else into ours, cut off as in :func:`delivering`."""
    try:
        yield
    except TelegramError as error:
        raise channel_error(error) from None


def delivery_error(error: TelegramError) -> ChannelError:
    """Return the outcome that *error* means for a delivery."""
    match error:
        case RefusedError():
            return _refused_delivery(error)
        case NotSentError():
            return TemporaryDeliveryError(str(error), outage=True)
        case AnswerLostError():
            return TemporaryDeliveryError(str(error), uncertain=True)
        case _:
            # PTB wraps what it does not know; its words may quote the request.
            return TemporaryDeliveryError(type(error).__name__, uncertain=True)


def _refused_delivery(error: RefusedError) -> ChannelError:
    words = str(error)
    if error.migrate_to is not None:
        return RecipientMovedError(str(error.migrate_to))
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return TemporaryDeliveryError(words, retry_after=error.retry_after, whole_channel=True)
    if error.status in _TOKEN_REFUSED:
        return _down(error)
    if _is_gone(error):
        return RecipientGoneError(words)
    if error.status in _REJECTED:
        return MessageRejectedError(words)
    return TemporaryDeliveryError(
        words,
        retry_after=error.retry_after,
        uncertain=_may_have_worked(error),
        outage=not _is_about_the_request(error),
    )


def _is_gone(error: RefusedError) -> bool:
    if error.status == HTTPStatus.FORBIDDEN:
        # Missing rights may come back without a word (a group closed for the night), so they
        # cost this message only. A lasting loss is reported by my_chat_member.
        return not error.says(*_RIGHTS)
    return error.status == HTTPStatus.BAD_REQUEST and error.says(*_GONE)


def _is_about_the_request(error: RefusedError) -> bool:
    # Below 400 somebody on the way answered, from 500 on the service is broken.
    return HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR


def _may_have_worked(error: RefusedError) -> bool:
    # A gateway gives up on a request that the service behind it may still carry out. Only 503
    # means that nobody took it.
    server_error = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return server_error and error.status != HTTPStatus.SERVICE_UNAVAILABLE


def channel_error(error: TelegramError) -> ChannelError:
    """Return what *error* means for the channel as a whole."""
    match error:
        case RefusedError(status=status) if status in _TOKEN_REFUSED:
            return _down(error)
        case RefusedError(status=HTTPStatus.CONFLICT):
            return ChannelUnavailableError(_conflict(error))
        case RefusedError():
            return ChannelUnavailableError(str(error), retry_after=error.retry_after)
        case NotSentError() | AnswerLostError():
            words = f"Telegram can't be reached ({error}): channels.telegram.base_url"
            return ChannelUnavailableError(words)
        case _:
            return ChannelUnavailableError(type(error).__name__)


def _conflict(error: RefusedError) -> str:
    if error.says("webhook"):
        return "another program has set a webhook for this token (409); only one may receive"
    return "another program polls with this token (409); only one may receive"


def _down(error: RefusedError) -> ChannelDownError:
    # A server that is not the Bot API answers 404 as well.
    also = " (or base_url)" if error.status == HTTPStatus.NOT_FOUND else ""
    return ChannelDownError(
        f"the token was refused ({error.status}): channels.telegram.token{also}"
    )
