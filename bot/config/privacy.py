"""What an operator can set about what is kept of people, and how long."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from bot.config.section import Section
from bot.config.values import DIGITS, FOR_EVER

_SHORTEST_KEY = 16
"""Characters."""

_Days = Annotated[timedelta, Field(ge=timedelta(days=1), le=FOR_EVER), DIGITS]


class PrivacySettings(Section):
    """How long what is known of people is kept that no other section says."""

    secret_key: SecretStr = SecretStr("")
    keep_inactive: _Days = timedelta(days=730)
    keep_consents: _Days = timedelta(days=3 * 365)
    keep_calendars: _Days = timedelta(days=365)
    keep_announcements: _Days = timedelta(days=730)
    keep_drafts: _Days = timedelta(days=90)
    keep_tombstones: _Days = timedelta(days=365)

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _SHORTEST_KEY:
            raise ValueError(f"should have at least {_SHORTEST_KEY} characters")
        return value
