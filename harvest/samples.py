"""Native items beside the records made of them: what a source sent for a field, as short texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
import orjson

from connectors.definition import Section
from connectors.mapping import FieldSpecification
from connectors.mapping.paths import getter
from connectors.mapping.profile import MEMBERS, Target
from connectors.protocol import Item
from store.identity import native_key

WIDTH = 200
"""Characters of one native value in a sample, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One field of a pair, as short texts: what the source sent, what the record holds."""

    field: str
    native: str | None
    record: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A native item, its long values cut, beside the record made of it; `problem` says why there is none."""

    key: str
    native: Any
    record: Any
    problem: str | None
    beside: tuple[Beside, ...]


def tabled(
    name: str, specification: FieldSpecification, target: Target
) -> Iterator[tuple[str, Callable[[Any], Sequence[Any]], FieldSpecification, Target]]:
    """The parts of a field that end in a table, each with the function that gives its native values."""
    if specification.members is None:
        if specification.table is not None:
            yield name, partial(_values, specification), specification, target
        return
    for part, member in specification.members.items():
        if member.table is not None:
            yield f"{name}.members.{part}", partial(_member_values, specification.each, member), member, MEMBERS[target.shape][part]


def _member_values(each: str | None, member: FieldSpecification, native: Any) -> list[Any]:
    elements = [native] if each is None else getter(f"{each}[]")(native) or []
    return [value for element in elements for value in _values(member, element)]


def _values(specification: FieldSpecification, native: Any) -> list[Any]:
    """What the source sent for a field: the first path that holds something, as a list."""
    found = (getter(path)(native) for path in specification.paths())
    value = next((each for each in found if each not in (None, "", [])), None)
    return value if isinstance(value, list) else [] if value is None else [value]


def pair_of(item: Item, value: Any, problem: str | None, section: Section) -> Pair:
    beside = tuple(
        Beside(field=name, native=native_text(specification, item), record=_short(getattr(value, name, None)))
        for name, specification in section.mapping.items()
    )
    record = None if value is None else msgspec.to_builtins(value)
    return Pair(key=native_key(item.key), native=_bounded(item.native), record=record, problem=problem, beside=beside)


def native_text(specification: FieldSpecification | None, item: Item) -> str | None:
    """What an item holds where a field comes from, as a short text."""
    if specification is None:
        return None
    if specification.value is not None:
        return _short(specification.value)
    if specification.each is not None:
        return _short(getter(specification.each)(item.native))
    found = {path: value for path in specification.paths() if (value := getter(path)(item.native)) not in (None, "", [])}
    if specification.first is not None and found:
        return _short(next(iter(found.values())))
    return _short(next(iter(found.values())) if len(found) == 1 else found or None)


def _short(value: Any) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value[:WIDTH]
    return orjson.dumps(_bounded(value), default=str, option=orjson.OPT_NON_STR_KEYS).decode()[:WIDTH]


def _bounded(value: Any, depth: int = 6) -> Any:
    """A native value with its long texts and lists cut."""
    match value:
        case str():
            return value if len(value) <= WIDTH else f"{value[:WIDTH]}…"
        case Mapping():
            return {str(key): _bounded(each, depth - 1) for key, each in list(value.items())[:60]} if depth else "…"
        case list() | tuple():
            return [_bounded(each, depth - 1) for each in value[:10]] if depth else "…"
        case msgspec.Struct():
            return _bounded(msgspec.to_builtins(value), depth)
        case datetime():
            return value.isoformat()
        case bool() | int() | float() | None:
            return value
    return str(value)[:WIDTH]
