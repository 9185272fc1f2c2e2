"""Build the schema once: types, the checks that hold at start, and resolvers without wrappers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
)
from graphql.pyutils import Undefined
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.fields import EVERYBODY, SELECTED, Declared, declared, reader, require
from schema.mutation import Mutation
from schema.node import type_name
from schema.query import Query
from schema.resource import IMPLEMENTATIONS
from schema.scalars import SCALARS
from schema.selection import needed_fields


class SchemaInvalid(TypeError):
    """A field breaks a rule of the house: it was not declared with `resolved`, or is scoped and not nullable."""


READ = "read"
"""In the extensions of a graphql-core field without arguments: the function that reads its value."""


def build_schema() -> strawberry.Schema:
    """Make the schema. Raises SchemaInvalid where a field breaks a rule."""
    schema = strawberry.Schema(query=Query, mutation=Mutation, types=IMPLEMENTATIONS, config=StrawberryConfig(scalar_map=SCALARS))
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            _make_input(kind)
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                _make_direct(kind.name, name, field)
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = (
                None  # interfaces and unions name the type: asking every implementation in turn costs more than the rest of the row
            )
        elif isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = type_name
    return schema


def reader_of(field: GraphQLField) -> Callable[[Any, Any], Any] | None:
    """The function that reads a field's value, None for a field with arguments."""
    read: Callable[[Any, Any], Any] | None = field.extensions.get(READ)
    return read


def _make_direct(owner: str, name: str, field: GraphQLField) -> None:
    """Let graphql-core call what the field was declared with, without strawberry's wrapper."""
    source: StrawberryField = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    said = declared(source)
    if said is None:
        raise SchemaInvalid(f"{owner}.{name} is not declared with resolved(): give it a text and a scope")
    if said.scope != EVERYBODY and isinstance(field.type, GraphQLNonNull):
        raise SchemaInvalid(f"{owner}.{name} is under the scope {said.scope} and not nullable: make it nullable")
    if said.get is None or not field.args:
        read = field.extensions[READ] = reader(source.python_name, said)
        field.resolve = lambda value, info: read(value, info.context)
        return
    for argument, given in zip(field.args.values(), source.arguments, strict=True):
        argument.out_name = given.python_name
        _drop_null_default(argument)
    field.resolve = _with_arguments(said)


def _make_input(kind: GraphQLInputObjectType) -> None:
    """Let graphql-core build the input's class itself, in place of strawberry's second walk over the arguments."""
    origin = kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin
    kind.out_type = lambda values: origin(**values)  # type: ignore[method-assign,assignment]
    for field in kind.fields.values():
        field.out_name = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].python_name
        _drop_null_default(field)


def _drop_null_default(given: GraphQLArgument | GraphQLInputField) -> None:
    """What may be left out has no default: `= null` would promise that null and absence differ."""
    if given.default_value is None:
        given.default_value = Undefined


def _with_arguments(said: Declared) -> Callable[..., Any]:
    get, scope = said
    if get is None:
        raise AssertionError(scope)
    selecting = SELECTED in inspect.signature(get).parameters

    def resolve(value: Any, info: Any, **given: Any) -> Any:
        require(info.context, scope)
        if selecting:
            given[SELECTED] = needed_fields(info)
        return get(value, info.context, **given)

    return resolve
