"""By what a backup is encrypted and opened: the command, the settings, or who is asked."""

import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from bot.backups.sealing import Key, Lock
from bot.config import Settings, load
from bot.errors import BackupError, ConfigurationError

Ask = Callable[[], str]
"""Asks at the terminal for a passphrase."""

_WAYS = (
    "no passphrase: --passphrase-file, --recipient, [backup] recipients, or "
    "STADTFUNK_BACKUP__PASSPHRASE"
)


def lock(
    settings: Settings, recipients: Sequence[str] | None, passphrase_file: Path | None, *, ask: Ask
) -> Lock:
    """Return how to encrypt.

    Raises:
        BackupError: Nothing says how.
    """
    if recipients:
        return Lock(recipients=tuple(recipients))
    if passphrase_file is not None:
        return Lock(passphrase=_first_line(passphrase_file))
    if settings.backup.recipients:
        return Lock(recipients=settings.backup.recipients)
    return Lock(passphrase=_configured(settings) or _asked(ask))


def key(
    settings: Settings | None, passphrase_file: Path | None, identity: Path | None, *, ask: Ask
) -> Key:
    """Return what may open a backup; a passphrase is looked for, once, when it is needed."""

    @cache
    def passphrase() -> str:
        if passphrase_file is not None:
            return _first_line(passphrase_file)
        return _configured(settings) or _asked(ask)

    return Key(passphrase, identity)


def _configured(settings: Settings | None) -> str:
    """Return the passphrase of the settings; before there is a file, of the environment."""
    try:
        known = settings or load()
    except ConfigurationError:
        return ""
    return known.backup.passphrase.get_secret_value()


def _asked(ask: Ask) -> str:
    if not sys.stdin.isatty():
        raise BackupError(_WAYS)
    return ask()


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            found = file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"{path} can't be read: {error}") from None
    if not found:
        raise BackupError(f"{path}: its first line is empty, and should be the passphrase")
    return found
