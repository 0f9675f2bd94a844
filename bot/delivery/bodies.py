"""What deliveries say, read once for all that say the same."""

from typing import Any

from pydantic import ValidationError

from bot.channels.recent import Recent
from bot.errors import MessageRejectedError
from bot.storage.claims import Claimed
from bot.text.document import Document

REMEMBERED = 64
"""Bodies that stay in memory: a broadcast has one for each language, and for each part."""


class Bodies:
    """Reads stored bodies, the same one only once.

    Adapters get the same document for the same body, so that they as well need not translate it
    again for each recipient.
    """

    def __init__(self) -> None:
        self._known = Recent[int, tuple[Any, Document]](REMEMBERED)

    def of(self, delivery: Claimed) -> Document:
        """Return what a delivery says.

        Raises:
            MessageRejectedError: It can't be read, or there is nothing.
        """
        known = self._known.get(delivery.body) if delivery.body is not None else None
        # SQLite gives the number of a body that was deleted to the next one.
        if known is not None and (known[0] is delivery.content or known[0] == delivery.content):
            return known[1]
        try:
            document = Document.model_validate(delivery.content)
        except ValidationError:
            # Its text quotes the body, so it goes no further.
            raise MessageRejectedError("the stored body can't be read") from None
        if delivery.body is not None:
            self._known.put(delivery.body, (delivery.content, document))
        return document
