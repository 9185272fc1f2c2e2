"""The narrowed reader shows exactly what the plain predicates let through, in exactly their order, page by page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from store.catalog import Catalog
from store.database import Database
from store.filters import EVERYTHING, ResourceFilter, matches
from store.identity import institution_id, library_id
from store.ordering import Order, newest_key, title_key
from store.reader import Reader
from store.record import Institution, Library, Record
from store.visibility import may_see
from tests.store.drawn import HOSTILE, IDS, LIBRARIES, SOURCES, Drawn


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database.open(url)
    try:
        await database.migrate()
        yield database
    finally:
        await database.aclose()


def _sort(order: Order) -> Callable[[Record], tuple[Any, str]]:
    return (lambda record: (title_key(record), record.id)) if order is Order.TITLE else (lambda record: (-newest_key(record), record.id))


async def _walk(reader: Reader, wanted: ResourceFilter, sources: Collection[str] | None, order: Order, size: int) -> list[Record]:
    found: list[Record] = []
    while True:
        page = await reader.records(wanted, sources, order, _sort(order)(found[-1]) if found else None, size)
        found += page
        if len(page) < size:
            return found


def _check(url: str, examples: int) -> None:
    with asyncio.Runner() as runner:
        entered = _opened(url)
        database = runner.run(entered.__aenter__())
        catalog = Catalog(database)

        @settings(max_examples=examples)
        @given(st.integers(0, 2**32))
        def agree(seed: int) -> None:
            drawn = Drawn(seed)
            runner.run(compare(drawn.records, drawn.questions()))

        async def compare(held: list[Record], questions: Iterator[Any]) -> None:
            for source in SOURCES:
                await catalog.apply(
                    source, [(record, None) for record in held if record.source == source], gone=[str(key) for key in range(8)]
                )
            for wanted, keys, sources, order, size in questions:
                reader = Reader(database, keys)
                expected = [
                    record
                    for record in held
                    if may_see(keys, record.visibility) and matches(record, wanted) and (sources is None or record.source in sources)
                ]
                assert await _walk(reader, wanted, sources, order, size) == sorted(expected, key=_sort(order))
                assert await reader.count(wanted, sources) == len(expected)
            reader = Reader(database, frozenset({"pub"}))
            visible = {record.id: record for record in held if "pub" in record.visibility}
            assert await reader.by_ids([*IDS, *HOSTILE]) == visible
            by_keys = await reader.by_keys([(source, key) for source in SOURCES for key in (*"01234567", "", *HOSTILE)])
            assert {record.id: record for record in by_keys} == visible
            libraries = [library_id(each.source, each.key) for each in LIBRARIES]
            in_each = {one: sum(matches(record, ResourceFilter(libraries=(one,))) for record in visible.values()) for one in libraries}
            assert await reader.library_sizes(libraries) == {one: size for one, size in in_each.items() if size}

        try:
            agree()
        finally:
            runner.run(entered.__aexit__(None, None, None))


def test_records_are_what_the_predicates_let_through_on_sqlite(tmp_path: Any) -> None:
    _check(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3", 50)


@pytest.mark.asyncio(loop_scope="function")
async def test_records_are_what_the_predicates_let_through_on_postgresql(postgres_url: str) -> None:
    await asyncio.to_thread(_check, postgres_url, 12)


async def test_every_statement_that_reads_records_or_libraries_carries_the_predicate(database: Database) -> None:
    reader = Reader(database, frozenset({"pub"}))
    statements: list[str] = []
    event.listen(database._engine.sync_engine, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement))
    await reader.records()
    await reader.count()
    await reader.by_ids(["x"])
    await reader.by_keys([("aaaaaaaa", "x")])
    await reader.libraries()
    await reader.count_libraries()
    await reader.libraries_by_ids(["x"])
    await reader.libraries_by_keys([("aaaaaaaa", "x")])
    await reader.library_sizes(["x"])
    selects = [statement for statement in statements if "SELECT" in statement and "set_config" not in statement]
    assert len(selects) == 9
    assert all("visibility_members" in statement for statement in selects)


async def test_a_caller_without_keys_sees_nothing(database: Database, make_record: Callable[..., Record]) -> None:
    await Catalog(database).apply("abcdefgh", [(make_record("1"), None)])
    reader = Reader(database, frozenset())
    assert await reader.records() == []
    assert await reader.count() == 0


async def test_a_walk_by_title_passes_titles_that_differ_only_beyond_what_orders_them(
    database: Database, make_record: Callable[..., Record]
) -> None:
    held = [make_record(str(number), title="\ufdfa" * 199 + str(9 - number)) for number in range(6)]
    await Catalog(database).apply("abcdefgh", [(record, None) for record in held])
    found = await _walk(Reader(database, frozenset({"pub"})), EVERYTHING, None, Order.TITLE, 2)
    assert sorted(record.id for record in found) == sorted(record.id for record in held)


async def test_long_titles_that_begin_alike_are_in_order(database: Database, make_record: Callable[..., Record]) -> None:
    held = [make_record(f"{9 - number}{'k' * 179}", title="庄" * 199 + str(number)) for number in range(6)]
    await Catalog(database).apply("abcdefgh", [(record, None) for record in held])
    assert await _walk(Reader(database, frozenset({"pub"})), EVERYTHING, None, Order.TITLE, 2) == held


async def test_libraries_are_walked_by_name_under_the_conditions_that_apply(database: Database) -> None:
    names = ["b库", "B库", "a_b", "a%b", "数控", "数控"]
    held = [
        Library(
            id=library_id("aaaaaaaa", str(number)),
            source="aaaaaaaa",
            key=str(number),
            name=name,
            tier="national" if number % 2 else "school",
            visibility=("pub",) if number else ("p:33",),
            province="33",
        )
        for number, name in enumerate(names)
    ]
    await Catalog(database).apply_libraries("aaaaaaaa", [(library, None) for library in held])
    reader = Reader(database, frozenset({"pub"}))
    found: list[Library] = []
    while page := await reader.libraries(after=(found[-1].name, found[-1].id) if found else None, limit=2):
        found += page
    assert found == sorted(held[1:], key=lambda library: (library.name, library.id))
    assert [each.name for each in await reader.libraries(names=("b", "\ud800"))] == ["a%b", "a_b"]
    assert [each.name for each in await reader.libraries(names=("%",))] == ["a%b"]
    assert await reader.libraries(names=()) == []
    assert await reader.count_libraries(ResourceFilter(tiers=("school",), provinces=("33",))) == 2
    assert await reader.count_libraries(ResourceFilter(institutions=("4133010001",))) == 0
    assert await reader.count_libraries(sources=["bbbbbbbb"]) == 0
    assert set(await reader.libraries_by_ids([each.id for each in held])) == {each.id for each in held[1:]}
    assert await reader.libraries_by_keys([("aaaaaaaa", "0"), ("aaaaaaaa", "1")]) == [held[1]]


async def test_an_institution_that_several_sources_know_is_listed_once(database: Database) -> None:
    catalog, reader = Catalog(database), Reader(database, frozenset())
    codes = ["4133010001", "4133010002", "4144010001"]
    for source in ("bbbbbbbb", "aaaaaaaa"):
        schools = [Institution(id=institution_id(code), code=code, name=f"{source}学院", province=code[2:4]) for code in codes]
        await catalog.apply_institutions(source, [(school.code, school, None) for school in schools])
    assert [(each.code, each.name) for each in await reader.institutions()] == [(code, "aaaaaaaa学院") for code in codes]
    assert [each.code for each in await reader.institutions(provinces=("33",), after="4133010001", limit=5)] == codes[1:2]
    assert await reader.count_institutions(names=("aaaa",)) == 3
    assert await reader.count_institutions(codes=(codes[0], "\0")) == 1
    await catalog.apply_institutions("aaaaaaaa", gone=codes)
    assert {each.name for each in (await reader.institutions_by_codes(codes)).values()} == {"bbbbbbbb学院"}
