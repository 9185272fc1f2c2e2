"""Definitions as hostile input: each is refused in words, soon, and whatever stands in it."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from connectors.definition import MOST_PROBLEMS, parse_definition
from connectors.errors import DefinitionInvalid, SourceError
from connectors.protocol import Query
from connectors.registry import Surroundings
from connectors.sql import kind
from egress import Client
from tests.connectors.sql.databases import walk

HEAD = 'name = "xx"\ntitle = "示例"\ntier = "national"\nmode = "harvest"\nall_public = true\n'
SQL = HEAD + 'connector = "sql"\n[connection]\nurl = "sqlite:///school.db"\n[resources]\nidentifier = "id"\nmapping.title = "t"\n'
REST = HEAD + 'connector = "rest"\n[connection]\nurl = "https://a.example"\n[resources]\nidentifier = "id"\nmapping.title = "t"\n'

REFUSED = {
    "ten megabytes": SQL + "#" + "x" * 10_000_000,
    "a key of a hundred thousand parts": ".".join(["a"] * 100_000) + " = 1",
    "many keys of many parts": "\n".join("a . " * 200 + f"b{n} = 1" for n in range(1_000)),
    "quoted keys of many parts": '"a".' * 100 + "b = 1",
    "deep lists": "a = " + "[" * 100_000 + "]" * 100_000,
    "deep tables": "a = " + "{a = " * 20_000 + "1" + "}" * 20_000,
    "a number of ten thousand digits": SQL + "max_batch = " + "9" * 10_000,
    "twenty thousand unknown keys": HEAD + 'connector = "sql"\n' + "\n".join(f"bad{n} = 1" for n in range(20_000)),
    "a kind as long as a book": HEAD + 'connector = "' + "x" * 100_000 + '"',
    "a kind that is a path": HEAD + 'connector = "../sql"',
    "a name that is a path": SQL.replace('"xx"', '"../xx"') + 'table = "t"',
    "a time that never comes": SQL + 'table = "t"\n[schedule]\nevery = inf',
    "a time without number": SQL + 'table = "t"\n[limits]\ntimeout = nan',
    "a table's name of a megabyte": SQL + 'table = "' + "x" * 500_000 + '"',
    "a table's name with a null": SQL + 'table = "t\\u0000"',
    "a place that fills the memory": REST + 'ids = { path = "x/{id:>999999999}" }',
    "a place that looks inside": REST + 'ids = { path = "x/{id.__class__}" }',
    "a header that ends": REST.replace("[resources]", 'headers = { X = "a\\r\\nHost: b" }\n[resources]') + 'list = { path = "x" }',
    "a zone that is a path": SQL.replace("[connection]", 'timezone = "../../etc/passwd"\n[connection]') + 'table = "t"',
}


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_in_words_and_soon(document: str) -> None:
    began = time.monotonic()
    with pytest.raises(DefinitionInvalid) as refused:
        parse_definition(document)
    assert time.monotonic() - began < 15
    assert 1 <= len(refused.value.problems) <= MOST_PROBLEMS
    assert all(each.message and each.fix for each in refused.value.problems)


@pytest.mark.parametrize("table", ['x\\"; DROP TABLE resource; --', "x; drop table resource", "resource' OR 1=1 --"])
async def test_a_table_is_a_name_and_never_a_statement(tmp_path: Path, table: str) -> None:
    with closing(sqlite3.connect(tmp_path / "school.db")) as owner, owner:
        owner.execute("CREATE TABLE resource (id TEXT, t TEXT)")
    definition = parse_definition(SQL + f'table = "{table}"')
    connector = await kind.open(definition, Surroundings(client=Client(), directory=tmp_path, sqlite_directory=tmp_path))
    with pytest.raises(SourceError):
        await walk(connector, Query())
    await connector.aclose()
    with closing(sqlite3.connect(tmp_path / "school.db")) as owner:
        assert owner.execute("SELECT count(*) FROM resource").fetchone() == (0,)


@pytest.mark.parametrize("name", ["../rows.sql", "/etc/passwd", "pipe", "link", ".", "a\\u0000b", "a" * 5_000])
async def test_a_named_file_is_a_plain_one_beside_the_definition(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(DefinitionInvalid, match=r"select_file"):
        await kind.open(
            parse_definition(SQL + f'select_file = "{name}"'),
            Surroundings(client=Client(), directory=tmp_path, sqlite_directory=tmp_path),
        )
