"""Rows of a real SQLite file come page by page: whole, in order, resumable, whatever they hold."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.protocol import Item, Query, Spoiled, reading
from connectors.testing import conforms
from store.ordering import Order
from tests.connectors.sql.conftest import Open
from tests.connectors.sql.databases import keys_of, open_sql, walk, write_rows

TABLE = "CREATE TABLE resource (id INTEGER PRIMARY KEY, title TEXT, updated TEXT, removed TEXT)"
FULL = """
table = "resource"
identifier = "id"
max_batch = 7
mapping.title = "title"
mapping.updated_at = "updated"
orders.newest = {column = "updated"}
since = {column = "updated"}
deleted = {column = "removed", is = ["Y", "1"]}
text = {columns = ["title"]}
count = true
"""


async def test_it_conforms(tmp_path: Path) -> None:
    rows = [
        (n, f"数控车床 {n}" if n % 2 else "护理", None if n % 5 == 0 else f"2023-05-{n % 9 + 1:02} 08:00:00", "Y" if n % 11 == 0 else None)
        for n in range(1, 61)
    ]
    write_rows(tmp_path / "school.db", TABLE, "INSERT INTO resource VALUES (?, ?, ?, ?)", rows)
    there = [row for row in rows if row[3] is None]
    report = await conforms(
        lambda: open_sql(tmp_path, FULL),
        expected=[str(row[0]) for row in there],
        text="数控",
        found=[str(row[0]) for row in there if row[0] % 2],
        since=datetime(2023, 5, 5, tzinfo=UTC),
        changed=[str(row[0]) for row in there if (row[2] or "9") >= "2023-05-05 08:00:00"],
        limit=4,
    )
    assert {"fetches_by_ids", "searches_text", "reads_since", "tells_total", "walks_orders"} <= set(report.checks)
    assert set(report.gone) == {"11", "22", "33", "44", "55"}


async def test_it_conforms_with_composite_keys_of_a_select_in_a_file(tmp_path: Path) -> None:
    write_rows(
        tmp_path / "school.db",
        "CREATE TABLE 学校资源 (学校 TEXT, 编号 INTEGER, 名称 TEXT, 年份 INTEGER, PRIMARY KEY (学校, 编号))",
        "INSERT INTO 学校资源 VALUES (?, ?, ?, ?)",
        [(f"s{n % 3}", n, f"资源 {n}", 2020 + n % 2) for n in range(40)],
    )
    (tmp_path / "resources.sql").write_text(
        "-- those of one year; 'year' is given\nSELECT 学校, 编号, 名称, 'a:b' AS \"x:y\" FROM 学校资源 WHERE 年份 = :year;\n",
        encoding="utf-8",
    )
    section = """
    select_file = "resources.sql"
    binds = {year = 2021}
    identifier = ["学校", "编号"]
    mapping.title = "名称"
    mapping.summary = "x:y"
    """
    await conforms(lambda: open_sql(tmp_path, section), expected=[(f"s{n % 3}", str(n)) for n in range(1, 40, 2)], limit=3)


async def test_ten_thousand_rows_come_once_each_at_a_steady_pace(tmp_path: Path, opened: Open) -> None:
    rows = [(n, f"资源 {n}", f"2023-{n % 12 + 1:02}-01 00:00:00" if n % 7 else None, None) for n in range(10_000)]
    script = f"{TABLE}; CREATE INDEX newest ON resource (updated, id)"
    write_rows(tmp_path / "school.db", script, "INSERT INTO resource VALUES (?, ?, ?, ?)", rows)
    connector = await opened(FULL.replace("max_batch = 7", "max_batch = 100"))
    for order in (None, Order.NEWEST):
        started = time.perf_counter()
        keys = await keys_of(connector, Query(limit=100, order=order))
        assert len(keys) == len(set(keys)) == 10_000
        assert time.perf_counter() - started < 10


async def test_an_empty_table_gives_one_empty_batch(tmp_path: Path, opened: Open) -> None:
    write_rows(tmp_path / "school.db", TABLE)
    (batch,) = await walk(await opened(FULL), Query())
    assert (list(batch.items), batch.cursor, batch.total) == ([], None, 0)


DATES = st.none() | st.sampled_from(["2023-05-17 08:00:00", "2023-05-17 08:00:01", "2022-01-01 00:00:00", "", "0000-00-00"])
WIDE = st.integers(-(2**63), 2**63 - 1) | st.text(st.sampled_from("aAbB甲乙 0"), min_size=1, max_size=3)
NARROW = st.tuples(st.sampled_from(["a", "A", "a ", "A  ", "b"]), st.sampled_from([1, 2, "x"]))  # many are equal to a collation


@settings(max_examples=60)
@given(
    rows=st.dictionaries(st.tuples(WIDE, WIDE), DATES, max_size=25) | st.dictionaries(NARROW, DATES, min_size=8, max_size=15),
    limit=st.integers(1, 7),
    other=st.integers(1, 30),
    collation=st.sampled_from(["BINARY", "NOCASE", "RTRIM"]),
    nulls=st.booleans(),
)
async def test_newest_first_is_exact_and_resumes_anywhere(
    rows: dict[tuple[Any, Any], str | None], limit: int, other: int, collation: str, nulls: bool
) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory)
        write_rows(
            path / "school.db",
            f"CREATE TABLE resource (a BLOB COLLATE {collation}, b BLOB, updated TEXT)",
            "INSERT INTO resource VALUES (?, ?, ?)",
            [(*key, date) for key, date in rows.items()],
        )
        given_nulls = ', nulls = ["", "0000-00-00"]' if nulls else ""
        section = f"""
        table = "resource"
        identifier = ["a", "b"]
        mapping.title = "a"
        orders.newest = {{column = "updated"{given_nulls}}}
        """
        # SQLite itself sorts the whole; keys that a collation takes for equal are told apart byte by byte.
        missing = "updated IS NULL OR updated IN ('', '0000-00-00')" if nulls else "updated IS NULL"
        with closing(sqlite3.connect(path / "school.db")) as connection:
            whole = [
                (str(a), str(b))
                for a, b in connection.execute(
                    f"SELECT a, b FROM resource ORDER BY {missing}, CASE WHEN {missing} THEN 0 ELSE updated END DESC, "
                    "a, b, a COLLATE BINARY, b COLLATE BINARY"
                )
            ]
        connector = await open_sql(path, section)
        try:
            batches = await walk(connector, Query(limit=limit, order=Order.NEWEST))
            assert [item.key for batch in batches for item in batch.items] == whole
            seen = 0
            for batch in batches[:-1]:
                seen += len(batch.items)
                assert await keys_of(connector, Query(limit=other, order=Order.NEWEST, cursor=batch.cursor)) == whole[seen:]
            by_key = await keys_of(connector, Query(limit=limit))
            assert sorted(by_key) == sorted(whole)
        finally:
            await connector.aclose()


@pytest.mark.parametrize("order", [None, Order.NEWEST])
async def test_keys_that_differ_only_in_case_are_all_read(tmp_path: Path, opened: Open, order: Order | None) -> None:
    rows = [(key, "2023") for key in ("b", "A", "a", "B", "a ")]
    write_rows(tmp_path / "school.db", "CREATE TABLE resource (id TEXT COLLATE NOCASE, day)", "INSERT INTO resource VALUES (?, ?)", rows)
    connector = await opened("table = 'resource'\nidentifier = 'id'\nmapping.title = 'id'\norders.newest = {column = 'day'}")
    assert await keys_of(connector, Query(limit=1, order=order)) == ["A", "a", "a ", "B", "b"]


async def test_the_second_date_stands_in_for_an_empty_first(tmp_path: Path, opened: Open) -> None:
    rows = [(1, None, "2021-01-01"), (2, "2023-01-01", "2020-01-01"), (3, None, None), (4, "", "2022-01-01")]
    write_rows(tmp_path / "school.db", "CREATE TABLE resource (id, changed, made)", "INSERT INTO resource VALUES (?, ?, ?)", rows)
    connector = await opened(
        "table = 'resource'\nidentifier = 'id'\nmapping.title = 'id'\norders.newest = {column = ['changed', 'made'], nulls = ['']}"
    )
    assert await keys_of(connector, Query(order=Order.NEWEST, limit=1)) == ["2", "4", "1", "3"]


async def test_only_the_columns_that_are_needed_are_read(tmp_path: Path, opened: Open) -> None:
    write_rows(tmp_path / "school.db", TABLE + "; INSERT INTO resource VALUES (1, '数控', '2023', NULL)")
    connector = await opened(FULL)
    (batch,) = await walk(connector, Query(fields=frozenset({"title"})))
    assert batch.items == [Item("1", {"id": 1, "title": "数控"})]
    (batch,) = await walk(connector, Query(fields=frozenset({"updated_at"})))
    assert batch.items == [Item("1", {"id": 1, "title": "数控", "updated": "2023"})]


async def test_values_pass_as_they_are(tmp_path: Path, opened: Open) -> None:
    columns = "title, summary, keywords, url, cover"
    write_rows(
        tmp_path / "school.db",
        f"CREATE TABLE resource (id TEXT PRIMARY KEY, {columns})",
        "INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?)",
        [("k", "", None, b"\x00\xff", 2**53 + 1, 0.5)],
    )
    mapping = "\n".join(f"mapping.{name} = '{name}'" for name in columns.split(", "))
    (batch,) = await walk(await opened(f"table = 'resource'\nidentifier = 'id'\n{mapping}"), Query())
    wanted = {"id": "k", "title": "", "summary": None, "keywords": b"\x00\xff", "url": 2**53 + 1, "cover": 0.5}
    assert batch.items == [Item("k", wanted)]


async def test_rows_without_a_usable_key_and_broken_text_are_told_and_spoil_no_other(tmp_path: Path, opened: Open) -> None:
    write_rows(
        tmp_path / "school.db",
        "CREATE TABLE resource (id, title)",
        "INSERT INTO resource VALUES (?, CAST(? AS TEXT))",
        [(None, "a"), ("", "b"), (b"\x01", "c"), ("k1", "数控".encode("gb18030")), ("k2", "good"), (None, "d")],
    )
    connector = await opened("table = 'resource'\nidentifier = 'id'\nmapping.title = 'title'")
    batches = await walk(connector, Query(limit=1))
    assert [item.key for batch in batches for item in batch.items] == ["k2"]
    spoiled = [each for batch in batches for each in batch.spoiled]
    assert sorted(spoiled, key=str) == sorted([Spoiled("k1", "undecodable"), *[Spoiled(None, "identifier")] * 4], key=str)


async def test_a_page_ends_early_where_its_rows_are_huge(tmp_path: Path, opened: Open) -> None:
    rows = [(n, "汉" * 4_000_000) for n in range(6)]
    write_rows(tmp_path / "school.db", "CREATE TABLE resource (id INTEGER PRIMARY KEY, title)", "INSERT INTO resource VALUES (?, ?)", rows)
    batches = await walk(await opened("table = 'resource'\nidentifier = 'id'\nmapping.title = 'title'"), Query(limit=100))
    assert len(batches) > 1
    assert [item.key for batch in batches for item in batch.items] == [str(n) for n in range(6)]


async def test_ids_find_numbers_and_texts_and_nothing_that_only_looks_like_them(tmp_path: Path, opened: Open) -> None:
    write_rows(
        tmp_path / "school.db",
        "CREATE TABLE resource (id TEXT COLLATE NOCASE, title); CREATE VIEW numbered AS SELECT rowid + 0 AS id, title FROM resource",
        "INSERT INTO resource VALUES (?, ?)",
        [("K1", "a"), ("007", "b"), ("-5", "c")],
    )
    connector = await opened("table = 'resource'\nidentifier = 'id'\nmapping.title = 'title'")
    assert set(await keys_of(connector, Query(ids=("K1", "k1", "7", "007", "-5", ("K1", "x"))))) == {"K1", "007", "-5"}
    assert await keys_of(connector, Query(ids=("k1", "7", "-05"))) == []
    connector = await opened("view = 'numbered'\nidentifier = 'id'\nmapping.title = 'title'")
    assert set(await keys_of(connector, Query(ids=("1", "01", "3", "9" * 30)))) == {"1", "3"}


async def test_ids_are_split_and_resume(tmp_path: Path, opened: Open) -> None:
    write_rows(tmp_path / "school.db", TABLE, "INSERT INTO resource (id, title) VALUES (?, 't')", [(n,) for n in range(1500)])
    connector = await opened()
    ids = tuple(str(n) for n in range(1400))
    async with reading(connector, Query(ids=ids, limit=1000)) as batches:
        first = await anext(batches)
    assert first.cursor is not None
    rest = await keys_of(connector, Query(ids=ids, limit=1000, cursor=first.cursor))
    assert sorted([*(item.key for item in first.items), *rest], key=int) == list(ids)


async def test_deleted_rows_are_gone_for_a_harvest_and_absent_for_everybody_else(tmp_path: Path, opened: Open) -> None:
    rows = [(1, "数控", "2023-01-01 00:00:00", "Y"), (2, "数控", None, "N"), (3, "数控", "2023-06-01 00:00:00", None)]
    write_rows(tmp_path / "school.db", TABLE, "INSERT INTO resource VALUES (?, ?, ?, ?)", rows)
    connector = await opened(FULL)
    (batch,) = await walk(connector, Query())
    assert ([item.key for item in batch.items], batch.gone, batch.total) == (["2", "3"], ["1"], 2)
    for query in (Query(order=Order.NEWEST), Query(text="数控"), Query(ids=("1", "2", "3"))):
        (batch,) = await walk(connector, query)
        assert {item.key for item in batch.items} == {"2", "3"}
        assert not batch.gone


@pytest.mark.parametrize(
    ("form", "stored", "since", "kept"),
    [
        ("text", "2023-05-17 08:00:00", datetime(2023, 5, 17, 0, 0, tzinfo=UTC), True),
        ("text", "2023-05-17 07:59:59", datetime(2023, 5, 17, 0, 0, tzinfo=UTC), False),
        ("text", "2023-05-17 08:00:00.250", datetime(2023, 5, 17, 0, 0, 0, 250_000, tzinfo=UTC), True),
        ("text", "2023-05-17", datetime(2023, 5, 17, 9, 0, tzinfo=UTC), True),
        ("text", None, datetime(2023, 5, 17, tzinfo=UTC), True),
        ("iso", "2023-05-17T08:00:00+08:00", datetime(2023, 5, 17, 0, 0, tzinfo=UTC), True),
        ("iso", "2023-05-17T07:00:00+08:00", datetime(2023, 5, 17, 0, 0, tzinfo=UTC), False),
        ("date", "2023-05-17", datetime(2023, 5, 16, 17, 0, tzinfo=UTC), True),
        ("date", "2023-05-16", datetime(2023, 5, 16, 17, 0, tzinfo=UTC), False),
        ("seconds", 1684281600, datetime(2023, 5, 17, 0, 0, 0, 900_000, tzinfo=UTC), True),
        ("seconds", 1684281599, datetime(2023, 5, 17, 0, 0, tzinfo=UTC), False),
        ("milliseconds", 1684281600500, datetime(2023, 5, 17, 0, 0, 0, 500_000, tzinfo=UTC), True),
        ("milliseconds", 1684281600499, datetime(2023, 5, 17, 0, 0, 0, 500_000, tzinfo=UTC), False),
        ("text", "2023-05-17 08:00:00", datetime.max.replace(tzinfo=UTC), True),
    ],
)
async def test_since_knows_how_the_source_writes_time(
    tmp_path: Path, opened: Open, form: str, stored: Any, since: datetime, kept: bool
) -> None:
    write_rows(tmp_path / "school.db", "CREATE TABLE resource (id, changed)", "INSERT INTO resource VALUES ('k', ?)", [(stored,)])
    connector = await opened(
        f"table = 'resource'\nidentifier = 'id'\nmapping.title = 'id'\nsince = {{column = 'changed', form = '{form}'}}", mode="harvest"
    )
    assert await keys_of(connector, Query(since=since)) == (["k"] if kept else [])
