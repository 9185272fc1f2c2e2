"""Build the schema once: types, the checks that hold at start, and resolvers without wrappers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_input_object_type,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.fields import EVERYBODY, declared, direct, require
from schema.query import Query
from schema.resource import IMPLEMENTATIONS
from schema.scalars import SCALARS


class SchemaInvalid(TypeError):
    """A field breaks a rule of the house: it was not declared with `resolved`, or is scoped and not nullable."""


def build_schema() -> strawberry.Schema:
    """Make the schema. Raises SchemaInvalid where a field breaks a rule."""
    schema = strawberry.Schema(
        query=Query, types=IMPLEMENTATIONS, config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=False)
    )
    for owner, name, field in _fields(schema._schema):
        _make_direct(owner, name, field)
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None  # interfaces name the type: asking every implementation in turn costs more than the rest of the row
    return schema


def _fields(schema: GraphQLSchema) -> Iterator[tuple[str, str, GraphQLField]]:
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                yield kind.name, name, field


def _make_direct(owner: str, name: str, field: GraphQLField) -> None:
    source: StrawberryField = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    said = declared(source)
    if said is None:
        raise SchemaInvalid(f"{owner}.{name} is not declared with resolved(): give it a text and a scope")
    if said.scope != EVERYBODY and isinstance(field.type, GraphQLNonNull):
        raise SchemaInvalid(f"{owner}.{name} is under the scope {said.scope} and not nullable: make it nullable")
    if not field.args:
        field.resolve = direct(source.python_name, said)
    elif said.get is not None and not any(is_input_object_type(get_named_type(argument.type)) for argument in field.args.values()):
        names = {argument: each.python_name for argument, each in zip(field.args, source.arguments, strict=True)}
        field.resolve = _with_values(said.get, said.scope, names)


def _with_values(get: Callable[..., Any], scope: str, names: dict[str, str]) -> Callable[..., Any]:
    def resolve(value: Any, info: Any, **given: Any) -> Any:
        require(info.context, scope)
        return get(value, info.context, **{names[name]: each for name, each in given.items()})

    return resolve
