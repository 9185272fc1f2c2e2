"""graphql-core's executor with a short way for fields that only read a value: no info, no path, no await unless one is needed.

What the short way cannot finish (a value of another type, a null where none may be, an awaitable) goes the long way with the value that
was read, so that errors, null propagation and order stay graphql-core's own (GraphQL specification, 6.4).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    is_leaf_type,
)
from graphql.execution.executor import Executor, to_nodes
from graphql.pyutils import Path
from graphql.pyutils.gather_with_cancel import gather_with_cancel

Read = Callable[[Any, Any], Any]
"""From the value and the request's context to the field's value."""

_PLAIN = frozenset({str, int, float, bool, type(None), dict, list, tuple})
_TYPENAME = "__typename"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A field that can go the short way: how it is read, and how its value is finished.

    `exact` is the type of a leaf that needs no coercion, `coerce` finishes every other leaf, `kind` is an object's type.
    """

    read: Read
    declared: GraphQLOutputType
    nullable: bool
    exact: type | None = None
    coerce: Callable[[Any], Any] | None = None
    kind: GraphQLObjectType | None = None


def is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    """Tell whether a value has to be awaited; plain values are told apart first, because nearly all are."""
    return type(value) not in _PLAIN and hasattr(value, "__await__")


def executor_for(schema: GraphQLSchema, read_of: Callable[[GraphQLField], Read | None]) -> type[Executor[Any]]:
    """Make the executor of a schema; `read_of` gives the function of a field that only reads a value, None for every other field."""
    plans: dict[tuple[str, str], _Plan | None] = {}
    for owner in schema.type_map.values():
        if isinstance(owner, GraphQLObjectType) and not owner.name.startswith("__"):
            plans[owner.name, _TYPENAME] = _named(owner.name)
            for name, field in owner.fields.items():
                read = read_of(field)
                plans[owner.name, name] = _plan(field, read) if read is not None and not field.args else None
    return type("DirectExecutor", (_DirectExecutor,), {"plans": plans})


def _named(name: str) -> _Plan:
    return _Plan(lambda _value, _context: name, GraphQLNonNull(GraphQLString), nullable=False, exact=str)


def _plan(field: GraphQLField, read: Read) -> _Plan | None:
    kind: Any = field.type
    nullable = not isinstance(kind, GraphQLNonNull)
    if not nullable:
        kind = kind.of_type
    if isinstance(kind, GraphQLObjectType):
        return _Plan(read, field.type, nullable, kind=kind)
    if not is_leaf_type(kind):
        return None
    coerce = _remembering(kind.coerce_output_value) if isinstance(kind, GraphQLEnumType) else kind.coerce_output_value
    return _Plan(read, field.type, nullable, exact=str if kind in (GraphQLString, GraphQLID) else None, coerce=coerce)


def _remembering(coerce: Callable[[Any], Any]) -> Callable[[Any], Any]:
    known: dict[Any, Any] = {}

    def remembered(value: Any) -> Any:
        if value not in known:
            known[value] = coerce(value)
        return known[value]

    return remembered


_Planned = list[tuple[str, _Plan | None, Any]]
"""Response name, plan and field details of every field of an object."""


class Shape:
    """What one document without directives collects below its root, the same for every request: `document` keeps the ids in it alive."""

    __slots__ = ("collected", "document")

    def __init__(self, document: DocumentNode) -> None:
        self.document = document
        self.collected: dict[tuple[GraphQLObjectType, int], tuple[Any, _Planned]] = {}


class Shapes:
    """The shapes of the documents asked last, at most `most`."""

    def __init__(self, most: int = 128) -> None:
        self._most = most
        self._kept: OrderedDict[int, Shape] = OrderedDict()

    def of(self, document: DocumentNode) -> Shape:
        """The shape of a document, empty at first."""
        shape = self._kept.get(id(document))
        if shape is None:
            shape = self._kept[id(document)] = Shape(document)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(id(document))
        return shape


