"""Facets: the catalog counted by value, each field under all conditions but its own, with words for every value."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from resolvers.context import Context
from resolvers.errors import BadInput
from store.codes import FACETS, Label, label
from store.filters import ResourceFilter
from store.identity import parse_id
from store.majors import CATEGORIES
from store.provinces import PROVINCES
from store.record import Reference
from store.search.view import Counted, Question

MAX_BUCKETS = 100

_CODED = {"tier": "tier", "kind": "kind", "access": "access", "language": "language"}
_ENUMS = frozenset({"tier", "access"})


@dataclass(frozen=True, slots=True)
class Bucket:
    """A value as the filter takes it, how many records hold it, and whether the filter asks for it now."""

    field: str
    key: str
    value: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One field, counted."""

    field: str
    buckets: Sequence[Bucket]
    missing: int
    other: int
    exact: bool

    def label(self) -> Label:
        """What people read for the field."""
        return FACETS[self.field]


async def facets(context: Context, wanted: ResourceFilter, text: str | None, by: Sequence[str], first: int) -> list[Facet]:
    """Count the catalog by the fields `by`, with the `first` most frequent values of each.

    Raises BadInput, and IndexUnavailable where there is no index.
    """
    if not 1 <= first <= MAX_BUCKETS:
        raise BadInput(
            Label(f"first 必须在 1 到 {MAX_BUCKETS} 之间，收到 {first}", f"first must be between 1 and {MAX_BUCKETS}, got {first}")
        )
    stored = frozenset(source.key for source in context.sources if not source.live)
    named = frozenset(source.key for source in context.sources if not source.live and source.name in (wanted.sources or ()))
    question = Question(
        keys=context.grant.keys,
        sources=stored if wanted.sources is None else named,
        sources_beside=stored if wanted.sources is not None else None,
        wanted=replace(wanted, sources=None),
        text=text,
    )
    names = list(dict.fromkeys(by))
    counted = await context.index.ask(lambda view: view.facets(question, names, first))
    return [_facet(context, wanted, each) for each in counted]


def _facet(context: Context, wanted: ResourceFilter, counted: Counted) -> Facet:
    chosen = _chosen(wanted, counted.field)
    buckets = [
        Bucket(counted.field, key, value := _value(context, counted.field, key), count, value in chosen) for key, count in counted.buckets
    ]
    return Facet(counted.field, buckets, counted.missing, counted.other, counted.exact)


def _value(context: Context, field: str, key: str) -> str:
    if field == "source":
        source = context.sources.by_key(key)
        return source.name if source is not None else key
    return key.upper() if field in _ENUMS else key


def _chosen(wanted: ResourceFilter, field: str) -> frozenset[str]:
    if field in ("major", "major_category"):
        return frozenset(f"{each.catalogue_year}:{each.code}" for each in wanted.majors or ())
    asked = {
        "tier": wanted.tiers,
        "kind": wanted.kinds,
        "province": wanted.provinces,
        "institution": wanted.institutions,
        "library": wanted.libraries,
        "source": wanted.sources,
        "language": wanted.languages,
        "license": wanted.licenses,
        "access": wanted.access,
    }.get(field)
    return frozenset(value.upper() if field in _ENUMS else value for value in asked or ())


async def bucket_label(context: Context, bucket: Bucket) -> Label:
    """What people read for a value: a code's label, a name, or the value itself."""
    key = bucket.key
    match bucket.field:
        case "tier" | "kind" | "access" | "language":
            return label(_CODED[bucket.field], key)
        case "province":
            province = PROVINCES.get(key)
            return Label(province.zh, province.en) if province is not None else Label(key, key)
        case "major_category":
            return CATEGORIES.get(key, Label(key, key))
        case "source":
            source = context.sources.by_key(key)
            return _same(source.definition.title if source is not None else key)
        case "institution":
            return _same(await _named(context.loaders.institutions.load((key, None, None)), key))
        case "library":
            node = parse_id(key)
            return _same(await _named(context.loaders.libraries.load(Reference(node.source, node.key)), key) if node is not None else key)
        case "major":
            return _same(await context.loaders.majors.load(key) or key)
        case _:
            return _same(key)


async def _named(loading: Awaitable[Any], otherwise: str) -> str:
    found = await loading
    return found.name if found is not None else otherwise


def _same(text: str) -> Label:
    return Label(text, text)
