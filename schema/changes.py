"""Changes: the feed of what everybody may see, for those who keep a copy."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.fields import resolved
from schema.paging import PageInfo
from schema.resource import Resource
from schema.scalars import DateTime
from schema.withdrawn import Withdrawn


@strawberry.type(description="A resource that is new or has changed.")
class Upserted:
    resource: Resource = resolved(text="As it is now.")
    at: DateTime = resolved(text="When the catalog learned of it.")


Change = Annotated[
    Upserted | Withdrawn,
    strawberry.union("Change", description="What became of a resource: it is there as it is now, or it is no longer public."),
]


@strawberry.type(description="A change with its cursor.")
class ChangeEdge:
    cursor: str = resolved(text="Goes on behind this change.")
    node: Change = resolved(text="The change.")


@strawberry.type(description="A page of changes, oldest first; each resource is on it once at most.")
class ChangeConnection:
    edges: list[ChangeEdge] = resolved(text="With cursors.")
    page_info: PageInfo = resolved(text="endCursor is always there: ask again with it later. It is valid for 30 days.")
