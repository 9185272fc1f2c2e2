"""A repository copied into the catalog: in full once, then by what changed, deletions as they are told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.definition import parse_definition
from connectors.mapping import Binding
from connectors.registry import Surroundings, find_kind
from egress import HARVEST, Allow, Client
from harvest import harvest
from harvest.source import HarvestSource
from store.catalog import Catalog
from store.database import Database
from store.reader import Reader
from tests.connectors.loopback import Upstream, serving
from tests.connectors.oaipmh.repository import DC, Entry, Repository, definition, entries

LATER = "2026-11-23T07:59:59Z", "2026-11-23T08:00:00Z"


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[Catalog]:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3")
    try:
        await database.migrate()
        yield Catalog(database)
    finally:
        await database.aclose()


@asynccontextmanager
async def source_at(upstream: Upstream) -> AsyncIterator[HarvestSource]:
    read = parse_definition(definition().replace("{url}", upstream.url).replace('mode = "live"', 'mode = "harvest"'))
    kind = find_kind("oaipmh")
    assert kind is not None
    async with Client(bounds=HARVEST, allow=Allow([("127.0.0.1", upstream.port)])) as client:
        connector = await kind.open(read, Surroundings(client=client, directory=Path()))
        yield HarvestSource.of(read, Binding(source="abcdefghij", tier="national", all_public=True), connector)


async def titles(catalog: Catalog) -> dict[str, str]:
    return {record.key: record.title for record in await Reader(catalog.database, frozenset({"pub"})).records(limit=1000)}


async def test_after_the_first_run_only_what_changed_is_read_and_deletions_are_followed(catalog: Catalog) -> None:
    known = entries(11, deleted=4)
    repository = Repository(known, sets=[("lib0", "甲库"), ("lib1", "乙库")])
    async with serving() as upstream, source_at(upstream) as source:
        upstream.handler = repository
        first = await harvest(source, catalog)
        assert (first.error, first.seen, first.quarantined, first.full) == (None, 11, 0, True)
        assert len(before := await titles(catalog)) == 9

        quiet = await harvest(source, catalog)
        assert (quiet.error, quiet.changed, quiet.gone, quiet.full) == (None, 0, 0, False)
        assert await titles(catalog) == before

        changed = replace(known[0], stamp=LATER[1], metadata=DC.format(title="新题名"))
        deleted = Entry(known[1].key, LATER[1], None)
        repository.entries = [*known[2:], Entry("another", LATER[1]), changed, deleted]
        second = await harvest(source, catalog)
        assert (second.error, second.gone, second.full) == (None, 1, False)
        assert await titles(catalog) == {
            **{key: title for key, title in before.items() if key != known[1].key},
            known[0].key: "新题名",
            "another": "数控车床编程",
        }


async def test_a_lost_token_begins_the_window_anew_and_a_loop_deletes_nothing(catalog: Catalog) -> None:
    repository = Repository(entries(11))
    async with serving() as upstream, source_at(upstream) as source:
        lost = iter([True])
        upstream.handler = lambda asked: (
            repository.error("badResumptionToken") if "resumptionToken" in asked.params and next(lost, False) else repository(asked)
        )
        assert (await harvest(source, catalog)).error is None
        assert len(await titles(catalog)) == 11
        rows = repository.entries[0].record
        upstream.handler = lambda asked: (
            repository.answer(f"<ListRecords>{rows}<resumptionToken>{len(upstream.asked)}</resumptionToken></ListRecords>")
            if asked.params["verb"] == ["ListRecords"]
            else repository(asked)
        )
        report = await harvest(source, catalog, full=True)
        assert report.error is not None
        assert "loop" in report.error
        assert len(await titles(catalog)) == 11
