"""No text is validated twice, none over a limit at all, and none is slow."""

import contextlib
import gc
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, get_introspection_query, print_ast
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import transport.documents
from transport.cost import FieldCost
from transport.documents import MAX_PROBLEMS, Documents, Prepared, Size
from transport.errors import (
    DocumentInvalid,
    DocumentRefused,
    DocumentUnparsable,
    OperationUnknown,
    RequestRefused,
    TooExpensive,
)
from transport.limits import Limits

SCHEMA = build_schema((Path(__file__).parent / "catalogue.graphql").read_text())
COSTS = {("Query", "search"): FieldCost("first", calls=3), ("Query", "nodes"): FieldCost("ids", 10, calls=1)}
PAGE = (
    "query Page($first: Int!, $text: String) { search(text: $text, first: $first) { nodes { id title library { name }"
    " institution { name province { name } } } pageInfo { endCursor hasNextPage } totalCount } }"
)


def documents(size: Size | None = None, **limits: int) -> Documents:
    return Documents(SCHEMA, Limits(**limits), COSTS, size)


def prepare(query: str, operation_name: str | None = None, **variables: Any) -> Prepared:
    return documents().prepare(query, operation_name, variables)


def refused(query: str, operation_name: str | None = None, **variables: Any) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        prepare(query, operation_name, **variables)
    return caught.value


