"""Statements for databases that the tests cannot run: compiled by their dialects and compared letter by letter."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Select, create_engine

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid
from connectors.protocol import Collection, Query
from connectors.sql import dialects
from connectors.sql.definition import SqlSection
from connectors.sql.dm import DmDialect
from connectors.sql.kingbase import KingbaseDialect
from connectors.sql.mssql import MsSql, MsSqlDialect
from connectors.sql.oracle import Oracle, OracleDialect
from connectors.sql.statements import Statements
from store.filters import MajorCondition, ResourceFilter
from store.ordering import Order
from tests.connectors.sql.databases import HEAD

SECTION = {
    "table": "RES",
    "schema": "ZY",
    "identifier": ["XX", "ID"],
    "mapping": {"title": "T"},
    "orders": {"newest": {"column": "D", "nulls": [""]}},
    "since": {"column": "D"},
    "deleted": {"column": "X", "is": "1"},
    "text": {"columns": ["T"]},
    "filters": {"kinds": {"column": "K", "values": {"video": ["02", ""]}}, "majors": {"column": "M"}, "duration_seconds": {"column": "S"}},
}
KINDS = {
    "mssql": (MsSqlDialect(), dialects.MSSQL),
    "oracle": (OracleDialect(), dialects.ORACLE),
    "dm": (DmDialect(), dialects.DM),
    "kingbase": (KingbaseDialect(), dialects.POSTGRESQL),
}


def of(kind: str, **others: Any) -> Statements:
    section = SqlSection.model_validate(SECTION | others)
    return Statements(Collection.RESOURCES, section, ZoneInfo("Asia/Shanghai"), KINDS[kind][1])


def text(kind: str, statement: Select[Any]) -> str:
    compiled = statement.limit(3).compile(dialect=KINDS[kind][0], compile_kwargs={"render_postcompile": True})
    return " ".join(str(compiled).split())


def page(kind: str, query: Query, after: Sequence[Any] | None, **others: Any) -> str:
    statements = of(kind, **others)
    first = next(statements.pages(query, [], None if after is None else tuple(after), tombstones=True))
    return text(kind, first)


DELETED = {"mssql": "%(param_2)s", "oracle": ":param_1", "dm": "?"}


def test_oracle_walks_a_composite_key_by_rownum() -> None:
    assert page("oracle", Query(), ("a", 5)) == (
        'SELECT anon_1."XX", anon_1."ID", anon_1."T", anon_1.collation_of_key, anon_1.anon_2 FROM ('
        'SELECT native."XX" AS "XX", native."ID" AS "ID", native."T" AS "T", \'\' AS collation_of_key, '
        'CASE WHEN (native."X" IN (:param_1)) THEN :param_2 ELSE :param_3 END AS anon_2 FROM "ZY"."RES" native '
        'WHERE native."XX" >= :param_4 AND (native."XX" > :param_5 OR native."XX" = :param_6 AND native."ID" > :param_7 '
        'OR native."XX" = :param_8 AND native."ID" = :param_9 AND (rtrim(to_char(native."XX")) > :param_10 '
        'OR rtrim(to_char(native."XX")) = :param_11 AND rtrim(to_char(native."ID")) > :param_12)) '
        'ORDER BY native."XX", native."ID", rtrim(to_char(native."XX")), rtrim(to_char(native."ID"))) anon_1 WHERE ROWNUM <= 3'
    )


def test_dm_is_asked_like_oracle_with_parameters_by_position() -> None:
    asked = page("dm", Query(), ("a", 5))
    assert asked.startswith('SELECT anon_1."XX", anon_1."ID"')
    assert asked.endswith("WHERE ROWNUM <= 3")
    assert 'WHERE native."XX" >= ? AND (native."XX" > ? OR' in asked


def test_sql_server_walks_a_composite_key_by_top() -> None:
    def exact(name: str) -> str:
        return f"convert(NVARCHAR(4000), native.[{name}], 121) COLLATE Latin1_General_BIN2"

    assert page("mssql", Query(), ("a", 5)) == (
        "SELECT TOP 3 native.[XX], native.[ID], native.[T], '' AS collation_of_key, "
        "CASE WHEN (native.[X] IN (%(param_2)s)) THEN %(param_3)s ELSE %(param_4)s END AS anon_1 FROM [ZY].[RES] AS native "
        "WHERE native.[XX] >= %(param_5)s AND (native.[XX] > %(param_6)s OR native.[XX] = %(param_7)s AND native.[ID] > %(param_8)s "
        f"OR native.[XX] = %(param_9)s AND native.[ID] = %(param_10)s AND (({exact('XX')}) > %(param_11)s "
        f"OR ({exact('XX')}) = %(param_12)s AND ({exact('ID')}) > %(param_13)s)) "
        f"ORDER BY native.[XX], native.[ID], {exact('XX')}, {exact('ID')}"
    )


def test_kingbase_is_asked_like_postgresql() -> None:
    asked = page("kingbase", Query(), ("a", 5))
    assert '(native."XX", native."ID") >= (%s, %s)' in asked
    assert asked.endswith("LIMIT %s::INTEGER")


@pytest.mark.parametrize("kind", ["oracle", "dm", "mssql"])
def test_the_latest_come_first_and_those_without_a_date_last(kind: str) -> None:
    dated, dateless = (text(kind, each) for each in of(kind).pages(Query(order=Order.NEWEST), [], None, tombstones=True))
    name = "native.[D]" if kind == "mssql" else 'native."D"'
    date = f"nullif({name}, %(param_2)s)" if kind == "mssql" else name  # where '' is NULL there is nothing to tell apart
    assert f"WHERE {date} IS NOT NULL ORDER BY {date} DESC" in dated
    assert f"WHERE {date} IS NULL ORDER BY" in dateless


@pytest.mark.parametrize(("kind", "found"), [("mssql", "native.[K] IN (%(param_1)s, %(param_2)s)"), ("oracle", 'native."K" IS NULL OR')])
def test_an_empty_text_is_null_where_there_are_no_empty_texts(kind: str, found: str) -> None:
    statements = of(kind)
    clauses = statements.conditions(Query(filter=ResourceFilter(kinds=("video",))), scoped=False)
    assert clauses is not None
    assert found in text(kind, statements.count(clauses[2:])).replace("param_3", "param_2").replace("param_2", "param_1", 1)


@pytest.mark.parametrize(("kind", "escaped"), [("mssql", "%5![0!]%"), ("oracle", "%5[0]%"), ("dm", "%5[0]%"), ("kingbase", "%5[0]%")])
def test_only_what_like_takes_for_a_wildcard_is_escaped(kind: str, escaped: str) -> None:
    statements = of(kind)
    clauses = statements.conditions(Query(text="5[0]"), scoped=False)
    assert clauses is not None
    values = statements.count(clauses).compile(dialect=KINDS[kind][0]).params.values()
    assert escaped.replace("!]", "]") in values


@pytest.mark.parametrize("kind", KINDS)
def test_every_condition_compiles(kind: str) -> None:
    statements = of(kind)
    query = Query(
        text="50% 数控",
        since=datetime(2023, 5, 1, tzinfo=UTC),
        filter=ResourceFilter(kinds=("video",), majors=(MajorCondition(2021, "46"),), duration_seconds=(60, None)),
    )
    clauses = statements.conditions(query, scoped=False)
    assert clauses is not None
    for statement in (
        *statements.pages(query, clauses, ("a", 5), tombstones=False),
        *statements.pages(Query(order=Order.NEWEST), clauses, ("2023-05-01", "a", 5), tombstones=False),
        statements.by_ids(query, [("a", "5")]),
        statements.by_ids(query, [("a", "5")], exactly=True),
        statements.count(clauses),
        statements.keyless(),
    ):
        asked = text(kind, statement)
        assert "OFFSET" not in asked
        if kind in ("oracle", "dm"):
            assert "FETCH" not in asked
            assert " OR 0" not in asked
            assert asked.endswith("ROWNUM <= 3")


@pytest.mark.parametrize("kind", ["mssql", "oracle"])
@pytest.mark.parametrize("name", ['x"; DROP TABLE a --', "x]; drop table a", "a]]b", "100%", "select", "资源"])
def test_names_of_any_shape_are_names(kind: str, name: str) -> None:
    asked = page(kind, Query(), None, table=name)
    quoted = f"[{name.replace(']', ']]')}]" if kind == "mssql" else '"' + name.replace('"', '""') + '"'
    assert quoted.replace("%", "%%" if kind == "mssql" else "%") in asked


@pytest.mark.parametrize("driver", [MsSql, Oracle])
def test_an_engine_is_made_with_the_real_driver(driver: type[MsSql] | type[Oracle], recwarn: pytest.WarningsRecorder) -> None:
    engine = create_engine(f"{driver.name}://", creator=lambda: None)
    assert engine.dialect.supports_statement_cache
    assert not recwarn.list


@pytest.mark.parametrize(
    ("url", "tls", "message"),
    [
        ("mssql://h:1433/d", "false", "password in the clear"),
        ("dm://h:5236/d", "true", "write `tls = false`"),
        ("oracle://h/service", "false", "write oracle://host:port/database"),
        ("db2://h:1/d", "false", "SERVER one of dm, kingbase, mssql, mysql, oracle, postgresql"),
    ],
)
def test_what_is_wrong_with_a_connection_is_said(url: str, tls: str, message: str) -> None:
    head = HEAD.format(mode="live", connection=f"user = 'u'\ntls = {tls}").replace("sqlite:///school.db", url)
    with pytest.raises(DefinitionInvalid, match=message):
        parse_definition(head + "table = 'a'\nidentifier = 'id'\nmapping.title = 't'")
