"""Rows of real MariaDB and PostgreSQL servers come page by page: whole, in order, exact, whatever they hold."""

import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import CursorLost, SourceMalformed
from connectors.functions import FUNCTIONS
from connectors.functions import Place as Source
from connectors.protocol import Item, Query, Spoiled, reading
from connectors.testing import conforms
from store.filters import MajorCondition, ResourceFilter
from store.ordering import Order
from tests.connectors.sql.conftest import Open
from tests.connectors.sql.databases import SECTION, keys_of, walk
from tests.connectors.sql.servers import Place

FULL = """
table = "RESOURCE"
identifier = "ID"
max_batch = 7
mapping.title = "title"
mapping.updated_at = "updated"
orders.newest = {column = "updated"}
since = {column = "updated"}
deleted = {column = "removed", is = ["Y", "1"]}
text = {columns = ["title"]}
count = true
"""


def quoted(place: Place, *names: str) -> list[str]:
    mark = "`" if place.scheme == "mysql" else '"'
    return [f"{mark}{name}{mark}" for name in names]


async def test_it_conforms_with_upper_case_names_and_native_times(place: Place, tmp_path: Path) -> None:
    table, key = quoted(place, "RESOURCE", "ID")
    kind = "DATETIME" if place.scheme == "mysql" else "TIMESTAMP"
    rows = [
        (n, f"数控车床 {n}" if n % 2 else "护理", None if n % 5 == 0 else f"2023-05-{n % 9 + 1:02} 08:00:00", "Y" if n % 11 == 0 else None)
        for n in range(1, 61)
    ]
    place.write(
        f"CREATE TABLE {table} ({key} BIGINT PRIMARY KEY, title VARCHAR(90), updated {kind}, removed VARCHAR(1))",
        f"INSERT INTO {table} VALUES (%s, %s, %s, %s)",
        rows=rows,
    )
    there = [row for row in rows if row[3] is None]
    report = await conforms(
        lambda: place.open(tmp_path, FULL),
        expected=[str(row[0]) for row in there],
        text="数控",
        found=[str(row[0]) for row in there if row[0] % 2],
        since=datetime(2023, 5, 5, tzinfo=UTC),
        changed=[str(row[0]) for row in there if (row[2] or "9") >= "2023-05-05 08:00:00"],
        limit=4,
    )
    assert {"fetches_by_ids", "searches_text", "reads_since", "tells_total", "walks_orders"} <= set(report.checks)
    assert set(report.gone) == {"11", "22", "33", "44", "55"}


async def test_it_conforms_with_composite_keys_of_a_select_in_a_file(place: Place, tmp_path: Path) -> None:
    school, number, name = quoted(place, "学校", "编号", "名称")
    place.write(
        f"CREATE TABLE resource ({school} VARCHAR(20), {number} INT, {name} VARCHAR(90), made INT, PRIMARY KEY ({school}, {number}))",
        "INSERT INTO resource VALUES (%s, %s, %s, %s)",
        rows=[(f"s{n % 3}", n, f"资源 100% {n}", 2020 + n % 2) for n in range(40)],
    )
    (tmp_path / "resources.sql").write_text(
        f"SELECT {school}, {number}, {name} FROM resource WHERE made = :year AND {name} LIKE '%:%' OR made = :year;", encoding="utf-8"
    )
    section = """
    select_file = "resources.sql"
    binds = {year = 2021}
    identifier = ["学校", "编号"]
    mapping.title = "名称"
    """
    await conforms(lambda: place.open(tmp_path, section), expected=[(f"s{n % 3}", str(n)) for n in range(1, 40, 2)], limit=3)


