"""Entries: a page, or one item, as the bytes that are kept: compact, compressed where long, nobody's to change."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from connectors.protocol import Batch, Item, Key, Native, Spoiled

COMPRESSED_FROM = 2048
"""Bytes from which an entry is compressed."""

_PLAIN, _DEFLATED = b"p", b"z"


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A batch as it is kept, and when it was given (seconds of the epoch). An entry of an item holds one item, or none: absent."""

    at: float
    items: list[tuple[str | list[str], dict[str, Any]]]
    cursor: str | None = None
    total: int | None = None
    date: datetime | None = None
    spoiled: list[tuple[str | list[str] | None, str]] = []

    def batch(self) -> Batch:
        """The batch that was kept."""
        return Batch(
            [Item(_key(key), native) for key, native in self.items],
            self.cursor,
            total=self.total,
            date=self.date,
            spoiled=[Spoiled(None if key is None else _key(key), reason) for key, reason in self.spoiled],
        )


_decoder = msgspec.msgpack.Decoder(Entry)


def page_entry(batch: Batch, at: float, prune: Callable[[Native], dict[str, Any]]) -> bytes | None:
    """Encode a page; None for one that holds what cannot be kept, such as numbers beyond 64 bits."""
    items = [(_kept(item.key), prune(item.native)) for item in batch.items]
    spoiled = [(None if each.key is None else _kept(each.key), each.reason) for each in batch.spoiled]
    return _encoded(Entry(at, items, batch.cursor, batch.total, batch.date, spoiled))


def item_entry(item: Item, at: float, prune: Callable[[Native], dict[str, Any]]) -> bytes | None:
    """Encode one item; None for one that cannot be kept."""
    return _encoded(Entry(at, [(_kept(item.key), prune(item.native))]))


def absent_entry(at: float) -> bytes:
    """Encode that the source has no such item."""
    return _PLAIN + msgspec.msgpack.encode(Entry(at, []))


def read_entry(data: bytes) -> Entry | None:
    """Decode an entry; None for bytes that are none: a shared cache may hold anything."""
    try:
        plain = zlib.decompress(data[1:]) if data[:1] == _DEFLATED else data[1:]
        return _decoder.decode(plain)
    except (msgspec.MsgspecError, zlib.error, ValueError, RecursionError):
        return None


def _encoded(entry: Entry) -> bytes | None:
    try:
        plain = msgspec.msgpack.encode(entry)
    except (TypeError, OverflowError, ValueError, RecursionError):
        return None
    return _DEFLATED + zlib.compress(plain, 1) if len(plain) >= COMPRESSED_FROM else _PLAIN + plain


def _kept(key: Key) -> str | list[str]:
    return key if isinstance(key, str) else list(key)


def _key(kept: str | list[str]) -> Key:
    return kept if isinstance(kept, str) else tuple(kept)
