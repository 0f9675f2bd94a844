"""The identity that all processes share, and the key that opens it."""

import pytest

from bot.channels.matrix.cross_signing import Identity
from bot.channels.matrix.sealing import SealError, Sharing, seal, unseal
from bot.storage.engine import Database
from bot.storage.sealed_secrets import SecretStore

SECRET, OTHER = "sixteen characters", "sixteen characterz"
USER = "@bot:example.org"


def test_only_the_operators_key_opens_what_is_sealed() -> None:
    """A copy of the database tells nobody the account's keys."""
    sealed = seal({"a": "ä"}, SECRET)
    assert unseal(sealed, SECRET) == {"a": "ä"}
    assert "ä" not in sealed
    for wrong in (OTHER, ""):
        with pytest.raises(SealError):
            unseal(sealed, wrong)


@pytest.mark.parametrize("damaged", ["", "????", "AAAA"])
def test_what_is_damaged_is_not_believed(damaged: str) -> None:
    """Whatever stands there instead."""
    with pytest.raises(SealError):
        unseal(damaged, SECRET)


async def test_the_first_identity_is_everybodys(sqlite: Database) -> None:
    """Two processes that begin together sign with the same keys."""
    store = SecretStore(sqlite)
    one, other = (Sharing(store, secret=SECRET, user_id=USER) for _ in range(2))
    first, second = Identity.create(USER).seeds, Identity.create(USER).seeds
    assert await one.load() is None
    assert await one.keep(first, replace=False) == first
    assert await other.keep(second, replace=False) == first
    assert await other.load() == first


async def test_a_changed_key_seals_anew(sqlite: Database) -> None:
    """Whoever still has the identity itself puts it there again."""
    store = SecretStore(sqlite)
    seeds = Identity.create(USER).seeds
    await Sharing(store, secret=SECRET, user_id=USER).keep(seeds, replace=False)
    changed = Sharing(store, secret=OTHER, user_id=USER)
    with pytest.raises(SealError):
        await changed.load()
    assert await changed.keep(seeds, replace=True) == seeds
    assert await changed.load() == seeds
