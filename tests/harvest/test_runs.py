"""Runs: what is copied, resumed, deleted and refused, as somebody sees it who reads the catalog and the report."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from connectors.errors import CursorLost, SourceMalformed, SourceUnavailable
from connectors.protocol import Batch, Collection, Item, Query, Spoiled
from harvest import Progress, harvest
from store.catalog import Catalog
from store.errors import LeaseHeld
from store.harvests import Harvests
from store.reader import Reader
from store.rows import unpack
from store.sources import Sources
from store.tables import changes, harvest_states, payloads, quarantine
from tests.harvest.shelf import KEY, NOW, Shelf, items, source_of

RESOURCES, LIBRARIES, INSTITUTIONS = Collection.RESOURCES, Collection.LIBRARIES, Collection.INSTITUTIONS


def _at_noon(catalog: Catalog) -> Catalog:
    return Catalog(catalog.database, lambda: NOW)


async def _titles(catalog: Catalog) -> dict[str, str]:
    records = await Reader(catalog.database, frozenset({"pub"})).records(limit=1000)
    return {record.key: record.title for record in records}


async def _changed(catalog: Catalog) -> int:
    async with catalog.database.begin_read() as connection:
        return await connection.scalar(select(func.count()).select_from(changes)) or 0


async def test_a_first_run_copies_everything_and_says_so(catalog: Catalog) -> None:
    code = "4133010001"
    shelf = Shelf(
        {
            RESOURCES: items(25),
            LIBRARIES: {"l": {"id": "l", "name": "数控库"}},
            INSTITUTIONS: {"7": {"id": "7", "code": code, "name": "示例学院"}},
        }
    )
    told: list[Progress] = []
    report = await harvest(source_of(shelf), _at_noon(catalog), progress=told.append)
    assert (report.seen, report.changed, report.gone, report.quarantined, report.error) == (27, 27, 0, 0, None)
    assert (report.full, report.resumed, report.next_due) == (True, False, NOW + timedelta(hours=1))
    assert len(await _titles(catalog)) == 25
    reader = Reader(catalog.database, frozenset({"pub"}))
    assert [each.name for each in await reader.libraries()] == ["数控库"]
    assert set(await reader.institutions_by_codes([code])) == {code}
    assert [each.collection for each in told] == [INSTITUTIONS, LIBRARIES, RESOURCES, RESOURCES, RESOURCES]
    assert (told[-1].seen, told[-1].total) == (27, 25)
    assert shelf.closed == 3
    facts = (await Sources(catalog.database).facts())[KEY]
    assert (facts.record_count, facts.complete_at, facts.last_run.error) == (25, NOW, None)


async def test_every_record_says_when_it_was_obtained_and_by_which_definition(catalog: Catalog) -> None:
    await harvest(source_of(Shelf({RESOURCES: items(1)}), version=3), _at_noon(catalog))
    [record] = await Reader(catalog.database, frozenset({"pub"})).records()
    assert (record.obtained_at, record.definition_version) == (NOW, 3)


async def test_a_second_full_run_of_an_unchanged_source_writes_nothing(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(25)})
    await harvest(source_of(shelf), catalog)
    report = await harvest(source_of(shelf), catalog)
    assert (report.seen, report.changed, report.gone) == (25, 0, 0)
    assert await _changed(catalog) == 25


async def test_a_source_that_knows_what_changed_is_asked_from_its_own_date_on(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(25), LIBRARIES: {"l": {"id": "l", "name": "库"}}}, since=True)
    await harvest(source_of(shelf), _at_noon(catalog))
    shelf.shelves[RESOURCES]["3"] |= {"title": "新", "at": NOW.isoformat()}
    shelf.gone, shelf.asked = ["5"], []
    del shelf.shelves[RESOURCES]["5"]
    report = await harvest(source_of(shelf), _at_noon(catalog))
    assert [(query.collection, query.since) for query in shelf.asked] == [(LIBRARIES, None), (RESOURCES, shelf.date)]
    assert (report.seen, report.changed, report.gone, report.full) == (2, 1, 1, False)
    titles = await _titles(catalog)
    assert titles["3"] == "新"
    assert len(titles) == 24


async def test_without_a_date_of_its_own_our_clock_counts_with_a_margin(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(1)}, since=True, date=None)
    await harvest(source_of(shelf), _at_noon(catalog))
    await harvest(source_of(shelf), _at_noon(catalog))
    assert shelf.asked[-1].since == NOW - timedelta(minutes=5)


async def test_a_source_that_never_announces_deletions_loses_what_its_full_list_lacks(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(25)})
    await harvest(source_of(shelf), catalog)
    del shelf.shelves[RESOURCES]["24"]
    report = await harvest(source_of(shelf), catalog)
    assert (report.gone, report.error) == (1, None)
    assert "24" not in await _titles(catalog)


async def test_a_new_definition_reads_everything_again(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(5)}, since=True)
    await harvest(source_of(shelf), catalog)
    report = await harvest(source_of(shelf, version=2), catalog)
    assert (report.full, shelf.asked[-1].since) == (True, None)
    assert (await harvest(source_of(shelf, version=2), catalog)).full is False
    assert (await harvest(source_of(shelf, version=2), catalog, full=True)).full is True


async def test_a_list_that_has_lost_much_deletes_nothing_until_somebody_confirms(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(100)})
    await harvest(source_of(shelf), catalog)
    shelf.shelves[RESOURCES] = items(70)
    for _ in range(2):
        report = await harvest(source_of(shelf), catalog)
        assert report.gone == 0
        assert report.error is not None
        assert "30 of 100 resources of example" in report.error
        assert "confirm" in report.error
    assert len(await _titles(catalog)) == 100
    report = await harvest(source_of(shelf), catalog, confirm=True)
    assert (report.gone, report.error) == (30, None)
    assert len(await _titles(catalog)) == 70


async def test_a_small_source_may_lose_much_without_a_question(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(25)})
    await harvest(source_of(shelf), catalog)
    shelf.shelves[RESOURCES] = items(6)
    assert (await harvest(source_of(shelf), catalog)).gone == 19


async def test_an_item_that_cannot_become_a_record_is_quarantined_with_its_mapped_part_and_its_old_record_stays(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(3)})
    await harvest(source_of(shelf), catalog)
    shelf.shelves[RESOURCES]["1"] = {"id": "1", "title": "", "author": {"name": "张三", "phone": "13800000000"}, "secret": "x"}
    report = await harvest(source_of(shelf), catalog)
    assert (report.seen, report.quarantined, report.gone, report.error) == (3, 1, 0, None)
    assert (await _titles(catalog))["1"] == "数控 1"
    async with catalog.database.begin_read() as connection:
        row = (await connection.execute(select(quarantine))).mappings().one()
    assert (row["key"], row["field"], row["collection"]) == ("1", "title", "resources")
    assert unpack(row["native"]) == {"id": "1", "title": "", "author": {"name": "张三"}}
    shelf.shelves[RESOURCES]["1"]["title"] = "好了"
    assert (await harvest(source_of(shelf), catalog)).quarantined == 0
    async with catalog.database.begin_read() as connection:
        assert (await connection.execute(select(quarantine))).all() == []


async def test_a_full_list_in_which_nothing_can_become_a_record_is_an_error_and_deletes_nothing(catalog: Catalog) -> None:
    shelf = Shelf({LIBRARIES: {"L": {"id": "L", "name": "资源库"}}, RESOURCES: items(5)}, since=True)
    await harvest(source_of(shelf), catalog)
    renamed = {key: {"id": key, "caption": item["title"], "at": item["at"]} for key, item in items(4).items()}
    shelf.shelves = {LIBRARIES: {"L": {"id": "L", "name": "新资源库"}}, RESOURCES: renamed}
    for _ in range(2):
        report = await harvest(source_of(shelf), catalog, full=True, confirm=True)
        assert (report.error or "").startswith("SOURCE_MALFORMED: none of 4 resources of example could become a record")
        assert (report.seen, report.quarantined, report.gone, report.resumed) == (5, 4, 0, False)
        assert set(await _titles(catalog)) == set("01234")
    shelf.shelves[RESOURCES] = {**renamed, **items(1)}
    report = await harvest(source_of(shelf), catalog, full=True)
    assert (report.error, report.quarantined, report.gone) == (None, 3, 1)


class Killed(BaseException):
    """The end of a process, as far as a harvest can tell."""


@pytest.mark.parametrize("batch", [1, 2], ids=["in the middle", "between the list and its error"])
async def test_a_run_killed_over_a_list_of_spoiled_items_is_not_resumed_into_deleting_what_it_could_not_read(
    catalog: Catalog, batch: int
) -> None:
    shelf = Shelf({LIBRARIES: {"L": {"id": "L", "name": "库"}, "M": {"id": "M", "name": "库二"}}, RESOURCES: items(15)})
    await harvest(source_of(shelf), catalog)
    shelf.shelves = {LIBRARIES: {"L": {"id": "L", "title": "库"}}, RESOURCES: {key: {"id": key} for key in items(14)}}
    told: list[Progress] = []

    def kill(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 1 + batch:
            raise Killed

    with pytest.raises(Killed):
        await harvest(source_of(shelf), catalog, progress=kill)
    report = await harvest(source_of(shelf), catalog, confirm=True)
    assert report.resumed
    assert (report.error or "").startswith("SOURCE_MALFORMED: none of 1 libraries and none of 14 resources of example")
    assert (report.gone, len(await _titles(catalog)), len(await Reader(catalog.database, frozenset({"pub"})).libraries())) == (0, 15, 2)
    shelf.shelves = {LIBRARIES: {"L": {"id": "L", "name": "库"}, "M": {"id": "M", "name": "库二"}}, RESOURCES: items(14)}
    report = await harvest(source_of(shelf), catalog)
    assert (report.error, report.gone) == (None, 1)


async def test_an_item_in_quarantine_that_its_source_has_no_more_leaves_the_quarantine(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: {**items(5), "bad": {"id": "bad"}, "worse": {"id": "worse"}}})
    assert (await harvest(source_of(shelf), catalog)).quarantined == 2
    del shelf.shelves[RESOURCES]["bad"]
    await harvest(source_of(shelf), catalog)
    async with catalog.database.begin_read() as connection:
        assert (await connection.scalars(select(quarantine.c.key))).all() == ["worse"]


async def test_one_change_that_cannot_become_a_record_is_not_taken_for_all(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(5)}, since=True)
    await harvest(source_of(shelf), catalog)
    shelf.shelves[RESOURCES]["1"] = {"id": "1", "at": "2026-09-01T12:00:00Z"}
    report = await harvest(source_of(shelf), catalog)
    assert (report.seen, report.quarantined, report.error) == (1, 1, None)


async def test_while_items_without_a_key_cannot_be_read_nothing_that_is_missing_is_deleted(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(5)})
    await harvest(source_of(shelf), catalog)
    del shelf.shelves[RESOURCES]["4"]
    shelf.spoiled = [Spoiled(None, "no identifier")]
    report = await harvest(source_of(shelf), catalog)
    assert (report.gone, report.quarantined) == (0, 1)
    shelf.spoiled = ()
    assert (await harvest(source_of(shelf), catalog)).gone == 1


async def test_a_value_that_cannot_be_read_is_left_empty_and_counted(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(3, at="someday")})
    report = await harvest(source_of(shelf), catalog)
    assert report.complaints == {"resources.updated_at": 3}
    assert report.changed == 3


async def test_only_the_mapped_part_of_an_item_is_kept(catalog: Catalog) -> None:
    await harvest(source_of(Shelf({RESOURCES: items(1, author={"name": "张三", "phone": "138"}, vcard="…")})), catalog)
    async with catalog.database.begin_read() as connection:
        kept = unpack(await connection.scalar(select(payloads.c.native)))
    assert kept == {"id": "0", "title": "数控 0", "author": {"name": "张三"}, "at": "2026-08-01T00:00:00Z"}


@pytest.mark.parametrize("failure", [SourceUnavailable("reset"), SourceMalformed("html")], ids=["gone", "lies"])
async def test_a_source_that_fails_half_way_is_resumed_at_the_batch_where_it_failed(
    catalog: Catalog, failure: SourceUnavailable | SourceMalformed
) -> None:
    shelf = Shelf({RESOURCES: items(45)}, fail_after=20, failure=failure)
    report = await harvest(source_of(shelf), _at_noon(catalog))
    assert report.error == f"{failure.code}: {failure.reason}; the next run goes on from the last batch"
    assert (report.seen, len(await _titles(catalog))) == (20, 20)
    shelf.asked, shelf.date = [], NOW
    report = await harvest(source_of(shelf), _at_noon(catalog))
    assert [query.cursor for query in shelf.asked] == ["20"]
    assert (report.seen, report.resumed, report.error) == (25, True, None)
    assert len(await _titles(catalog)) == 45
    async with catalog.database.begin_read() as connection:
        assert await connection.scalar(select(harvest_states.c.since)) == NOW - timedelta(hours=1)


async def test_a_source_that_has_lost_the_position_is_read_from_the_start_of_the_window(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(45)}, fail_after=20, failure=CursorLost("token"))
    report = await harvest(source_of(shelf), catalog)
    assert [query.cursor for query in shelf.asked] == [None, None]
    assert (report.error, report.gone, len(await _titles(catalog))) == (None, 0, 45)


async def test_a_source_that_always_loses_the_position_ends_the_run(catalog: Catalog) -> None:
    class Forgetful(Shelf):
        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            self.asked.append(query)
            yield Batch([Item("0", self.shelves[RESOURCES]["0"])], "next", date=self.date)
            raise CursorLost("token")

    shelf = Forgetful({RESOURCES: items(5)})
    report = await harvest(source_of(shelf), catalog)
    assert report.error is not None
    assert len(shelf.asked) == 4


async def test_a_second_run_of_one_source_is_refused_while_the_first_goes_on(catalog: Catalog) -> None:
    going, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Shelf):
        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            going.set()
            await go_on.wait()
            async for batch in super().read(query):
                yield batch

    shelf = Slow({RESOURCES: items(5)})
    first = asyncio.create_task(harvest(source_of(shelf), catalog))
    await going.wait()
    with pytest.raises(LeaseHeld, match="the source example is being harvested by another run"):
        await harvest(source_of(Shelf({RESOURCES: items(5)})), catalog)
    go_on.set()
    assert (await first).error is None
    assert (await harvest(source_of(Shelf({RESOURCES: items(5)})), catalog)).error is None


async def test_a_run_that_was_silent_for_longer_than_its_lease_writes_nothing_more(catalog: Catalog) -> None:
    async with catalog.database.begin_read() as connection:
        assert await connection.scalar(select(harvest_states.c.lease_owner)) is None

    class Stolen(Shelf):
        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            async for batch in super().read(query):
                yield batch
                async with catalog.database.begin_write() as connection:
                    await connection.execute(update(harvest_states).values(lease_owner="somebody else"))

    report = await harvest(source_of(Stolen({RESOURCES: items(25)})), catalog)
    assert report.error is not None
    assert "another run has taken over" in report.error
    assert len(await _titles(catalog)) == 10
    async with catalog.database.begin_read() as connection:
        assert await connection.scalar(select(harvest_states.c.lease_owner)) == "somebody else"


async def test_a_lease_is_renewed_while_the_source_takes_its_time(catalog: Catalog) -> None:
    now, lease = datetime.now(UTC), timedelta(milliseconds=60)
    renewed = asyncio.Event()

    class Slow(Shelf):
        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            while not renewed.is_set():
                async with catalog.database.begin_read() as connection:
                    until = await connection.scalar(select(harvest_states.c.lease_until))
                if until is not None and until > now + 3 * lease:
                    renewed.set()
                await asyncio.sleep(0)
            async for batch in super().read(query):
                yield batch

    report = await asyncio.wait_for(harvest(source_of(Slow({RESOURCES: items(5)})), catalog, lease=lease), 20)
    assert report.error is None


async def test_a_run_that_is_cancelled_gives_its_lease_back_at_once(catalog: Catalog) -> None:
    going = asyncio.Event()

    class Hanging(Shelf):
        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            async for batch in super().read(query):
                yield batch
                going.set()
                await asyncio.Event().wait()

    task = asyncio.create_task(harvest(source_of(Hanging({RESOURCES: items(25)})), catalog))
    await going.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    [run] = await Harvests(catalog.database).last_runs(KEY)
    assert run.error == "stopped: the next run goes on from the last batch"
    report = await harvest(source_of(Shelf({RESOURCES: items(25)})), catalog)
    assert (report.resumed, report.seen, report.error) == (True, 15, None)


async def test_an_unforeseen_error_is_raised_and_recorded_and_the_lease_is_given_back(catalog: Catalog) -> None:
    class Broken(Shelf):
        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            raise ZeroDivisionError
            yield Batch([])

    with pytest.raises(ZeroDivisionError):
        await harvest(source_of(Broken({RESOURCES: {}})), catalog)
    [run] = await Harvests(catalog.database).last_runs(KEY)
    assert run.error is not None
    assert run.error.startswith("internal")
    assert (await harvest(source_of(Shelf({RESOURCES: items(2)})), catalog)).error is None


@pytest.mark.parametrize("count", [1, 5, 25])
async def test_an_empty_list_never_empties_a_library_by_itself(catalog: Catalog, count: int) -> None:
    shelf = Shelf({RESOURCES: items(count)})
    await harvest(source_of(shelf), catalog)
    shelf.shelves[RESOURCES] = {}
    report = await harvest(source_of(shelf), catalog)
    assert (report.gone, len(await _titles(catalog))) == (0, count)
    assert report.error is not None
    assert f"{count} of {count} resources" in report.error
    assert (await harvest(source_of(shelf), catalog, confirm=True)).gone == count
    assert (await harvest(source_of(shelf), catalog)).error is None
