"""Rekeying: records keep what they are, old ids lead to them, and what was withdrawn stays so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from store.catalog import Applied, Catalog
from store.changes import Changes
from store.database import Database
from store.errors import LeaseHeld
from store.harvests import Harvests
from store.identity import SEPARATOR, resource_id
from store.reader import Reader
from store.record import Record
from store.rekeying import Rekeyed, Rekeying, pairs_of
from store.withdrawals import Withdrawals

SOURCE = "abcdefgh"
EVERYBODY = frozenset({"pub"})
Make = Callable[..., Record]


async def _keys(database: Database) -> set[str]:
    return {record.key for record in await Reader(database, EVERYBODY).records(limit=1000)}


async def test_a_record_moves_to_its_new_key_and_its_old_id_leads_there(database: Database, make_record: Make) -> None:
    catalog, record = Catalog(database), make_record("1")
    await catalog.apply(SOURCE, [(record, {"id": 1}), (make_record("2"), None)])
    assert await Rekeying(catalog, SOURCE).rekey({"1": "n-1", "9": "n-9"}) == Rekeyed(moved=1, aliases=2)
    assert await _keys(database) == {"n-1", "2"}
    moved = make_record("n-1", title=record.title)
    assert (await Reader(database, EVERYBODY).by_ids([moved.id]))[moved.id] == moved
    assert await Changes(database).aliases([record.id]) == {record.id: moved.id}
    # The next harvest finds it as it left it.
    assert await catalog.apply(SOURCE, [(moved, {"id": 1})]) == Applied()
    stone = (await Changes(database).tombstones([record.id]))[record.id]
    assert (stone.title, stone.replaced_by) == (record.title, moved.id)
    assert [(c.record, c.shown) for c in await Changes(database).public(None, 10)][2:] == [(record.id, False), (moved.id, True)]


async def test_a_second_change_keeps_the_first_ids_alive_and_every_step_may_be_repeated(database: Database, make_record: Make) -> None:
    catalog = Catalog(database)
    await catalog.apply(SOURCE, [(make_record("1"), None)])
    rekeying = Rekeying(catalog, SOURCE)
    for keys in ({"1": "2"}, {"1": "2"}, {"2": "3"}):
        await rekeying.rekey(keys)
    assert await _keys(database) == {"3"}
    newest = resource_id(SOURCE, "3")
    assert await Changes(database).aliases([resource_id(SOURCE, "1"), resource_id(SOURCE, "2")]) == {
        resource_id(SOURCE, "1"): newest,
        resource_id(SOURCE, "2"): newest,
    }


async def test_a_harvest_that_was_quicker_leaves_one_record(database: Database, make_record: Make) -> None:
    catalog = Catalog(database)
    await catalog.apply(SOURCE, [(make_record("1"), None), (make_record("n-1", title="新"), None)])
    assert await Rekeying(catalog, SOURCE).rekey({"1": "n-1"}) == Rekeyed(moved=0, aliases=1)
    assert await _keys(database) == {"n-1"}


async def test_what_was_withdrawn_stays_withdrawn_under_its_new_key(database: Database, make_record: Make) -> None:
    catalog, record = Catalog(database), make_record("1")
    await catalog.apply(SOURCE, [(record, None)])
    await Withdrawals(catalog).withdraw([record.id], reason="rights", by="x")
    await catalog.apply(SOURCE, [(make_record("n-1"), None)])
    await Rekeying(catalog, SOURCE).rekey({"1": "n-1"})
    assert await _keys(database) == set()
    moved = resource_id(SOURCE, "n-1")
    await catalog.apply(SOURCE, [(make_record("n-1", title="又来了"), None)])
    assert await _keys(database) == set()
    assert await Withdrawals(catalog).restore([moved], by="x") == [moved]
    assert await _keys(database) == {"n-1"}


async def test_a_source_that_is_being_harvested_is_left_alone_and_an_open_reading_begins_anew(database: Database) -> None:
    catalog, harvests = Catalog(database), Harvests(database)
    run = await harvests.begin(SOURCE, 1, timedelta(minutes=1))
    with pytest.raises(LeaseHeld):
        await Rekeying(catalog, SOURCE).rekey({"1": "2"})
    await harvests.finish(run, run.window, "stopped", datetime.now(UTC))
    await Rekeying(catalog, SOURCE).rekey({"1": "2"})
    assert not (await harvests.begin(SOURCE, 1, timedelta(minutes=1))).resumed


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"1": "2", "2": "3"}, "in two steps"),
        ({"1": "3", "2": "3"}, "same new key"),
        ({"1": ""}, "1 to 180 bytes"),
        ({"1": "x\0"}, "no database keeps"),
    ],
)
async def test_keys_that_would_mix_records_up_are_refused_before_anything_is_written(
    database: Database, make_record: Make, keys: dict[str, str], message: str
) -> None:
    await Catalog(database).apply(SOURCE, [(make_record("1"), None), (make_record("2"), None)])
    with pytest.raises(ValueError, match=message):
        await Rekeying(Catalog(database), SOURCE).rekey(keys)
    assert await _keys(database) == {"1", "2"}


def test_a_table_of_keys_is_read_with_keys_of_several_parts() -> None:
    assert pairs_of([["old", "new"], ["1", "a"], [], ["2", "b"]]) == {"1": "a", "2": "b"}
    assert pairs_of([["New", "old.1", "old.2"], ["a", "bucket", "7"]]) == {f"bucket{SEPARATOR}7": "a"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "first row"),
        ([["1", "a"]], "first row"),
        ([["old", "new"], ["1"]], "row 2"),
        ([["old", "new"], ["1", ""]], "row 2"),
        ([["old", "new"], ["1", "a"], ["1", "b"]], "row 3"),
    ],
)
def test_a_table_that_cannot_be_read_names_the_row(rows: list[list[str]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pairs_of(rows)
