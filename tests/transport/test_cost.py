"""What an operation asks for is known before it runs: rows, upstream calls, shape."""

from pathlib import Path
from typing import Any

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, build_schema, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from transport.cost import CEILING, PAGE, ROWS_PER_CALL, CostTable, FieldCost
from transport.limits import Limits, Measured

SCHEMA = build_schema((Path(__file__).parent / "catalogue.graphql").read_text())
COSTS = {
    ("Query", "search"): FieldCost("first", 20, calls=3),
    ("Query", "nodes"): FieldCost("ids", 10, calls=1),
    ("Query", "node"): FieldCost(calls=1),
    ("Resource", "library"): FieldCost(calls=1),
    ("Resource", "live"): FieldCost(per_row_calls=1),
    ("Library", "resources"): FieldCost("first", per_row_calls=1),
}
TABLE = CostTable(SCHEMA, COSTS)


def measure(query: str, table: CostTable = TABLE, **variables: Any) -> Measured:
    return _measure(query, variables, table)[0]


def _measure(query: str, variables: dict[str, Any], table: CostTable = TABLE) -> tuple[Measured, frozenset[str]]:
    definitions = parse(query).definitions
    operation = next(part for part in definitions if isinstance(part, OperationDefinitionNode))
    fragments = {part.name.value: part for part in definitions if isinstance(part, FragmentDefinitionNode)}
    return table.measure(operation, fragments, variables)


def test_the_shape_of_an_operation_is_counted() -> None:
    measured = measure("query($a: Int @deprecated) @x { one: rateLimit { cost } viewer @include(if: true) { id two: name } }")
    assert (measured.depth, measured.aliases, measured.root_fields, measured.directives) == (2, 2, 2, 3)
    assert (measured.selections, measured.values) == (5, 5)


def test_rows_multiply_below_edges_and_nodes_and_nowhere_else() -> None:
    assert measure("{ search(first: 50) { totalCount } }").rows == 50
    assert measure("{ search(first: 50) { pageInfo { endCursor } nodes { id } } }").values == 1 + 1 + 1 + (1 + 50)
    inner = "nodes { library { resources(first: 10) { nodes { title } } } }"
    assert measure(f"{{ search(first: 50) {{ {inner} }} }}").rows == 50 + 50 * (1 + 10)
    assert measure("{ search(first: 50) { outcomes { source { name } } edges { node { id } } } }").rows == 50


def test_a_loader_calls_once_and_a_field_of_each_row_once_per_row() -> None:
    assert measure("{ search(first: 50) { nodes { library { name } } } }").calls == 3 + 1
    assert measure("{ search(first: 50) { nodes { live { views } } } }").calls == 3 + 50
    assert measure("{ a: node(id: 1) { id } b: node(id: 2) { id } }").calls == 2
    deep = measure("{ search(first: 50) { nodes { library { resources(first: 4) { nodes { live { views } } } } } } }")
    assert deep.calls == 3 + 1 + 50 * (1 + 4)
    assert deep.cost == deep.rows + ROWS_PER_CALL * deep.calls


def test_an_entry_of_an_interface_holds_for_its_types() -> None:
    assert measure("{ search(first: 5) { nodes { ... on Course { live { views } } } } }").calls == 3 + 5


def test_a_list_argument_counts_by_its_length() -> None:
    assert measure('{ nodes(ids: ["a", "b", "c"]) { id } }').rows == 3
    assert measure("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a"] * 7).rows == 7


def test_connections_count_without_an_entry() -> None:
    bare = CostTable(SCHEMA, {})
    assert measure("{ libraries(first: 3) { nodes { id } } }", bare).rows == 3
    assert measure("{ libraries { nodes { id } } }", bare).rows == 20
    assert measure("{ suggest(prefix: 1) { text } }", bare).rows == 10
    unpaged = build_schema("type Query { all: All } type All { pageInfo: Int nodes: [Query] }")
    assert measure("{ all { nodes { __typename } } }", CostTable(unpaged, {})).rows == PAGE


@pytest.mark.parametrize(
    ("declared", "variables", "rows"),
    [
        ("$n: Int", {"n": 7}, 7),
        ("$n: Int", {"n": 7.0}, 7),
        ("$n: Int = 9", {}, 9),
        ("$n: Int = 9", {"n": 7}, 7),
        ("$n: Int", {}, 20),
        ("$n: Int = 9", {"n": None}, 20),
        ("$n: Int", {"n": "7"}, 20),
        ("$n: Int", {"n": True}, 20),
        ("$n: Int", {"n": 7.5}, 20),
        ("$n: Int", {"n": {}}, 20),
        ("$n: Int", {"n": -5}, 0),
        ("$n: Int", {"n": 10**30}, CEILING),
        ("$n: Int", {"n": 1e300}, CEILING),
        ("$n: Int = 99999999999999999999", {}, CEILING),
    ],
)
def test_variables_say_how_many_rows(declared: str, variables: dict[str, Any], rows: int) -> None:
    query = f"query({declared}) {{ search(first: $n) {{ totalCount }} }}"
    measured, used = _measure(query, variables)
    assert measured.rows == rows
    assert used == {"n"}


