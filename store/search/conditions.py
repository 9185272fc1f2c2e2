"""A filter and a caller's keys as conditions of the index: exactly the records that `store.filters.matches` and `may_see` let through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from tantivy import FieldType, Occur, Query

from store.filters import ResourceFilter
from store.rows import major_term, storable, term
from store.search.schema import day_span, microseconds, schema

_FIELDS = {
    "tiers": "tier",
    "kinds": "kind",
    "provinces": "province",
    "institutions": "institution",
    "libraries": "library",
    "licenses": "license",
    "access": "access",
    "formats": "format",
    "ids": "id",
}
_TERMS = {"creators": "creator", "part_of": "part_of", "languages": "language"}


def visible(keys: Collection[str]) -> Query:
    """What is open to the holder of `keys`; the index's own notes are open to nobody."""
    return among("visibility", keys)


def among(field: str, values: Iterable[str]) -> Query:
    """Equality with any of `values`."""
    asked = sorted({value for value in values if storable(value)})
    if not asked:
        return Query.empty_query()
    if len(asked) == 1:
        return Query.term_query(schema(), field, asked[0], "basic")
    return Query.term_set_query(schema(), field, asked)


def filter_conditions(wanted: ResourceFilter, without: str | None = None) -> Iterator[Query]:
    """The conditions of `wanted`, except `sources` and the one that is named."""
    for name, field in _FIELDS.items():
        values = getattr(wanted, name)
        if values is not None and name != without:
            yield among(field, values)
    for name, field in _TERMS.items():
        values = getattr(wanted, name)
        if values is not None and name != without:
            yield among(field, [term(value) for value in values if storable(value)])
    if wanted.majors is not None and without != "majors":
        yield among("majors", [major_term(each.catalogue_year, each.code) for each in wanted.majors])
    if wanted.published is not None and without != "published":
        start, end = wanted.published
        yield _between("published_last", day_span(start)[0] if start is not None else None, None)
        yield _between("published_first", None, day_span(end)[1] if end is not None else None)
    if wanted.updated is not None:
        low, high = (microseconds(moment) if moment is not None else None for moment in wanted.updated)
        yield _between("updated", low, high)
    if wanted.duration_seconds is not None:
        yield _between("duration_seconds", *wanted.duration_seconds)


def every(conditions: Iterable[Query], scored: Query | None = None) -> Query:
    """All `conditions` together, which add nothing to a score, with what is `scored`."""
    unscored: list[Any] = [(Occur.Must, Query.const_score_query(each, 0.0)) for each in conditions]
    return Query.boolean_query([*([(Occur.Must, scored)] if scored is not None else []), *unscored])


def _between(field: str, low: int | None, high: int | None) -> Query:
    if low is None and high is None:
        return Query.exists_query(field)
    return Query.range_query(schema(), field, FieldType.Integer, low, high)
