"""The narrowed reader shows exactly what the plain predicates let through, in exactly their order, page by page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from store.catalog import Catalog
from store.database import Database
from store.filters import EVERYTHING, MajorCondition, ResourceFilter, matches
from store.identity import institution_id, library_id, resource_id
from store.ordering import Order, newest_key, title_key
from store.reader import Reader
from store.record import Creator, Institution, Library, License, MajorRef, Record, Reference
from store.visibility import may_see

T = TypeVar("T")

SOURCES = ("aaaaaaaa", "bbbbbbbb", "cccccccc")
KEYS = ("pub", "member", "p:33", "r:teacher@s:4133010001", "none")
WORDS = ("数控", "Ａbc", "abc", "ABD", "Éa", "z-z", "zz", "", "车工\U0001f600", "%", "_")
DATES = ("2022", "2023", "2023-05", "2023-05-17", "2023-06", "2024-01-01")
INSTANTS = [datetime(2023, 5, 17, tzinfo=UTC) + timedelta(microseconds=each) for each in (0, 1, 999, 1000, 86_400_000_000)]
CODES = ("46", "4601", "460103", "460104", "51", "")
IDS = [resource_id(source, str(number)) for source in SOURCES for number in range(8)]
LIBRARIES = [Reference(source, key) for source in SOURCES[:2] for key in ("l1", "l2")]


HOSTILE = ("a\0b", "\ud800", "'; --", "长" * 5000)


class Drawn:
    """A catalog and questions drawn from a seed: evenly, so that most conditions let some records through and not all."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.records = [self._record(source, str(key)) for source in SOURCES for key in range(self.random.randrange(1, 8))]

    def questions(self) -> Iterator[tuple[ResourceFilter, frozenset[str], Sequence[str] | None, Order, int]]:
        for _ in range(10):
            sources = self._some(SOURCES, 3) if self.random.random() < 0.4 else None
            keys = frozenset({"pub", *self._some(KEYS, 2)} if self.random.random() < 0.9 else self._some(KEYS, 2))
            yield self._filter(), keys, sources, self.random.choice(list(Order)), self.random.randrange(1, 5)

    def _record(self, source: str, key: str) -> Record:
        choice, some, maybe = self.random.choice, self._some, self._maybe
        return Record(
            id=resource_id(source, key),
            source=source,
            key=key,
            title="".join(some(WORDS, 3)),
            kind=choice(("video", "course")),
            tier=choice(("national", "school")),
            access=choice(("public", "members")),
            visibility=("pub",) if self.random.random() < 0.6 else some(KEYS, 3),
            library=maybe(LIBRARIES),
            institution=maybe(("4133010001", "4144010002")),
            province=maybe(("33", "44")),
            majors=tuple(MajorRef("m", maybe(CODES), maybe((2015, 2021))) for _ in range(self.random.randrange(3))),
            creators=tuple(map(Creator, some(WORDS, 2))),
            languages=some(("zh", "en"), 2),
            license=maybe((License("CC-BY"), License("CC0"), License(None, text="words"))),
            format=maybe(("mp4", "MP4")),
            duration_seconds=maybe((0, 1, 60, 2**40)),
            published=maybe(DATES),
            updated_at=maybe((*INSTANTS, None, None)),
            part_of=some(IDS, 2),
        )

    def _filter(self) -> ResourceFilter:
        some, maybe = self._some, self._maybe
        conditions: dict[str, Callable[[], Any]] = {
            "tiers": lambda: some(("national", "school", *HOSTILE), 2),
            "kinds": lambda: some(("video", *HOSTILE), 2),
            "provinces": lambda: some(("33", "44"), 2),
            "institutions": lambda: some(("4133010001", *HOSTILE), 3),
            "libraries": lambda: some((*(library_id(each.source, each.key) for each in LIBRARIES), *HOSTILE), 4),
            "majors": lambda: tuple(MajorCondition(self.random.choice((2015, 2021)), code) for code in some((*CODES, *HOSTILE), 3)),
            "languages": lambda: some(("zh", "en", *HOSTILE), 2),
            "licenses": lambda: some(("CC-BY", "CC0", *HOSTILE), 3),
            "access": lambda: some(("public", "members"), 2),
            "formats": lambda: some(("mp4", "MP4", *HOSTILE), 3),
            "creators": lambda: some((*WORDS, *HOSTILE), 4),
            "published": lambda: (maybe(DATES), maybe(DATES)),
            "updated": lambda: (maybe(INSTANTS), maybe(INSTANTS)),
            "duration_seconds": lambda: (maybe((0, 1, 60)), maybe((1, 60, 2**40))),
            "part_of": lambda: some((*IDS, *HOSTILE), 6),
            "ids": lambda: some((*IDS, *HOSTILE), 20),
        }
        return ResourceFilter(**{name: conditions[name]() for name in self._some(tuple(conditions), 2)})

    def _some(self, values: Sequence[T], most: int) -> tuple[T, ...]:
        return tuple(self.random.sample(values, self.random.randint(0, min(most, len(values)))))

    def _maybe(self, values: Sequence[T]) -> T | None:
        return self.random.choice((*values, None))


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
    selects = [statement for statement in statements if "SELECT" in statement]
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
