"""Facets: the catalog counted by value."""

from __future__ import annotations

from typing import Any

import strawberry

from resolvers.context import Context
from resolvers.facets import Bucket, Facet, bucket_label
from schema.enums import FacetField, Lang
from schema.fields import resolved


async def _bucket_label(bucket: Bucket, context: Context, lang: Lang = Lang.ZH) -> str:
    found = await bucket_label(context, bucket)
    return found.zh if lang is Lang.ZH else found.en


def _label(facet: Facet, _context: Context, lang: Lang = Lang.ZH) -> str:
    found = facet.label()
    return found.zh if lang is Lang.ZH else found.en


@strawberry.type(description="One value of a facet.")
class FacetBucket:
    value: str = resolved(
        text="As the filter takes it: an enum's name, a code, a source's name, a library's id; a major as year:code, such as 2021:460103."
    )
    label: str = resolved(_bucket_label, text="What people read for the value.")
    count: int = resolved(text="Records that hold it.")
    selected: bool = resolved(text="The filter asks for it now.")


@strawberry.type(
    name="Facet",
    description="The catalog counted by one field, under all conditions but those on this field itself; live sources are not in it.",
)
class FacetType:
    field: FacetField = resolved(lambda facet, _: FacetField(facet.field), text="What is counted.")
    label: str = resolved(_label, text="What people read for the field (in Chinese: 层级, 专业大类 …).")
    buckets: list[FacetBucket] = resolved(text="The most frequent values, most frequent first; ties by value.")
    missing: int = resolved(text="Records without a value.")
    other: int = resolved(text="The sum of the counts of all values that are not listed.")
    exact: bool = resolved(text="False: counts of values that are spread thin may be a little low.")


def facets_of(connection: Any, _context: Context, by: list[FacetField], first: int = 10) -> Any:
    """The facets of a connection."""
    return connection.facets([each.value for each in by], first)
