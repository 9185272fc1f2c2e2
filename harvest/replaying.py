"""Map what is stored once more: kept native items after the mapping has changed, and items in quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from connectors.errors import SourceError
from connectors.mapping import ItemSpoiled
from connectors.protocol import Batch, Collection, Item, Query, reading
from harvest.errors import NothingKept
from harvest.mapping import BatchMapper
from harvest.source import HarvestSource
from store.catalog import Catalog, Quarantined
from store.harvests import Harvests
from store.identity import split_key
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
    """Map the stored native items of a source's resources by its present mapping, without asking the source.

    A field whose mapping reads what was not kept stays as it is. Where every field could be mapped and resources are all there is, the
    next harvest need not read everything again for the new definition. Raises LeaseHeld, and NothingKept before the first harvest.
    """
    harvests, replay = Harvests(catalog.database, catalog.clock), Replay(catalog.database)
    section = source.sections[Collection.RESOURCES]
    kept = await replay.kept_paths(source.key)
    if kept is None:
        raise NothingKept(source.name)
    unmapped = tuple(name for name, each in section.mapping.items() if not kept.issuperset(each.paths()))
    mapper = BatchMapper(Collection.RESOURCES, section, source.binding)
    tally: Counter[str] = Counter()
    async with harvests.keeping_others_out(source.key, LEASE) as renew:
        after = 0
        while stored := await replay.natives(source.key, after):
            after = stored[-1].number
            await renew()
            mapped, spoiled = [], []
            for each in stored:
                if each.native is None:
                    tally["left"] += 1
                    continue
                item = Item(split_key(each.record.key), each.native)
                try:
                    _, record, native = mapper.map_item(item, each.record.obtained_at or catalog.clock())
                except ItemSpoiled as error:
                    spoiled.append(Quarantined(key=each.record.key, field=error.field, reason=str(error), native=each.native))
                    continue
                mapped.append((replace(record, **{name: getattr(each.record, name) for name in unmapped}), native))
            applied = await catalog.apply(source.key, mapped, quarantined=spoiled)
            tally.update(seen=len(stored), changed=applied.changed, quarantined=applied.quarantined)
        if not unmapped and source.collections == [Collection.RESOURCES]:
            await harvests.accept(source.key, source.binding.version)
    return _replayed(source, tally, mapper, unmapped)


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
    return Replayed(
        source=source.key,
        name=source.name,
        seen=tally["seen"],
        changed=tally["changed"],
        quarantined=tally["quarantined"],
        left=tally["left"],
        complaints=dict(complaints),
        error=error,
    )


async def _asked(source: HarvestSource, collection: Collection, keys: list[str]) -> list[Item]:
    query = Query(collection=collection, ids=tuple(split_key(key) for key in keys), limit=len(keys))
    async with reading(source.connector, query) as batches:
        return [item async for batch in batches for item in batch.items]


def _replayed(source: HarvestSource, tally: Counter[str], mapper: BatchMapper, unmapped: tuple[str, ...]) -> Replayed:
    return Replayed(
        source=source.key,
        name=source.name,
        seen=tally["seen"],
        changed=tally["changed"],
        quarantined=tally["quarantined"],
        left=tally["left"],
        unmapped=unmapped,
        complaints={f"resources.{name}": count for name, count in mapper.complaints.items()},
    )
