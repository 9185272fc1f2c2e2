"""The first level: this process's own memory, bounded in bytes, the least recently used goes first."""

from __future__ import annotations

from collections import OrderedDict

OVERHEAD = 200
"""Bytes that an entry takes beside its own, about."""


class Memory:
    """Entries by key, at most `capacity` bytes of them, for all sources of a process together."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[str, bytes] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes held now."""
        return self._size

    def get(self, key: str) -> bytes | None:
        """The entry of a key, which is used lately from now on."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: str, entry: bytes) -> None:
        """Keep an entry, unless it alone would take a quarter of the room."""
        if len(entry) > self._capacity // 4:
            return
        old = self._entries.pop(key, None)
        if old is not None:
            self._size -= len(old) + OVERHEAD
        self._entries[key] = entry
        self._size += len(entry) + OVERHEAD
        while self._size > self._capacity:
            _, dropped = self._entries.popitem(last=False)
            self._size -= len(dropped) + OVERHEAD
