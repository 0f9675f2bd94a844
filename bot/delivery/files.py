"""The contents of attachments, read when a message that carries one is about to be sent."""

import asyncio

from bot.channels.recent import Recent
from bot.errors import MessageRejectedError, StorageError, TemporaryDeliveryError
from bot.storage import files
from bot.storage.engine import Database
from bot.text.document import Attachment

REMEMBERED = 3
"""Contents that stay in memory, of ten megabytes at most: a broadcast sends one to thousands."""


class Files:
    """Reads contents from the database, the same one only once in a row."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading = asyncio.Lock()
        self._known = Recent[str, bytes](REMEMBERED)

    async def content(self, attachment: Attachment) -> bytes:
        """Return what *attachment* stands for.

        Raises:
            MessageRejectedError: It was forgotten.
            TemporaryDeliveryError: The database can't be read now.
        """
        async with self._reading:  # of many sends that begin at once, one reads
            content = self._known.get(attachment.file)
            if content is None:
                content = await self._read(attachment.file)
                self._known.put(attachment.file, content)
            return content

    async def _read(self, file: str) -> bytes:
        try:
            async with self._database.begin() as session:
                content = await files.content_of(session, id=file)
        except StorageError as error:
            raise TemporaryDeliveryError(
                f"the file can't be read: {error}", outage=True
            ) from error
        if content is None:
            raise MessageRejectedError("the file is no longer kept")
        return content
