"""The record profile: which canonical fields each collection has, and what a value of each must become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from connectors.protocol import Collection

LONG = 2**63 - 1


class Shape(StrEnum):
    """What stands in the field at the end."""

    ONE = "one"
    MANY = "many"
    REFERENCE = "reference"
    MAJORS = "majors"
    CREATORS = "creators"
    LICENSE = "license"
    PARTS = "parts"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Target:
    """One canonical field: the function applied where the definition names none, its shape, the types it may hold.

    `most` bounds whole numbers, which are never negative: GraphQL's Int has 32 bits, Long has 64.
    """

    function: str
    types: tuple[type, ...] = (str,)
    shape: Shape = Shape.ONE
    scheme: str | None = None
    required: bool = False
    most: int = 2**31 - 1


_TEXT = Target("text")
_PLACES: Mapping[str, Target] = {
    "institution": Target("institution_code"),
    "institution_name": _TEXT,
    "province": Target("province_code"),
    "majors": Target("text", shape=Shape.MAJORS),
    "visibility": Target("text", shape=Shape.KEYS),
}

PROFILES: Mapping[Collection, Mapping[str, Target]] = {
    Collection.RESOURCES: {
        "title": Target("text", required=True),
        "title_en": _TEXT,
        "title_zh": _TEXT,
        "summary": Target("plain_text"),
        "keywords": Target("keywords", shape=Shape.MANY),
        "kind": Target("text", scheme="kind"),
        "library": Target("text", shape=Shape.REFERENCE),
        **_PLACES,
        "creators": Target("names", shape=Shape.CREATORS),
        "languages": Target("language", shape=Shape.MANY),
        "license": Target("text", shape=Shape.LICENSE),
        "access": Target("text", scheme="access"),
        "format": _TEXT,
        "duration_seconds": Target("duration", (int,)),
        "size_bytes": Target("size", (int,), most=LONG),
        "url": Target("url"),
        "cover": Target("url"),
        "original_url": Target("url"),
        "published": Target("date"),
        "updated_at": Target("datetime", ()),
        "part_of": Target("text", shape=Shape.PARTS),
    },
    Collection.LIBRARIES: {
        "name": Target("text", required=True),
        **_PLACES,
        "resource_count": Target("integer", (int,)),
        "homepage": Target("url"),
    },
    Collection.INSTITUTIONS: {
        "code": Target("institution_code", required=True),
        "name": Target("text", required=True),
        "province": Target("province_code"),
    },
    Collection.LIVE: {
        "status": Target("text", scheme="live-status"),
        "views": Target("integer", (int,), most=LONG),
        "rating": Target("number", (int, float)),
        "seats": Target("integer", (int,)),
    },
}
"""Canonical fields by collection, in the order of the schema."""

ALWAYS: Mapping[Collection, frozenset[str]] = {
    Collection.RESOURCES: frozenset({"title", "kind", "access", "visibility", "institution", "province"}),
    Collection.LIBRARIES: frozenset({"name", "visibility", "institution", "province"}),
    Collection.INSTITUTIONS: frozenset({"code", "name", "province"}),
    Collection.LIVE: frozenset(),
}
"""Fields that every record needs, whatever the caller asked for: identity, type and who may see it."""

MEMBERS: Mapping[Shape, Mapping[str, Target]] = {
    Shape.MAJORS: {"name": _TEXT, "code": _TEXT, "catalogue_year": Target("integer", (int,))},
    Shape.CREATORS: {"name": _TEXT, "role": Target("text", scheme="creator-role")},
    Shape.LICENSE: {"code": _TEXT, "url": Target("url"), "text": _TEXT},
}
"""Parts of the composite shapes."""
