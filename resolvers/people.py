"""The people of an institution, for those who answer for them: each look is written to the audit log before anything is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from auth.oversight import oversight_of
from resolvers.context import Context
from resolvers.listing import Listed, last_key, listed
from resolvers.pagination import fingerprint
from resolvers.search import check_first
from store.audit import Action, Event, Purpose
from store.people import People, Person

_BETWEEN: Final = "\x1f"
"""Stands between name and id in the key of a walk; no id holds it."""


async def people(context: Context, institution: str, role: str, purpose: Purpose, first: int, after: str | None) -> Listed:
    """A page of the people with a role at an institution (ten digits), by name: none for who does not answer for them.

    Raises BadInput or CursorExpired.
    """
    check_first(first)
    holder = context.grant.holder
    question = fingerprint("people", institution, role, holder.id if holder is not None else None)
    name, _, last = (last_key(context, question, after) or "").rpartition(_BETWEEN)
    reader = People(context.catalog.database, oversight_of(context.grant))
    found = await reader.of(institution, role, (name, last) if after is not None else None, first + 1)
    page = found[:first]
    total = await reader.count(institution, role)
    await _write_down(context, institution, role, purpose, page)
    entries = [(f"{each.name}{_BETWEEN}{each.id}", each) for each in page]
    return listed(context, question, entries, more=len(found) > first, resumed=after is not None, total=total)


async def _write_down(context: Context, institution: str, role: str, purpose: Purpose, page: Sequence[Person]) -> None:
    """Who looked, at whom, what for; a look at nobody is written down too. Where this cannot be done, nothing is shown."""
    holder, sign_on = context.grant.holder, context.sign_on
    if holder is None or sign_on is None:
        raise AssertionError(role)
    detail = {"role": role, "institution": institution, **({"client": holder.client} if holder.client is not None else {})}
    subjects: list[str | None] = [*(each.id for each in page)] or [None]
    events = [Event(holder.id, Action.PERSONAL_DATA_READ, subject, purpose, detail) for subject in subjects]
    await sign_on.audit.write(*events)
    context.looks.extend(events)
