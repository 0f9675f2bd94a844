"""``sendMessage`` by hand: what a broadcast calls thousands of times.

PTB's ``send_message`` encodes every argument by itself, and builds a dozen objects of the answer,
of which only a number is used; that takes several times as long as the request. Everything else
goes through PTB's ``Bot``.
"""

from typing import Any

from pydantic_core import to_json
from telegram import TelegramObject
from telegram.error import NetworkError, TelegramError

from bot.channels.recent import Recent
from bot.channels.telegram import outgoing
from bot.channels.telegram.request import AiohttpRequest, AnswerLostError
from bot.messages import Address, MessageId
from bot.text.document import Document

REMEMBERED = 64
"""Documents that were written last; a broadcast sends the same one to thousands."""


class Words:
    """Sends messages of words and buttons.

    Args:
        request: The pool of connections.
        url: Of the Bot API, up to the token.
    """

    def __init__(self, request: AiohttpRequest, *, url: str) -> None:
        self._request = request
        self._url = f"{url}/sendMessage"
        # By identity, which is cheaper than comparing trees; the document is kept along, so that
        # no other one can have its identity.
        self._written = Recent[int, tuple[Document, bytes]](REMEMBERED)

    async def send(
        self, to: Address, body: Document, *, topic: bool, reply_to: MessageId | None, notify: bool
    ) -> MessageId:
        """Send one message; into the address's topic, or else into the general one.

        Raises:
            MessageRejectedError: The address is none of Telegram's.
            TelegramError: As every call.

        Source: https://core.telegram.org/bots/api#sendmessage
        """
        rest = outgoing.place(to) | {"disable_notification": not notify}
        if topic:
            rest |= outgoing.topic(to)
        if reply_to is not None:
            rest["reply_parameters"] = outgoing.answered(reply_to).to_dict()
        message = self._write(body) + b"," + to_json(rest)[1:]
        try:
            answer = await self._request.post_json(self._url, message)
        except TelegramError:
            raise
        except Exception as error:  # noqa: BLE001 # its words and frames may hold the token
            raise NetworkError(type(error).__name__) from None
        return _id_in(answer)

    def _write(self, body: Document) -> bytes:
        """Return a body as JSON, open at its end for what differs from chat to chat."""
        known = self._written.get(id(body))
        if known is not None:
            return known[1]
        arguments = outgoing.body(body).items()
        translated = {name: _plain(value) for name, value in arguments if value is not None}
        written = to_json(translated).removesuffix(b"}")
        self._written.put(id(body), (body, written))
        return written


def _plain(value: Any) -> Any:
    """Return an argument of PTB's as it is written in JSON."""
    if isinstance(value, TelegramObject):
        return value.to_dict()
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _id_in(answer: dict[str, Any]) -> MessageId:
    result = answer["result"]
    number = result.get("message_id") if isinstance(result, dict) else None
    if not isinstance(number, int):
        raise AnswerLostError("the answer is not the Bot API's")
    return MessageId(str(number))
