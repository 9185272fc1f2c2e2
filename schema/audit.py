"""The audit log, for those who answer for it."""

from __future__ import annotations

from typing import Any

import strawberry

from resolvers import persons
from resolvers.context import Context
from schema.fields import resolved
from schema.scalars import DateTime


def audit_events(
    _root: Any,
    context: Context,
    first: int = 50,
    after: str | None = None,
    actors: list[str] | None = None,
    subjects: list[str] | None = None,
    actions: list[str] | None = None,
) -> Any:
    """A page of the log."""
    return persons.audit_events(context, first, after, actors, subjects, actions)


@strawberry.type(description="A further fact of an entry.")
class AuditDetail:
    name: str = resolved(lambda pair, _: pair[0], text="What it is.")
    value: str = resolved(lambda pair, _: pair[1], text="Its value; never a secret, a name or an address.")


@strawberry.type(description="One entry of the audit log (审计日志).")
class AuditEvent:
    id: strawberry.ID = resolved(lambda entry, _: str(entry.seq), text="Its place in the log, from 1.")
    at: DateTime = resolved(text="When.")
    actor: str = resolved(lambda entry, _: entry.event.actor, text="Who: the id of an account, client:… or system.")
    action: str = resolved(lambda entry, _: entry.event.action.value, text="What was done; the list grows, but a word keeps its meaning.")
    subject: str | None = resolved(lambda entry, _: entry.event.subject, text="To whom or what.")
    purpose: str | None = resolved(
        lambda entry, _: entry.event.purpose.value if entry.event.purpose is not None else None, text="Why personal data were read."
    )
    details: list[AuditDetail] = resolved(lambda entry, _: list(entry.event.detail.items()), text="More.")
    hash: str = resolved(lambda entry, _: entry.hash.hex(), text="Binds it to every entry before it.")


@strawberry.type(description="A page of the audit log, the newest entries first.")
class AuditPage:
    nodes: list[AuditEvent] = resolved(text="The entries.")
    end_cursor: str | None = resolved(text="Resumes behind the last of them.")
    has_next_page: bool = resolved(text="There are older ones.")
