"""A filter as SQL: exactly the records that `store.filters.matches` lets through."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select

from store.filters import ResourceFilter
from store.rows import major_term, storable, term
from store.tables import record_terms, records

_COLUMNS = {
    "tiers": records.c.tier,
    "kinds": records.c.kind,
    "provinces": records.c.province,
    "institutions": records.c.institution,
    "libraries": records.c.library,
    "licenses": records.c.license,
    "access": records.c.access,
    "formats": records.c.format,
    "ids": records.c.id,
}
_TERMS = {"creators": "creator", "part_of": "part_of"}
_LAST = "\U0010ffff"


def resource_conditions(wanted: ResourceFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions of `wanted`, except `sources`."""
    for name, column in _COLUMNS.items():
        values = getattr(wanted, name)
        if values is not None:
            yield among(column, values)
    for name, field in _TERMS.items():
        values = getattr(wanted, name)
        if values is not None:
            yield records.c.number.in_(_holding(field, among(record_terms.c.value, [term(each) for each in values if storable(each)])))
    if wanted.languages is not None:
        # Most records share a few languages: a look at each record met is cheaper than the list of all that speak one.
        named = among(record_terms.c.value, [term(each) for each in wanted.languages if storable(each)])
        yield exists().where(record_terms.c.record == records.c.number, record_terms.c.field == "language", named)
    if wanted.majors is not None:
        prefixes = [major_term(each.catalogue_year, each.code) for each in wanted.majors if storable(each.code)]
        below = [and_(record_terms.c.value >= prefix, record_terms.c.value < prefix + _LAST) for prefix in prefixes]
        yield records.c.number.in_(_holding("major", or_(false(), *below)))
    if wanted.published is not None:
        yield from _published(*wanted.published)
    if wanted.updated is not None:
        yield from _between(records.c.updated_at, *wanted.updated)
    if wanted.duration_seconds is not None:
        yield from _between(records.c.duration_seconds, *wanted.duration_seconds)


def among(column: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
    """Equality with any of `values`; those that no database could hold are equal to nothing."""
    return column.in_([value for value in values if storable(value)])


def _holding(field: str, condition: ColumnElement[bool]) -> Select[Any]:
    return select(record_terms.c.record).where(record_terms.c.field == field, condition)


def _published(start: str | None, end: str | None) -> Iterator[ColumnElement[bool]]:
    """Partial dates are compared as far as both of them go."""
    column = records.c.published
    yield column.is_not(None)
    if start is not None:
        yield func.substr(column, 1, len(start)) >= func.substr(start, 1, func.length(column)) if storable(start) else false()
    if end is not None:
        yield func.substr(column, 1, len(end)) <= func.substr(end, 1, func.length(column)) if storable(end) else false()


def _between(column: ColumnElement[Any], low: Any, high: Any) -> Iterator[ColumnElement[bool]]:
    yield column.is_not(None)
    if low is not None:
        yield column >= low
    if high is not None:
        yield column <= high
