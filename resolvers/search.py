"""Resolve a list: plan, ask the catalog once and every live source in parallel, merge, seal."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from connectors.errors import SourceTimeout, SourceUnavailable
from connectors.protocol import Collection
from resolvers.asking import ask, conclude_failed
from resolvers.connection import Connection
from resolvers.context import Context, race
from resolvers.errors import BadInput
from resolvers.merging import Page, merge
from resolvers.outcomes import Outcome, Status, failure
from resolvers.pagination import fingerprint
from resolvers.planning import Plan, plan
from resolvers.results import Results
from resolvers.text import TextSearch, asked_text
from resolvers.tracing import traced
from resolvers.walking import CATALOG, START, Element, Position, Share, SortKey, T, Walk, by_name, by_title, newest_first
from store.changes import Changes
from store.codes import Label
from store.filters import EVERYTHING, ResourceFilter, matches
from store.ordering import Order
from store.record import Library, Record
from store.search.errors import IndexUnavailable

MAX_FIRST = 100

C = TypeVar("C", bound=Connection[Any])

Fill = Callable[[Share[T], frozenset[str], int], Awaitable[None]]
"""Fills the catalog's share of a page from where it stands: of which sources (keys), with how many values."""

_ORDER_FIELDS = {
    Order.NEWEST: frozenset({"updated_at", "published"}),
    Order.TITLE: frozenset({"title"}),
    Order.RELEVANCE: frozenset({"title_zh", "title_en", "summary", "keywords", "majors", "creators", "institution_name"}),
}
_FILTER_FIELDS = {
    "institutions": "institution",
    "libraries": "library",
    "majors": "majors",
    "languages": "languages",
    "licenses": "license",
    "formats": "format",
    "creators": "creators",
    "published": "published",
    "updated": "updated_at",
    "duration_seconds": "duration_seconds",
    "part_of": "part_of",
}

_log = logging.getLogger(__name__)


async def search(
    context: Context,
    wanted: ResourceFilter,
    order: Order | None,
    first: int,
    after: str | None,
    fields: frozenset[str] | None,
    text: str | None = None,
) -> Results:
    """Resolve a page of records. Raises BadInput or CursorExpired for arguments that cannot be used."""
    text, wanted = asked_text(text), await _by_every_id(context, wanted)
    meets = partial(_meets, _of_records(wanted))
    searching = TextSearch(context, text, wanted, meets) if text is not None else None
    ranked = searching is not None and order in (None, Order.RELEVANCE)
    chosen = Order.RELEVANCE if ranked else Order.NEWEST if order in (None, Order.RELEVANCE) else order
    needed = (
        None
        if fields is None
        else fields | _ORDER_FIELDS[chosen] | {_FILTER_FIELDS[name] for name in wanted.asked() if name in _FILTER_FIELDS}
    )
    walk: Walk[Record] = Walk(
        collection=Collection.RESOURCES,
        order=chosen,
        sort=by_title if chosen is Order.TITLE else newest_first,
        keys=context.grant.keys,
        withdrawn=context.withdrawn,
        fresh=context.fresh,
        matches=meets,
        filter=wanted,
        wanted=needed,
        text=text,
        scorer=searching.scorer if searching is not None and ranked else None,
    )

    async def read(sources: frozenset[str], position: SortKey | None, limit: int, offset: int) -> Sequence[Record]:
        if searching is not None:
            return await searching.records(chosen, sources, position, limit, offset)
        return await context.reader.records(wanted, sources, chosen, position, limit, offset)

    async def count(sources: frozenset[str]) -> int:
        return await (searching.count(sources) if searching is not None else context.reader.count(wanted, sources))

    fill = searching.fill if searching is not None and ranked else partial(_fill_in_order, walk, read)
    into = partial(Results, context=context, wanted=wanted, text=text, searching=searching, first=first)
    return await _walk(context, walk, first, after, fill, count, into)


