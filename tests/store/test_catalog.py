"""Writes of the catalog: what a batch changes, what it leaves alone, and what it refuses."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from store.catalog import Applied, Catalog, Quarantined
from store.database import Database
from store.identity import institution_id, library_id
from store.reader import Reader
from store.record import Creator, Institution, Library, MajorRef, Record
from store.rows import unpack
from store.tables import changes, payloads, quarantine, record_terms, records

SOURCE = "abcdefgh"
Make = Callable[..., Record]


async def _changes(database: Database) -> list[tuple[str, str]]:
    async with database.begin_read() as connection:
        return [tuple(row) for row in await connection.execute(select(changes.c.op, changes.c.record).order_by(changes.c.seq))]


async def _count(database: Database, table: object) -> int:
    async with database.begin_read() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def test_a_batch_is_written_and_its_changes_are_logged_in_order(database: Database, make_record: Make) -> None:
    catalog, one, two = Catalog(database), make_record("1"), make_record("2")
    assert await catalog.apply(SOURCE, [(one, None), (two, None)]) == Applied(changed=2)
    assert await catalog.apply(SOURCE, [(replace(one, title="车工"), None)], gone=["2", "never there"]) == Applied(changed=1, gone=1)
    assert await _changes(database) == [("upsert", one.id), ("upsert", two.id), ("upsert", one.id), ("delete", two.id)]
    found = await Reader(database, frozenset({"pub"})).by_ids([one.id, two.id])
    assert [record.title for record in found.values()] == ["车工"]


async def test_equal_content_writes_nothing_even_when_it_was_obtained_later(database: Database, make_record: Make) -> None:
    catalog = Catalog(database)
    record = make_record("1", obtained_at=datetime(2024, 1, 1, tzinfo=UTC))
    await catalog.apply(SOURCE, [(record, {"a": 1})])
    again = replace(record, obtained_at=datetime(2025, 1, 1, tzinfo=UTC), definition_version=2)
    assert await catalog.apply(SOURCE, [(again, {"a": 2})]) == Applied()
    assert len(await _changes(database)) == 1


async def test_a_change_replaces_terms_and_native_item_and_a_deletion_takes_them_along(database: Database, make_record: Make) -> None:
    catalog = Catalog(database)
    record = make_record(
        "1", creators=(Creator("张三"), Creator("李四")), languages=("zh",), majors=(MajorRef("数控技术", "460103", 2021),)
    )
    await catalog.apply(SOURCE, [(record, {"title": "旧"})])
    assert await _count(database, record_terms) == 4
    await catalog.apply(SOURCE, [(replace(record, creators=(Creator("王五"),)), {"title": "新"})])
    async with database.begin_read() as connection:
        assert (await connection.scalars(select(record_terms.c.value).where(record_terms.c.field == "creator"))).all() == ["王五"]
        assert [unpack(each) for each in await connection.scalars(select(payloads.c.native))] == [{"title": "新"}]
    await catalog.apply(SOURCE, gone=["1"])
    assert [await _count(database, table) for table in (records, record_terms, payloads)] == [0, 0, 0]


async def test_of_two_records_with_one_key_the_later_counts_and_a_deletion_beside_a_record_is_void(
    database: Database, make_record: Make
) -> None:
    catalog, record = Catalog(database), make_record("1")
    applied = await catalog.apply(SOURCE, [(record, None), (replace(record, title="后来的"), None)], gone=["1"])
    assert applied == Applied(changed=1)
    assert [each.title for each in await Reader(database, frozenset({"pub"})).by_keys([(SOURCE, "1")])] == ["后来的"]


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "a\0b"},
        {"title": "a\ud800b"},
        {"duration_seconds": 2**70},
        {"published": "2024-13"},
    ],
    ids=["NUL", "surrogate", "long duration", "no month"],
)
async def test_a_record_that_no_database_keeps_is_quarantined_and_the_batch_goes_on(
    database: Database, make_record: Make, fields: dict[str, object]
) -> None:
    catalog = Catalog(database)
    applied = await catalog.apply(SOURCE, [(make_record("1", **fields), {"raw": "x\ud800"}), (make_record("2"), None)])
    assert applied == Applied(changed=1, quarantined=1)
    async with database.begin_read() as connection:
        assert (await connection.execute(select(quarantine.c.key, quarantine.c.collection))).all() == [("1", "resources")]


async def test_text_that_only_looks_like_nul_is_kept(database: Database, make_record: Make) -> None:
    record = make_record("1", title="write \\u0000 for NUL")
    assert await Catalog(database).apply(SOURCE, [(record, None)]) == Applied(changed=1)


async def test_very_long_values_are_kept_and_found(database: Database, make_record: Make) -> None:
    long = "长" * 5000
    record = make_record("1", title=long, creators=(Creator(long),), format=long, majors=(MajorRef(long, "46" + "0" * 3000, 2021),))
    assert await Catalog(database).apply(SOURCE, [(record, None)]) == Applied(changed=1)


async def test_an_item_leaves_the_quarantine_when_it_comes_good_and_is_there_once_while_it_does_not(
    database: Database, make_record: Make
) -> None:
    catalog = Catalog(database)
    for reason in ("first", "second"):
        await catalog.apply(SOURCE, quarantined=[Quarantined(key="1", field="title", reason=reason, native={"id": 1})])
    async with database.begin_read() as connection:
        assert (await connection.scalars(select(quarantine.c.reason))).all() == ["second"]
    await catalog.apply(SOURCE, [(make_record("1"), None)])
    assert await _count(database, quarantine) == 0


async def test_batches_written_side_by_side_leave_no_hole_for_a_reader_of_changes(database: Database, make_record: Make) -> None:
    batches = [[(make_record(str(n), source=source), None) for n in range(40)] for source in ("aaaaaaaa", "bbbbbbbb", "cccccccc")]
    seen: list[int] = []
    done = asyncio.Event()

    async def follow() -> None:
        while True:
            last = done.is_set()
            async with database.begin_read() as connection:
                new = select(changes.c.seq).where(changes.c.seq > (seen[-1] if seen else 0)).order_by(changes.c.seq)
                seen.extend((await connection.scalars(new)).all())
            if last:
                return
            await asyncio.sleep(0)

    following = asyncio.create_task(follow())
    catalogs = [Catalog(database) for _ in batches]

    async def write(catalog: Catalog, batch: list[tuple[Record, None]]) -> None:
        for start in range(0, 40, 10):
            await catalog.apply(batch[0][0].source, batch[start : start + 10])

    await asyncio.gather(*map(write, catalogs, batches))
    done.set()
    await following
    assert len(seen) == len(set(seen)) == 120


async def test_a_batch_larger_than_a_transaction_is_written_whole(database: Database, make_record: Make) -> None:
    catalog = Catalog(database)
    assert await catalog.apply(SOURCE, [(make_record(str(n)), None) for n in range(1500)]) == Applied(changed=1500)
    assert await catalog.apply(SOURCE, gone=[str(n) for n in range(1400)]) == Applied(gone=1400)
    assert await Reader(database, frozenset({"pub"})).count() == 100


async def test_libraries_and_institutions_are_written_changed_and_deleted(database: Database) -> None:
    catalog, reader = Catalog(database), Reader(database, frozenset({"pub"}))
    library = Library(id=library_id(SOURCE, "l1"), source=SOURCE, key="l1", name="数控技术资源库", tier="national", visibility=("pub",))
    code = "4133010001"
    school = Institution(id=institution_id(code), code=code, name="示例职业学院", province="33")
    assert await catalog.apply_libraries(SOURCE, [(library, None)]) == Applied(changed=1)
    assert await catalog.apply_libraries(SOURCE, [(replace(library, name="数控"), None)]) == Applied(changed=1)
    assert await catalog.apply_institutions(SOURCE, [("17", school, None)]) == Applied(changed=1)
    assert await catalog.apply_institutions(SOURCE, [("17", school, None)]) == Applied()
    assert [each.name for each in await reader.libraries()] == ["数控"]
    assert await reader.institutions_by_codes([code, "9999999999"]) == {code: school}
    assert await catalog.apply_libraries(SOURCE, gone=["l1"]) == Applied(gone=1)
    assert await catalog.apply_institutions(SOURCE, gone=["17"]) == Applied(gone=1)
    assert await reader.count_libraries() == await reader.count_institutions() == 0
