"""What a GraphQL source is asked: only needed fields, values as variables, and names that cannot smuggle anything in."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid, SourceMalformed, SourceRefused, SourceUnavailable
from connectors.protocol import Collection, Query, Spoiled, Supports
from store.filters import ResourceFilter
from store.ordering import Order
from tests.connectors.graphql.library import Library, definition, rows_of
from tests.connectors.loopback import keys, opened, read, serving

SECTION = """
field = "resources"
total = "totalCount"
types = { after = "Cursor", order = "Order", "where.types" = "[String!]" }
arguments = { order = "ID_ASC", where = { live = true, score = 0.5 } }
text = { argument = "keyword" }
since = { argument = "where.span.from" }
orders = { newest = { order = "UPDATED_DESC" } }
ids = { field = "nodes", on = "Resource" }
[resources.filters]
kinds = { argument = "where.types", values = { course = "COURSE", video = ["VIDEO", "CLIP"] } }
institutions = { argument = "where.school", single = true }
visibility = { argument = "scopes", values = { pub = "OPEN", member = "LOGIN" } }
updated = { to = "where.span.to", zone = "Asia/Shanghai" }
duration_seconds = { to = "where.longest" }
"""
CONSTANT = {"live": True, "score": 0.5}
MOMENT = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (Query(limit=5), {"first": 5}),
        (Query(text='数控"} { x'), {"keyword": '数控"} { x'}),
        (Query(text="\ud800"), {"keyword": "?"}),
        (Query(order=Order.NEWEST), {"order": "UPDATED_DESC"}),
        (Query(since=MOMENT), {"where": CONSTANT | {"span": {"from": "2024-05-01T00:00:00Z"}}}),
        (Query(filter=ResourceFilter(kinds=("course", "video"))), {"where": CONSTANT | {"types": ["COURSE", "VIDEO", "CLIP"]}}),
        (Query(filter=ResourceFilter(institutions=("4144010001",))), {"where": CONSTANT | {"school": "4144010001"}}),
        (Query(filter=ResourceFilter(updated=(None, MOMENT))), {"where": CONSTANT | {"span": {"to": "2024-05-01T08:00:00+08:00"}}}),
        (Query(filter=ResourceFilter(duration_seconds=(1, 60))), {"where": CONSTANT | {"longest": 60}}),
        (Query(keys=frozenset({"pub", "member", "p:44"})), {"scopes": ["LOGIN", "OPEN"]}),
    ],
)
async def test_conditions_become_variables(query: Query, told: dict[str, Any]) -> None:
    library = Library(rows_of(2))
    async with serving() as upstream, opened(upstream, definition(SECTION)) as connector:
        upstream.handler = library
        assert len(keys(await read(connector, query))) == 2
    assert library.told == [{"first": 10, "after": None, "scopes": ["OPEN"], "order": "ID_ASC", "where": CONSTANT} | told]
    assert "数控" not in library.seen[0]["query"]


@pytest.mark.parametrize("query", [Query(keys=frozenset({"p:33"})), Query(filter=ResourceFilter(kinds=("book",)))])
async def test_what_the_source_cannot_hold_is_not_asked_for(query: Query) -> None:
    async with serving() as upstream, opened(upstream, definition(SECTION)) as connector:
        (batch,) = await read(connector, query)
    assert (batch.items, batch.cursor, upstream.asked) == ((), None, [])


@pytest.mark.parametrize(
    ("query", "selection"),
    [
        (Query(fields=frozenset({"title"})), "id title school { code } type"),
        (Query(fields=frozenset({"keywords"})), "id title tags { name } school { code } type"),
        (
            Query(fields=frozenset({"institution_name"}), filter=ResourceFilter(updated=(MOMENT, None))),
            "id title school { code name } type updatedAt",
        ),
        (Query(fields=frozenset(), order=Order.NEWEST), "id title school { code } type updatedAt"),
        (Query(), "id title abstract tags { name } school { code name } type size updatedAt"),
    ],
)
async def test_only_needed_fields_are_selected(query: Query, selection: str) -> None:
    library = Library(rows_of(1))
    async with serving() as upstream, opened(upstream, definition(SECTION)) as connector:
        upstream.handler = library
        await read(connector, query)
        (batch,) = await read(connector, Query(ids=(library.rows[0]["id"],), fields=query.fields, filter=query.filter, order=query.order))
    listed, fetched = (each["query"] for each in library.seen)
    assert f"edges {{ node {{ {selection} }} }} pageInfo {{ hasNextPage endCursor }} totalCount }}" in listed
    assert f"{{ ... on Resource {{ {selection} }} }}" in fetched
    assert len(batch.items) == 1


async def test_one_question_has_one_document() -> None:
    library = Library(rows_of(25))
    async with serving() as upstream, opened(upstream, definition(SECTION)) as connector:
        upstream.handler = library
        await read(connector)
    first, second, third = (each["query"] for each in library.seen)
    assert second == third
    assert "$after: Cursor" in second
    assert "after" not in first


async def test_supports_tell_what_the_section_says() -> None:
    async with serving() as upstream, opened(upstream, definition(SECTION)) as connector:
        assert connector.supports == {
            Collection.RESOURCES: Supports(
                text=True,
                ids=True,
                since=True,
                total=True,
                filters=frozenset({"kinds", "institutions", "visibility", "updated", "duration_seconds"}),
                orders=frozenset({Order.NEWEST}),
                max_batch=10,
                max_ids=50,
            )
        }
        with pytest.raises(SourceMalformed, match="not_offered"):
            await read(connector, Query(collection=Collection.LIVE))
    async with serving() as upstream, opened(upstream, definition('ids = { field = "nodes" }')) as connector:
        with pytest.raises(SourceMalformed, match="not_offered"):
            await read(connector)


BY_ID = {
    "a list of an interface": 'ids = { field = "nodes", on = "Resource", max_ids = 3 }',
    "a list below the field": 'types = { keys = "[BigInt!]!" }\nids = { field = "some", argument = "keys", items = "nodes", max_ids = 3 }',
    "aliases": 'ids = { field = "resource", argument = "id", single = true, max_ids = 3 }',
}


@pytest.mark.parametrize("form", BY_ID)
async def test_keys_are_fetched_by_the_fewest_calls(form: str) -> None:
    rows = rows_of(6)
    known = [row["id"] for row in rows]
    async with serving() as upstream, opened(upstream, definition(BY_ID[form])) as connector:
        upstream.handler = Library(rows)
        assert keys(await read(connector, Query(ids=(known[2], "7", known[0], known[2])))) == [known[2], known[0]]
        assert len(upstream.asked) == 1
        batches = await read(connector, Query(ids=tuple(known[:5])))
        assert [len(batch.items) for batch in batches] == [3, 2]
        assert len(upstream.asked) == 3
        (batch,) = await read(connector, Query(ids=("8",)))
        assert (list(batch.items), list(batch.spoiled), batch.cursor) == ([], [], None)
        (batch,) = await read(connector, Query(ids=()))
        assert not batch.items
        assert len(upstream.asked) == 4


@pytest.mark.parametrize("form", ["a list of an interface", "aliases"])
async def test_visibility_narrows_a_fetch_by_key_too(form: str) -> None:
    section = BY_ID[form] + '\nfilters.visibility = { argument = "scopes", values = { pub = "OPEN", member = "LOGIN" } }'
    library = Library(rows_of(2))
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = library
        found = await read(connector, Query(ids=tuple(row["id"] for row in library.rows), keys=frozenset({"member", "pub"})))
        assert len(keys(found)) == 2
        assert {tuple(each["scopes"]) for each in library.told} == {("LOGIN", "OPEN")}
        (batch,) = await read(connector, Query(ids=("1",), keys=frozenset({"p:33"})))
        assert (batch.items, len(upstream.asked)) == ((), 1)


async def test_parts_of_a_key_are_arguments_of_their_own() -> None:
    section = 'types = { bucket = "String!", no = "BigInt!" }\nids = { field = "part", argument = ["bucket", "no"], single = true }'
    async with serving() as upstream, opened(upstream, definition(section, '["type", "id"]')) as connector:
        upstream.handler = Library([])
        big = ("a", str(2**70))
        assert keys(await read(connector, Query(ids=(("a", "1"), ("b", "1"), big, "plain")))) == [("a", "1"), big]
        assert len(upstream.asked) == 1


class Refusal(Exception):
    def __init__(self, code: str) -> None:
        super().__init__("secret of 10.0.0.8")
        self.extensions = {"code": code}


@pytest.mark.parametrize(
    ("code", "kind"),
    [("NOT_FOUND", None), ("FORBIDDEN", SourceRefused), ("INTERNAL_SERVER_ERROR", SourceUnavailable), ("?", SourceUnavailable)],
)
async def test_one_key_that_fails_spoils_itself_alone(code: str, kind: type[Exception] | None) -> None:
    rows = rows_of(3)
    rows[1]["raises"] = Refusal(code)
    async with serving() as upstream, opened(upstream, definition(BY_ID["aliases"])) as connector:
        upstream.handler = Library(rows)
        (batch,) = await read(connector, Query(ids=tuple(row["id"] for row in rows)))
        assert keys([batch]) == [rows[0]["id"], rows[2]["id"]]
        assert list(batch.spoiled) == ([Spoiled(rows[1]["id"], "graphql_errors")] if kind else [])
        if kind is None:
            assert keys(await read(connector, Query(ids=(rows[1]["id"],)))) == []
            return
        with pytest.raises(kind):
            await read(connector, Query(ids=(rows[1]["id"],)))


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ('field = "resources { x } }"', "no GraphQL name"),
        ('field = "resources"\narguments = { "a) { x" = 1 }', "no GraphQL name"),
        ('field = "resources"\narguments = { a = { "b: 1}" = 1 } }', "no GraphQL name"),
        ('field = "resources"\ntypes = { a = "Int) { x }" }', "no GraphQL type"),
        ('field = "resources"\ntypes = { a = "[Int!" }', "no GraphQL type"),
        ('field = "resources"\ntext = { argument = "q q" }', "no GraphQL name"),
        ('field = "resources"\nsince = { argument = "" }', "no GraphQL name"),
        ('field = "resources"\ntotal = "a b"', "no GraphQL name"),
        ('field = "resources"\npaging = { style = "relay", items = "edges[].node{x}" }', "no GraphQL name"),
        ('field = "resources"\npaging = { style = "relay", items = "a[].b[].c" }', "several lists"),
        ('field = "resources"\npaging = { style = "list", limit = "$x" }', "no GraphQL name"),
        ('field = "resources"\nfilters.kinds = { argument = "a-b" }', "no GraphQL name"),
        ('field = "resources"\nfilters.updated = { from = "a-b" }', "no GraphQL name"),
        ('field = "resources"\nfilters.kinds = { argument = "a", type = "[x" }', "no GraphQL type"),
        ('field = "resources"\nfilters.colour = { argument = "a" }', "there is no filter"),
        ('field = "resources"\norders = { newest = { "a b" = 1 } }', "no GraphQL name"),
        ('ids = { field = "a b" }', "no GraphQL name"),
        ('ids = { field = "nodes", on = "R {" }', "no GraphQL name"),
        ('ids = { field = "nodes", argument = ["a", "b"] }', "one argument for each part"),
        ("", "write `field`, `ids` or both"),
    ],
)
def test_a_section_that_cannot_work_is_refused_with_a_fix(section: str, told: str) -> None:
    with pytest.raises(DefinitionInvalid) as refused:
        parse_definition(definition(section))
    assert told in str(refused.value)


def test_paths_of_a_mapping_are_names() -> None:
    for mapping in ('title = "书名"', 'title = "t"\nsummary = { first = ["a", "b } x"] }', 'title = "a\\\\.b"'):
        with pytest.raises(DefinitionInvalid, match="no GraphQL name"):
            parse_definition(definition('field = "resources"', mapping=mapping))
    with pytest.raises(DefinitionInvalid, match="no GraphQL name"):
        parse_definition(definition('field = "resources"', identifier='"i d"'))
    with pytest.raises(DefinitionInvalid, match="single"):
        parse_definition(definition('ids = { field = "nodes", argument = ["a", "b"] }', identifier='["a", "b"]'))
