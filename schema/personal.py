"""What a person may do with their own data, and an administrator with applications."""

from __future__ import annotations

from typing import Any

import strawberry

from resolvers import persons
from resolvers.context import Context
from schema.fields import resolved
from schema.scalars import DateTime


def export_my_data(_root: Any, context: Context) -> Any:
    """A copy of everything."""
    return persons.export_my_data(context)


def delete_my_account(_root: Any, context: Context, confirm: strawberry.ID) -> Any:
    """The end of the account."""
    return persons.delete_my_account(context, confirm)


def withdraw_consent(_root: Any, context: Context, client: strawberry.ID) -> Any:
    """No longer for this application."""
    return persons.withdraw_consent(context, client)


def approve_client(_root: Any, context: Context, client: strawberry.ID, scopes: list[str] | None = None) -> Any:
    """What it registered for."""
    return persons.approve_client(context, client, scopes)


@strawberry.type(description="A copy of everything that is kept of a person (个人信息副本).")
class PersonalData:
    json: str = resolved(text="A JSON document.")
    at: DateTime = resolved(text="When it was made.")


@strawberry.type(description="An application.")
class ClientApplication:
    id: strawberry.ID = resolved(text="Its client_id.")
    name: str = resolved(text="How people know it.")
    scopes: list[str] = resolved(lambda client, _: sorted(client.scopes), text="What it may ask for.")
    awaiting: list[str] = resolved(lambda client, _: sorted(client.requested), text="What it registered for and waits for.")
