"""Overlapping: lists that are paged by number shift while rows come and go, so from each page the walk looks back to the one before."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from hashlib import blake2b

import msgspec

from connectors.errors import CursorLost
from connectors.paging import Seen, seal, unseal
from connectors.protocol import Batch, Connector, Key, Query, reading

MOST_BACK = 4
"""Pages that are looked back for one: a list that shifts by more between two requests is read anew."""

_ANCHORS, _WIDTH = 8, 5
"""Keys at each end of a page that are remembered with a position, and bytes for each."""

_PURPOSE = "overlapping"


class Trail(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Where a walk stands: `at` asks the source for the next page, `back` for those before it, the latest last.

    `first` stands for keys of the list's first page as it was found, `latest` for keys of the page before this one. `closing`: the list
    is read to its end, and what has come in at its front meanwhile is read.
    """

    at: str | None = None
    back: tuple[str | None, ...] = ()
    first: bytes = b""
    latest: bytes = b""
    closing: bool = False


class Overlapping:
    """Reads the numbered lists of a source such that no row is passed over while others are inserted or deleted before it.

    Behind each page the one before it is read again: rows that were deleted in front have moved what stood behind it onto it. Where
    nothing on it is known any more, the list has shifted by more than a page, and the pages before are read too. At the end the front of
    the list is read down to the rows that it began with: what was inserted there, or moved there, has been passed by. A row is given once,
    as far as the walk remembers. What shifts forth and back again within three requests can still hide a row, until the next walk.
    Raises CursorLost where the list has shifted too far to go on.
    """

    def __init__(self, inner: Connector) -> None:
        self._inner = inner
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what the source gives. Raises SourceError."""
        if query.ids is not None or not self.supports[query.collection].numbered:
            batches = self._inner.read(query)
        else:
            batches = self._walk(query, Trail() if query.cursor is None else unseal(query.cursor, _PURPOSE, Trail))
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    async def aclose(self) -> None:
        """Close the source."""
        await self._inner.aclose()

    async def _walk(self, query: Query, trail: Trail) -> AsyncGenerator[Batch, None]:
        seen = Seen()
        if not trail.closing:
            async with reading(self._inner, replace(query, cursor=trail.at)) as batches:
                async for batch in batches:
                    async for moved in self._look_back(query, trail, seen):
                        yield replace(moved, cursor=seal(trail, _PURPOSE))
                    trail = _after(trail, batch)
                    ended = batch.cursor is None and len(trail.back) == 1
                    yield replace(_new(batch, seen), cursor=None if ended else seal(trail, _PURPOSE))
                    if ended:
                        return
        async for batch in self._close(query, trail, seen):
            yield batch

    async def _look_back(self, query: Query, trail: Trail, seen: Seen) -> AsyncGenerator[Batch, None]:
        """Read the pages before a place again until one holds something known; what is new on them has moved there."""
        known = _anchors(trail.latest)
        for place in reversed(trail.back):
            page = await self._page(replace(query, cursor=place))
            met = any(key in seen or _anchor(key) in known for key in _keys(page))
            fresh = _again(page, seen, trail.latest)
            if fresh.items or fresh.spoiled:
                yield fresh
            if met or place is None or not known:
                return
        if trail.back:
            raise CursorLost("cursor")

    async def _close(self, query: Query, trail: Trail, seen: Seen) -> AsyncGenerator[Batch, None]:
        known, here = _anchors(trail.first), seal(trail, _PURPOSE)
        met: set[bytes] = set()
        async with reading(self._inner, replace(query, cursor=None)) as batches:
            async for batch in batches:
                met |= known & set(map(_anchor, _keys(batch)))
                last = batch.cursor is None or 2 * len(met) >= len(known)  # of its first rows, too, some may be gone or have moved
                yield replace(_again(batch, seen, trail.first), cursor=None if last else here)
                if last:
                    return

    async def _page(self, query: Query) -> Batch:
        async with reading(self._inner, query) as batches:
            return await anext(batches, Batch(()))


def _after(trail: Trail, batch: Batch) -> Trail:
    written = _written(batch)
    return Trail(
        at=batch.cursor,
        back=(*trail.back, trail.at)[-MOST_BACK:],
        first=trail.first if trail.back else written,
        latest=written,
        closing=batch.cursor is None,
    )


def _keys(batch: Batch) -> list[Key]:
    return [*(item.key for item in batch.items), *(each.key for each in batch.spoiled if each.key is not None)]


def _new(batch: Batch, seen: Seen) -> Batch:
    """A page without what was given already."""
    items = [item for item in batch.items if item.key not in seen]
    spoiled = [each for each in batch.spoiled if each.key is None or each.key not in seen]
    for key in _keys(replace(batch, items=items, spoiled=spoiled)):
        seen.add(key)
    return replace(batch, items=items, spoiled=spoiled)


def _again(batch: Batch, seen: Seen, known: bytes) -> Batch:
    """A page read again: nothing where it is still what it was, and never anything new of what has no key."""
    fresh = _new(batch, seen)
    if _written(batch) == known:
        return replace(fresh, items=(), spoiled=())
    return replace(fresh, spoiled=[each for each in fresh.spoiled if each.key is not None])


def _anchor(key: Key) -> bytes:
    return blake2b(repr(key).encode(errors="replace"), digest_size=_WIDTH).digest()


def _written(batch: Batch) -> bytes:
    """What stands for a page: its first keys and its last ones."""
    keys = _keys(batch)
    return b"".join(map(_anchor, dict.fromkeys((*keys[:_ANCHORS], *keys[-_ANCHORS:]))))


def _anchors(written: bytes) -> frozenset[bytes]:
    return frozenset(written[start : start + _WIDTH] for start in range(0, len(written), _WIDTH))
