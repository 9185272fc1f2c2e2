"""What people do with their own data, and administrators with the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auth.account_pages import withdraw_consent as withdraw
from auth.grant import Holder
from auth.own_data import delete_own_account, export_own_data
from auth.sign_on import SignOn
from resolvers.context import Context
from resolvers.errors import BadInput
from store.audit import Action, Entry
from store.codes import Label

MOST_ENTRIES = 200

_NOBODY = Label("只有登录的用户才能这样做：请先登录", "only somebody who signed in can do this: sign in first")


@dataclass(frozen=True, slots=True)
class Export:
    """A copy of what is kept of a person."""

    json: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries of the audit log, the newest first."""

    nodes: list[Entry]
    end_cursor: str | None
    has_next_page: bool


async def export_my_data(context: Context) -> Export:
    """A copy of everything kept of the caller. Raises BadInput where nobody is signed in."""
    sign_on, holder = signed_in(context)
    return Export(await export_own_data(sign_on, holder.account or ""), context.now)


async def delete_my_account(context: Context, confirm: str) -> bool:
    """Delete the caller's account; `confirm` is the id of it, so that nobody does it by accident. Raises BadInput."""
    sign_on, holder = signed_in(context)
    if confirm != holder.account:
        raise BadInput(Label("confirm 应为您的账户 id（viewer.id）", "confirm is the id of your account (viewer.id)"))
    await delete_own_account(sign_on, confirm)
    return True


async def withdraw_consent(context: Context, client: str) -> bool:
    """Take the consent for an application back; whether there was one. Raises BadInput."""
    sign_on, holder = signed_in(context)
    return await withdraw(sign_on, holder.account or "", client)


async def audit_events(
    context: Context,
    first: int,
    after: str | None,
    actors: Sequence[str] | None,
    subjects: Sequence[str] | None,
    actions: Sequence[str] | None,
) -> AuditPage:
    """A page of the audit log. Raises BadInput."""
    sign_on = context.sign_on
    if sign_on is None:
        raise BadInput(_NOBODY)
    if not 0 <= first <= MOST_ENTRIES:
        raise BadInput(Label(f"first 应为 0 到 {MOST_ENTRIES}", f"first is from 0 to {MOST_ENTRIES}"))
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 18):
        raise BadInput(Label("游标无效：请使用上一页的 endCursor", "this is no cursor: use the endCursor of the page before"))
    known = {action.value: action for action in Action}
    if unknown := [action for action in actions or () if action not in known]:
        raise BadInput(Label(f"没有动作 {unknown[0][:40]}", f"there is no action {unknown[0][:40]}"))
    found = await sign_on.audit.events(
        before=int(after) if after is not None else None,
        actors=actors,
        subjects=subjects,
        actions=[known[action] for action in actions] if actions is not None else None,
        limit=first + 1,
    )
    page = found[:first]
    return AuditPage(page, str(page[-1].seq) if page else None, len(found) > first)


def signed_in(context: Context) -> tuple[SignOn, Holder]:
    """Who asks, as a person. Raises BadInput."""
    holder = context.grant.holder
    if context.sign_on is None or holder is None or holder.account is None:
        raise BadInput(_NOBODY)
    return context.sign_on, holder
