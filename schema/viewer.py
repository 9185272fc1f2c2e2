"""Viewer: who asks."""

from __future__ import annotations

import strawberry

from schema.code import Code
from schema.fields import resolved
from schema.institution import Institution
from schema.province import Province


@strawberry.type(description="The signed-in caller.")
class Viewer:
    id: strawberry.ID = resolved(text="Opaque.")
    name: str = resolved(text="How to address them.")
    roles: list[Code] = resolved(text="What they are: student, teacher, administrator.")
    scopes: list[str] = resolved(text="What they may ask.")
    institution: Institution | None = resolved(text="Their school.")
    province: Province | None = resolved(text="Their province.")
