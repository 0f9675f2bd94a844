"""Since when a hub answers: not to what was said before it was restored from a backup."""

from datetime import datetime

from bot.messages import Incoming
from bot.storage import cursors
from bot.storage.engine import Session


class Beginning:
    """Tells what was said before this hub was restored; asks the database once.

    A hub can't be restored while it runs, so what was true at its start stays true.
    """

    def __init__(self) -> None:
        self._asked = False
        self._restored_at: datetime | None = None

    async def is_before(self, session: Session, event: Incoming) -> bool:
        """Tell whether the hub that was lost may have answered *event*."""
        if not self._asked:
            self._restored_at = await cursors.restored_at(session)
            self._asked = True
        return self._restored_at is not None and event.sent_at < self._restored_at
