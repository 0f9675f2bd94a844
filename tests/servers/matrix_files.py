"""Encrypted files as mautrix makes and opens them, independent of what the bot uses.

https://spec.matrix.org/v1.15/client-server-api/#sending-encrypted-attachments
"""

from typing import Any

from mautrix.crypto.attachments import decrypt_attachment, encrypt_attachment


def encrypted(content: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return what to upload, and the ``EncryptedFile`` without its address."""
    hidden, keys = encrypt_attachment(content)
    return hidden, dict(keys.serialize())


def decrypted(hidden: bytes, file: dict[str, Any]) -> bytes:
    """Return the content of an ``EncryptedFile``; its hash is checked."""
    assert file["v"] == "v2"
    return bytes(
        decrypt_attachment(hidden, file["key"]["k"], file["hashes"]["sha256"], file["iv"])
    )
