"""Secrets at rest: sealed with the keys of the key file, each use under a key of its own."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Unsealable(Exception):
    """What was sealed cannot be opened: the key file is another one than when it was sealed."""


class Vault:
    """Seals under AES-256-GCM with a key derived for `purpose` from each key of the key file, the newest first: older ones still open."""

    def __init__(self, keys: Sequence[bytes], purpose: str) -> None:
        self._derived = [HKDF(SHA256(), 32, None, f"huiju {purpose}".encode()).derive(key) for key in keys]
        self._ciphers = [AESGCM(key) for key in self._derived]

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        """Seal; what is sealed opens only for the same `bound_to`, such as the id of its row."""
        nonce = os.urandom(_NONCE)
        return nonce + self._ciphers[0].encrypt(nonce, plain, bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """Open. Raises Unsealable."""
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode())
            except (InvalidTag, ValueError):
                continue
        raise Unsealable("restore the key file (HUIJU_SECRET_KEY_FILE) that this was sealed with")

    def derive(self, text: str) -> str:
        """A secret that only the holder of the key file can make from `text`, 43 characters."""
        return urlsafe_b64encode(hmac.digest(self._derived[0], text.encode(), "sha256")).rstrip(b"=").decode()

    def pseudonym(self, text: str) -> bytes:
        """What stands for an address or a name where the thing itself must not be kept."""
        return hmac.digest(self._derived[0], text.encode(), "sha256")[:16]


def draw() -> str:
    """A new secret of 256 bits, 43 characters, safe in an address."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret with 256 bits of its own: nobody finds it by trying, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).digest()
