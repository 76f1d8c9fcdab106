"""Pseudonyms of authors: the same person gives the same name, and nobody without the secret can tell who."""

from __future__ import annotations

import base64
import hashlib
import hmac

from ingest.errors import MissingSecretError

_PREFIX = "aut_"
_LENGTH = 26  # base32 characters: 130 bits of the digest


def pseudonym(platform: str, author: str, *, secret: str | bytes) -> str:
    """'aut_' and 26 base32 characters: HMAC-SHA256 (RFC 2104) of platform and the platform's id of the author.

    An unknown author ("") has no pseudonym: the result is "". Raises `MissingSecretError` on an empty secret, under
    which anybody could find out who is who.
    """
    if not secret:
        raise MissingSecretError("The secret for pseudonyms is empty; set one and keep it: ids change with it.")
    if not author:
        return ""
    key = secret.encode() if isinstance(secret, str) else secret
    digest = hmac.new(key, f"{platform}\0{author}".encode(), hashlib.sha256).digest()
    return _PREFIX + base64.b32encode(digest).decode("ascii")[:_LENGTH].lower()