async def libraries(
    context: Context, wanted: ResourceFilter, names: tuple[str, ...] | None, first: int, after: str | None
) -> Connection[Library]:
    """Resolve a page of libraries, by name. Raises BadInput or CursorExpired."""
    walk: Walk[Library] = Walk(
        collection=Collection.LIBRARIES,
        order=Order.TITLE,
        sort=by_name,
        keys=context.grant.keys,
        withdrawn=context.withdrawn,
        fresh=context.fresh,
        matches=lambda library: _library_meets(library, wanted, names),
        filter=wanted,
    )

    async def read(sources: frozenset[str], position: SortKey | None, limit: int, _offset: int) -> Sequence[Library]:
        return await context.reader.libraries(wanted, names, sources, position, limit)

    async def count(sources: frozenset[str]) -> int:
        return await context.reader.count_libraries(wanted, names, sources)

    return await _walk(context, walk, first, after, partial(_fill_in_order, walk, read), count, Connection, extra=names)


async def _by_every_id(context: Context, wanted: ResourceFilter) -> ResourceFilter:
    """The conditions with every id that the records they name have or had: what names a record may still name it by an earlier one."""
    if not wanted.part_of and not wanted.ids:
        return wanted
    known_as = Changes(context.catalog.database).known_as
    try:
        return replace(
            wanted,
            part_of=await known_as(wanted.part_of) if wanted.part_of else wanted.part_of,
            ids=await known_as(wanted.ids) if wanted.ids else wanted.ids,
        )
    except Exception:  # noqa: BLE001 - whatever the database says, live sources know their ids
        _log.exception("earlier ids cannot be looked up")
        return wanted


def check_first(first: int, most: int = MAX_FIRST, name: str = "first") -> None:
    """Raise BadInput unless 1 <= first <= most; `name` is how the argument is called."""
    if not 1 <= first <= most:
        raise BadInput(Label(f"{name} 必须在 1 到 {most} 之间，收到 {first}", f"{name} must be between 1 and {most}, got {first}"))


async def _walk(
    context: Context,
    walk: Walk[T],
    first: int,
    after: str | None,
    fill: Fill[T],
    count: Callable[[frozenset[str]], Awaitable[int]],
    into: Callable[..., C],
    extra: object = None,
) -> C:
    check_first(first)
    question = fingerprint(walk.collection, walk.order, walk.filter, walk.text, extra, context.visibility_class)
    positions: dict[str, Position] = context.sealer.open(question, after) if after is not None else {}
    async with context.gate.level():
        chosen: Plan = plan(context.sources, walk.collection, walk.filter, context.now, stored_only=context.stored_only, text=walk.text)
        shares, resting = await _gather(context, walk, chosen, positions, first, fill)
    page: Page[T] = merge(shares, resting, first)
    outcomes = [*_outcomes(context, page, chosen), *chosen.skipped, *_lost(positions, chosen)]
    context.note(outcomes)
    return into(
        page=page,
        outcomes=outcomes,
        seal=lambda entry: context.sealer.seal(question, page.positions(entry)),
        seal_at=partial(context.sealer.seal, question),
        resumed=after is not None,
        count_catalog=partial(_count, count, chosen.catalog),
    )


async def _gather(
    context: Context,
    walk: Walk[T],
    chosen: Plan,
    positions: Mapping[str, Position],
    first: int,
    fill: Fill[T],
) -> tuple[list[Share[T]], dict[str, Position]]:
    """Ask everybody who is not done, side by side; the shares that came in time, and the positions of those who are done."""
    resting = {source: position for source, position in positions.items() if position.done}
    shares: dict[str, Share[T]] = {}
    calls: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
    timeouts: dict[str, float] = {}
    if chosen.catalog and CATALOG not in resting:
        share = shares[CATALOG] = Share(CATALOG, positions.get(CATALOG, START))
        calls[CATALOG] = partial(_read_catalog, share, walk.collection, chosen.catalog, first, fill)
        timeouts[CATALOG] = context.remaining()
    for source in chosen.live:
        if source.key in resting:
            continue
        share = shares[source.key] = Share(source.key, positions.get(source.key, START))
        if context.reaper.saturated(source.key):
            conclude_failed(share, failure(source.key, SourceUnavailable("saturated")))
            continue
        calls[source.key] = partial(ask, source, walk, share, first)
        timeouts[source.key] = source.definition.limits.timeout
    started = asyncio.get_running_loop().time()
    for late in await race(context, calls, timeouts):
        waited = asyncio.get_running_loop().time() - started
        # The late call may still append while it is being cancelled: the page keeps what was there at the deadline.
        shares[late] = frozen = replace(shares[late], elements=list(shares[late].elements))
        conclude_failed(frozen, failure(late, SourceTimeout("timeout"), latency=waited))
    return list(shares.values()), resting


