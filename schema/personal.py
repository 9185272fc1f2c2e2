"""What a person may do with their own data."""

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


@strawberry.type(description="A copy of everything that is kept of a person (个人信息副本).")
class PersonalData:
    json: str = resolved(text="A JSON document.")
    at: DateTime = resolved(text="When it was made.")