@pytest.mark.parametrize("order", [None, Order.NEWEST])
async def test_keys_that_a_collation_takes_for_equal_are_all_read(place: Place, reached: Open, order: Order | None) -> None:
    kind = "VARBINARY(20)" if place.scheme == "mysql" else "TEXT"
    keys = ["b", "A", "a", "B", "á", "Ａ", "a ", "ａ", "甲", "𠮷", "😀", "乙", "é", "E", "e"]
    column = "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci" if place.scheme == "mysql" else "TEXT"
    place.write(
        f"CREATE TABLE resource (id {column}, day VARCHAR(10))",
        "INSERT INTO resource VALUES (%s, %s)",
        rows=[(key, "2023" if n % 2 else "2022") for n, key in enumerate(keys)],
    )
    connector = await reached(place, "table = 'resource'\nidentifier = 'id'\nmapping.title = 'id'\norders.newest = {column = 'day'}")
    whole = await keys_of(connector, Query(limit=100, order=order))
    assert sorted(whole) == sorted(keys), kind
    assert await keys_of(connector, Query(limit=1, order=order)) == whole
    assert await keys_of(connector, Query(ids=("a", "A ", "Á"))) == ["a"]


async def test_newest_first_walks_native_times_to_the_fraction(place: Place, reached: Open) -> None:
    kind = "DATETIME(6)" if place.scheme == "mysql" else "TIMESTAMPTZ"
    moments = [f"2023-05-17 08:00:00.{n % 7:06}" for n in range(20)] + [None] * 3
    place.write(
        f"CREATE TABLE resource (id INT PRIMARY KEY, changed {kind})", "INSERT INTO resource VALUES (%s, %s)", rows=list(enumerate(moments))
    )
    connector = await reached(place, "table = 'resource'\nidentifier = 'id'\nmapping.title = 'id'\norders.newest = {column = 'changed'}")
    wanted = sorted(range(23), key=lambda n: (moments[n] is None, -int((moments[n] or "0")[-6:].lstrip(".") or 0), n))
    for limit in (1, 3, 100):
        assert await keys_of(connector, Query(limit=limit, order=Order.NEWEST)) == [str(n) for n in wanted]


VALUES = {
    "mysql": (
        (
            "CREATE TABLE resource (id DECIMAL(30) PRIMARY KEY, whole BIGINT UNSIGNED, part DECIMAL(20,4), day DATE, moment DATETIME, "
            "stamp TIMESTAMP NULL, raw VARBINARY(4), none VARCHAR(9), code CHAR(6), half DOUBLE)"
        ),
        (
            "INSERT INTO resource VALUES (900719925474099312345, 18446744073709551615, 1234567890123456.7890, '0000-00-00', "
            "'2023-05-17 08:30:00', FROM_UNIXTIME(1684281600), X'00FF', '', 'K1', 0.5)"
        ),
        {"day": "0000-00-00", "moment": "2023-05-17 08:30:00", "stamp": "2023-05-17 08:00:00", "code": "K1"},
    ),
    "postgresql": (
        (
            "CREATE TABLE resource (id NUMERIC(30) PRIMARY KEY, whole NUMERIC(20), part NUMERIC(20,4), day DATE, moment TIMESTAMP, "
            "stamp TIMESTAMPTZ, raw BYTEA, none VARCHAR(9), code CHAR(6), half DOUBLE PRECISION)"
        ),
        (
            "INSERT INTO resource VALUES (900719925474099312345, 18446744073709551615, 1234567890123456.7890, '2023-05-17', "
            "'2023-05-17 08:30:00', to_timestamp(1684281600), '\\x00FF', '', 'K1', 0.5)"
        ),
        {"day": "2023-05-17", "moment": "2023-05-17 08:30:00", "stamp": "2023-05-17 08:00:00+08", "code": "K1"},
    ),
}


