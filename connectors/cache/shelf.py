"""A shelf: both levels as one. What the second level gives, the first keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.cache.memory import Memory
from connectors.cache.remote import Remote


class Shelf:
    """Entries by key, in `memory` and, where there is one, in `remote`."""

    def __init__(self, memory: Memory, remote: Remote | None = None) -> None:
        self._memory, self._remote = memory, remote

    async def get_many(self, keys: Sequence[str], *, shared: bool) -> Mapping[str, bytes]:
        """The entries that are kept; the second level is asked for what is missing, where `shared` allows it."""
        found = {key: entry for key in keys if (entry := self._memory.get(key)) is not None}
        if self._remote is None or not shared or len(found) == len(keys):
            return found
        fetched = await self._remote.get_many([key for key in keys if key not in found])
        for key, entry in fetched.items():
            self._memory.put(key, entry)
        return {**found, **fetched}

    def put_many(self, entries: Mapping[str, bytes], seconds: float, *, shared: bool) -> None:
        """Keep entries, in the second level for `seconds` and only where `shared` allows it."""
        for key, entry in entries.items():
            self._memory.put(key, entry)
        if self._remote is not None and shared:
            self._remote.put_many(entries, seconds)
