"""Secrets that must be used again, kept unreadable in the database: sealed under the installation's own secret."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBrokenError(ValueError):
    """Sealed under another secret than this installation's; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "a stored secret was sealed under another ZHONGSHENG_SECRET; bring that one back, or rotate the secret "
            "(webhook) or enter the key again (connector)"
        )


def seal(key: bytes, secret: str) -> str:
    """The secret, readable only with `key`: AES-128-CBC with HMAC-SHA256 (Fernet) under a key derived by HKDF."""
    return _fernet(key).encrypt(secret.encode()).decode()


def unseal(key: bytes, sealed: str) -> str:
    """What was sealed. Raises SealBrokenError where it was sealed under another key or has been changed."""
    try:
        return _fernet(key).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBrokenError from error


@lru_cache(maxsize=4)
def _fernet(key: bytes) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"zhongsheng: sealed secrets").derive(key)
    return Fernet(base64.urlsafe_b64encode(derived))
