"""Sweeps by keys alone: what a source that tells changes has deleted in silence is learnt without reading its records again."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from connectors.definition import parse_definition
from connectors.errors import SourceUnavailable
from connectors.mapping import Binding
from connectors.protocol import Batch, Collection, Query, Spoiled
from harvest import HarvestSource, RunReport, harvest, retry_quarantined
from store.catalog import Catalog, Quarantined
from store.reader import Reader
from tests.connectors.loopback import opened, serving
from tests.connectors.oaipmh.repository import DOCUMENT, Entry, Repository, entries
from tests.harvest.shelf import KEY, NOW, Shelf, items, source_of

RESOURCES = Collection.RESOURCES
WEEK = timedelta(days=7)
FRESH = "2026-11-23T09:00:00Z"


async def _keys(catalog: Catalog) -> set[str]:
    return {record.key for record in await Reader(catalog.database, frozenset({"pub"})).records(limit=1000)}


@dataclass
class Harvested:
    """A repository on loopback, and days that pass."""

    repository: Repository
    source: HarvestSource
    catalog: Catalog
    days: int = 0

    async def after(self, days: int, **options: bool) -> RunReport:
        self.days += days
        self.repository.verbs.clear()
        moment = NOW + timedelta(days=self.days)
        return await harvest(self.source, Catalog(self.catalog.database, lambda: moment), **options)


@asynccontextmanager
async def harvested(catalog: Catalog, repository: Repository) -> AsyncIterator[Harvested]:
    async with serving() as upstream, opened(upstream, DOCUMENT) as connector:
        upstream.handler = repository
        definition = parse_definition(DOCUMENT.replace("{url}", upstream.url))
        whole = HarvestSource.of(definition, Binding(source=KEY, tier="national", all_public=True, version=1), connector)
        source = replace(whole, sections={RESOURCES: whole.sections[RESOURCES]}, sweep_every=WEEK)
        it = Harvested(repository, source, catalog)
        assert (await it.after(0)).error is None
        yield it


async def test_a_repository_tells_by_its_identifiers_what_it_has_deleted(catalog: Catalog) -> None:
    there = entries(9)
    async with harvested(catalog, Repository(there, granularity="YYYY-MM-DD")) as it:
        gone, restricted, announced = there[2].key, there[3].key, there[4].key
        it.repository.entries = [
            *(each for each in there if each.key not in (gone, announced)),
            replace(there[4], metadata=None),
            Entry("oai:new", FRESH),
        ]
        it.repository.hidden = frozenset({restricted})
        report = await it.after(6)
        assert (report.changed, report.gone, "ListIdentifiers" in it.repository.verbs) == (1, 0, False)
        report = await it.after(1)
        assert (report.error, report.gone, report.full) == (None, 2, False)
        assert it.repository.verbs.count("ListIdentifiers") == 3
        assert it.repository.verbs.count("ListRecords") == 1
        # What is listed and may not be read was not deleted; nor does asking for it by its identifier delete it.
        assert await _keys(catalog) == {*(each.key for each in there), "oai:new"} - {gone, announced}
        await catalog.apply(KEY, quarantined=[Quarantined(key=restricted, reason="no_metadata")])
        assert (await retry_quarantined(it.source, catalog)).left == 1
        assert restricted in await _keys(catalog)
        await it.after(6)
        assert "ListIdentifiers" not in it.repository.verbs
        await it.after(0, sweep=True)
        assert "ListIdentifiers" in it.repository.verbs


async def test_a_sweep_that_would_delete_much_asks_first(catalog: Catalog) -> None:
    there = entries(60)
    async with harvested(catalog, Repository(there, page=20)) as it:
        it.repository.entries = there[:35]
        for _ in range(2):
            report = await it.after(7)
            assert "25 of 60 resources" in (report.error or "")
            assert report.gone == 0
        report = await it.after(0, confirm=True)
        assert (report.error, report.gone) == (None, 25)
        assert len(await _keys(catalog)) == 35


@dataclass
class Listed(Shelf):
    """A shelf that gives keys apart, and may break while it does."""

    breaks: bool = False

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        async for batch in super().read(query):
            yield batch
            if self.breaks and query.fields == frozenset():
                raise SourceUnavailable("reset")


def sweeping(shelf: Shelf) -> HarvestSource:
    return replace(source_of(shelf), sweep_every=timedelta(0))


async def test_a_listing_that_breaks_off_deletes_nothing_and_the_next_run_begins_it_anew(catalog: Catalog) -> None:
    shelf = Listed({RESOURCES: items(25)}, since=True)
    await harvest(sweeping(shelf), catalog)
    del shelf.shelves[RESOURCES]["0"], shelf.shelves[RESOURCES]["24"]
    shelf.breaks = True
    report = await harvest(sweeping(shelf), catalog)
    assert (report.error or "").startswith("SOURCE_UNAVAILABLE")
    assert (report.gone, len(await _keys(catalog))) == (0, 25)
    shelf.breaks = False
    report = await harvest(sweeping(shelf), catalog)
    assert (report.error, report.resumed, report.gone) == (None, True, 2)


async def test_a_listing_with_items_that_have_no_key_deletes_nothing_and_is_made_again(catalog: Catalog) -> None:
    shelf = Listed({RESOURCES: items(25)}, since=True)
    await harvest(replace(source_of(shelf), sweep_every=WEEK), catalog)
    week = Catalog(catalog.database, lambda: NOW + timedelta(days=400))
    del shelf.shelves[RESOURCES]["3"]

    class Spoiling(Listed):
        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            async for batch in super().read(query):
                yield replace(batch, spoiled=[Spoiled(None, "no_identifier")]) if query.fields == frozenset() else batch

    spoilt = Spoiling(shelf.shelves, since=True)
    report = await harvest(replace(source_of(spoilt), sweep_every=WEEK), week)
    assert (report.error, report.gone) == (None, 0)
    assert (await harvest(replace(source_of(shelf), sweep_every=WEEK), week)).gone == 1
    assert "3" not in await _keys(catalog)


@pytest.mark.parametrize("since", [True, False])
async def test_a_source_that_is_read_in_full_each_time_or_is_never_swept_is_not_listed(catalog: Catalog, since: bool) -> None:
    shelf = Shelf({RESOURCES: items(3)}, since=since)
    source = source_of(shelf) if since else sweeping(shelf)
    for _ in range(2):
        await harvest(source, catalog)
    assert [query.fields for query in shelf.asked] == [None, None]
