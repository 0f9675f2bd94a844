from datetime import timedelta

import aiohttp
import pytest

from bot.channels.matrix.refusals import RefusalError, delivering, receiving
from bot.errors import (
    ChannelDownError,
    ChannelUnavailableError,
    MessageRejectedError,
    RecipientGoneError,
    TemporaryDeliveryError,
)


def refuse(status: int, errcode: str, seconds: int | None = None) -> RefusalError:
    asked = None if seconds is None else timedelta(seconds=seconds)
    return RefusalError(status, errcode, asked, body={})


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        (refuse(403, "M_FORBIDDEN"), RecipientGoneError),
        (refuse(404, "M_NOT_FOUND"), RecipientGoneError),
        (refuse(404, ""), TemporaryDeliveryError),
        (refuse(403, ""), TemporaryDeliveryError),
        (refuse(502, ""), TemporaryDeliveryError),
        (refuse(500, "M_UNKNOWN"), TemporaryDeliveryError),
        (refuse(413, "M_TOO_LARGE"), MessageRejectedError),
        (refuse(400, "M_BAD_JSON"), MessageRejectedError),
        (refuse(401, "M_UNKNOWN_TOKEN"), ChannelDownError),
        (refuse(403, "M_USER_DEACTIVATED"), ChannelDownError),
    ],
)
def test_each_refusal_of_a_message_has_one_outcome(
    refusal: RefusalError, outcome: type[Exception]
) -> None:
    """What a proxy answers for the homeserver never costs a chat its subscriptions."""
    with pytest.raises(outcome), delivering():
        raise refusal


def test_a_limit_is_for_the_whole_channel() -> None:
    """The relay waits as long as the homeserver asked, with everything."""
    with pytest.raises(TemporaryDeliveryError) as raised, delivering():
        raise refuse(429, "M_LIMIT_EXCEEDED", 7)
    assert (raised.value.retry_after, raised.value.whole_channel) == (timedelta(seconds=7), True)


@pytest.mark.parametrize("error", [aiohttp.ServerDisconnectedError(), TimeoutError(), OSError()])
def test_a_lost_answer_is_not_uncertain(error: Exception) -> None:
    """The transaction id lets the homeserver recognise the repeat."""
    with pytest.raises(TemporaryDeliveryError) as raised, delivering():
        raise error
    assert not raised.value.uncertain


def test_a_failing_homeserver_is_asked_again() -> None:
    """Only a refused account takes the channel down."""
    with pytest.raises(ChannelUnavailableError) as raised, receiving():
        raise refuse(503, "", 3)
    assert raised.value.retry_after == timedelta(seconds=3)
    with pytest.raises(ChannelDownError), receiving():
        raise refuse(401, "M_UNKNOWN_TOKEN")
