"""Ask one live source for its share of a page."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from time import monotonic
from typing import Any, NamedTuple

from connectors.errors import SourceError, SourceMalformed
from connectors.mapping import ItemSpoiled
from connectors.protocol import Batch, Item, Query, reading
from resolvers.outcomes import Outcome, Status, failure
from resolvers.planning import narrowed
from resolvers.sources import OpenSource
from resolvers.tracing import traced
from resolvers.walking import Element, Position, Share, SortKey, T, Walk
from store.identity import native_key, parse_id, split_key
from store.ordering import Order

EXTRA_BATCHES = 3
"""Batches read beyond the page because items were dropped here (contract.md, Answers)."""

LEAST_BATCH = 20
"""Items asked for at once, at least: a walk in single steps is no reason for a call per step."""

MOST_HITS = 50
"""Hits of one source that are ranked among those of all (contract.md, Answers)."""

CHOOSING = frozenset({"sources", "tiers"})
"""Conditions that hold for all of a source or for nothing of it."""

_log = logging.getLogger(__name__)


async def ask(source: OpenSource, walk: Walk[T], share: Share[T], count: int) -> None:
    """Fill `share` with at least `count` elements, or with all there are; never raises.

    The share grows while batches arrive, so whoever stops waiting finds in it what came in time.
    """
    started = monotonic()
    tally = _Tally()
    in_order = walk.order is None or walk.order in source.supports(walk.collection).orders

    async def read() -> None:
        if walk.scorer is not None:
            await _read_and_score(source, walk, walk.scorer, share, tally)
        elif in_order:
            await _read_on(source, walk, share, count, tally)
        else:
            await _read_and_sort(source, walk, share, tally)

    with traced(source.name, walk.collection, "list" if walk.filter.ids is None else "ids") as line:
        failed = await guarded(source, read)
        if failed is None:
            share.outcome = tally.outcome(share.source, monotonic() - started)
        else:
            conclude_failed(share, failed)
        line.conclude(share.outcome)
        line.step.rows = tally.rows


async def guarded(source: OpenSource, read: Callable[[], Awaitable[None]]) -> Outcome | None:
    """Do `read` and give the outcome of its failure, None where it did not fail."""
    started = monotonic()
    try:
        await read()
    except SourceError as error:
        return failure(source.key, error, latency=monotonic() - started)
    except Exception:  # noqa: BLE001 - a connector may be anybody's code, and one source must never spoil the answer
        _log.exception("source %s: reading failed", source.name)
        return failure(source.key, SourceError("internal"), latency=monotonic() - started)
    return None


def conclude_failed(share: Share[T], outcome: Outcome) -> None:
    """Set the outcome of a source that failed; what it gave before stays, and it is asked again from there."""
    share.failed = True
    share.more = False
    if share.elements:
        share.outcome = replace(outcome, status=Status.PARTIAL, reason="cut_short")
    else:
        share.outcome = outcome


class _Tally:
    """Counts what was left out, and says so in the end."""

    def __init__(self) -> None:
        self.dropped = 0
        self.hidden = 0
        self.withheld = 0
        self.bound: str | None = None
        self.as_of: datetime | None = None
        self.rows = 0

    @property
    def left_out(self) -> int:
        """Items that the source counted and that are not shown."""
        return self.dropped + self.hidden + self.withheld

    def take(self, batch: Batch) -> None:
        """Note what a batch holds, what it left out, and how old it is."""
        self.rows += len(batch.items)
        self.dropped += len(batch.spoiled)
        if batch.as_of is not None:
            self.as_of = min(batch.as_of, self.as_of or batch.as_of)

    def outcome(self, source: str, latency: float) -> Outcome:
        if self.as_of is not None:
            return Outcome(source=source, status=Status.STALE, reason="copy", as_of=self.as_of, latency=latency)
        reason = self.bound or ("hidden" if self.hidden else "dropped" if self.dropped else None)
        status = Status.OK if reason is None else Status.PARTIAL
        return Outcome(source=source, status=status, reason=reason or "ok", latency=latency)


async def _read_on(source: OpenSource, walk: Walk[T], share: Share[T], count: int, tally: _Tally) -> None:
    """Read on from the share's position in the source's own order."""
    start = share.start
    limit = start.limit if start.consumed else min(max(count, LEAST_BATCH), source.supports(walk.collection).max_batch)
    asked, seen = start.cursor, start.seen
    bound = -(-count // limit) + EXTRA_BATCHES
    countable = _counted_upstream(source, walk)
    query = _query(source, walk, cursor=asked, limit=limit)
    given: set[str] = set()
    async with reading(source.connector, query) as batches:
        number = 0
        async for batch in batches:
            number += 1
            if batch.cursor is not None and batch.cursor == asked:
                raise SourceMalformed("loop")
            behind = _skip(batch, start) if number == 1 else 0
            tally.take(batch)
            found = _values(source, walk, batch, behind, tally)
            total = batch.total if countable and not tally.left_out else None
            share.total = total
            for index, item, value in found:
                key = native_key(item.key)
                if key in given:  # a view may hold a row twice
                    continue
                given.add(key)
                seen += 1
                position = Position(asked, limit, index + 1, key, None, seen, total)
                share.elements.append(Element(walk.sort(value), value, position))
            asked = batch.cursor
            share.tail = Position(asked, limit, 0, None, None, seen, total, asked is None)
            share.more = asked is not None
            if asked is None or len(share.elements) >= count:
                break
            if number >= bound:
                tally.bound = "filter_bound"
                break
    share.exact = share.total is not None or (not share.more and start.seen == 0 and tally.bound is None)


async def _read_and_sort(source: OpenSource, walk: Walk[T], share: Share[T], tally: _Tally) -> None:
    """Read a bounded part of a source that cannot order, and order it here; the position counts into that order."""
    found = await _read_first(source, walk, tally, (EXTRA_BATCHES + 1) * source.supports(walk.collection).max_batch, "order_bound")
    _arrange(share, [(walk.sort(value), name, value) for name, value in found.values], found, tally)


async def _read_and_score(
    source: OpenSource, walk: Walk[T], scorer: Callable[[], Awaitable[Callable[[T], float]]], share: Share[T], tally: _Tally
) -> None:
    """Read a source's first hits and rank them by scores that compare with the catalog's."""
    found = await _read_first(source, walk, tally, MOST_HITS, "text_bound")
    score = await scorer()
    _arrange(share, [((-score(value), value.id), name, value) for name, value in found.values], found, tally)


class _First(NamedTuple):
    """The first items of a source: values by native key, the limit asked with, how many the source says there are."""

    values: list[tuple[str, Any]]
    limit: int
    total: int | None


async def _read_first(source: OpenSource, walk: Walk[T], tally: _Tally, most: int, bound: str) -> _First:
    """Read batches until there are `most` values, and say that it was cut short by `bound` where there may be more."""
    values: dict[str, T] = {}
    limit = min(source.supports(walk.collection).max_batch, max(most, LEAST_BATCH))
    total = None
    async with reading(source.connector, _query(source, walk, cursor=None, limit=limit)) as batches:
        number = 0
        async for batch in batches:
            number += 1
            tally.take(batch)
            values.update({native_key(item.key): value for _, item, value in _values(source, walk, batch, 0, tally)})
            total = batch.total if _counted_upstream(source, walk) and not tally.left_out else None
            if batch.cursor is None and len(values) <= most:
                break
            if number > EXTRA_BATCHES or len(values) >= most:
                tally.bound = bound
                break
    return _First(list(values.items())[:most], limit, total)


def _arrange(share: Share[T], values: list[tuple[SortKey, str, T]], found: _First, tally: _Tally) -> None:
    """Put values in order into the share, from behind the one that its walk ended with."""
    ordered = sorted(values, key=itemgetter(0))
    names = [name for _, name, _ in ordered]
    start = names.index(share.start.last) + 1 if share.start.last in names else share.start.consumed
    short = tally.bound is not None
    share.total = max(found.total or 0, len(ordered))
    share.exact = not short or found.total is not None
    share.elements = [
        Element(sort, value, Position(None, found.limit, place, name, None, place, share.total, place == len(ordered), short=short))
        for place, (sort, name, value) in enumerate(ordered[start:], start + 1)
    ]
    share.tail = Position(None, found.limit, len(ordered), None, None, len(ordered), share.total, done=True, short=short)
    share.more = False


def _counted_upstream(source: OpenSource, walk: Walk[T]) -> bool:
    """Tell whether the source's own total counts what was asked: every condition is applied there, or chose the source itself."""
    return walk.filter.asked() <= source.supports(walk.collection).filters | CHOOSING


