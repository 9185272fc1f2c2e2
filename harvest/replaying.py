"""Map what is stored once more: kept native items after the mapping has changed, and items in quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from connectors.errors import SourceError
from connectors.mapping import ItemSpoiled
from connectors.protocol import Batch, Collection, Item, Native, Query, reading
from harvest.errors import NothingKept
from harvest.mapping import BatchMapper
from harvest.source import HarvestSource
from store.catalog import Catalog, Quarantined
from store.harvests import Harvests
from store.identity import split_key
from store.natives import Natives
from store.replay import Replay

LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of it: items mapped, records that changed, items in quarantine now, items that are not kept and were left as they are.

    `unmapped` are fields that keep their old values, because what their mapping reads was not kept of the items; `complaints` counts
    values that were left empty, by `collection.field`.
    """

    source: str
    name: str
    seen: int
    changed: int
    quarantined: int
    left: int = 0
    unmapped: tuple[str, ...] = ()
    complaints: Mapping[str, int] = field(default_factory=dict)
    error: str | None = None

    def line(self) -> str:
        """The same in one line, for a log or a terminal."""
        told = f"{self.name}: {self.seen} mapped, {self.changed} changed, {self.quarantined} in quarantine, {self.left} left as they are"
        if self.unmapped:
            told += f"; not kept, so unchanged until the next full harvest: {', '.join(self.unmapped)}"
        return told if self.error is None else f"{told}; {self.error}"


async def remap(source: HarvestSource, catalog: Catalog) -> Replayed:
    """Map the stored native items of a source by its present mapping, without asking the source.

    A field whose mapping reads what was not kept stays as it is. Where every field could be mapped, the next harvest need not read
    everything again for the new definition. Raises LeaseHeld, and NothingKept before the first harvest.
    """
    harvests, replay = Harvests(catalog.database, catalog.clock), Replay(catalog.database)
    if Collection.RESOURCES in source.collections and await replay.kept_paths(source.key) is None:
        raise NothingKept(source.name)
    tally: Counter[str] = Counter()
    complaints: Counter[str] = Counter()
    unmapped: list[str] = []
    async with harvests.keeping_others_out(source.key, LEASE) as renew:
        for collection in source.collections:
            kept = await replay.kept_paths(source.key, collection)
            if kept is None:
                unmapped.append(f"{collection}")  # harvested by a version that did not keep them
                continue
            section = source.sections[collection]
            lacking = tuple(name for name, each in section.mapping.items() if not kept.issuperset(each.paths()))
            mapper = BatchMapper(collection, section, source.binding)
            async for held in _held(source, collection, catalog, replay):
                await renew()
                mapped, spoiled = _mapped_again(held, mapper, lacking, catalog.clock())
                applied = await catalog.write(collection, source.key, mapped, quarantined=spoiled)
                left = sum(native is None for _, _, native in held)
                tally.update(seen=len(held), left=left, changed=applied.changed, quarantined=applied.quarantined)
            unmapped += (name if collection is Collection.RESOURCES else f"{collection}.{name}" for name in lacking)
            complaints.update({f"{collection}.{name}": count for name, count in mapper.complaints.items()})
        if not unmapped:
            await harvests.accept(source.key, source.binding.version)
    return _replayed(source, tally, complaints, unmapped=tuple(unmapped))


Held = tuple[str, Any, dict[str, Any] | None]
"""A native key, the value that is stored, the kept native item."""


async def _held(source: HarvestSource, collection: Collection, catalog: Catalog, replay: Replay) -> AsyncIterator[list[Held]]:
    """What is stored of a collection, a few at a time; records that are withdrawn, too, which go on being so."""
    if collection is not Collection.RESOURCES:
        natives, key = Natives(catalog.database, source.key, collection), ""
        while held := await natives.held(key):
            key = held[-1][0]
            yield list[Held](held)
        return
    for walk in (replay.natives, replay.withdrawn):
        after = 0
        while stored := await walk(source.key, after):
            after = stored[-1].number
            yield [(each.record.key, each.record, each.native) for each in stored]


def _mapped_again(
    held: Sequence[Held], mapper: BatchMapper, lacking: Sequence[str], now: datetime
) -> tuple[list[tuple[str, Any, Native]], list[Quarantined]]:
    mapped: list[tuple[str, Any, Native]] = []
    spoiled: list[Quarantined] = []
    for key, value, native in held:
        if native is None:
            continue
        try:
            _, renewed, kept = mapper.map_item(Item(split_key(key), native), getattr(value, "obtained_at", None) or now)
        except ItemSpoiled as error:
            spoiled.append(Quarantined(key=key, field=error.field, reason=str(error), native=native))
            continue
        mapped.append((key, replace(renewed, **{name: getattr(value, name) for name in lacking}), kept))
    return mapped, spoiled


async def retry_quarantined(source: HarvestSource, catalog: Catalog) -> Replayed:
    """Map the items in quarantine once more; those that could not be read at all are asked for again where the source gives single items.

    Raises LeaseHeld.
    """
    harvests, replay = Harvests(catalog.database, catalog.clock), Replay(catalog.database)
    tally: Counter[str] = Counter()
    complaints: Counter[str] = Counter()
    error = None
    async with harvests.keeping_others_out(source.key, LEASE) as renew:
        until = await replay.last_quarantined(source.key)
        for collection in source.collections:
            mapper = BatchMapper(collection, source.sections[collection], source.binding)
            after = 0
            while stored := await replay.quarantined(source.key, collection, after, until):
                after = stored[-1].number
                await renew()
                items = [Item(split_key(each.key), each.native) for each in stored if each.key is not None and each.native is not None]
                lost = [each.key for each in stored if each.key is not None and each.native is None]
                if lost and source.connector.supports[collection].ids:
                    try:
                        items += await _asked(source, collection, lost)
                    except SourceError as failure:
                        error = f"{failure.code}: {failure.reason}; items that could not be read were left as they are"
                mapped, spoiled = mapper.map(Batch(items), catalog.clock())
                applied = await catalog.write(collection, source.key, mapped, quarantined=spoiled)
                tally.update(seen=len(items), changed=applied.changed, quarantined=applied.quarantined, left=len(stored) - len(items))
            complaints.update({f"{collection}.{name}": count for name, count in mapper.complaints.items()})
    return _replayed(source, tally, complaints, error=error)


async def _asked(source: HarvestSource, collection: Collection, keys: list[str]) -> list[Item]:
    query = Query(collection=collection, ids=tuple(split_key(key) for key in keys), limit=len(keys))
    async with reading(source.connector, query) as batches:
        return [item async for batch in batches for item in batch.items]


def _replayed(
    source: HarvestSource, tally: Counter[str], complaints: Counter[str], *, unmapped: tuple[str, ...] = (), error: str | None = None
) -> Replayed:
    return Replayed(
        source=source.key,
        name=source.name,
        seen=tally["seen"],
        changed=tally["changed"],
        quarantined=tally["quarantined"],
        left=tally["left"],
        unmapped=unmapped,
        complaints=dict(complaints),
        error=error,
    )
