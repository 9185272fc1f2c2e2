"""Keys alone: what a source has now, learnt without reading every record, so that what it deleted in silence is known."""

from __future__ import annotations

from connectors.protocol import Collection, Query, reading
from connectors.pushdown import declared_keys
from harvest.source import HarvestSource
from store.catalog import Catalog
from store.harvests import Harvests, Run, Step, Window
from store.identity import native_key
from store.rows import may_be_held


async def meet_by_keys(source: HarvestSource, collection: Collection, catalog: Catalog, run: Run, window: Window) -> bool:
    """Mark every key that a source lists as met, and delete what it calls deleted there. One that is interrupted begins anew.

    Gives False where some item had no key: then nobody knows what is missing. Raises what the source raises, LeaseLost.
    """
    await Harvests(catalog.database, catalog.clock).forget_met(source.key, collection)
    section, whole = source.sections[collection], True
    limit = min(section.max_batch, source.connector.supports[collection].max_batch)
    query = Query(collection=collection, fields=frozenset(), limit=limit, keys=declared_keys(section))
    async with reading(source.connector, query) as batches:
        async for batch in batches:
            listed = [*(item.key for item in batch.items), *(each.key for each in batch.spoiled if each.key is not None)]
            whole = whole and all(each.key is not None for each in batch.spoiled)
            met = [key for key in map(native_key, listed) if may_be_held(key)]
            gone = [native_key(key) for key in batch.gone]
            await catalog.write(collection, source.key, (), gone, (), Step(run=run, window=window, met=met))
    return whole
