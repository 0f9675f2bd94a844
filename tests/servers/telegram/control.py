"""The whole control side, as a test uses it in its own process."""

from __future__ import annotations

import asyncio

from tests.servers.telegram.control_look import LookControl
from tests.servers.telegram.control_people import PeopleControl
from tests.servers.telegram.control_share import ShareControl
from tests.servers.telegram.control_trouble import TroubleControl
from tests.servers.telegram.views import MessageView, UserLike
from tests.servers.telegram.world import CallbackAnswer


class Control(PeopleControl, ShareControl, LookControl, TroubleControl):
    """Everything that a test can do to the emulated Telegram, and see of it."""

    def click(
        self, user: UserLike, message: MessageView, button: str
    ) -> asyncio.Future[CallbackAnswer]:
        """Let a person press a button; await the result for the bot's answer.

        The press happens at once, so the result may be ignored.
        """
        query_id = self.press(user, message, button)
        return self.world.callbacks[query_id].answer
