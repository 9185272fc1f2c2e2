"""Query documents, built of a mapping's paths: only what is needed is selected, and every value travels as a variable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from connectors.mapping.paths import parse_path
from connectors.mapping.specification import Scalar

Value = Scalar | Sequence[Scalar]

_DEFAULTS = {bool: "Boolean", int: "Int", float: "Float", str: "String"}


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument by its path (`where.school`), its GraphQL type, and its value."""

    path: str
    type: str
    value: Value


@dataclass(frozen=True, slots=True)
class Document:
    """A query, and the names of its variables in the order of the arguments that it was built for."""

    text: str
    variables: tuple[str, ...]


def type_of(value: Value) -> str:
    """The type of a value that the definition names none for; never null, which fits nullable places too (GraphQL §5.8.5)."""
    if isinstance(value, str | int | float):
        return f"{_DEFAULTS[type(value)]}!"
    return f"[{_DEFAULTS[type(value[0])] if value else 'String'}!]!"


def selected(paths: Iterable[str], on: str | None = None) -> str:
    """The selection set of native paths: `a.b[].c` is `{ a { b { c } } }`; `on` puts it into a fragment on an object type."""
    tree: dict[str, Any] = {}
    for path in paths:
        level = tree
        for step in parse_path(path):
            if isinstance(step, str):
                level = level.setdefault(step, {})
    return _rendered({f"... on {on}": tree} if on is not None else tree)


def below(path: str | None, selection: str) -> str:
    """A selection set inside of the fields that lead to it."""
    for step in reversed(parse_path(path)) if path is not None else ():
        if isinstance(step, str):
            selection = f"{{ {step} {selection} }}"
    return selection


def _rendered(tree: dict[str, Any]) -> str:
    return "{ " + " ".join(f"{name} {_rendered(inner)}" if inner else name for name, inner in tree.items()) + " }"


def merged(*selections: str) -> str:
    """Several selection sets as one: GraphQL merges fields that are named twice (§5.3.2)."""
    return "{ " + " ".join(each.removeprefix("{ ").removesuffix(" }") for each in selections) + " }"


@lru_cache(maxsize=512)
def list_document(field: str, arguments: tuple[tuple[str, str], ...], selection: str) -> Document:
    """`{ field(arguments) selection }`; `arguments` are pairs of path and type."""
    names = _variables(arguments)
    given = _call([(path, f"${name}") for (path, _), name in zip(arguments, names, strict=True)])
    return Document(f"query{_declared(arguments, names)} {{ {field}{given} {selection} }}", names)


@lru_cache(maxsize=512)
def alias_document(
    field: str, shared: tuple[tuple[str, str], ...], own: tuple[tuple[str, str], ...], count: int, selection: str
) -> Document:
    """`field` under the aliases `item0` to `item{count-1}`, each with the `shared` arguments and its `own`, whose variables come last."""
    arguments = shared + own * count
    names = _variables(arguments)
    calls = []
    for number in range(count):
        start = len(shared) + number * len(own)
        pairs = zip((*shared, *own), (*names[: len(shared)], *names[start : start + len(own)]), strict=True)
        calls.append(f"item{number}: {field}{_call([(path, f'${name}') for (path, _), name in pairs])} {selection}")
    return Document(f"query{_declared(arguments, names)} {{ {' '.join(calls)} }}", names)


def _variables(arguments: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for path, _ in arguments:
        name, number = path.replace(".", "_"), 1
        while name in names:
            number += 1
            name = f"{path.replace('.', '_')}_{number}"
        names[name] = None
    return tuple(names)


def _declared(arguments: Sequence[tuple[str, str]], names: Sequence[str]) -> str:
    declared = ", ".join(f"${name}: {kind}" for (_, kind), name in zip(arguments, names, strict=True))
    return f"({declared})" if declared else ""


def _call(pairs: Sequence[tuple[str, str]]) -> str:
    tree: dict[str, Any] = {}
    for path, variable in pairs:
        *steps, last = path.split(".")
        level = tree
        for step in steps:
            level = level.setdefault(step, {})
        level[last] = variable
    return f"({_object(tree)})" if tree else ""


def _object(tree: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {{{_object(inner)}}}" if isinstance(inner, dict) else f"{name}: {inner}" for name, inner in tree.items())