def test_only_variables_that_change_the_figures_are_named() -> None:
    assert _measure("query($t: String) { search(text: $t, first: 5) { totalCount } }", {"t": "x"})[1] == frozenset()


def test_a_fragment_counts_at_every_spread() -> None:
    plain = measure("{ search(first: 9) { nodes { a: title library { id } } edges { node { a: title library { id } } } } }")
    spread = measure("{ search(first: 9) { nodes { ...F } edges { node { ...F } } } } fragment F on Resource { a: title library { id } }")
    assert (spread.rows, spread.calls, spread.values, spread.depth) == (plain.rows, plain.calls, plain.values, plain.depth)
    assert (spread.aliases, plain.aliases) == (2, 2)
    assert spread.selections == plain.selections + 2


def test_a_fragment_may_hold_the_nodes_of_a_connection() -> None:
    spread = measure(
        "{ search(first: 9) { ...P } } fragment P on ResourceConnection @x { ...{ nodes { ...on Course { live { views } } } } }"
    )
    assert (spread.calls, spread.directives) == (3 + 9, 1)


def test_root_fields_are_counted_through_fragments() -> None:
    query = "{ ...A ...on Query { rateLimit { cost } } } fragment A on Query { ...B ...B } fragment B on Query { viewer { id } }"
    assert measure(query).root_fields == 3


def test_doubling_spreads_saturate_at_once() -> None:
    chain = "".join(f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }} " for i in range(49))
    measured = measure("{ ...f0 } " + chain + "fragment f49 on Query { search { nodes { title } } }")
    assert measured.selections == measured.root_fields == measured.cost == CEILING


def test_cycles_and_unknown_fragments_end() -> None:
    cycle = "{ ...A } fragment A on Query { viewer { id } ...B } fragment B on Query { ...A rateLimit { cost } ...Gone }"
    assert measure(cycle).root_fields == 2
    assert measure("{ ...A } fragment A on Query { ...A }").root_fields == 0


def test_unknown_fields_and_types_are_single_values() -> None:
    measured = measure("{ nope(first: 100) { x { y } } ...on Nope { z } __typename }")
    assert (measured.rows, measured.values, measured.depth) == (0, 5, 3)
    assert measure("mutation { a { b } }").depth == 2
    assert measure("{ viewer { } }").depth == 1


def test_nesting_far_beyond_the_interpreters_stack_is_measured() -> None:
    links = "".join(f"fragment f{i} on Nope {{ {'a {' * 190} ...f{i + 1} {'}' * 190} }} " for i in range(20))
    assert measure("{ ...f0 } " + links + "fragment f20 on Nope { a }").depth == 20 * 190 + 1


def test_the_standard_introspection_query_stands_apart() -> None:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    measured = measure(query)
    assert (measured.depth, measured.values, measured.cost, measured.introspection_depth) == (0, 0, 0, 15)
    assert measured.introspection_values < Limits().introspection_values / 4


def test_introspection_that_multiplies_lists_is_seen() -> None:
    fields = " ".join(f"a{i}: type {{ name kind description }}" for i in range(28))
    once = measure(f"{{ __schema {{ types {{ possibleTypes {{ fields {{ {fields} }} }} }} }} }}").introspection_values
    assert once > 100_000
    assert measure('{ __type(name: "X") { name } }').introspection_values == 2


def test_a_table_that_does_not_fit_the_schema_is_refused_at_start() -> None:
    for costs in (
        {("Query", "gone"): FieldCost()},
        {("Gone", "a"): FieldCost()},
        {("Tier", "NATIONAL"): FieldCost()},
        {("Query", "viewer"): FieldCost("first")},
    ):
        with pytest.raises(ValueError, match=r"Query\.|Gone\.|Tier\."):
            CostTable(SCHEMA, costs)


def test_defaults_given_in_code_count_as_those_of_sdl() -> None:
    from graphql import GraphQLArgument, GraphQLField, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema

    item = GraphQLObjectType("Item", {"a": GraphQLField(GraphQLInt)})
    items = GraphQLField(GraphQLList(item), args={"first": GraphQLArgument(GraphQLInt, default_value=8)})
    schema = GraphQLSchema(GraphQLObjectType("Query", {"items": items}))
    assert measure("{ items { a } }", CostTable(schema, {})).rows == 8


@given(st.integers(0, 60), st.integers(0, 60))
def test_more_rows_never_cost_less(first: int, more: int) -> None:
    query = "query($n: Int) { search(first: $n) { nodes { live { views } library { resources(first: $n) { nodes { id } } } } } }"
    less, higher = measure(query, n=first), measure(query, n=first + more)
    assert less.cost <= higher.cost
    assert less.values <= higher.values
    assert less.rows == first + first * (1 + 1 + first)
