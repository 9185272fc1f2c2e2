"""People: personal data, which need a scope, a caller who answers for the people, and a purpose; each look is written down."""

from __future__ import annotations

from typing import Any

import strawberry

from resolvers import people
from resolvers.context import Context
from schema.enums import PersonalDataPurpose
from schema.fields import resolved
from schema.paging import PageInfo
from schema.scalars import DateTime
from store.audit import Purpose


def teachers(institution: Any, context: Context, purpose: PersonalDataPurpose, first: int = 20, after: str | None = None) -> Any:
    """Who teaches there."""
    return people.people(context, institution.code, "teacher", Purpose(purpose.value), first, after)


def students(institution: Any, context: Context, purpose: PersonalDataPurpose, first: int = 20, after: str | None = None) -> Any:
    """Who studies there."""
    return people.people(context, institution.code, "student", Purpose(purpose.value), first, after)


@strawberry.type(description="A person who has an account here. Every field is personal data (个人信息).")
class Person:
    id: strawberry.ID = resolved(text="Opaque; stands for them in the audit log.")
    name: str = resolved(text="How they are called.")
    signed_in_at: DateTime | None = resolved(text="When they signed in last.")


@strawberry.type(description="A person with their cursor.")
class PersonEdge:
    cursor: str = resolved(text="Resumes behind this person.")
    node: Person = resolved(text="The person.")


@strawberry.type(description="A page of people, by name: only those whom the caller answers for (本校、本省).")
class PersonConnection:
    edges: list[PersonEdge] = resolved(text="With cursors.")
    nodes: list[Person] = resolved(text="Without cursors.")
    page_info: PageInfo = resolved(text="Where the page stands.")
    total_count: int = resolved(text="All of them.")
