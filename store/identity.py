"""Global ids: safe in a path, opaque to callers, stable when a source changes its name or kind."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from enum import StrEnum
from typing import NamedTuple

SEPARATOR = "\x1f"
"""Between the parts of a composite native key."""

SOURCE_KEY_LENGTH = 8
MAX_KEY_BYTES = 180
"""Longest native key, in UTF-8 bytes: its base64 still fits an id of 256 characters."""

_FORM = re.compile(r"[rlis][a-z2-7]{8}[A-Za-z0-9_-]{0,246}")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")  # RFC 4648, 5
_NO_SOURCE = "a" * SOURCE_KEY_LENGTH


class NodeKind(StrEnum):
    """The first letter of a global id."""

    RESOURCE = "r"
    LIBRARY = "l"
    INSTITUTION = "i"
    SOURCE = "s"


class NodeId(NamedTuple):
    """A global id taken apart."""

    kind: NodeKind
    source: str
    key: str


def source_key(name: str, attempt: int = 0) -> str:
    """Draw the immutable key of a source: eight base32 letters; `attempt` makes another one when it is taken."""
    digest = hashlib.blake2b(f"{attempt}:{name}".encode(), digest_size=5).digest()
    number = int.from_bytes(digest, "big")
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(alphabet[number >> (5 * place) & 31] for place in range(SOURCE_KEY_LENGTH))


def native_key(key: str | tuple[str, ...]) -> str:
    """Join the parts of a composite native key into its one text form."""
    return key if isinstance(key, str) else SEPARATOR.join(key)


def split_key(text: str) -> str | tuple[str, ...]:
    """Undo `native_key`."""
    return tuple(text.split(SEPARATOR)) if SEPARATOR in text else text


def resource_id(source: str, key: str) -> str:
    """Make the id of a record. Raises ValueError where the native key is empty or over 180 bytes."""
    return _node_id("r", source, key)


def library_id(source: str, key: str) -> str:
    """Make the id of a library, under the same limits as `resource_id`."""
    return _node_id("l", source, key)


def institution_id(code: str) -> str:
    """Make the id of an institution: its national code alone, so that every source means the same node."""
    return _node_id("i", _NO_SOURCE, code)


def source_id(key: str) -> str:
    """Make the id of a source from its immutable key."""
    return f"s{key}"


def parse_id(text: str) -> NodeId | None:
    """Take an id apart; None for everything that is not one, whatever was sent."""
    if _FORM.fullmatch(text) is None:
        return None
    encoded = text[1 + SOURCE_KEY_LENGTH :]
    try:
        key = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return None
    kind, source = NodeKind(text[0]), text[1 : 1 + SOURCE_KEY_LENGTH]
    canonical = source_id(source) if kind is NodeKind.SOURCE else f"{kind}{source}{_encode(key.encode())}"
    return NodeId(kind, source, key) if canonical == text and (key or kind is NodeKind.SOURCE) else None


def _node_id(letter: str, source: str, key: str) -> str:
    raw = key.encode()
    if not 0 < len(raw) <= MAX_KEY_BYTES:
        raise ValueError(f"a native key has 1 to {MAX_KEY_BYTES} bytes, this one has {len(raw)}")
    return f"{letter}{source}{_encode(raw)}"


def _encode(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()
