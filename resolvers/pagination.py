"""Cursors: every source's position, encrypted, bound to the question and to who asks, valid for 24 hours."""

from __future__ import annotations

import hashlib
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from resolvers.errors import BadInput, CursorExpired
from resolvers.walking import Position
from store.codes import Label

LIFETIME = 24 * 3600
"""Seconds."""

MAX_LENGTH = 2000
"""Characters of a cursor, at most."""

_NONCE = 12
_FORGED = Label("游标无效：请使用上一页返回的 endCursor", "this is not a cursor of this API: use the endCursor of the page before")
_FOREIGN = Label("游标属于另一个查询：请从第一页重新开始", "this cursor belongs to another query: start again from the first page")
_EXPIRED = Label("游标已过期（24 小时）：请从第一页重新开始", "this cursor is older than 24 hours: start again from the first page")


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    question: bytes
    expires: int
    positions: dict[str, Position]


_ENCODE = msgspec.msgpack.Encoder()
_DECODE = msgspec.msgpack.Decoder(_Sealed)


def fingerprint(*parts: object) -> bytes:
    """Eight bytes that stand for a question: filter, order, visibility class."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()


class Sealer:
    """Seals positions with AES-256-GCM. `secrets` are 32-byte keys, the newest first: older ones still open cursors."""

    def __init__(self, secrets: Sequence[bytes], clock: Callable[[], float] = time.time) -> None:
        self._keys = [AESGCM(secret) for secret in secrets]
        self._clock = clock

    def seal(self, question: bytes, positions: Mapping[str, Position], *, lifetime: int = LIFETIME) -> str:
        """Make the cursor, valid for `lifetime` seconds.

        Where it would be too long, the sources with the longest positions drop out and are marked as lost.
        """
        kept = dict(positions)
        while True:
            plain = _ENCODE.encode(_Sealed(question, int(self._clock()) + lifetime, kept))
            nonce = os.urandom(_NONCE)
            cursor = urlsafe_b64encode(nonce + self._keys[0].encrypt(nonce, plain, None)).rstrip(b"=").decode()
            if len(cursor) <= MAX_LENGTH:
                return cursor
            longest = max(kept, key=lambda source: len(_ENCODE.encode(kept[source])))
            kept[longest] = Position(done=True, lost=True)

    def open(self, question: bytes, cursor: str) -> dict[str, Position]:
        """Read a cursor. Raises BadInput for a forged or foreign one, CursorExpired for an old one."""
        if len(cursor) > MAX_LENGTH:
            raise BadInput(_FORGED)
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError as error:
            raise BadInput(_FORGED) from error
        sealed = self._decrypt(raw)
        if sealed.question != question:
            raise BadInput(_FOREIGN)
        if sealed.expires < self._clock():
            raise CursorExpired(_EXPIRED)
        return sealed.positions

    def _decrypt(self, raw: bytes) -> _Sealed:
        for key in self._keys:
            try:
                return _DECODE.decode(key.decrypt(raw[:_NONCE], raw[_NONCE:], None))
            except (InvalidTag, ValueError):
                continue
        raise BadInput(_FORGED)
