"""The root: what can be done."""

from __future__ import annotations

from typing import Any

import strawberry

from auth.scopes import RECORDS_WITHDRAW
from resolvers import withdrawing
from resolvers.context import Context
from schema.fields import resolved


def _withdraw(_root: Any, context: Context, ids: list[strawberry.ID], reason: str) -> Any:
    return withdrawing.withdraw(context, ids, reason)


def _restore(_root: Any, context: Context, ids: list[strawberry.ID]) -> Any:
    return withdrawing.restore(context, ids)


@strawberry.type(description="What a withdrawal or its undoing has changed.")
class WithdrawalResult:
    ids: list[strawberry.ID] = resolved(text="The resources that it changed; those that were so already are missing.")


@strawberry.type(description="What can be done.")
class Mutation:
    withdraw_records: WithdrawalResult | None = resolved(
        _withdraw,
        text="Withdraw resources (下架): gone from every answer until they are restored, whatever their sources say. At most 100 ids; "
        "`reason` is a code: rights, personal_data, unlawful, wrong, outdated, requested.",
        scope=RECORDS_WITHDRAW,
    )
    restore_records: WithdrawalResult | None = resolved(
        _restore, text="Show withdrawn resources again (恢复), as their sources have them now. At most 100 ids.", scope=RECORDS_WITHDRAW
    )
