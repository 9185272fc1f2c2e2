"""Suggestions while somebody types."""

from __future__ import annotations

import strawberry

from schema.code import Code, code_field
from schema.fields import resolved
from schema.node import Node


@strawberry.type(description="Something that the caller may have begun to write.")
class Suggestion:
    text: str = resolved(text="What to search for.")
    kind: Code = code_field("kind", "suggestion", text="A term of the catalog, or the name of a library.")
    node: Node | None = resolved(text="The library; null for a term.")
