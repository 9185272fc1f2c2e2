"""The root: what can be done."""

from __future__ import annotations

from typing import Any

import strawberry

from auth.scopes import ACCOUNT_WRITE, CLIENTS_APPROVE, CLIENTS_WRITE, PROFILE_READ, RECORDS_WITHDRAW, SOURCES_WRITE
from resolvers import purging, withdrawing
from resolvers.context import Context
from schema.client import (
    ClientApplication,
    ClientPayload,
    approve_client,
    register_client,
    revoke_client,
    rotate_client_secret,
    update_client,
)
from schema.fields import resolved
from schema.personal import PersonalData, delete_my_account, export_my_data, withdraw_consent
from schema.source import Source


def _withdraw(_root: Any, context: Context, ids: list[strawberry.ID], reason: str) -> Any:
    return withdrawing.withdraw(context, ids, reason)


def _restore(_root: Any, context: Context, ids: list[strawberry.ID]) -> Any:
    return withdrawing.restore(context, ids)


def _purge(_root: Any, context: Context, sources: list[str]) -> Any:
    return purging.purge(context, sources)


@strawberry.type(description="What a withdrawal or its undoing has changed.")
class WithdrawalResult:
    ids: list[strawberry.ID] = resolved(text="The resources that it changed; those that were so already are missing.")


@strawberry.type(description="What a purge has emptied.")
class PurgeResult:
    sources: list[Source] = resolved(text="The sources of which nothing is kept any longer.")


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
    purge_cache: PurgeResult | None = resolved(
        _purge,
        text="Have every node forget what it keeps of live sources (清除缓存), by their names, at most 100: the process that answers does "
        "so before, every other within a second.",
        scope=SOURCES_WRITE,
    )
    export_my_data: PersonalData | None = resolved(
        export_my_data, text="A copy of everything that is kept of you (查阅、复制个人信息).", scope=PROFILE_READ
    )
    withdraw_consent: bool | None = resolved(
        withdraw_consent,
        text="Take your consent for an application back (撤回同意); its tokens end.",
        scope=PROFILE_READ,
    )
    delete_my_account: bool | None = resolved(
        delete_my_account, text="Delete your account (注销账户); `confirm` is `viewer.id`.", scope=ACCOUNT_WRITE
    )
    register_client: ClientPayload | None = resolved(
        register_client, text="Register an application of your own (登记应用). Asked again it registers another one.", scope=CLIENTS_WRITE
    )
    update_client: ClientPayload | None = resolved(
        update_client,
        text="Change an application of your own (修改应用). Another name or other addresses end its approval: it waits anew.",
        scope=CLIENTS_WRITE,
    )
    rotate_client_secret: ClientPayload | None = resolved(
        rotate_client_secret,
        text="Give an application of your own a new secret (更换密钥). The one before is good for 24 hours more, unless `endPrevious`.",
        scope=CLIENTS_WRITE,
    )
    revoke_client: ClientPayload | None = resolved(
        revoke_client,
        text="End an application of your own with all its tokens (停用应用); one that has ended stays so.",
        scope=CLIENTS_WRITE,
    )
    approve_client: ClientApplication | None = resolved(
        approve_client, text="Give an application what it registered for, all or some of it (批准应用).", scope=CLIENTS_APPROVE
    )
