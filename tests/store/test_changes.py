"""The public log: what everybody may see of it, in which order, and for how long."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import insert, select

from store.catalog import SHOWN, Catalog
from store.changes import KEPT, TOMBSTONES_KEPT, Changes, LogForgotten
from store.database import Database
from store.reader import Reader
from store.record import Record
from store.tables import changes
from store.withdrawals import Withdrawals

SOURCE = "abcdefgh"
SECRET = ("s:4133010001",)
Make = Callable[..., Record]


async def _told(database: Database, after: int | None = None) -> list[tuple[str, bool]]:
    return [(change.record, change.shown) for change in await Changes(database).public(after, 1000)]


async def test_a_record_that_becomes_restricted_leaves_and_its_later_content_is_never_told(database: Database, make_record: Make) -> None:
    catalog, record = Catalog(database), make_record("1", title="公开的标题")
    await catalog.apply(SOURCE, [(record, None)])
    await catalog.apply(SOURCE, [(replace(record, visibility=SECRET, title="内部的标题"), None)])
    await catalog.apply(SOURCE, [(replace(record, visibility=SECRET, title="内部的新标题"), None)])
    assert await _told(database) == [(record.id, True), (record.id, False)]
    assert (await Changes(database).tombstones([record.id]))[record.id].title == "公开的标题"
    await catalog.apply(SOURCE, gone=["1"])
    assert len(await _told(database)) == 2
    await catalog.apply(SOURCE, [(record, None)])
    assert (await _told(database))[-1] == (record.id, True)
    assert await Changes(database).tombstones([record.id]) == {}


async def test_what_its_source_deletes_has_a_tombstone_with_its_last_title(database: Database, make_record: Make) -> None:
    catalog, record = Catalog(database), make_record("1", title="旧标题")
    await catalog.apply(SOURCE, [(record, None)])
    await catalog.apply(SOURCE, [(replace(record, title="新标题"), None)])
    await catalog.apply(SOURCE, gone=["1"])
    stone = (await Changes(database).tombstones([record.id, "unknown"]))[record.id]
    assert (stone.title, stone.reason) == ("新标题", None)


async def test_a_page_goes_on_where_the_one_before_ended(database: Database, make_record: Make) -> None:
    await Catalog(database).apply(SOURCE, [(make_record(str(n)), None) for n in range(25)])
    log, seen, after = Changes(database), [], None
    while page := await log.public(after, 10):
        seen += [change.record for change in page]
        after = page[-1].seq
    assert len(seen) == len(set(seen)) == 25
    assert after == await log.latest()


async def test_old_changes_are_forgotten_and_who_stands_before_them_is_told(database: Database, make_record: Make) -> None:
    now = datetime(2026, 9, 1, tzinfo=UTC)
    moments = iter([now - KEPT - timedelta(days=2), now - KEPT - timedelta(days=1), now - KEPT - timedelta(days=3), now])
    moment = [now]
    catalog = Catalog(database, lambda: moment[0])
    for n, moment[0] in enumerate(moments):
        await catalog.apply(SOURCE, [(make_record(str(n)), None)])
    log = Changes(database, lambda: now)
    first = (await log.public(None, 1))[0].seq
    assert await log.forget() == 3
    assert await log.forget() == 0
    assert len(await log.public(None, 10)) == 1
    with pytest.raises(LogForgotten):
        await log.public(first, 10)
    assert len(await log.public(first + 2, 10)) == 1
    assert await log.forget(timedelta(seconds=-1)) == 1
    assert await log.latest() == first + 3
    assert await log.public(await log.latest(), 10) == []


async def test_tombstones_outlive_what_the_log_tells_of_their_records_and_are_forgotten_then(database: Database, make_record: Make) -> None:
    now = datetime(2026, 9, 1, tzinfo=UTC)
    moment = [now]
    catalog, log = Catalog(database, lambda: moment[0]), Changes(database, lambda: moment[0])
    kept, withdrawn, restored = (make_record(name) for name in ("deleted", "withdrawn", "restored"))
    await catalog.apply(SOURCE, [(each, None) for each in (kept, withdrawn, restored)])
    start = await log.latest()
    await catalog.apply(SOURCE, gone=["deleted"])
    await Withdrawals(catalog).withdraw([withdrawn.id, restored.id], reason="rights", by="x")
    await catalog.apply(SOURCE, gone=["restored"])
    await Withdrawals(catalog).restore([restored.id], by="x")
    every = {kept.id, withdrawn.id, restored.id}
    for passed in (timedelta(), KEPT):
        moment[0] = now + passed
        await log.forget()
        assert await log.forget_tombstones() == 0
        told = {change.record for change in await log.public(start, 10)}
        assert told == every
        assert set(await log.tombstones(told)) == every
    moment[0] = now + TOMBSTONES_KEPT + timedelta(seconds=1)
    assert (await log.forget(), await log.forget_tombstones()) == (6, 2)
    assert set(await log.tombstones(every)) == {withdrawn.id}
    with pytest.raises(LogForgotten):
        await log.public(start, 10)


async def test_two_writers_whose_transactions_overlap_never_make_a_reader_skip_a_change(database: Database) -> None:
    """The first takes its numbers first and commits last: the second must not be seen before it."""
    row = {"source": SOURCE, "op": "upsert", "public": SHOWN, "at": datetime.now(UTC)}
    numbered, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with database.begin_write() as connection:
            await connection.run_sync(database.lock_numbering)
            await connection.execute(insert(changes), [{**row, "record": "slow"}])
            numbered.set()
            await go_on.wait()

    async def quick() -> None:
        other = Database.open(database._engine.url.render_as_string(hide_password=False))  # as another process would
        try:
            async with other.begin_write() as connection:
                await connection.run_sync(other.lock_numbering)
                await connection.execute(insert(changes), [{**row, "record": "quick"}])
        finally:
            await other.aclose()

    first = asyncio.create_task(slow())
    await numbered.wait()
    second = asyncio.create_task(quick())
    done, _ = await asyncio.wait([second], timeout=0.3)
    assert not done
    assert await _told(database) == []
    go_on.set()
    await asyncio.gather(first, second)
    async with database.begin_read() as connection:
        assert (await connection.scalars(select(changes.c.record).order_by(changes.c.seq))).all() == ["slow", "quick"]


_STEPS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["public", "secret", "gone"]), st.integers(0, 9)), max_size=12)


@given(_STEPS)
@settings(max_examples=15)
def test_whoever_follows_the_log_holds_exactly_what_everybody_can_see(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str, int]]
) -> None:
    from store.identity import resource_id

    def make(key: int, visibility: tuple[str, ...], title: int) -> Record:
        fixed = {"kind": "video", "tier": "school", "access": "public"}
        identity = resource_id(SOURCE, str(key))
        return Record(id=identity, source=SOURCE, key=str(key), title=str(title), visibility=visibility, **fixed)

    async def follow() -> None:
        database = Database.open(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('log')}/catalog.sqlite3")
        try:
            await database.migrate()
            catalog, log, copy, after = Catalog(database), Changes(database), set(), 0
            for key, state, title in steps:
                if state == "gone":
                    await catalog.apply(SOURCE, gone=[str(key)])
                else:
                    await catalog.apply(SOURCE, [(make(key, ("pub",) if state == "public" else SECRET, title), None)])
                if title % 2:
                    for change in await log.public(after, 1000):
                        after = change.seq
                        (copy.add if change.shown else copy.discard)(change.record)
                    assert copy == {record.id for record in await Reader(database, frozenset({"pub"})).records(limit=100)}
            gone = {resource_id(SOURCE, str(key)) for key in range(4)} - copy
            assert set(await log.tombstones(gone)) <= gone
        finally:
            await database.aclose()

    asyncio.run(follow())