async def test_values_are_exact_and_times_stand_in_the_zone_of_the_definition(place: Place, reached: Open) -> None:
    create, insert, own = VALUES[place.scheme]
    place.write(*(["SET sql_mode = ''"] if place.scheme == "mysql" else []), create, insert)
    names = ("whole", "part", "day", "moment", "stamp", "raw", "none", "code", "half")
    fields = ("title", "summary", "published", "updated_at", "keywords", "cover", "url", "creators", "languages")
    mapping = "\n".join(f"mapping.{field} = '{name}'" for field, name in zip(fields, names, strict=True))
    connector = await reached(place, f"table = 'resource'\nidentifier = 'id'\n{mapping}")
    (batch,) = await walk(connector, Query(ids=("900719925474099312345",)))
    (item,) = batch.items
    key, native = item.key, item.native
    assert key == "900719925474099312345"
    whole = {"part": "1234567890123456.7890", "raw": b"\x00\xff", "none": "", "half": 0.5, **own}
    assert {name: native[name] for name in whole} == whole
    assert str(native["whole"]) == "18446744073709551615"
    moment = datetime(2023, 5, 17, 0, 0, tzinfo=UTC)
    assert FUNCTIONS["datetime"].call(native["stamp"], Source()) == moment


async def test_keys_beyond_what_a_double_can_tell_apart_are_walked_once_each(place: Place, reached: Open) -> None:
    kind = "DECIMAL(18)" if place.scheme == "mysql" else "NUMERIC(18)"
    keys = [900_719_925_474_099_300 + n for n in range(50)]
    place.write(f"CREATE TABLE resource (id {kind} PRIMARY KEY)", "INSERT INTO resource VALUES (%s)", rows=[(key,) for key in keys])
    connector = await reached(place, "table = 'resource'\nidentifier = 'id'\nmapping.title = 'id'")
    assert await keys_of(connector, Query(limit=1)) == [str(key) for key in keys]
    assert set(await keys_of(connector, Query(ids=(str(keys[7]), str(keys[8]))))) == {str(keys[7]), str(keys[8])}


async def test_ids_of_any_form_are_asked_of_a_key_of_numbers_and_of_texts(place: Place, reached: Open) -> None:
    place.write(
        "CREATE TABLE resource (id INT PRIMARY KEY, code VARCHAR(9))", "INSERT INTO resource VALUES (%s, %s)", rows=[(0, "K"), (7, "007")]
    )
    numbers = await reached(place, "table = 'resource'\nidentifier = 'id'\nmapping.title = 'id'")
    assert await keys_of(numbers, Query(ids=("7", "007", "K1", "9" * 30, "'", ""))) == ["7"]
    texts = await reached(place, "table = 'resource'\nidentifier = 'code'\nmapping.title = 'id'", connection="row_cap = 1")
    assert await keys_of(texts, Query(ids=("7", "0"))) == []
    assert await keys_of(texts, Query(ids=("007",))) == ["007"]


ROWS = [
    (1, "数控车床编程 CNC", "02", "460103", "公开", "2023-05-17 08:00:00", "90"),
    (2, "100% 护理_基础", "09", "520201", "公开", None, "1000"),
    (3, "100x 护理X基础!", "03", "460104", "公开", "2024-01-02 10:00:00", "junk"),
    (4, "校内\\实训", "02", None, "本校", "2022-01-01 00:00:00", "30"),
]
CONDITIONS = """
table = "resource"
identifier = "id"
mapping.title = "title"
text = {columns = ["title"]}
[resources.filters]
kinds = {column = "type", values = {video = ["02", "09"], document = "03"}}
majors = {column = "major"}
published = {column = "changed"}
updated = {column = "changed"}
duration_seconds = {column = "seconds"}
visibility = {column = "scope", values = {pub = "公开", "s:4133010001" = ["本校", "公开"]}}
"""


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({}, "1234"),
        ({"filter": ResourceFilter(kinds=("video",))}, "124"),
        ({"filter": ResourceFilter(majors=(MajorCondition(2021, "46"),))}, "13"),
        ({"filter": ResourceFilter(published=("2023", "2023"))}, "1"),
        ({"filter": ResourceFilter(published=("2023-05-18", None))}, "3"),
        ({"filter": ResourceFilter(updated=(datetime(2023, 5, 17, tzinfo=UTC), None))}, "13"),
        ({"filter": ResourceFilter(updated=(None, datetime(2023, 5, 17, tzinfo=UTC)))}, "14"),
        ({"filter": ResourceFilter(duration_seconds=(60, None))}, "12"),
        ({"keys": frozenset({"pub"})}, "123"),
        ({"text": "cnc"}, "1"),
        ({"text": "100%"}, "2"),
        ({"text": "理_基"}, "2"),
        ({"text": "基础!"}, "3"),
        ({"text": "\\"}, "4"),
        ({"text": "' OR 1=1 -- %s :x"}, ""),
    ],
)
async def test_conditions_reach_the_server(place: Place, reached: Open, asked: dict[str, Any], keys: str) -> None:
    kind = "DATETIME" if place.scheme == "mysql" else "TIMESTAMP"
    place.write(
        "CREATE TABLE resource (id INT PRIMARY KEY, title VARCHAR(90), type VARCHAR(2), major VARCHAR(6), scope VARCHAR(9), "
        f"changed {kind}, seconds VARCHAR(9))",
        "INSERT INTO resource VALUES (%s, %s, %s, %s, %s, %s, %s)",
        rows=ROWS,
    )
    connector = await reached(place, CONDITIONS)
    assert await keys_of(connector, Query(**{"keys": frozenset({"pub", "s:4133010001"}), **asked})) == list(keys)


