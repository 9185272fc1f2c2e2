"""Node: everything with a global id (Relay object identification)."""

from __future__ import annotations

from typing import Any

import strawberry

from resolvers.changes import Upserted
from resolvers.sources import OpenSource
from schema.fields import resolved
from store.changes import Tombstone
from store.record import Institution, Library, Record

_TYPES = {Library: "Library", Institution: "Institution", OpenSource: "Source", Tombstone: "Withdrawn", Upserted: "Upserted"}

KIND_TYPES = {
    "course": "Course",
    "video": "Video",
    "document": "Document",
    "textbook": "Textbook",
    "book": "Book",
    "courseware": "Courseware",
    "teaching_case": "TeachingCase",
    "virtual_training": "VirtualTraining",
    "teaching_research_video": "TeachingResearchVideo",
    "application": "Application",
}
"""The implementing type of a resource by its kind; OtherResource for the rest."""


def type_name(value: Any, *_: Any) -> str:
    """The GraphQL type of a domain value."""
    if isinstance(value, Record):
        return KIND_TYPES.get(value.kind, "OtherResource")
    return _TYPES[type(value)]


@strawberry.interface(description="An object with a global id.")
class Node:
    id: strawberry.ID = resolved(text="Opaque, safe in a path, never used for anything else.")

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        """The GraphQL type of a domain value."""
        return type_name(value)
