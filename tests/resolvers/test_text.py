"""Search by text over a catalog and live sources: one ranking, honest bounds, and an answer while there is no index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.definition import parse_definition
from connectors.protocol import Collection, Supports
from resolvers.context import Context
from resolvers.outcomes import Status
from resolvers.results import Results
from resolvers.search import search
from resolvers.sources import OpenSource, bind
from store.catalog import Catalog
from store.database import Database
from store.filters import EVERYTHING
from store.identity import resource_id
from store.ordering import Order
from store.reader import Reader
from store.record import Record
from store.search.index import SearchIndex
from store.search.indexer import Indexer
from tests.resolvers.test_walks import DEFINITION, START, Shelf, context, opened

STORED = "storedaa"


def hall(name: str, titles: list[str], *, text: bool = True, batch: int = 100) -> OpenSource:
    """A live source with titles, the first of them its own best."""
    shelf = Shelf(
        [{"id": f"{name}{n}", "title": title, "at": START.isoformat(), "level": "public"} for n, title in enumerate(titles)], batch
    )
    shelf.supports = {Collection.RESOURCES: Supports(text=text, max_batch=batch, filters=frozenset({"visibility"}))}
    return opened(name, shelf)


def stored() -> OpenSource:
    """A harvested source."""
    said = parse_definition(DEFINITION.format(name="stored", timeout=1.0).replace('mode = "live"', 'mode = "harvest"'))
    return OpenSource(STORED, said, bind(STORED, said, version=1, keys_by_name={}), Shelf([]))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3")
    await database.migrate()
    yield database
    await database.aclose()


async def filled(database: Database, directory: Path, titles: list[str]) -> SearchIndex:
    """A catalog with titles, and its index."""
    fixed: dict[str, Any] = {"source": STORED, "kind": "video", "tier": "provincial", "access": "public", "visibility": ("pub",)}
    held = [Record(id=resource_id(STORED, str(n)), key=str(n), title=title, **fixed) for n, title in enumerate(titles)]
    await Catalog(database).apply(STORED, [(record, None) for record in held])
    await Indexer(database, directory).catch_up()
    index = SearchIndex(directory)
    await index.refresh()
    return index


def asking(database: Database, index: SearchIndex, *sources: OpenSource) -> Context:
    made = context(stored(), *sources)
    return replace(made, reader=Reader(database, made.grant.keys), index=index)


async def ask(made: Context, text: str, first: int = 20, after: str | None = None, order: Order | None = None) -> Results:
    return await search(made, EVERYTHING, order, first, after, None, text)


def told(found: Results) -> dict[str, tuple[Status, str]]:
    return {outcome.source: (outcome.status, outcome.reason) for outcome in found.outcomes}


async def test_hits_of_a_live_source_stand_where_their_score_puts_them(database: Database, tmp_path: Path) -> None:
    index = await filled(database, tmp_path / "index", ["数控车床编程", "烹饪与数控的故事以及很多别的词语在一起", *["护理"] * 30])
    live = hall("live", ["机床史话：数控之外的许多许多许多许多词语", "数控编程"])
    found = await ask(asking(database, index, live), "数控编程")
    assert [record.title for record in found.nodes][:2] == ["数控编程", "数控车床编程"]
    assert found.complete
    index.close()


async def test_a_live_source_takes_part_with_fifty_hits_and_says_that_it_has_more(database: Database, tmp_path: Path) -> None:
    index = await filled(database, tmp_path / "index", ["数控车床"])
    made = asking(database, index, hall("live", [f"数控 {number}" for number in range(70)]))
    found = await ask(made, "数控", first=100)
    assert len(found.nodes) == 51
    assert told(found)["liveaaaa"] == (Status.PARTIAL, "text_bound")
    assert not found.complete
    assert not found.total_is_exact
    index.close()


async def test_a_source_that_cannot_search_text_is_not_asked(database: Database, tmp_path: Path) -> None:
    index = await filled(database, tmp_path / "index", ["数控车床"])
    mute = hall("mute", ["数控"], text=False)
    found = await ask(asking(database, index, mute), "数控")
    assert told(found)["muteaaaa"] == (Status.SKIPPED, "no_text")
    assert mute.connector.calls == 0  # type: ignore[attr-defined]
    index.close()


@pytest.mark.parametrize("order", [None, Order.NEWEST, Order.TITLE])
async def test_without_an_index_live_sources_answer_and_the_outcomes_tell(database: Database, tmp_path: Path, order: Order | None) -> None:
    index = SearchIndex(tmp_path / "nothing")
    found = await ask(asking(database, index, hall("live", ["数控车床"])), "数控", order=order)
    assert [record.title for record in found.nodes] == ["数控车床"]
    assert told(found)[STORED] == (Status.UNAVAILABLE, "index")
    assert await found.total_count() == 1
    assert not found.total_is_exact
    assert not found.complete
    assert await found.facets(["kind"], 10) == []
    assert await found.did_you_mean() is None
    index.close()


async def test_by_relevance_the_catalog_ends_at_a_thousand_hits_and_says_so(database: Database, tmp_path: Path) -> None:
    index = await filled(database, tmp_path / "index", [f"数控 {number}" for number in range(1100)])
    made, after, seen = asking(database, index), None, []
    while True:
        found = await ask(made, "数控", 100, after)
        seen += [record.id for record in found.nodes]
        assert await found.total_count() == 1100
        assert found.total_is_exact
        if not found.page_info.has_next_page:
            break
        assert found.complete
        after = found.page_info.end_cursor
    assert len(seen) == len(set(seen)) == 1000
    assert told(found)[STORED] == (Status.PARTIAL, "relevance_bound")
    index.close()


async def test_a_walk_by_newest_shows_each_record_once_though_they_change_meanwhile(database: Database, tmp_path: Path) -> None:
    index = await filled(database, tmp_path / "index", [f"数控 {number}" for number in range(60)])
    made, after, seen = asking(database, index), None, []
    for place in range(100):
        found = await ask(made, "数控", 7, after, Order.NEWEST)
        seen += [record.id for record in found.nodes]
        if not found.page_info.has_next_page:
            break
        after = found.page_info.end_cursor
        # What was just shown last is renewed in the table before the index has learned of it.
        last = found.nodes[-1]
        renewed = msgspec.structs.replace(last, updated_at=START.replace(year=2026, minute=place % 60))
        await Catalog(database).apply(STORED, [(renewed, None)])
        if place % 2:
            await Indexer(database, tmp_path / "index").catch_up()
            await index.refresh()
    assert len(seen) == len(set(seen))
    assert len(seen) >= 50
    index.close()


async def test_a_page_goes_on_behind_its_last_hit_through_a_rebuild(database: Database, tmp_path: Path) -> None:
    index = await filled(database, tmp_path / "index", [f"数控 {number}" for number in range(50)])
    made = asking(database, index)
    first = await ask(made, "数控", 20)
    assert await Indexer(database, tmp_path / "index").rebuild()
    await index.refresh()
    second = await ask(made, "数控", 40, first.page_info.end_cursor)
    assert len({record.id for record in (*first.nodes, *second.nodes)}) == 50
    index.close()


async def test_many_questions_at_once_share_the_threads(database: Database, tmp_path: Path) -> None:
    index = await filled(database, tmp_path / "index", [f"数控 {number}" for number in range(200)])
    made = asking(database, index)
    found = await asyncio.gather(*(ask(made, "数控", 5) for _ in range(40)))
    assert {tuple(record.id for record in each.nodes) for each in found} == {tuple(record.id for record in found[0].nodes)}
    index.close()
