"""The seeds of the account's identity, sealed for a place that others can read.

All processes of a hub sign their devices with one identity. The first of them makes it; the
others find it in the database, where only the operator's key opens it.

Source: https://www.rfc-editor.org/rfc/rfc7914 (scrypt) and NIST SP 800-38D (AES-GCM)
"""

import asyncio
import base64
import json
import secrets
from typing import Any, Protocol, cast

from Crypto.Cipher import AES
from Crypto.Protocol.KDF import scrypt

from bot.channels.matrix.json_tree import Tree, text, tree

_COST = 2**14
_KEY_BYTES = 32
_SALT_BYTES = 16
_TAG_BYTES = 16
_NONCE_BYTES = 12


class Vault(Protocol):
    """Where all processes keep what they share."""

    async def load(self, name: str) -> str | None:
        """Return what is kept under *name*.

        Raises:
            StorageError: The database can't be used.
        """
        ...

    async def keep(self, name: str, sealed: str, *, replace: bool) -> str:
        """Keep something, and return what is kept then: another process may have been first.

        Raises:
            StorageError: The database can't be used.
        """
        ...


class SealError(Exception):
    """The key does not open what is sealed."""


def seal(value: Tree, secret: str) -> str:
    """Encrypt a JSON tree with a key that is derived from *secret*."""
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    cipher = _cipher(secret, salt, nonce)
    sealed, tag = cipher.encrypt_and_digest(json.dumps(value).encode())
    return base64.b64encode(salt + nonce + tag + sealed).decode()


def unseal(sealed: str, secret: str) -> Tree:
    """Return what :func:`seal` was given.

    Raises:
        SealError: *secret* is another one, or somebody changed it.
    """
    try:
        data = base64.b64decode(sealed, validate=True)
        salt, rest = data[:_SALT_BYTES], data[_SALT_BYTES:]
        nonce, rest = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        tag, content = rest[:_TAG_BYTES], rest[_TAG_BYTES:]
        opened = _cipher(secret, salt, nonce).decrypt_and_verify(content, tag)
        return tree(json.loads(opened))
    except ValueError as error:
        raise SealError(str(error)) from None


def _cipher(secret: str, salt: bytes, nonce: bytes) -> Any:
    # As bytes: pycryptodome's own encoding of texts is not UTF-8.
    password = cast("str", secret.encode())
    key = scrypt(password, cast("str", salt), _KEY_BYTES, N=_COST, r=8, p=1)
    return AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)


class Sharing:
    """The seeds of one account, as all processes have them.

    Args:
        vault: Where they are.
        secret: The operator's key.
        user_id: The account.
    """

    def __init__(self, vault: Vault, *, secret: str, user_id: str) -> None:
        self._vault = vault
        self._secret = secret
        self._user_id = user_id
        self._name = f"matrix-identity:{user_id}"

    async def load(self) -> Tree | None:
        """Return the seeds, if there are any.

        Raises:
            SealError: The operator's key is another one.
            StorageError: The database can't be used.
        """
        sealed = await self._vault.load(self._name)
        return None if sealed is None else await self._opened(sealed)

    async def keep(self, seeds: Tree, *, replace: bool) -> Tree:
        """Keep seeds, and return those that are kept then.

        Raises:
            SealError: Another process was first, with another key.
            StorageError: The database can't be used.
        """
        sealed = await asyncio.to_thread(seal, seeds, self._secret)
        return await self._opened(await self._vault.keep(self._name, sealed, replace=replace))

    async def _opened(self, sealed: str) -> Tree:
        found = await asyncio.to_thread(unseal, sealed, self._secret)
        if text(found, "user_id") != self._user_id:
            raise SealError("it is another account's")
        return found
