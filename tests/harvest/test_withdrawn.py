"""A record that people withdrew stays withdrawn whatever is done with its source, and comes back as its source has it then."""

from pathlib import Path

import pytest

from connectors.protocol import Collection
from harvest import harvest, remap, retry_quarantined
from store.audit import Action, Audit
from store.catalog import Catalog
from store.changes import Changes
from store.identity import resource_id
from store.reader import Reader
from store.rekeying import Rekeying
from store.search.index import SearchIndex
from store.search.indexer import Indexer
from store.search.view import Question
from store.withdrawals import Withdrawals
from tests.harvest.shelf import KEY, Shelf, items, source_of
from tests.harvest.test_replaying import with_mapping

RESOURCES = Collection.RESOURCES
EVERYBODY = frozenset({"pub"})


async def _titles(catalog: Catalog) -> dict[str, str]:
    return {record.key: record.title for record in await Reader(catalog.database, EVERYBODY).records(limit=1000)}


async def test_nothing_that_is_done_with_its_source_brings_it_back(catalog: Catalog, tmp_path: Path) -> None:
    shelf = Shelf({RESOURCES: items(6)})
    await harvest(source_of(shelf), catalog)
    withdrawals, chosen = Withdrawals(catalog), resource_id(KEY, "3")
    assert await withdrawals.withdraw([chosen], reason="rights", by="somebody") == [chosen]

    async def is_gone(identity: str = chosen) -> bool:
        reader = Reader(catalog.database, EVERYBODY)
        return len(await _titles(catalog)) == 5 and not await reader.by_ids([identity, chosen])

    shelf.shelves[RESOURCES]["3"]["title"] = "改了"
    await harvest(source_of(shelf), catalog)
    assert await is_gone()
    await harvest(source_of(shelf, version=2), catalog, full=True, confirm=True)
    assert await is_gone()
    changed = with_mapping(source_of(shelf), 3, title={"join": ["title", "id"], "separator": " "})
    await remap(changed, catalog)
    assert await is_gone()
    shelf.shelves[RESOURCES]["3"] = {"id": "3"}  # into quarantine, and out of it
    await harvest(changed, catalog, full=True)
    await retry_quarantined(with_mapping(changed, 4, title={"first": ["title", "id"]}), catalog)
    assert await is_gone()
    await Rekeying(catalog, KEY).rekey({"3": "new-3"})
    moved = resource_id(KEY, "new-3")
    assert await is_gone(moved)
    shelf.shelves[RESOURCES]["new-3"] = {"id": "new-3", "title": "换了标识"}
    del shelf.shelves[RESOURCES]["3"]
    await harvest(changed, catalog, full=True)
    assert await is_gone(moved)
    await Indexer(catalog.database, tmp_path / "index").catch_up()
    index = SearchIndex(tmp_path / "index")
    await index.refresh()
    assert await index.ask(lambda view: view.count(Question(keys=EVERYBODY, text="标识"))) == 0
    index.close()
    # It was public when it was withdrawn, so its leaving is told, and nothing else of it.
    told = [change.shown for change in await Changes(catalog.database).public(None, 100) if change.record in (chosen, moved)]
    assert told == [True, False]
    assert len(await Audit(catalog.database).events(actions=[Action.RECORDS_WITHDRAWN])) == 1
    # Undone by the id that people know, which is not the id that it has now.
    assert await withdrawals.restore([chosen], by="somebody else") == [moved]
    assert (await _titles(catalog))["new-3"] == "换了标识 new-3"


@pytest.mark.parametrize("full", [True, False], ids=["by its absence", "by word"])
async def test_a_record_that_its_source_took_back_meanwhile_does_not_come_back(catalog: Catalog, full: bool) -> None:
    shelf = Shelf({RESOURCES: items(6)}, since=not full)
    await harvest(source_of(shelf), catalog)
    chosen = resource_id(KEY, "3")
    await Withdrawals(catalog).withdraw([chosen], reason="wrong", by="somebody")
    del shelf.shelves[RESOURCES]["3"]
    shelf.gone = () if full else ["3"]
    await harvest(source_of(shelf), catalog)
    assert await Withdrawals(catalog).restore([chosen], by="somebody") == [chosen]
    assert set(await _titles(catalog)) == set("01245")


async def test_an_earlier_id_withdraws_the_record_that_has_another_now(catalog: Catalog) -> None:
    await harvest(source_of(Shelf({RESOURCES: items(3)})), catalog)
    await Rekeying(catalog, KEY).rekey({"1": "n-1"})
    old, now = resource_id(KEY, "1"), resource_id(KEY, "n-1")
    assert await Withdrawals(catalog).withdraw([old, now], reason="rights", by="somebody") == [now]
    assert set(await _titles(catalog)) == {"0", "2"}
    assert await Withdrawals(catalog).restore([old], by="somebody") == [now]
    assert set(await _titles(catalog)) == {"0", "2", "n-1"}
