"""The published schema is the built one, keeps its promises, and every field was declared in the one way."""

from __future__ import annotations

from pathlib import Path

import pytest
import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema, is_non_null_type

from schema import build
from schema.build import SchemaInvalid, _make_direct

ROOT = Path(__file__).parents[2]
BUILT = build.build_schema()


def test_the_published_schema_equals_the_built_one() -> None:
    published = (ROOT / "schema" / "schema.graphql").read_text("utf-8")
    assert published == BUILT.as_str() + "\n", "run `huiju schema --out schema/schema.graphql` and look at the difference"


def test_every_type_and_every_field_has_a_description() -> None:
    silent = [
        f"{kind.name}.{name}"
        for kind in BUILT._schema.type_map.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__")
        for name, field in {"": kind, **kind.fields}.items()
        if not field.description
    ]
    assert silent == []


@pytest.mark.parametrize(
    "name", ["summary", "library", "institution", "province", "license", "format", "url", "published", "updatedAt", "live"]
)
def test_what_is_mapped_from_a_source_is_nullable(name: str) -> None:
    assert not is_non_null_type(BUILT._schema.type_map["Resource"].fields[name].type)


@pytest.mark.parametrize("name", ["id", "title", "kind", "tier", "source", "access", "provenance", "pageUrl"])
def test_what_huiju_guarantees_is_not_null(name: str) -> None:
    assert is_non_null_type(BUILT._schema.type_map["Resource"].fields[name].type)


def test_a_field_declared_in_another_way_stops_the_start() -> None:
    @strawberry.type
    class Query:
        plain: str

    field = strawberry.Schema(query=Query)._schema.query_type.fields["plain"]  # type: ignore[union-attr]
    with pytest.raises(SchemaInvalid, match="resolved"):
        _make_direct("Query", "plain", field)


def test_the_schema_is_valid_sdl_for_other_tools() -> None:
    assert build_schema((ROOT / "schema" / "schema.graphql").read_text("utf-8")).query_type is not None
