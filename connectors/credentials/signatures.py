"""The named functions that sign a token request: a digest, or a digest with a key (HMAC, RFC 2104)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Literal

from cryptography.hazmat.primitives.hashes import MD5, SHA1, SHA256, SM3, Hash, HashAlgorithm
from cryptography.hazmat.primitives.hmac import HMAC

# What sources ask for, not what is strong: some of them ask for nothing better than MD5.
HASHES: Mapping[str, Callable[[], HashAlgorithm]] = {"md5": MD5, "sha1": SHA1, "sha256": SHA256, "sm3": SM3}
KEYED: Mapping[str, Callable[[], HashAlgorithm]] = {f"hmac-{name}": algorithm for name, algorithm in HASHES.items()}


def signed(function: str, text: str, key: str | None, written: Literal["hex", "HEX", "base64"]) -> str:
    """The signature of a text, in UTF-8, by a function of HASHES or, with a key, of KEYED."""
    engine = Hash(HASHES[function]()) if key is None else HMAC(key.encode(), KEYED[function]())
    engine.update(text.encode())
    digest = engine.finalize()
    match written:
        case "hex":
            return digest.hex()
        case "HEX":
            return digest.hex().upper()
        case "base64":
            return b64encode(digest).decode()