async def test_gbk_inside_latin1_columns_is_read_and_searched(mysql: Place, reached: Open) -> None:
    titles = ["数控車床", "誠信", "\\'; DROP TABLE resource; --", "許功蓋"]  # 誠's second byte is a backslash in GBK
    mysql.write(
        "CREATE TABLE resource (id VARCHAR(20) PRIMARY KEY, title VARCHAR(90), body TEXT) CHARACTER SET latin1",
        "INSERT INTO resource VALUES (%s, %s, %s)",
        rows=[(f"k{n}", *[title.encode("gb18030").decode("latin-1").encode("latin-1")] * 2) for n, title in enumerate(titles)],
        charset="latin1",
    )
    mysql.write("INSERT INTO resource VALUES ('k9', X'81', X'81')")
    section = "table = 'resource'\nidentifier = 'id'\nmapping.title = 'title'\nmapping.summary = 'body'\ntext = {columns = ['title']}"
    connector = await reached(mysql, section, connection="encoding = 'gb18030'")
    (batch,) = await walk(connector, Query())
    assert [(item.native["title"], item.native["body"]) for item in batch.items] == [(title, title) for title in titles]
    assert batch.spoiled == [Spoiled("k9", "undecodable")]
    for number, title in enumerate(titles):
        assert f"k{number}" in await keys_of(connector, Query(text=title.split()[0]))
    assert await keys_of(connector, Query(text="誠' OR 1=1 -- ")) == []
    assert await keys_of(connector, Query(text="没有")) == []


async def test_words_and_ids_that_an_old_character_set_does_not_hold_match_nothing(mysql: Place, reached: Open) -> None:
    mysql.write(
        "CREATE TABLE resource (id VARCHAR(9) PRIMARY KEY, title VARCHAR(9)) CHARACTER SET latin1",
        "INSERT INTO resource VALUES ('é', 'CNC')",
    )
    connector = await reached(mysql, "table = 'resource'\nidentifier = 'id'\nmapping.title = 'title'\ntext = {columns = ['title']}")
    assert await keys_of(connector, Query(text="数控")) == []
    assert await keys_of(connector, Query(text="cnc")) == ["é"]
    assert await keys_of(connector, Query(ids=("甲", "é"))) == ["é"]


async def test_a_page_holds_what_was_there_when_it_was_asked(place: Place, reached: Open) -> None:
    place.write(
        "CREATE TABLE resource (id INT PRIMARY KEY, title VARCHAR(9))",
        "INSERT INTO resource VALUES (%s, 't')",
        rows=[(n,) for n in range(9)],
    )
    connector = await reached(place)
    assert (await walk(connector, Query(limit=4)))[0].items[0] == Item("0", {"id": 0, "title": "t"})
    place.write("DELETE FROM resource WHERE id < 5")
    assert await keys_of(connector, Query(limit=2)) == ["5", "6", "7", "8"]


