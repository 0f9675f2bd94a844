"""What an operator can set about bridged rooms."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.config.section import Section
from bot.config.values import Duration

_LARGEST = 10 * 1024 * 1024


class BridgeSettings(Section):
    """What is mirrored between connected chats, and how much of it."""

    enabled: bool = True
    presence: Literal["off", "quiet", "loud"] = "quiet"
    largest_file: Annotated[int, Field(ge=0, le=_LARGEST)] = _LARGEST
    author_messages: Annotated[int, Field(ge=1)] = 30
    bridge_messages: Annotated[int, Field(ge=1)] = 120
    keep_map: Duration = timedelta(days=180)
