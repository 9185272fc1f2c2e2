"""Which native fields a question needs, so that a source is asked for no more."""

from __future__ import annotations

from connectors.definition import Section
from connectors.mapping.profile import ALWAYS
from connectors.protocol import Collection, Query
from store.ordering import Order

_FIELD_OF = {
    "kinds": "kind",
    "provinces": "province",
    "institutions": "institution",
    "libraries": "library",
    "licenses": "license",
    "formats": "format",
    "updated": "updated_at",
}
"""Conditions of `ResourceFilter` that are not called like the field they read."""

_READ_BY = {Order.NEWEST: ("updated_at", "published"), Order.TITLE: ("title",), Order.RELEVANCE: ("title", "summary", "keywords")}


def needed_fields(query: Query) -> frozenset[str] | None:
    """The canonical fields that the caller asked for and those that filter and order read afterwards; None for all."""
    if query.fields is None:
        return None
    conditions = {_FIELD_OF.get(name, name) for name in query.filter.asked()}
    ordering = _READ_BY[query.order] if query.order is not None else ()
    return query.fields | conditions | frozenset(ordering)


def needed_paths(collection: Collection, section: Section, wanted: frozenset[str] | None) -> tuple[str, ...]:
    """The native paths of `wanted` canonical fields, of the identifier, and of what every record needs; each once, in order."""
    names = [name for name in section.mapping if wanted is None or name in wanted or name in ALWAYS[collection]]
    paths = (path for name in names for path in section.mapping[name].paths())
    return tuple(dict.fromkeys((*section.identifier, *paths)))
