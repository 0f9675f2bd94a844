"""What remains of erased accounts: that they were erased, in a form that only the key can read.

By it, what an account had sent before makes nothing of it anew, and a backup that is restored
does not bring it back. Who comes back by themselves afterwards is somebody new.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime

from bot.config import Settings
from bot.messages import Identity, Incoming
from bot.storage import keys, tombstones
from bot.storage.engine import Session


async def put(
    session: Session, accounts: Iterable[Identity], *, settings: Settings, now: datetime
) -> None:
    """Note that accounts are erased; the key is made at the first time.

    Raises:
        StorageError: The key can't be kept.
    """
    key = _configured(settings) or keys.find_or_make(settings.hub.data_dir)
    for account in accounts:
        # Networks tell whole seconds: what was sent later in this one is something new.
        await tombstones.put(session, mark=_mark(account, key), at=now.replace(microsecond=0))


async def precedes(session: Session, event: Incoming, *, settings: Settings) -> bool:
    """Tell whether *event* was sent by an account before that was erased.

    Raises:
        StorageError: The key can't be read.
    """
    if event.sender is None:
        return False
    erased_at = await erased(session, event.sender.identity, settings=settings)
    return erased_at is not None and event.sent_at < erased_at


async def erased(session: Session, account: Identity, *, settings: Settings) -> datetime | None:
    """Return when an account was erased last, if that is known.

    Raises:
        StorageError: The key can't be read.
    """
    key = _configured(settings) or keys.find(settings.hub.data_dir)
    if key is None:  # nobody was ever erased here
        return None
    return await tombstones.erased_at(session, mark=_mark(account, key))


def _configured(settings: Settings) -> bytes:
    return settings.privacy.secret_key.get_secret_value().encode()


def _mark(account: Identity, key: bytes) -> str:
    return hmac.new(key, str(account).encode(), "sha256").hexdigest()
