"""Reads a feed: the rows that were pushed and kept, page by page in the order in which they came."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from connectors.errors import CursorLost, SourceMalformed, SourceUnavailable
from connectors.feed.definition import FeedSection
from connectors.feed.judging import Judge, Judged, judge_of
from connectors.functions import Place
from connectors.protocol import Batch, Collection, Item, Key, Query, Spoiled, Supports
from store.feeds import DELETED, Placed
from store.identity import native_key, split_key
from store.rows import unpack

_CURSOR = re.compile(r"behind ([1-9][0-9]{0,17})")
_MAX_IDS = 200


class Kept(Protocol):
    """Where the rows lie: `store.feeds.FeedRows`, or a sample in a check."""

    async def page(self, collection: str, after: int, limit: int) -> list[Placed]:
        """The next rows behind a position."""
        ...

    async def by_keys(self, collection: str, keys: Sequence[str]) -> list[Placed]:
        """The rows of some keys."""
        ...

    async def count(self, collection: str) -> int:
        """How many rows there are."""
        ...


class FeedConnector:
    """One feed. A cursor says behind which position to go on; rows that were deleted are told as `gone`."""

    def __init__(self, kept: Kept | None, sections: Mapping[Collection, FeedSection], place: Place) -> None:
        self._kept = kept
        self._judges: Mapping[Collection, Judge] = {collection: judge_of(section, place) for collection, section in sections.items()}
        self.supports: Mapping[Collection, Supports] = {
            collection: Supports(ids=True, total=True, max_batch=section.max_batch, max_ids=_MAX_IDS)
            for collection, section in sections.items()
        }

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield pages. Raises SourceError."""
        judge = self._judges.get(query.collection)
        if judge is None:
            raise SourceMalformed("not_offered")
        if self._kept is None:
            raise SourceUnavailable("not_offered")
        if query.ids is not None:
            wanted = list(dict.fromkeys(query.ids))
            start = 0 if query.cursor is None else _behind(query.cursor)
            step = max(1, min(query.limit, _MAX_IDS))
            while True:
                part = wanted[start : start + step]
                start += step
                rows = await self._kept.by_keys(query.collection, [native_key(key) for key in part])
                yield _batch(rows, judge, f"behind {start}" if start < len(wanted) else None, None)
                if start >= len(wanted):
                    return
        after = 0 if query.cursor is None else _behind(query.cursor)
        limit = max(1, min(query.limit, self.supports[query.collection].max_batch))
        total: int | None = await self._kept.count(query.collection)
        while True:
            rows = await self._kept.page(query.collection, after, limit + 1)
            shown, more = rows[:limit], len(rows) > limit
            after = shown[-1].position if shown else after
            yield _batch(shown, judge, f"behind {after}" if more else None, total)
            if not more:
                return
            total = None

    async def aclose(self) -> None:
        """Nothing is held: the store belongs to whoever opened it."""


def _behind(cursor: str) -> int:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise CursorLost("cursor")
    return int(found[1])


def _batch(rows: Sequence[Placed], judge: Judge, cursor: str | None, total: int | None) -> Batch:
    items: list[Item] = []
    gone: list[Key] = []
    spoiled: list[Spoiled] = []
    for row in rows:
        key = split_key(row.key)
        if row.state == DELETED or row.native is None:
            gone.append(key)
            continue
        native = unpack(row.native)
        judged = judge(native)
        if isinstance(judged, Judged):
            items.append(Item(key, native))
        else:
            spoiled.append(Spoiled(key, judged.fault.rule))
    return Batch(items, cursor, gone=gone, total=total, spoiled=spoiled)