@pytest.fixture
def validations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were really validated."""
    seen: list[str] = []
    real = transport.documents.validate

    def counted(schema: Any, document: Any, *rest: Any) -> Any:
        seen.append(print_ast(document))
        return real(schema, document, *rest)

    monkeypatch.setattr(transport.documents, "validate", counted)
    return seen


def test_a_page_is_prepared_with_its_figures() -> None:
    prepared = prepare(PAGE, first=30, text="实训")
    assert prepared.operation.name is not None
    assert prepared.operation in prepared.document.definitions
    assert (prepared.measured.rows, prepared.measured.calls, prepared.measured.cost) == (30, 3, 60)


def test_a_text_is_validated_once_and_measured_for_each_number(validations: list[str]) -> None:
    kept = documents()
    first = kept.prepare(PAGE, None, {"first": 30})
    again = kept.prepare(PAGE, "Page", {"first": 30, "text": "x"})
    assert again.document is first.document
    assert again.measured is first.measured
    assert kept.prepare(PAGE, None, {"first": 40}).measured.rows == 40
    for number in range(100):
        assert kept.prepare(PAGE, None, {"first": number}).measured.rows == number
    assert len(validations) == 1


def test_a_variable_that_asks_too_much_is_refused_and_the_next_one_is_not(validations: list[str]) -> None:
    kept = documents()
    with pytest.raises(TooExpensive, match="cost"):
        kept.prepare(PAGE, None, {"first": 2**31})
    assert kept.prepare(PAGE, None, {"first": 10}).measured.rows == 10
    with pytest.raises(TooExpensive, match="cost"):
        kept.prepare(PAGE, None, {"first": 5_001})
    assert len(validations) == 1


def test_an_operation_is_chosen_by_name() -> None:
    two = "query A { viewer { id } } query B { search(first: 5) { totalCount } }"
    kept = documents()
    assert kept.prepare(two, "A", {}).measured.rows == 0
    assert kept.prepare(two, "B", {}).measured.rows == 5
    assert "2 operations" in refused(two).message_en
    assert refused(two, "C").code == "BAD_USER_INPUT"
    assert isinstance(refused("query A { viewer { id } }", "C" * 100_000), OperationUnknown)
    assert len(refused("query A { viewer { id } }", "C" * 100_000).message_zh) < 500
    assert isinstance(refused("{ viewer { id } }", ""), OperationUnknown)
    assert "no operation" in refused("fragment F on Query { viewer { id } }").message_en
    with pytest.raises(DocumentInvalid):
        kept.prepare("{ viewer { id } } query B { viewer { id } }", "B", {})


def test_a_document_that_does_not_parse_says_where() -> None:
    error = refused("{\n  search(")
    assert isinstance(error, DocumentUnparsable)
    assert (error.code, error.status, error.well_formed) == ("GRAPHQL_PARSE_FAILED", 400, True)
    assert error.problems[0].locations == ((2, 10),)
    assert "Expected Name" in error.problems[0].message


def test_a_document_that_does_not_fit_says_what_and_where() -> None:
    error = refused("{ viewer { id nickname } }")
    assert isinstance(error, DocumentInvalid)
    assert error.code == "GRAPHQL_VALIDATION_FAILED"
    assert error.problems[0].message.startswith("Cannot query field 'nickname'")
    assert error.problems[0].locations == ((1, 15),)


def test_problems_are_few_and_short() -> None:
    error = refused("{ viewer {" + " ".join(f"nope{i}{'x' * 1_000}" for i in range(100)) + "} }")
    assert len(error.problems) <= MAX_PROBLEMS + 1
    assert all(len(problem.message) <= 301 for problem in error.problems)


def test_refusals_are_remembered_and_each_raises_an_error_of_its_own(validations: list[str]) -> None:
    kept = documents()
    errors = []
    for query in ("{ viewer { nope } }", "{ viewer {", "{ __typename " + "@skip(if: true) " * 700 + "}"):
        for _ in range(3):
            with pytest.raises(DocumentRefused) as caught:
                kept.prepare(query, None, {})
            errors.append(caught.value)
    assert len(validations) == 1
    assert len(set(map(id, errors))) == 9
    assert [type(error) for error in errors] == [DocumentInvalid] * 3 + [DocumentUnparsable] * 3 + [TooExpensive] * 3


def test_a_remembered_refusal_keeps_nothing_of_the_request_alive() -> None:
    class Request(dict[str, Any]):
        pass

    kept = documents()

    def ask() -> weakref.ref[Request]:
        variables = Request()
        with pytest.raises(DocumentInvalid):
            kept.prepare("{ viewer { nope } }", None, variables)
        return weakref.ref(variables)

    held = ask()
    gc.collect()
    assert held() is None


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("{ viewer { " + "id " * 4_000 + "} }", "tokens"),
        ("#\n" * 1_001 + "{ viewer { id } }", "comments"),
        ('{ node(id: "' + "a" * 256_000 + '") { id } }', "characters"),
        ("{" + "viewer {" * 13 + "id" + "}" * 14, "depth"),
        ("{ viewer {" + " ".join(f"a{i}: id" for i in range(31)) + "} }", "aliases"),
        ("{" + " ".join("viewer { id }" for _ in range(21)) + "}", "root_fields"),
        ("{ viewer { id " + "@skip(if: true) " * 51 + "} }", "directives"),
        ("{ viewer { id } }" + "fragment F on Viewer { id }" * 51, "fragments"),
        (" ".join(f"query Q{i} {{ viewer {{ id }} }}" for i in range(51)), "operations"),
        (
            "{ viewer { ...A0 } }"
            + "".join(f"fragment A{i} on Viewer {{ ...A{i + 1} ...A{i + 1} }}" for i in range(20))
            + "fragment A20 on Viewer { id }",
            "selections",
        ),
        ("{ search(first: 1000) { nodes {" + "id " * 101 + "} } }", "values"),
        ("{ search(first: 4971) { totalCount } }", "cost"),
        ("{ __schema { types {" + "ofType {" * 19 + "name" + "}" * 22, "introspection_depth"),
        ("{ __schema { types { fields { args { type { enumValues {" + "name " * 200 + "} } } } } } }", "introspection_values"),
    ],
)
def test_each_limit_is_held_before_anything_is_validated(query: str, limit: str, validations: list[str]) -> None:
    error = refused(query, "Q0" if limit == "operations" else None)
    assert isinstance(error, TooExpensive)
    assert error.extensions["limit"] == limit
    assert not validations


def test_the_limits_given_are_the_ones_held() -> None:
    with pytest.raises(TooExpensive, match="depth: 2, at most 1"):
        documents(depth=1).prepare("{ viewer { id } }", None, {})


def test_a_page_built_from_many_components_is_merged() -> None:
    names = " ".join(f"...C{i}" for i in range(30))
    fields = "id title summary kind { value label } library { id name } institution { name } province { name }"
    components = "".join(f"fragment C{i} on Resource {{ {fields} }} " for i in range(30))
    prepare(f"{{ search(first: 20) {{ edges {{ node {{ {names} }} }} }} }} {components}")


def test_fields_repeated_by_the_hundred_are_not_compared_to_the_end() -> None:
    error = refused("{ search { " + "nodes { id } " * 330 + "} }")
    assert isinstance(error, DocumentInvalid)
    assert "repeats its fields" in error.problems[0].message


def test_a_variable_not_given_and_one_given_as_null_are_told_apart() -> None:
    kept = documents()
    query = "query($n: Int = 9) { libraries(first: $n) { totalCount } }"
    rows = [kept.prepare(query, None, variables).measured.rows for variables in ({}, {"n": None}, {"n": 3}, {})]
    assert rows == [9, 20, 3, 9]


def test_the_standard_introspection_query_passes() -> None:
    full = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    assert prepare(full).measured.cost == 0


def test_the_number_and_weight_of_what_is_kept_are_bounded(validations: list[str]) -> None:
    kept = documents(Size(documents=2))
    a, b, c = (f"{{ viewer {{ {name} }} }}" for name in ("id", "name", "scopes"))
    for query in (a, b, a, c, a, b):  # a is used again before c comes, so b goes
        kept.prepare(query, None, {})
    assert len(validations) == 4
    validations.clear()
    light = documents(Size(bytes=10_000))
    for _ in range(2):
        for query in (a, b, c):
            light.prepare(query, None, {})
    assert len(validations) == 6
    none = documents(Size(bytes=0, refusals=0))
    for _ in range(2):
        with pytest.raises(DocumentInvalid):
            none.prepare("{ nope }", None, {})


def _chain(length: int, body: Callable[[int], str], last: str, on: str) -> str:
    links = "".join(f"fragment f{i} on {on} {{ {body(i)} }} " for i in range(length))
    return links + f"fragment f{length} on {on} {{ {last} }}"


HOSTILE = {
    "nested braces": "{a" * 50_000,
    "nested lists": "{ nodes(ids: " + "[" * 1_990,
    "nested lists, closed": "{ nodes(ids: " + "[" * 190 + "]" * 190 + ") { id } }",
    "nested objects": "{ search(filter: " + "{ a: " * 190 + "1" + "}" * 190 + ") { totalCount } }",
    "nested types": "query($a: " + "[" * 1_000 + "Int" + "]" * 1_000 + ") { __typename }",
    "nested inline fragments": "{" + "... {" * 190 + "__typename" + "}" * 191,
    "doubling spreads": "{ viewer { ...f0 } } " + _chain(49, lambda i: f"...f{i + 1} ...f{i + 1}", "id", "Viewer"),
    "every fragment spreads all": "{ ...f0 } " + _chain(49, lambda i: " ".join(f"...f{j}" for j in range(50)), "__typename", "Query"),
    "a cycle": "{ ...f0 } " + _chain(49, lambda i: f"...f{i + 1}", "...f0", "Query"),
    "fields to merge": "{ search { " + "nodes { library { source { id } } } " * 390 + "} }",
    "fields to merge in fragments": "{ search { nodes { "
    + " ".join(f"...f{i}" for i in range(50))
    + "} } } "
    + _chain(49, lambda i: "library { institution { name } } " * 8, "id", "Resource"),
    "fields to merge in a chain": "{ search(first: 1) { nodes { ...f0 } } } "
    + _chain(24, lambda i: "library { name " + "id " * 10 + f"}} ...f{i + 1}", "id", "Resource"),
    "fields that conflict": "{ search { nodes { " + " ".join("library { x: name } library { x: id }" for _ in range(14)) + "} } }",
    "20,000 directives": "{ viewer { id " + "@a " * 20_000 + "} }",
    "directives unknown": "{ viewer { id " + "@aaaaaaaa " * 49 + "} }",
    "a long name": "{" + "a" * 250_000 + "}",
    "long names": "{ viewer {" + " ".join("a" * 22_000 + str(i) for i in range(11)) + "} }",
    "long type names": "{ viewer {" + " ".join("... on " + "a" * 22_000 + f"{i} {{ id }}" for i in range(11)) + "} }",
    "a long string": '{ node(id: "' + "\\u4e2d" * 41_000 + '") { id } }',
    "a long block string": '{ node(id: """' + "\n " * 120_000 + 'a""") { id } }',
    "an open string": '{ node(id: "' + "a" * 250_000,
    "a long number": "{ search(first: " + "9" * 250_000 + ") { totalCount } }",
    "a long float": "{ search(first: " + "9" * 120_000 + "." + "9" * 120_000 + ") { totalCount } }",
    "a long enum": "{ search(orderBy: " + "A" * 250_000 + ") { totalCount } }",
    "a long comment": "#" + "中" * 250_000 + "\n{ viewer { id } }",
    "white space": "\n" * 250_000 + "{ viewer { id } }",
    "many ids": "{ nodes(ids: [" + '"" ' * 3_900 + "]) { id } }",
    "many wrong ids": "{ node(id: [" + "true " * 3_900 + "]) { id } }",
    "many unknown inputs": "{ search(filter: {" + " ".join(f"kindss{i}: 1" for i in range(1_300)) + "}) { totalCount } }",
    "many arguments": "{ search(" + " ".join(f"filte{i}: 1" for i in range(1_300)) + ") { totalCount } }",
    "many variables": "query(" + " ".join(f"$v{i}: Int" for i in range(990)) + ") { __typename }",
    "many places": "\n" * 200_000 + "{ viewer { " + " ".join(f"x{i}" for i in range(3_900)) + "} }",
    "many operations": " ".join(f"query q{i}($v: String!) {{ ...f0 }}" for i in range(49))
    + _chain(9, lambda i: f"...f{i + 1} a{i}: search(filter: {{ kinds: [" + "$v " * 45 + "] }) { totalCount }", "__typename", "Query"),
    "type definitions": "{ viewer { id } }" + "type A { a: Int }" * 500,
    "lone surrogates": '{ node(id: "\ud800") { id } }',
    "a zero byte": "{ viewer { id } }\0",
    "nothing": "",
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents_cost_little_and_never_more_than_a_refusal(query: str) -> None:
    kept = documents()
    for name in (None, "q0"):
        started = time.process_time()
        try:
            kept.prepare(query, name, {"v": "x"})
        except RequestRefused as error:
            told = [error.message_en, error.message_zh, *(problem.message for problem in error.problems)]
        else:
            told = []
        assert all(len(message.encode()) < 1_000 for message in told)
        assert time.process_time() - started < 1.5


def test_a_deep_stack_beneath_makes_no_difference() -> None:
    def under(frames: int, query: str) -> None:
        if frames:
            return under(frames - 1, query)
        with contextlib.suppress(RequestRefused):
            documents().prepare(query, None, {})
        return None

    frames = sys.getrecursionlimit() // 2
    for name in ("nested braces", "nested lists, closed", "nested objects", "nested inline fragments", "a cycle"):
        under(frames, HOSTILE[name])


SEEDS = [
    PAGE,
    get_introspection_query(),
    "{ a: node(id: 1) { ...F } nodes(ids: [1, 2]) { ... on Course { title partOf { ...F } } } } fragment F on Node { id }",
    'query A($x: [ID!]! = ["a"]) @skip(if: true) { nodes(ids: $x) { __typename } } subscription B { a }',
]
PIECES = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "...",
    "$",
    "@",
    ":",
    "!",
    '"',
    '"""',
    "\\",
    "#",
    "\n",
    "on",
    "fragment",
    "query",
    "…",
    "\ud83d",
    "-",
    "1e9",
    "null",
    "F",
    "Query",
    "first",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = draw(st.sampled_from(PIECES) | st.just(text[start:end] * draw(st.integers(2, 40))) | st.text(max_size=5))
        text = text[:start] + piece + text[end:]
    return text


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    mutated(),
    st.none() | st.sampled_from(["A", "B", "Page"]),
    st.dictionaries(st.sampled_from(["first", "x"]), st.none() | st.integers() | st.lists(st.integers(), max_size=3) | st.text(max_size=3)),
)
def test_mutated_documents_are_prepared_or_refused_and_the_same_way_twice(query: str, name: str | None, variables: dict[str, Any]) -> None:
    kept = documents()
    outcomes = []
    for _ in range(2):
        try:
            outcomes.append(kept.prepare(query, name, variables).measured)
        except RequestRefused as error:
            error.message_zh.encode()
            [problem.message.encode() for problem in error.problems]
            outcomes.append((error.code, error.message_en, error.problems))
    assert outcomes[0] == outcomes[1]


def test_a_kept_document_costs_microseconds() -> None:
    kept = documents()
    kept.prepare(PAGE, None, {"first": 20})
    best = min(_timed(lambda: kept.prepare(PAGE, None, {"first": 20, "text": "x"})) for _ in range(5))
    assert best < 50e-6  # about 3 on an idle machine; this bound only finds a cache that does not work


def _timed(call: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(200):
        call()
    return (time.process_time() - started) / 200
