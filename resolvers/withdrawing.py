"""Withdraw and restore records on behalf of a caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resolvers.context import Context
from resolvers.errors import BadInput, OutOfPlace
from resolvers.sources import OpenSource
from store.codes import WITHDRAWAL_REASONS, Label
from store.identity import parse_id
from store.withdrawals import Withdrawals, is_record

MAX_RECORDS = 100


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The global ids of the records that a call has changed."""

    ids: list[str]


async def withdraw(context: Context, ids: Sequence[str], reason: str) -> Withdrawn:
    """Withdraw records. Raises BadInput, and OutOfPlace for records of sources outside the caller's province or school."""
    _check(context, ids)
    if reason not in WITHDRAWAL_REASONS:
        known = ", ".join(WITHDRAWAL_REASONS)
        raise BadInput(Label(f"没有原因 {reason[:40]}：可用 {known}", f"there is no reason {reason[:40]}: use one of {known}"))
    return Withdrawn(await Withdrawals(context.catalog).withdraw(ids, reason=reason, by=_who(context)))


async def restore(context: Context, ids: Sequence[str]) -> Withdrawn:
    """Show withdrawn records again. Raises the same."""
    _check(context, ids)
    return Withdrawn(await Withdrawals(context.catalog).restore(ids, by=_who(context)))


def _check(context: Context, ids: Sequence[str]) -> None:
    if not 1 <= len(ids) <= MAX_RECORDS:
        raise BadInput(Label(f"一次 1 到 {MAX_RECORDS} 个 id", f"between 1 and {MAX_RECORDS} ids at once"))
    for each in ids:
        node = parse_id(each)
        if node is None or not is_record(each):
            raise BadInput(
                Label(
                    f"{each[:80]} 不是资源的 id：请从资源的 id 字段复制", f"{each[:80]} is no id of a resource: copy it from its field id"
                )
            )
        if not _in_place(context, context.sources.by_key(node.source)):
            raise OutOfPlace(Label(f"{each[:80]} 不属于您的省份或学校的来源", f"{each[:80]} is of no source of your province or school"))


def _in_place(context: Context, source: OpenSource | None) -> bool:
    """Whether the caller answers for a source: an administrator for those of the own province or school, a national one for all."""
    holder = context.grant.holder
    if holder is None or "national_admin" in holder.roles:
        return True
    if source is None:
        return False
    said = source.definition
    if holder.institution is not None and "province_admin" not in holder.roles:
        return said.institution == holder.institution
    if holder.province is not None:
        return said.tier != "national" and (said.province or (said.institution or "")[2:4]) == holder.province
    return holder.account is None  # an application that was approved without a place


def _who(context: Context) -> str:
    holder = context.grant.holder
    return holder.id if holder is not None else "anonymous"
