"""Viewer: who asks."""

from __future__ import annotations

from typing import Any

import strawberry

from auth.scopes import CLIENTS_WRITE
from resolvers.context import Context
from schema.client import ClientConnection, own_clients
from schema.code import Code, coded
from schema.fields import resolved
from schema.institution import Institution
from schema.province import Province, province_of


def viewer(_root: Any, context: Context) -> Any:
    """The person who asks; None for anonymous callers and for applications that ask on their own."""
    holder = context.grant.holder
    return holder if holder is not None and holder.account is not None else None


def _institution(holder: Any, context: Context) -> Any:
    return context.loaders.institutions.load((holder.institution, None, None)) if holder.institution is not None else None


@strawberry.type(description="The signed-in caller.")
class Viewer:
    id: strawberry.ID = resolved(text="Opaque.")
    name: str = resolved(text="How to address them.")
    roles: list[Code] = resolved(
        lambda holder, _: [coded("role", role) for role in sorted(holder.roles)], text="What they are: student, teacher, administrator."
    )
    scopes: list[str] = resolved(lambda _, context: sorted(context.grant.scopes), text="What they may ask.")
    institution: Institution | None = resolved(_institution, text="Their school.")
    province: Province | None = resolved(lambda holder, _: province_of(holder.province), text="Their province.")
    clients: ClientConnection | None = resolved(
        own_clients, text="The applications that they registered (我的应用), the newest first.", scope=CLIENTS_WRITE
    )