async def _read_catalog(share: Share[T], collection: Collection, sources: frozenset[str], first: int, fill: Fill[T]) -> None:
    try:
        with traced(CATALOG, collection, "list") as line:
            await fill(share, sources, first)
            line.step.rows = len(share.elements)
    except IndexUnavailable:
        conclude_failed(share, failure(CATALOG, SourceUnavailable("index")))
    except Exception:  # noqa: BLE001 - whatever the database says, the live sources still answer
        _log.exception("the catalog cannot be read")
        conclude_failed(share, failure(CATALOG, SourceUnavailable("catalog")))


async def _fill_in_order(
    walk: Walk[T],
    read: Callable[[frozenset[str], SortKey | None, int, int], Awaitable[Sequence[T]]],
    share: Share[T],
    sources: frozenset[str],
    first: int,
) -> None:
    """Fill the catalog's share with the next records of an exact walk."""
    start = share.start
    values = await read(sources, start.after, first + 1, start.consumed)
    last = start.after
    for place, value in enumerate(values[:first], start.seen + 1):
        sort = walk.sort(value)
        # A record that has changed since the index was written stands where it was found: a walk never goes back.
        last = sort if last is None else max(last, sort)
        share.elements.append(Element(last, value, Position(after=last, seen=place)))
    share.more = len(values) > first
    share.tail = share.elements[-1].behind if share.more else Position(done=True)
    share.exact = True


def _outcomes(context: Context, page: Page[T], chosen: Plan) -> Iterator[Outcome]:
    """One outcome for every live source asked, and one for every catalog source with a record on the page or stale."""
    for share in page.shares:
        if share.source == CATALOG and share.outcome is not None:
            yield from (replace(share.outcome, source=source) for source in sorted(chosen.catalog))
        elif share.source == CATALOG:
            if share.tail.short:
                yield from _bounded(chosen)
                continue
            given = Counter(element.value.source for owner, element in page.entries if page.shares[owner] is share)
            for source in sorted(chosen.catalog):
                freshness = context.freshness_of(source)
                if given[source] or freshness.stale:
                    yield Outcome(
                        source=source,
                        status=Status.STALE if freshness.stale else Status.OK,
                        reason="stale" if freshness.stale else "ok",
                        as_of=freshness.as_of,
                        count=given[source],
                    )
        elif share.outcome is not None:
            yield replace(share.outcome, count=page.given(share))


def _bounded(chosen: Plan) -> Iterator[Outcome]:
    """By relevance the catalog's part of a list ends before all hits are told: any of its sources may have more."""
    return (Outcome(source=source, status=Status.PARTIAL, reason="relevance_bound") for source in sorted(chosen.catalog))


def _lost(positions: Mapping[str, Position], chosen: Plan) -> Iterator[Outcome]:
    """What an earlier page of the walk left out is told on every later one."""
    for source, position in positions.items():
        if source == CATALOG:
            if position.done and position.short:
                yield from _bounded(chosen)
        elif position.lost:
            yield Outcome(source=source, status=Status.SKIPPED, reason="position_lost")
        elif position.done and position.short:
            yield Outcome(source=source, status=Status.PARTIAL, reason="order_bound", count=0)


async def _count(count: Callable[[frozenset[str]], Awaitable[int]], catalog: frozenset[str]) -> int:
    """The catalog's part of a total; nothing where it cannot be read, which the page's outcomes tell."""
    if not catalog:
        return 0
    try:
        return await count(catalog)
    except Exception:  # noqa: BLE001 - whatever the database says, the page itself still stands
        _log.exception("the catalog cannot be counted")
        return 0


def _of_records(wanted: ResourceFilter) -> ResourceFilter:
    """The conditions that are left when the sources are chosen; the one value that every record meets where none is."""
    left = replace(wanted, sources=None)
    return EVERYTHING if left == EVERYTHING else left


def _meets(wanted: ResourceFilter, record: Record) -> bool:
    return matches(record, wanted)


def _library_meets(library: Library, wanted: ResourceFilter, names: tuple[str, ...] | None) -> bool:
    return (
        (wanted.tiers is None or library.tier in wanted.tiers)
        and (wanted.provinces is None or library.province in wanted.provinces)
        and (wanted.institutions is None or library.institution in wanted.institutions)
        and (names is None or any(name in library.name for name in names))
    )
