"""What sources and machines do to a catalog: keys that change their case, duplicates, huge texts, clocks that step back, full disks."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError

from connectors.protocol import Batch, Collection, Item, Query
from harvest import harvest, remap, retry_quarantined
from store.away import unusable
from store.catalog import Catalog
from store.changes import Changes
from store.database import Database
from store.ordering import newest_key
from store.reader import Reader
from store.record import Record
from store.replay import Replay
from tests.harvest.shelf import KEY, NOW, Shelf, items, source_of
from tests.harvest.test_replaying import with_mapping

RESOURCES = Collection.RESOURCES
EVERYBODY = frozenset({"pub"})


async def _records(catalog: Catalog) -> dict[str, Record]:
    return {record.key: record for record in await Reader(catalog.database, EVERYBODY).records(limit=20_000)}


async def test_keys_that_differ_in_case_alone_are_two_records_and_a_change_of_case_is_a_new_record(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: {key: {"id": key, "title": key} for key in ("Ab", "aB", "ab", "x1", "x2")}})
    await harvest(source_of(shelf), catalog)
    assert set(await _records(catalog)) == {"Ab", "aB", "ab", "x1", "x2"}
    shelf.shelves[RESOURCES] = {key: {"id": key, "title": key} for key in ("AB", "aB", "ab", "x1", "x2")}
    report = await harvest(source_of(shelf), catalog)
    assert (report.changed, report.gone, report.error) == (1, 1, None)
    assert set(await _records(catalog)) == {"AB", "aB", "ab", "x1", "x2"}


async def test_ten_thousand_duplicates_are_one_record_each_time(catalog: Catalog) -> None:
    class Repeating(Shelf):
        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            for page in range(100):
                repeated = [Item(str(n % 3), {"id": str(n % 3), "title": f"重复 {n % 3}"}) for n in range(100)]
                yield Batch(repeated, str(page + 1) if page < 99 else None)

    report = await harvest(source_of(Repeating({RESOURCES: items(3)})), catalog)
    assert (report.seen, report.changed, report.quarantined, report.error) == (10_000, 3, 0, None)
    assert len(await Changes(catalog.database).public(None, 100)) == 3


async def test_a_summary_of_a_megabyte_is_cut_or_kept_and_harms_nobody(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: {**items(2), "9": {"id": "9", "title": "长" * 1_000_000}}})
    report = await harvest(source_of(shelf), catalog)
    assert (report.quarantined, report.error) == (0, None)
    assert len((await _records(catalog))["9"].title) >= 1000
    assert (await harvest(source_of(shelf), catalog)).changed == 0


HALF = "\ud83d"
"""Half of a surrogate pair: text for JSON, and for no database."""


async def test_whatever_stands_in_an_item_is_kept_cut_or_quarantined_with_a_reason_and_never_ends_the_harvest(catalog: Catalog) -> None:
    nasty: dict[str, dict[str, Any]] = {
        "long": {"title": "长", "summary": "摘" * 1_000_000},
        "many": {"title": "多", "keywords": [f"关键词{n}" for n in range(10_000)]},
        "nul": {"title": "零\0字符", "summary": "\0", "keywords": ["a\0b"], "author": {"name": "张\0三"}},
        "half": {"title": f"半{HALF}个", "summary": HALF, "keywords": [HALF], "author": {"name": HALF}},
        "deep": {"title": "深", "summary": {"a": {"b": [1, {"c": HALF}]}}, "keywords": [[["x"]]]},
        "number": {"title": 10**400, "summary": float("nan"), "keywords": 7},
        f"key{HALF}": {"title": "键"},
        "key\0": {"title": "键"},
        "k" * 5000: {"title": "长键"},
    }
    shelf = Shelf(
        {
            Collection.INSTITUTIONS: {"7": {"id": "7", "code": "4133010001", "name": f"示例{HALF}\0学院"}},
            Collection.LIBRARIES: {"L": {"id": "L", "name": f"库{HALF}"}, f"M{HALF}": {"id": "M", "name": "\0"}},
            RESOURCES: {**items(3), **{key: {"id": key, **item} for key, item in nasty.items()}},
        },
        size=50,
    )
    source = with_mapping(source_of(shelf), 1, summary="summary", keywords="keywords")
    report = await harvest(source, catalog)
    assert (report.error, report.seen) == (None, 3 + 12)
    held = await _records(catalog)
    assert {"0", "1", "2", "long", "many", "nul"} <= set(held)
    assert all("\0" not in f"{record.title}{record.summary}{record.keywords}" for record in held.values())
    assert len(held["many"].keywords) <= 10_000
    spoilt = await Replay(catalog.database).quarantined(KEY)
    assert len(held) + sum(each.collection == "resources" for each in spoilt) == 3 + len(nasty)
    assert all(each.reason for each in spoilt)
    # Once more: nothing is new, and what is in quarantine is there once.
    again = await harvest(source, catalog, full=True)
    assert (again.error, again.changed) == (None, 0)
    assert len(await Replay(catalog.database).quarantined(KEY)) == len(spoilt)
    assert (await remap(source, catalog)).error is None
    assert (await retry_quarantined(source, catalog)).error is None


async def test_a_clock_that_steps_back_during_a_run_loses_nothing(catalog: Catalog) -> None:
    moments = iter([NOW, NOW + timedelta(seconds=1)])
    stepped = Catalog(catalog.database, lambda: next(moments, NOW - timedelta(days=1)))
    shelf = Shelf({RESOURCES: items(45)}, since=True)
    report = await harvest(source_of(shelf), stepped)
    assert (report.seen, report.error) == (45, None)
    assert len(await _records(catalog)) == 45
    log = Changes(catalog.database)
    seqs = [change.seq for change in await log.public(None, 100)]
    assert seqs == sorted(seqs)
    # Whoever comes next at the right time is not kept out by a lease, and asks from the source's own date on.
    again = await harvest(source_of(shelf), Catalog(catalog.database, lambda: NOW + timedelta(hours=1)))
    assert (again.error, shelf.asked[-1].since) == (None, shelf.date)


async def test_a_lease_taken_before_the_clock_stepped_back_ends_with_its_run(catalog: Catalog) -> None:
    ahead = Catalog(catalog.database, lambda: NOW + timedelta(days=365))
    shelf = Shelf({RESOURCES: items(3)})
    assert (await harvest(source_of(shelf), ahead)).error is None
    assert (await harvest(source_of(shelf), Catalog(catalog.database, lambda: NOW))).error is None


async def test_a_walk_by_newest_meets_each_record_at_most_once_while_they_change_and_the_log_has_the_rest(catalog: Catalog) -> None:
    def shelved(changed: set[int], at: datetime) -> dict[str, dict[str, Any]]:
        later = items(60)
        for n in range(60):
            moment = at + timedelta(minutes=n) if n in changed else NOW - timedelta(minutes=n)
            later[str(n)] |= {"at": moment.isoformat(), "title": f"改 {n}" if n in changed else f"数控 {n}"}
        return later

    shelf = Shelf({RESOURCES: shelved(set(), NOW)})
    await harvest(source_of(shelf), catalog)
    reader, log = Reader(catalog.database, EVERYBODY), Changes(catalog.database)
    began = await log.latest()
    met: list[str] = []
    after = None
    changed: set[int] = set()
    while page := await reader.records(after=after, limit=10):
        met += [record.key for record in page]
        after = (-newest_key(page[-1]), page[-1].id)
        if len(changed) < 30:
            changed |= {len(met) - 3, 59 - len(met)}  # one that was met, one that was not
            shelf.shelves[RESOURCES] = shelved(changed, NOW + timedelta(days=1))
            await harvest(source_of(shelf), catalog)
    assert len(met) == len(set(met))
    told = {change.record for change in await log.public(began, 1000)}
    missed = {record.id for record in (await _records(catalog)).values() if record.key not in met}
    assert missed
    assert missed <= told


async def test_a_full_disk_ends_the_run_and_the_next_one_goes_on(tmp_path: Path) -> None:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3")
    limit = [0]

    def bound(connection: Any, _record: object) -> None:
        if limit[0]:
            connection.execute(f"PRAGMA max_page_count={limit[0]}")

    try:
        await database.migrate()
        catalog = Catalog(database)
        await catalog.database.aclose()
        for engine in database.engines:
            event.listen(engine, "connect", bound)
        limit[0] = 150
        shelf = Shelf({RESOURCES: items(3000, author={"name": "作者" * 40})}, size=50)
        with pytest.raises(OperationalError, match="full") as raised:
            await harvest(source_of(shelf), catalog)
        assert "make room" in unusable(raised.value).en
        held = len(await _records(catalog))
        assert 0 < held < 3000
        limit[0] = 0
        await database.aclose()
        report = await harvest(source_of(shelf), Catalog(database, lambda: datetime.now(UTC) + timedelta(minutes=2)))
        assert (report.error, report.resumed) == (None, True)
        assert len(await _records(catalog)) == 3000
        assert report.seen <= 3000 - held + 50
    finally:
        await database.aclose()


async def test_a_file_that_another_program_locks_ends_the_run_with_words_and_the_next_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database.BUSY_SECONDS", 0.1)
    file = tmp_path / "catalog.sqlite3"
    database = Database.open(f"sqlite+aiosqlite:///{file}")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:

        class Locking(Shelf):
            async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
                async for batch in super().read(query):
                    if batch.cursor == "30" and not self.closed:
                        other.execute("BEGIN IMMEDIATE")
                    yield batch

        try:
            await database.migrate()
            shelf = Locking({RESOURCES: items(45)})
            with pytest.raises(OperationalError, match="locked") as raised:
                await harvest(source_of(shelf), Catalog(database))
            assert "close that program" in unusable(raised.value).en
            assert len(await _records(Catalog(database))) == 20
            other.execute("ROLLBACK")
            report = await harvest(source_of(shelf), Catalog(database))
            assert (report.error, report.resumed, report.seen) == (None, True, 25)
            assert len(await _records(Catalog(database))) == 45
        finally:
            await database.aclose()


@pytest.mark.parametrize(
    "error",
    [
        ValueError("locked"),
        IntegrityError("x", {}, sqlite3.IntegrityError("UNIQUE")),
        OperationalError("x", {}, sqlite3.OperationalError("no such table: records")),
        None,
    ],
)
def test_other_errors_are_not_taken_for_a_database_that_cannot_be_used(error: Exception | None) -> None:
    assert unusable(error) is None
