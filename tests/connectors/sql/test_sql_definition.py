"""A definition of kind `sql` says what is wrong with it and where; names are only ever names."""

from pathlib import Path

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid
from connectors.protocol import Collection, Query
from connectors.registry import Surroundings, find_kind
from connectors.sql import kind
from connectors.sql.selects import check_select
from egress import Client
from tests.connectors.sql.conftest import Open
from tests.connectors.sql.databases import HEAD, SECTION, keys_of, walk, write_rows

SECTION_OF = "{origin}\nidentifier = 'id'\nmapping.title = 'title'\n{more}"


def test_the_kind_is_found_by_its_name() -> None:
    assert find_kind("sql") is kind


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (SECTION_OF.format(origin="", more=""), "exactly one of table, view or select_file"),
        (SECTION_OF.format(origin="table = 'a'\nview = 'b'", more=""), "exactly one of table, view or select_file"),
        (SECTION_OF.format(origin="select_file = 'a'\nschema = 'b'", more=""), "`schema` goes with table or view"),
        (SECTION_OF.format(origin="table = 'a'", more="binds = {x = 1}"), "`binds` goes with select_file"),
        (SECTION_OF.format(origin="table = 'a'", more="filters.colour = {column = 'c'}"), "there is no filter 'colour'"),
        (SECTION_OF.format(origin="table = 'a'", more="filters.sources = {column = 'c'}"), "there is no filter 'sources'"),
        (SECTION_OF.format(origin="table = 'a'", more="filters.updated = {column = 'c', values = {a = 'b'}}"), "takes no `values`"),
        (SECTION_OF.format(origin="table = 'a'", more="filters.kinds = {column = 'c', form = 'iso'}"), "neither `form` nor `zone`"),
        (SECTION_OF.format(origin="table = 'a'", more="since = {column = 'c', zone = 'Mars/Base'}"), "there is no time zone"),
        (SECTION_OF.format(origin="table = 'a'", more="mapping.summary = 'a.b'"), "is not a column: rows are flat"),
        (SECTION_OF.format(origin="table = 'a'", more='since = {column = "a\\u0000b"}'), "no control characters"),
        (SECTION_OF.format(origin="table = 'a'", more="kount = true"), "did you mean `count`"),
    ],
)
def test_what_is_wrong_with_a_section_is_said(section: str, message: str) -> None:
    with pytest.raises(DefinitionInvalid, match=message):
        parse_definition(HEAD.format(mode="live", connection="") + section)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////etc/school.db",
        "sqlite:///../school.db",
        "sqlite:///a/../../school.db",
        "sqlite:///school.db?mode=rw",
        "sqlite:///school.db#x",
        "sqlite:///:memory:",
        "sqlite:///file:school.db",
        "sqlite:///",
        "sqlite://",
        "sqlite://host/school.db",
        "sqlite:///a\\\\b.db",
        "postgresql://host/db",
        "school.db",
    ],
)
def test_only_files_below_the_directory_can_be_named(url: str) -> None:
    document = (HEAD.format(mode="live", connection="") + SECTION).replace("sqlite:///school.db", url)
    with pytest.raises(DefinitionInvalid, match=r"connection\.url"):
        parse_definition(document)


async def test_without_a_directory_of_sqlite_sources_there_are_none(tmp_path: Path) -> None:
    definition = parse_definition(HEAD.format(mode="live", connection="") + SECTION)
    with pytest.raises(DefinitionInvalid, match="no SQLite sources are allowed here"):
        await kind.open(definition, Surroundings(client=Client(), directory=tmp_path))


async def test_opening_touches_no_file(opened: Open) -> None:
    connector = await opened()
    assert set(connector.supports) == {Collection.RESOURCES}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM resource",
        "",
        "-- nothing\n;",
        "SELECT 1; DROP TABLE resource",
        "SELECT 1) AS x; DROP TABLE resource; --",
        "SELECT 1) UNION SELECT (2",
        "SELECT (1",
        "SELECT 'open",
        "SELECT ?",
        "SELECT @x",
        "SELECT $x",
        "SELECT :unknown",
        "VALUES (1)",
        "PRAGMA query_only = OFF",
        "ATTACH 'x' AS y",
    ],
)
def test_a_file_with_anything_but_one_select_is_refused(statement: str) -> None:
    with pytest.raises(ValueError, match=r"SELECT|bracket|cannot stand there|binds"):
        check_select(statement, {})


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("SELECT a FROM b;", "SELECT a FROM b"),
        ("with x as (select 1 a) select a from x -- ;\n;", "with x as (select 1 a) select a from x"),
        ('SELECT \';\' AS a, "b;""c" /* ; ) */ FROM [d;e]', 'SELECT \';\' AS a, "b;""c"   FROM [d;e]'),
        ("SELECT 'at 12:30 :x' AS a, :x AS b", "SELECT 'at 12\\:30 \\:x' AS a, :x AS b"),
    ],
)
def test_quotes_comments_and_binds_of_a_select_are_understood(statement: str, wanted: str) -> None:
    assert " ".join(check_select(statement, {"x": 1} if ":x AS" in statement else {}).split()) == " ".join(wanted.split())


@pytest.mark.parametrize("name", ["absent.sql", "../outside.sql", "/etc/hostname", "link.sql", "two.sql"])
async def test_a_file_that_cannot_be_used_is_a_problem_of_the_definition(tmp_path: Path, name: str) -> None:
    directory = tmp_path / "definitions"
    directory.mkdir()
    (tmp_path / "outside.sql").write_text("SELECT 1 AS id, 2 AS title")
    (directory / "two.sql").write_text("SELECT 1; SELECT 2")
    (directory / "link.sql").symlink_to(tmp_path / "outside.sql")
    section = SECTION_OF.format(origin=f"select_file = '{name}'", more="")
    definition = parse_definition(HEAD.format(mode="live", connection="") + section)
    with pytest.raises(DefinitionInvalid) as caught:
        await kind.open(definition, Surroundings(client=Client(), directory=directory, sqlite_directory=tmp_path))
    assert caught.value.problems[0].place == "resources.select_file"


HOSTILE = ["x; DROP TABLE resource", 'a"b', "a'b", "a]b", "a`b", "select", "资源 名称", "%s%(x)s", ":bind", "a\\b", "--", "/*", "?", "x.y"]


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_of_any_shape_are_names(tmp_path: Path, opened: Open, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    write_rows(
        tmp_path / "school.db",
        f"CREATE TABLE {quoted} (id INTEGER PRIMARY KEY, {quoted} TEXT); CREATE TABLE resource (id)",
        f"INSERT INTO {quoted} VALUES (?, ?)",
        [(n, f"标题 {n}") for n in range(5)],
    )
    # In a path a dot, a bracket and a backslash are written with a backslash before them.
    path = "".join(f"\\{letter}" if letter in ".[]\\" else letter for letter in name).replace("\\]", "]")
    section = f"""
    table = {_toml(name)}
    identifier = "id"
    mapping.title = {_toml(path)}
    orders.newest = {{column = {_toml(name)}}}
    since = {{column = {_toml(name)}}}
    text = {{columns = [{_toml(name)}]}}
    schema = "main"
    """
    connector = await opened(section)
    (batch,) = await walk(connector, Query())
    assert [item.native[name] for item in batch.items] == [f"标题 {n}" for n in range(5)]
    assert await keys_of(connector, Query(text="标题 3")) == ["3"]


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