def _query(source: OpenSource, walk: Walk[T], *, cursor: str | None, limit: int) -> Query:
    ids = walk.filter.ids
    keys = tuple(split_key(node.key) for each in ids if (node := parse_id(each)) and node.source == source.key) if ids is not None else None
    return Query(
        collection=walk.collection,
        text=walk.text,
        filter=narrowed(source, walk.filter),
        order=None
        if walk.scorer is not None
        else walk.order or (Order.NEWEST if Order.NEWEST in source.supports(walk.collection).orders else None),
        keys=walk.keys,
        ids=keys,
        cursor=cursor,
        limit=limit,
        fields=walk.wanted,
        fresh=walk.fresh,
    )


def _values(source: OpenSource, walk: Walk[T], batch: Batch, behind: int, tally: _Tally) -> list[tuple[int, Item, T]]:
    mapper = source.mapper(walk.collection, walk.wanted)
    found: list[tuple[int, Item, T]] = []
    for index, item in enumerate(batch.items[behind:], behind):
        try:
            value = mapper(item, _ignore)
        except ItemSpoiled:
            tally.dropped += 1
            continue
        if walk.withheld(value):
            tally.withheld += 1
        elif not walk.visible(value):
            tally.hidden += 1
        elif walk.matches(value):
            found.append((index, item, value))
    return found


def _ignore(_field: str, _message: str) -> None:
    """A field that cannot be read is empty in a live answer; `source check` and the harvest tell about it."""


def _skip(batch: Batch, start: Position) -> int:
    if not start.consumed:
        return 0
    for index, item in enumerate(batch.items):
        if native_key(item.key) == start.last:
            return index + 1
    return min(start.consumed, len(batch.items))
