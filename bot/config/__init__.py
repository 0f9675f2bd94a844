"""Typed settings from TOML, the environment and a secrets directory; an error names the key."""

from bot.config.reading import load
from bot.config.redacting import without_secrets
from bot.config.settings import (
    LAENDER,
    BackupSettings,
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
    "BackupSettings",
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
    "without_secrets",
]
