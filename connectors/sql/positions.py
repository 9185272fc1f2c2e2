"""Positions in a walk as opaque texts: msgpack in base64url, led by a mark of the question they belong to."""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

import msgspec

from connectors.errors import CursorLost

Value = str | int | float | bytes | None
"""What a column holds, of SQLite's five storage classes."""

_MARK_LENGTH = 6
_LONGEST = 16_384
_DECODER = msgspec.msgpack.Decoder(list)


def mark_of(*question: object) -> bytes:
    """The mark of a walk: cursors of another collection, order or key are not taken for its own."""
    return blake2b(repr(question).encode(), digest_size=_MARK_LENGTH).digest()


def encode(mark: bytes, values: tuple[Value, ...]) -> str:
    """Write down a position."""
    return urlsafe_b64encode(mark + msgspec.msgpack.encode(values)).rstrip(b"=").decode()


def decode(mark: bytes, cursor: str, length: int) -> tuple[Value, ...]:
    """Read a position of `length` values. Raises CursorLost for everything that `encode` did not write under this mark."""
    if len(cursor) > _LONGEST:
        raise CursorLost("cursor")
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = tuple(_DECODER.decode(raw[_MARK_LENGTH:]))
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorLost("cursor") from error
    if raw[:_MARK_LENGTH] != mark or len(values) != length or not all(map(_storable, values)) or encode(mark, values) != cursor:
        raise CursorLost("cursor")
    return values


def _storable(value: object) -> bool:
    match value:
        case bool():
            return False
        case int():
            return -(2**63) <= value < 2**63
        case float():
            return not math.isnan(value)
    return value is None or isinstance(value, str | bytes)
