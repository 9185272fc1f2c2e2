"""The short way of execution gives what graphql-core's own executor gives: data, errors, null propagation, order."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from graphql import GraphQLField, build_schema, execute, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from transport.execution import Shapes, executor_for, is_awaitable

SCHEMA = build_schema("""
  enum Tier { NATIONAL SCHOOL }
  interface Named { name: String id: ID! }
  type Thing implements Named {
    name: String id: ID! tier: Tier! size: Int! must: String! other: Thing others: [Thing!]! maybe: [Thing] words: [String!]
  }
  type Place implements Named { name: String id: ID! things: [Thing!] named: [Named!] one: Named! }
  type Query { place: Place thing: Thing! things: [Thing!]! named: [Named] slow(by: Int = 1): Thing }
""")
FIELDS = {
    "Thing": ["name", "id", "tier", "size", "must", "other", "others", "maybe", "words", "__typename"],
    "Place": ["name", "id", "things", "named", "one", "__typename"],
    "Query": ["place", "thing", "things", "named", "slow", "__typename"],
    "Named": ["name", "id", "__typename"],
}
TYPES = {
    "place": "Place", "thing": "Thing", "things": "Thing", "named": "Named", "slow": "Thing",
    "other": "Thing", "others": "Thing", "maybe": "Thing", "one": "Named",
}  # fmt: skip


class Value(dict[str, Any]):
    """A value whose fields are read by name; a callable is called, so that it may wait or fail."""


async def _later(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


class _Waiting:
    """Awaitable that makes its coroutine when it is awaited: graphql-core drops those beside a failed field, and says nothing of it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Any:
        return _later(self.value).__await__()


def _read(name: str, value: Any) -> Any:
    found = value.get(name) if isinstance(value, Value) else None
    if isinstance(found, Exception):
        raise found
    return _Waiting(found[0]) if isinstance(found, tuple) else found


def _reader(name: str) -> Any:
    return lambda value, _context: _read(name, value)


READERS: dict[int, Any] = {}
for _kind in SCHEMA.type_map.values():
    for _name, _field in getattr(_kind, "fields", {}).items():
        if hasattr(_field, "resolve") and not _kind.name.startswith("__"):
            _field.resolve = lambda value, _info, _name=_name, **_: _read(_name, value)
            READERS[id(_field)] = _reader(_name)
SCHEMA.type_map["Named"].resolve_type = lambda value, *_: value.get("kind", "Thing")  # type: ignore[union-attr]


def _reader_of(field: GraphQLField) -> Any:
    return None if field.args else READERS[id(field)]


EXECUTOR = executor_for(SCHEMA, _reader_of)
SHAPES = Shapes(most=4)


async def both(query: str, root: Value) -> tuple[Any, Any]:
    document = parse(query)
    plain = execute(SCHEMA, document, root)
    plain = await plain if inspect.isawaitable(plain) else plain
    given = []
    for shape in (None, SHAPES.of(document), SHAPES.of(document)):
        short = execute(
            SCHEMA, document, root, executor_class=EXECUTOR, is_awaitable=is_awaitable, shape=shape if "@" not in query else None
        )
        given.append(await short if inspect.isawaitable(short) else short)
    while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110 - what was under way beside a failure ends in the background
        await asyncio.sleep(0)
    assert given[0] == given[1] == given[2]
    return plain, given[0]


def told(result: Any) -> Any:
    return result.data, sorted((str(error.path), error.message) for error in result.errors or ())


_LEAVES = {
    "name": st.none() | st.text(max_size=3) | st.just(ValueError("no name")),
    "id": st.text(max_size=3) | st.integers(0, 9),
    "tier": st.sampled_from(["NATIONAL", "SCHOOL"]) | st.sampled_from(["SCHOOL", "SCHOOL", "MOON", None]),
    "size": st.integers(-5, 5) | st.sampled_from([2**40, "7", None, 1.5]),
    "must": st.text(max_size=2) | st.none(),
    "words": st.none() | st.lists(st.text(max_size=2), max_size=2),
}
_MAYBE_LATER = {name: each | each.map(lambda value: (value,)) for name, each in _LEAVES.items()}


def _thing(inner: Any) -> Any:
    lists = st.lists(inner | st.none(), max_size=3) | st.lists(inner.map(_Waiting), max_size=2)
    return st.fixed_dictionaries(
        {
            **_MAYBE_LATER,
            "other": st.none() | inner | inner.map(lambda value: (value,)),
            "others": lists,
            "maybe": lists,
            "kind": st.just("Thing"),
        }
    ).map(Value)


_EMPTY = st.fixed_dictionaries({**_MAYBE_LATER, "others": st.just([]), "kind": st.just("Thing")}).map(Value)
_THING = _thing(_EMPTY)
_PLACE = st.fixed_dictionaries(
    {
        "name": _LEAVES["name"],
        "id": _LEAVES["id"],
        "things": st.none() | st.lists(_THING, max_size=2),
        "named": st.lists(_EMPTY, max_size=2),
        "one": _EMPTY | st.none(),
        "kind": st.just("Place"),
    }
).map(Value)
_ROOT = st.fixed_dictionaries(
    {
        "place": st.none() | _PLACE,
        "thing": _THING,
        "things": st.lists(_THING, max_size=3),
        "named": st.lists(_THING | _PLACE | st.none(), max_size=3),
        "slow": _THING,
    }
).map(Value)


@st.composite
def _selection(draw: Any, kind: str, depth: int) -> str:
    parts = []
    for name in draw(st.lists(st.sampled_from(FIELDS[kind]), min_size=1, max_size=4)):
        inner = TYPES.get(name)
        if inner is not None and depth == 0:
            continue
        shown = draw(st.sampled_from(["", "", "a: "])) if name == "name" else ""
        skipped = draw(st.sampled_from(["", "", "", " @skip(if: false)"]))
        parts.append(f"{shown}{name}{skipped}" + (f" {{ {draw(_selection(inner, depth - 1))} }}" if inner else ""))
    if kind == "Named" and draw(st.booleans()):
        parts.append(f"... on Thing {{ {draw(_selection('Thing', 0))} }}")
    return " ".join(parts) or "__typename"


@settings(max_examples=150, deadline=None)
@given(_selection("Query", 3), _ROOT)
def test_both_ways_give_the_same_answer(selection: str, root: Value) -> None:
    plain, short = asyncio.run(both(f"{{ {selection} }}", root))
    assert told(short) == told(plain)
    assert list((short.data or {}).keys()) == list((plain.data or {}).keys())


@pytest.mark.parametrize(
    "query",
    [
        "{ things { id } things { name other { id } } }",
        "{ things { ...A ...B } } fragment A on Thing { id } fragment B on Thing { id name }",
        "{ named { id } }",
    ],
)
async def test_fields_asked_twice_are_merged_and_a_shape_is_used_again(query: str) -> None:
    thing = Value(id="1", name="x", other=Value(id="2"), kind="Thing")
    for _ in range(3):
        plain, short = await both(query, Value(things=[thing, thing], named=[thing]))
        assert told(short) == told(plain)
        assert short.errors is None
