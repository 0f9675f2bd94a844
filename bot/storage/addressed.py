"""The deliveries of a chat: two indices share them, and each is used only where a query says so.

Those that wait or are on their way are in the one, and all others in the other. So what is
enqueued is entered into one of them only.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from bot.storage.due import OPEN
from bot.storage.models import Delivery


def is_open(row: Any = Delivery) -> ColumnElement[bool]:
    """Hold for what waits or is on its way, in the words of the index."""
    return row.state.in_(OPEN)  # type: ignore[no-any-return]


def is_rest(row: Any = Delivery) -> ColumnElement[bool]:
    """Hold for what has ended or is halted, in the words of the index."""
    return row.state.not_in(OPEN)  # type: ignore[no-any-return]


def in_chat(
    channel: Any, chat: Any, *which: ColumnElement[bool], row: Any = Delivery
) -> ColumnElement[bool]:
    """Hold for those deliveries of a chat, in whatever state, for which all of *which* holds.

    Each half stands for itself, since SQLite looks only into it for what an index can find.
    """
    here = (row.channel == channel, row.chat == chat)
    return or_(*(and_(*here, half, *which) for half in (is_open(row), is_rest(row))))