class _DirectExecutor(Executor[Any]):
    plans: dict[tuple[str, str], _Plan | None]

    def __init__(self, *arguments: Any, shape: Shape | None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._shape = shape
        self._planned: dict[int, _Planned] = {}  # by the id of a field set that lives as long as this operation runs

    def execute_fields(self, parent_type: Any, source_value: Any, path: Any, grouped_field_set: Any, position_context: Any) -> Any:
        results: dict[str, Any] = {}
        waiting: list[str] = []
        context = self.context_value
        try:
            for name, plan, details in self._planned.get(id(grouped_field_set)) or self._plan(parent_type, grouped_field_set):
                if plan is None:
                    found = self.execute_field(parent_type, source_value, details, Path(path, name, parent_type.name), position_context)
                else:
                    try:
                        found = plan.read(source_value, context)
                    except Exception as error:  # noqa: BLE001 - whatever a resolver raises is told as an error of its field
                        self.handle_field_error(error, plan.declared, details, Path(path, name, parent_type.name))
                        found = None
                    else:
                        if type(found) is not plan.exact and (found is not None or not plan.nullable):
                            found = self._finished(plan, parent_type, details, Path(path, name, parent_type.name), found)
                results[name] = found
                if type(found) not in _PLAIN and is_awaitable(found):
                    waiting.append(name)
        except Exception:
            self.settle_in_background([results[name] for name in waiting])
            raise
        return _together(results, waiting) if waiting else results

    def complete_iterable_value(
        self, item_type: Any, field_details_list: Any, info: Any, path: Any, items: Any, position_context: Any
    ) -> Any:
        kind = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
        objects = isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        if not objects or type(items) is not list or any(item is None or is_awaitable(item) for item in items):
            return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)
        name_of: Any = getattr(kind, "resolve_type", None)
        types = self.schema.type_map
        results: list[Any] = []
        waiting: list[int] = []
        try:
            for index, item in enumerate(items):
                runtime: Any = kind if name_of is None else types[name_of(item, info, kind)]
                found = self._object(runtime, item_type, field_details_list, Path(path, index, None), item)
                results.append(found)
                if type(found) is not dict and is_awaitable(found):
                    waiting.append(index)
        except Exception:
            self.settle_in_background([results[index] for index in waiting])
            raise
        return _together(results, waiting) if waiting else results

    def collect_subfields(self, return_type: Any, field_details_list: Any) -> Any:
        if self._shape is None or len(field_details_list) != 1:
            collected = super().collect_subfields(return_type, field_details_list)
            if id(collected.grouped_field_set) not in self._planned:
                self._planned[id(collected.grouped_field_set)] = self._plan(return_type, collected.grouped_field_set)
            return collected
        place = return_type, id(field_details_list[0].node)
        known = self._shape.collected.get(place)
        if known is None:
            collected = super().collect_subfields(return_type, field_details_list)
            known = self._shape.collected[place] = collected, self._plan(return_type, collected.grouped_field_set)
        self._planned[id(known[0].grouped_field_set)] = known[1]
        return known[0]

    def _plan(self, parent_type: Any, grouped_field_set: Any) -> _Planned:
        owner, plans = parent_type.name, self.plans
        return [(name, plans.get((owner, details[0].node.name.value)), details) for name, details in grouped_field_set.items()]

    def _finished(self, plan: _Plan, parent_type: Any, details: Any, path: Any, value: Any) -> Any:
        if value is not None and not is_awaitable(value):
            if plan.kind is not None:
                return self._object(plan.kind, plan.declared, details, path, value)
            try:
                coerced = plan.coerce(value) if plan.coerce is not None else None
            except Exception as error:  # noqa: BLE001 - a value that its type refuses is an error of its field
                self.handle_field_error(error, plan.declared, details, path)
                return None
            if coerced is not None:
                return coerced
        field = self.schema.get_field(parent_type, details[0].node.name.value)
        if field is None:
            raise AssertionError(path)
        info = self.build_resolve_info(field, to_nodes(details), parent_type, path)
        if is_awaitable(value):
            return self.complete_awaitable_value(plan.declared, details, info, path, value, None)
        try:
            return self.complete_value(plan.declared, details, info, path, value, None)
        except Exception as error:  # noqa: BLE001 - a null where none may be
            self.handle_field_error(error, plan.declared, details, path)
            return None

    def _object(self, kind: GraphQLObjectType, declared: GraphQLOutputType, details: Any, path: Any, value: Any) -> Any:
        try:
            found = self.execute_fields(kind, value, path, self.collect_subfields(kind, details).grouped_field_set, None)
        except Exception as error:  # noqa: BLE001 - a null that a field below could not hold
            self.handle_field_error(error, declared, details, path)
            return None
        return found if type(found) is dict else self._awaited(found, declared, details, path)

    async def _awaited(self, found: Awaitable[Any], declared: GraphQLOutputType, details: Any, path: Any) -> Any:
        try:
            return await found
        except Exception as error:  # noqa: BLE001 - as above, later
            self.handle_field_error(error, declared, details, path)
            return None


async def _together(results: Any, waiting: list[Any]) -> Any:
    """Await the values at the places `waiting` of a dict or list, side by side."""
    if len(waiting) == 1:
        results[waiting[0]] = await results[waiting[0]]
    else:
        for place, value in zip(waiting, await gather_with_cancel(*(results[place] for place in waiting)), strict=True):
            results[place] = value
    return results
