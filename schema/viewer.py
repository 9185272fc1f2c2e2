"""Viewer: who asks."""

from __future__ import annotations

from typing import Any

import strawberry

from auth.scopes import CLIENTS_WRITE, PROFILE_READ
from resolvers.context import Context
from schema.client import ClientConnection, own_clients
from schema.code import Code, coded
from schema.fields import require, resolved
from schema.institution import Institution
from schema.province import Province, province_of


def viewer(_root: Any, context: Context) -> Any:
    """The person who asks; None for anonymous callers and for applications that ask on their own."""
    holder = context.grant.holder
    return holder if holder is not None and holder.account is not None else None


def _institution(holder: Any, context: Context) -> Any:
    return context.loaders.institutions.load((holder.institution, None, None)) if holder.institution is not None else None


def _name(holder: Any, context: Context) -> Any:
    require(context, PROFILE_READ)
    return holder.name


def _roles(holder: Any, context: Context) -> Any:
    require(context, PROFILE_READ)
    return [coded("role", role) for role in sorted(holder.roles)]


@strawberry.type(
    description="The signed-in caller. Name, roles, school and province are personal data (个人信息) and need the scope profile:read; "
    "without it whoever asks for the name or the roles gets no viewer, and one FORBIDDEN error."
)
class Viewer:
    id: strawberry.ID = resolved(text="Opaque.")
    name: str = resolved(_name, text="How to address them; needs profile:read.")
    roles: list[Code] = resolved(_roles, text="What they are: student, teacher, administrator; needs profile:read.")
    scopes: list[str] = resolved(lambda _, context: sorted(context.grant.scopes), text="What they may ask.")
    institution: Institution | None = resolved(_institution, text="Their school.", scope=PROFILE_READ)
    province: Province | None = resolved(lambda holder, _: province_of(holder.province), text="Their province.", scope=PROFILE_READ)
    clients: ClientConnection | None = resolved(
        own_clients, text="The applications that they registered (我的应用), the newest first.", scope=CLIENTS_WRITE
    )
