"""What an operator can set about other people's feeds."""

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from bot.config.section import Section
from bot.config.values import DIGITS, LIST, ChatPlace, Duration


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError(f"{error}; for example 10.0.0.0/8 or fd12:3456::/32") from None
    return value


Network = Annotated[str, AfterValidator(_network)]
"""Addresses of the internet as CIDR: ``10.0.0.0/8``, ``192.168.1.7``."""

_CONTACT = re.compile(r"https?://[!-'*-~]{4,200}|[\w.+-]{1,64}@[\w.-]{3,190}", re.ASCII)


class FeedSettings(Section):
    """How other people's feeds and calendars are read, and who decides about them."""

    every: Annotated[timedelta, Field(ge=timedelta(minutes=5), le=timedelta(days=7)), DIGITS] = (
        timedelta(minutes=30)
    )
    editors: Annotated[tuple[ChatPlace, ...], *LIST] = ()
    timeout: Duration = timedelta(seconds=30)
    max_bytes: Annotated[int, Field(ge=1024, le=16 * 1024 * 1024)] = 8 * 1024 * 1024
    redirects: Annotated[int, Field(ge=0, le=20)] = 5
    concurrency: Annotated[int, Field(ge=1, le=200)] = 16
    host_concurrency: Annotated[int, Field(ge=1, le=16)] = 1
    host_gap: Duration = timedelta(seconds=2)
    allow_networks: Annotated[tuple[Network, ...], *LIST] = ()
    contact: str = ""

    @field_validator("contact")
    @classmethod
    def _a_contact(cls, value: str) -> str:
        if value and not _CONTACT.fullmatch(value):
            msg = "must be an address such as https://www.example.org/bot or bot@example.org"
            raise ValueError(msg)
        return value