BINARY = {"mysql": "COLLATE utf8mb4_bin", "postgresql": 'COLLATE "C"'}
FOLDING = {
    "mysql": "ALTER TABLE resource MODIFY id VARCHAR(9) COLLATE utf8mb4_general_ci",
    "postgresql": 'ALTER TABLE resource ALTER id TYPE VARCHAR(9) COLLATE "und-x-icu"',
}


async def test_a_walk_does_not_go_on_in_another_collation(place: Place, reached: Open) -> None:
    """A, B, a, b byte by byte is a, A, b, B for people: what comes after B in the one came before it in the other."""
    place.write(
        f"CREATE TABLE resource (id VARCHAR(9) {BINARY[place.scheme]}, day VARCHAR(9), title VARCHAR(9))",
        "INSERT INTO resource VALUES (%s, '2023', 't')",
        rows=[(key,) for key in ("A", "B", "a", "b")],
    )
    connector = await reached(place, SECTION + "orders.newest = {column = 'day'}")
    newest = await walk(connector, Query(limit=2, order=Order.NEWEST))
    async with reading(connector, Query(limit=2)) as batches:
        first = await anext(batches)
        assert [item.key for item in first.items] == ["A", "B"]
        place.write(FOLDING[place.scheme])
        with pytest.raises(CursorLost):
            await anext(batches)
    for order, batch in ((None, first), (Order.NEWEST, newest[0])):
        with pytest.raises(CursorLost):
            await walk(connector, Query(limit=2, order=order, cursor=batch.cursor))
        assert sorted(await keys_of(connector, Query(limit=1, order=order))) == ["A", "B", "a", "b"]


async def test_ten_gigabytes_are_read_a_page_at_a_time_and_never_all_at_once(place: Place, reached: Open) -> None:
    kind = "LONGTEXT" if place.scheme == "mysql" else "TEXT"
    place.write(
        "CREATE TABLE number (id INT PRIMARY KEY)",
        f"CREATE TABLE body (text {kind})",
        "INSERT INTO body VALUES (repeat('x', 5000000))",
        "CREATE VIEW resource AS SELECT id, (SELECT text FROM body) AS title FROM number",
        "INSERT INTO number VALUES (%s)",
        rows=[(n,) for n in range(2_000)],
    )
    tracemalloc.start()
    try:
        greedy = await reached(place, "view = 'resource'\nidentifier = 'id'\nmapping.title = 'title'\nmax_batch = 1000")
        with pytest.raises(SourceMalformed, match="too_large"):
            await walk(greedy, Query(limit=1000))
        modest = await reached(place, "view = 'resource'\nidentifier = 'id'\nmapping.title = 'title'\nmax_batch = 2")
        async with reading(modest, Query()) as batches:
            for number in range(5):
                batch = await anext(batches)
                assert [item.key for item in batch.items] == [str(2 * number), str(2 * number + 1)]
                assert len(batch.items[0].native["title"]) == 5_000_000
        assert tracemalloc.get_traced_memory()[1] < 300_000_000
    finally:
        tracemalloc.stop()


HOSTILE = ["x; DROP TABLE resource", 'a"b', "a'b", "a`b", "a]b", "select", "资源 名称", "%s%(x)s", ":bind", "--", "/*", "?"]


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_of_any_shape_are_names(place: Place, reached: Open, name: str) -> None:
    mark = "`" if place.scheme == "mysql" else '"'
    quoted_name = mark + name.replace(mark, 2 * mark) + mark
    place.write(f"CREATE TABLE {quoted_name} (id INT PRIMARY KEY, title VARCHAR(9))", "CREATE TABLE resource (id INT)")
    place.write(f"INSERT INTO {quoted_name} VALUES (1, 't')")
    section = f"table = {json.dumps(name, ensure_ascii=False)}\nidentifier = 'id'\nmapping.title = 'title'"
    assert await keys_of(await reached(place, section), Query()) == ["1"]
    assert place.ask("SELECT count(*) FROM resource") in ([(0,)], [[0]], ((0,),))
