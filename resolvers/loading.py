"""Loaders: everything that the objects of one level name, in one call per source."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from aiodataloader import DataLoader

from connectors.errors import SourceTimeout, SourceUnavailable
from connectors.mapping import ItemSpoiled
from connectors.protocol import Collection, Query, reading
from resolvers.asking import guarded
from resolvers.context import Context, race
from resolvers.outcomes import Outcome, Status, failure
from resolvers.sources import OpenSource
from resolvers.tracing import traced
from store.filters import EVERYTHING
from store.identity import institution_id, native_key, split_key
from store.record import Institution, Library, LiveDetails, Record, Reference
from store.search.errors import IndexUnavailable
from store.visibility import may_see

V = TypeVar("V")

_log = logging.getLogger(__name__)

InstitutionRef = tuple[str, str | None, str | None]
"""A code, the source to look it up in where the mapping names one, and the name that the item itself gave."""


class Loaders:
    """The loaders of one request."""

    def __init__(self, context: Context) -> None:
        self.records: DataLoader[tuple[str, str], Record | None] = DataLoader(partial(_records, context))
        self.libraries: DataLoader[Reference, Library | None] = DataLoader(partial(_libraries, context))
        self.institutions: DataLoader[InstitutionRef, Institution | None] = DataLoader(partial(_institutions, context))
        self.live: DataLoader[tuple[str, str], tuple[Outcome, LiveDetails | None] | None] = DataLoader(partial(_live, context))
        self.library_sizes: DataLoader[str, int | None] = DataLoader(partial(_library_sizes, context))
        self.majors: DataLoader[str, str | None] = DataLoader(partial(_majors, context))
        self.source_sizes: DataLoader[str, int | None] = DataLoader(partial(_source_sizes, context))


class Fetched:
    """What one source gave for native keys: values by key, and its outcome."""

    def __init__(self, source: str) -> None:
        self.values: dict[str, Any] = {}
        self.outcome = Outcome(source=source)


async def fetch(
    context: Context, collection: Collection, keys: Iterable[tuple[str, str]], wanted: frozenset[str] | None = None
) -> dict[str, Fetched]:
    """Fetch native keys of live sources, one call per source side by side; `keys` are pairs of source key and native key."""
    by_source: defaultdict[str, list[str]] = defaultdict(list)
    for owner, key in keys:
        by_source[owner].append(key)
    found: dict[str, Fetched] = {}
    calls: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
    timeouts: dict[str, float] = {}
    for key, native in by_source.items():
        source = context.sources.by_key(key)
        if source is None or not source.supports(collection).ids:
            continue
        found[key] = fetched = Fetched(key)
        if source.definition.in_maintenance(context.now):
            fetched.outcome = Outcome(source=key, status=Status.SKIPPED, reason="maintenance", retryable=True)
            continue
        if context.stored_only:
            fetched.outcome = Outcome(source=key, status=Status.SKIPPED, reason="stored_only", retryable=True)
            continue
        if context.remaining() <= 0:
            fetched.outcome = Outcome(source=key, status=Status.SKIPPED, reason="no_time", retryable=True)
            continue
        if context.reaper.saturated(key):
            fetched.outcome = failure(key, SourceUnavailable("saturated"))
            continue
        calls[key] = partial(_fetch_one, context, source, collection, native, wanted, fetched)
        timeouts[key] = source.definition.limits.timeout
    started = asyncio.get_running_loop().time()
    for late in await race(context, calls, timeouts):
        waited = asyncio.get_running_loop().time() - started
        found[late] = Fetched(late)
        found[late].outcome = failure(late, SourceTimeout("timeout"), latency=waited)
    context.note([each.outcome for each in found.values()])
    return found


async def _fetch_one(
    context: Context, source: OpenSource, collection: Collection, native: Sequence[str], wanted: frozenset[str] | None, fetched: Fetched
) -> None:
    async def read() -> None:
        mapper = source.mapper(collection, wanted)
        ids = tuple(split_key(key) for key in native)
        query = Query(collection=collection, ids=ids, keys=context.grant.keys, limit=len(ids), fields=wanted, fresh=context.fresh)
        async with reading(source.connector, query) as batches:
            async for batch in batches:
                if batch.as_of is not None:
                    fetched.outcome = Outcome(source=source.key, status=Status.STALE, reason="copy", as_of=batch.as_of)
                for item in batch.items:
                    try:
                        value = mapper(item, lambda _field, _message: None)
                    except ItemSpoiled:
                        fetched.outcome = Outcome(source=source.key, status=Status.PARTIAL, reason="dropped")
                        continue
                    if isinstance(value, Record) and value.id in context.withdrawn:
                        continue
                    if not isinstance(value, Record | Library) or may_see(context.grant.keys, value.visibility):
                        fetched.values[native_key(item.key)] = value

    with traced(source.name, collection, "ids") as line:
        fetched.outcome = await guarded(source, read) or fetched.outcome
        line.conclude(fetched.outcome)
        line.step.rows = len(fetched.values)


async def _records(context: Context, keys: Sequence[tuple[str, str]]) -> list[Record | None]:
    stored = [key for key in keys if _is_stored(context, key[0])]
    found: dict[tuple[str, str], Record] = {}
    if stored:
        for record in await _from_catalog(context, context.reader.by_keys(stored), []):
            found[record.source, record.key] = record
    for source, fetched in (await fetch(context, Collection.RESOURCES, (key for key in keys if _is_live(context, key[0])))).items():
        found.update({(source, key): value for key, value in fetched.values.items()})
    return [found.get(key) for key in keys]


async def _libraries(context: Context, references: Sequence[Reference]) -> list[Library | None]:
    stored = [(each.source, each.key) for each in references if _is_stored(context, each.source)]
    found: dict[tuple[str, str], Library] = {}
    if stored:
        for library in await _from_catalog(context, context.reader.libraries_by_keys(stored), []):
            found[library.source, library.key] = library
    asked = [(each.source, each.key) for each in references if _is_live(context, each.source)]
    for source, fetched in (await fetch(context, Collection.LIBRARIES, asked)).items():
        found.update({(source, key): value for key, value in fetched.values.items()})
    return [found.get((each.source, each.key)) for each in references]


async def _institutions(context: Context, references: Sequence[InstitutionRef]) -> list[Institution | None]:
    asked = [(source, code) for code, source, _ in references if source is not None and _is_live(context, source)]
    remote = set(asked)
    found: dict[str, Institution] = {}
    stored = sorted({code for code, source, _ in references if (source, code) not in remote})
    if stored:
        found.update(await _from_catalog(context, context.reader.institutions_by_codes(stored), {}))
    for fetched in (await fetch(context, Collection.INSTITUTIONS, dict.fromkeys(asked))).values():
        found.update({each.code: each for each in fetched.values.values()})
    return [found.get(code) or _as_named(code, name) for code, _, name in references]


async def _live(context: Context, keys: Sequence[tuple[str, str]]) -> list[tuple[Outcome, LiveDetails | None] | None]:
    found = await fetch(context, Collection.LIVE, keys)
    return [(found[source].outcome, found[source].values.get(key)) if source in found else None for source, key in keys]


async def _library_sizes(context: Context, ids: Sequence[str]) -> list[int | None]:
    sizes = await _from_catalog(context, context.reader.library_sizes(ids), None)
    return [sizes.get(each, 0) if sizes is not None else None for each in ids]


async def _majors(context: Context, terms: Sequence[str]) -> list[str | None]:
    """The names that sources give to majors (`year:code`), each from one record that the caller sees."""
    keys = context.grant.keys
    try:
        numbers = await context.index.ask(lambda view: [view.example(keys, "major", each) for each in terms])
    except IndexUnavailable:
        return [None] * len(terms)
    records = await _from_catalog(context, context.reader.by_numbers([each for each in numbers if each is not None]), {})
    examples = [records.get(number) if number is not None else None for number in numbers]
    return [_name_of(term, record) for term, record in zip(terms, examples, strict=True)]


def _name_of(term: str, record: Record | None) -> str | None:
    majors = record.majors if record is not None else ()
    return next((each.name for each in majors if f"{each.catalogue_year}:{each.code}" == term), None)


async def _source_sizes(context: Context, sources: Sequence[str]) -> list[int | None]:
    return [await _from_catalog(context, context.reader.count(EVERYTHING, {each}), None) for each in sources]


async def _from_catalog(context: Context, read: Awaitable[V], otherwise: V) -> V:
    """Read the catalog; where it cannot be read, its sources are told as unavailable and the answer goes on without it."""
    try:
        return await read
    except Exception:  # noqa: BLE001 - whatever the database says, live sources still answer
        _log.exception("the catalog cannot be read")
        context.note([failure(source.key, SourceUnavailable("catalog")) for source in context.sources if not source.live])
        return otherwise


def _is_stored(context: Context, source: str) -> bool:
    """Tell whether a source is read from the catalog; one that is out of service is not read at all."""
    found = context.sources.by_key(source)
    return found is not None and not found.live


def _is_live(context: Context, source: str) -> bool:
    found = context.sources.by_key(source)
    return found is not None and found.live


def _as_named(code: str, name: str | None) -> Institution | None:
    return Institution(id=institution_id(code), code=code, name=name, province=code[2:4]) if name is not None else None
