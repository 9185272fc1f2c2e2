"""Withdraw and restore records on behalf of a caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resolvers.charge import actor, answers_for
from resolvers.context import Context
from resolvers.errors import BadInput, OutOfPlace
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
    return Withdrawn(await Withdrawals(context.catalog).withdraw(ids, reason=reason, by=actor(context.grant.holder)))


async def restore(context: Context, ids: Sequence[str]) -> Withdrawn:
    """Show withdrawn records again. Raises the same."""
    _check(context, ids)
    return Withdrawn(await Withdrawals(context.catalog).restore(ids, by=actor(context.grant.holder)))


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
        if not answers_for(context.grant.holder, context.sources.by_key(node.source)):
            raise OutOfPlace(Label(f"{each[:80]} 不属于您的省份或学校的来源", f"{each[:80]} is of no source of your province or school"))
