"""A strict emulator of Telegram's Bot API for tests.

``async with TelegramEmulator() as telegram`` runs one inside the test's event loop, and
``python -m tests.servers.telegram --port 0 --control`` one in a process of its own, steered
through :class:`ControlClient`.

Where reality is kinder or slower than this emulator, the emulator is strict: texts are measured
in UTF-16 code units, a callback query takes one answer, and flood control allows 30 messages in
any sliding second.
"""

from tests.servers.telegram.client import ControlClient
from tests.servers.telegram.emulator import TelegramEmulator
from tests.servers.telegram.errors import ControlError
from tests.servers.telegram.views import BotRef, ChatRef, MessageView, UserRef
from tests.servers.telegram.world import Call, CallbackAnswer

__all__ = [
    "BotRef",
    "Call",
    "CallbackAnswer",
    "ChatRef",
    "ControlClient",
    "ControlError",
    "MessageView",
    "TelegramEmulator",
    "UserRef",
]
