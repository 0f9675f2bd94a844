"""Typed settings from TOML, the environment and a secrets directory; an error names the key."""

from bot.config.reading import load
from bot.config.settings import (
    LAENDER,
    DatabaseSettings,
    DeliverySettings,
    HubSettings,
    KnowledgeSettings,
    LimitSettings,
    MatrixSettings,
    Settings,
    TelegramSettings,
)
from bot.config.web import WebSettings

__all__ = [
    "LAENDER",
    "DatabaseSettings",
    "DeliverySettings",
    "HubSettings",
    "KnowledgeSettings",
    "LimitSettings",
    "MatrixSettings",
    "Settings",
    "TelegramSettings",
    "WebSettings",
    "load",
]
