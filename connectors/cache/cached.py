"""Cached: answers from what the source gave lately, within the windows of its definition."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import time
from typing import Any, Literal

from connectors.cache.entries import Entry, absent_entry, item_entry, page_entry, read_entry
from connectors.cache.keys import Namespace
from connectors.cache.shelf import Shelf
from connectors.errors import CursorLost, SourceError, SourceMalformed, SourceTimeout, SourceUnavailable
from connectors.guards.steps import STEP
from connectors.protocol import Batch, Collection, Connector, Item, Key, Native, Query

_POSITION = "kept:"
"""Leads the cursor of a read by ids, which counts keys."""

REFRESHES = 16
"""Pages of one source that are read anew in the background at once."""


Found = Literal["hit", "miss", "stale"]
"""What the cache had: a fresh copy, none, or one that stands in for a failing source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Seconds that what was given may be given again.

    `lists` and `records` while it counts as fresh, `refresh` longer while it is read anew in the background, `absent` that there is no such
    item, `stale` while the source fails. `patience` is how long a source is waited for when there is a stale copy to give instead.
    """

    lists: float = 0.0
    records: float = 0.0
    refresh: float = 0.0
    absent: float = 0.0
    stale: float = 0.0
    patience: float = 2.0

    @property
    def longest(self) -> float:
        """Seconds after which nothing may be given."""
        return max(self.lists, self.records) + max(self.refresh, self.stale)


@dataclass(frozen=True, slots=True)
class Kept:
    """How a collection is kept: `prune` cuts an item down to what the mapping reads, `shared` lets it leave this process."""

    prune: Callable[[Native], dict[str, Any]]
    shared: bool


class Cached:
    """Keeps whole records and whole pages: the source is asked for every mapped field, so that any later question can be answered.
    `told` is called with what was found, and for how many pages or items.

    Nothing is kept per person or per field: only per class of callers who see the same. `Query.fresh` gives no copy, and keeps what comes.
    """

    def __init__(
        self,
        inner: Connector,
        shelf: Shelf,
        namespace: Namespace,
        windows: Windows,
        kept: Mapping[Collection, Kept],
        told: Callable[[Found, int], None] = lambda _found, _count: None,
    ) -> None:
        self._inner, self._shelf, self._namespace, self._windows, self._kept = inner, shelf, namespace, windows, kept
        self._told = told
        self._refreshing: dict[str, asyncio.Task[None]] = {}
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what is kept, or what the source gives. Raises SourceError."""
        kept = self._kept.get(query.collection)
        whole = replace(query, fields=None, fresh=False)
        if kept is None:
            batches = self._inner.read(replace(query, fresh=False))
        elif query.ids is not None:
            batches = self._by_ids(whole, query.ids, kept, fresh=query.fresh)
        else:
            batches = self._pages(whole, kept, fresh=query.fresh)
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    async def aclose(self) -> None:
        """End what is being read anew and close the source."""
        refreshing = tuple(self._refreshing.values())
        for task in refreshing:
            task.cancel()
        await asyncio.gather(*refreshing, return_exceptions=True)
        await self._inner.aclose()

    async def _pages(self, query: Query, kept: Kept, *, fresh: bool) -> AsyncGenerator[Batch, None]:
        """Yield page by page, kept ones first; from the first that is missing on, the source reads."""
        while True:
            key = self._namespace.page(query)
            entry = None if fresh else (await self._entries([key], kept)).get(key)
            age = time() - entry.at if entry is not None else 0.0
            if entry is None or age > self._windows.lists + self._windows.refresh:
                last: Batch | None = None
                async with aclosing(self._read_on(query, key, entry, kept)) as batches:
                    async for batch in batches:
                        last = batch
                        yield batch
                if last is None or last.as_of is None or last.cursor is None:
                    return
                query = replace(query, cursor=last.cursor)
                continue
            if age > self._windows.lists:
                self._refresh(key, query, kept)
            self._count(hits=1)
            yield entry.batch()
            if entry.cursor is None:
                return
            query = replace(query, cursor=entry.cursor)

    async def _read_on(self, query: Query, key: str, copy: Entry | None, kept: Kept) -> AsyncGenerator[Batch, None]:
        """Read the source and keep each page; a stale copy stands in for the first page where the source fails."""
        usable = copy if copy is not None and time() - copy.at <= self._windows.lists + self._windows.stale else None
        self._count(misses=1)
        async with aclosing(self._inner.read(query)) as batches:
            try:
                async with asyncio.timeout(self._windows.patience if usable is not None else None):
                    batch = await anext(batches, None)
            except (SourceTimeout, SourceUnavailable, SourceMalformed, TimeoutError) as error:
                if usable is None or isinstance(error, CursorLost):
                    raise
                self._tell("stale")
                yield replace(usable.batch(), as_of=datetime.fromtimestamp(usable.at, UTC))
                return
            while batch is not None:
                self._keep_page(key, batch, kept)
                yield batch
                if batch.cursor is None:
                    return
                key = self._namespace.page(replace(query, cursor=batch.cursor))
                batch = await anext(batches, None)

    async def _by_ids(self, query: Query, ids: tuple[Key, ...], kept: Kept, *, fresh: bool) -> AsyncGenerator[Batch, None]:
        """Yield items by key; the source is asked only for those that are not kept."""
        asked = tuple(dict.fromkeys(ids))
        start = _start(query.cursor, len(asked))
        while True:
            some = asked[start : start + max(1, query.limit)]
            start += len(some)
            batch = await self._some(replace(query, cursor=None), some, kept, fresh=fresh)
            yield replace(batch, cursor=f"{_POSITION}{start}" if start < len(asked) else None)
            if start >= len(asked):
                return

    async def _some(self, query: Query, ids: tuple[Key, ...], kept: Kept, *, fresh: bool) -> Batch:
        keys = {key: self._namespace.item(query.collection, query.keys, key) for key in ids}
        entries = {} if fresh else await self._entries(list(keys.values()), kept)
        found: dict[Key, Item] = {}
        stale: dict[Key, Entry] = {}
        missing: list[Key] = []
        now = time()
        for key in ids:
            entry = entries.get(keys[key])
            if entry is None:
                missing.append(key)
            elif now - entry.at <= (self._windows.records if entry.items else self._windows.absent):
                found.update({item.key: item for item in entry.batch().items})
            else:
                missing.append(key)
                if entry.items and now - entry.at <= self._windows.records + self._windows.stale:
                    stale[key] = entry
        self._count(hits=len(ids) - len(missing), misses=len(missing))
        if not missing:
            return Batch(list(found.values()))
        instead = len(stale) == len(missing)
        spoiled: list[Any] = []
        try:
            async with (
                asyncio.timeout(self._windows.patience if instead else None),
                aclosing(self._inner.read(replace(query, ids=tuple(missing)))) as batches,
            ):
                async for batch in batches:
                    spoiled += batch.spoiled
                    found.update({item.key: item for item in batch.items})
        except (SourceTimeout, SourceUnavailable, SourceMalformed, TimeoutError):
            if not instead:
                raise
            self._tell("stale")
            found.update({item.key: item for entry in stale.values() for item in entry.batch().items})
            as_of = datetime.fromtimestamp(min(entry.at for entry in stale.values()), UTC)
            return Batch(list(found.values()), as_of=as_of)
        self._keep_items({key: keys[key] for key in missing if not spoiled or key in found}, found, kept)
        return Batch([found[key] for key in ids if key in found], spoiled=spoiled)

    async def _entries(self, keys: list[str], kept: Kept) -> Mapping[str, Entry]:
        found = await self._shelf.get_many(keys, shared=kept.shared)
        return {key: entry for key, data in found.items() if (entry := read_entry(data)) is not None}

    def _count(self, *, hits: int = 0, misses: int = 0) -> None:
        if hits:
            self._tell("hit", hits)
        if misses:
            self._tell("miss", misses)

    def _tell(self, found: Found, count: int = 1) -> None:
        self._told(found, count)
        if (step := STEP.get()) is not None:
            step.cache = found

    def _keep_page(self, key: str, batch: Batch, kept: Kept) -> None:
        entry = page_entry(batch, time(), kept.prune)
        if entry is not None:
            self._shelf.put_many({key: entry}, self._windows.longest, shared=kept.shared)

    def _keep_items(self, keys: Mapping[Key, str], found: Mapping[Key, Item], kept: Kept) -> None:
        at = time()
        there = {name: entry for key, name in keys.items() if key in found and (entry := item_entry(found[key], at, kept.prune))}
        self._shelf.put_many(there, self._windows.longest, shared=kept.shared)
        if self._windows.absent:
            gone = {name: absent_entry(at) for key, name in keys.items() if key not in found}
            self._shelf.put_many(gone, self._windows.absent, shared=kept.shared)

    def _refresh(self, key: str, query: Query, kept: Kept) -> None:
        """Read a page anew for those who come later; one at a time for each page."""
        if key in self._refreshing or len(self._refreshing) >= REFRESHES:
            return
        task = asyncio.get_running_loop().create_task(self._read_anew(key, query, kept))
        self._refreshing[key] = task
        task.add_done_callback(lambda _: self._refreshing.pop(key, None))

    async def _read_anew(self, key: str, query: Query, kept: Kept) -> None:
        try:
            async with aclosing(self._inner.read(query)) as batches:
                async for batch in batches:
                    self._keep_page(key, batch, kept)
                    return
        except SourceError:
            return  # the next caller finds out


def _start(cursor: str | None, count: int) -> int:
    if cursor is None:
        return 0
    number = cursor.removeprefix(_POSITION)
    if not cursor.startswith(_POSITION) or not (number.isascii() and number.isdigit()) or not 0 < int(number[:9]) < count:
        raise CursorLost("cursor")
    return int(number)
