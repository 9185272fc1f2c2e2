"""Withdrawn: what is left of a record that everybody could see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers.context import Context
from schema.code import Code, code_field
from schema.fields import resolved
from schema.node import Node
from schema.scalars import DateTime
from store.identity import parse_id

if TYPE_CHECKING:
    from schema.resource import Resource


def _replacement(tombstone: Any, context: Context) -> Any:
    node = parse_id(tombstone.replaced_by) if tombstone.replaced_by is not None else None
    return context.loaders.records.load((node.source, node.key)) if node is not None else None


@strawberry.type(
    description="A resource that everybody could see and that is not public any more: "
    "its source took it back or restricted it, or it was withdrawn (下架)."
)
class Withdrawn(Node):
    id: strawberry.ID = resolved(text="The id that it had.")
    title: str | None = resolved(text="The title that it had; null where people withdrew it.")
    withdrawn_at: DateTime = resolved(text="Since when it is not public.")
    reason: Code | None = code_field(
        "reason", "withdrawal-reason", text="Why people withdrew it (下架原因); null where its source took it back."
    )
    replaced_by: Annotated[Resource, strawberry.lazy("schema.resource")] | None = resolved(
        _replacement, text="The same resource under the id that its source gives it now."
    )
