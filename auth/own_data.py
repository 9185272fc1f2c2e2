"""The rights of a person over their own data (《个人信息保护法》 45 to 47): a copy, and the end of the account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from auth.sign_on import SignOn
from store.account_removal import remove_account
from store.audit import Action, Event, Purpose

_MOST_ENTRIES = 1000


async def export_own_data(sign_on: SignOn, account: str) -> str:
    """Everything that is kept of a person, as JSON; secrets stand there only as far as they exist. Raises LookupError."""
    found = await sign_on.accounts.by_id(account)
    if found is None:
        raise LookupError(account)
    await sign_on.audit.write(Event(account, Action.PERSONAL_DATA_EXPORTED, account, Purpose.OWN_DATA))
    entries = await sign_on.audit.events(actors=[account], limit=_MOST_ENTRIES)
    looks = await sign_on.audit.events(subjects=[account], actions=[Action.PERSONAL_DATA_READ], limit=_MOST_ENTRIES)
    told: dict[str, Any] = {
        "account": {
            "id": found.id,
            "username": found.username,
            "name": found.name,
            "roles": sorted(found.roles),
            "province": found.province,
            "institution": found.institution,
            "password": found.password is not None,
            "secondFactor": found.totp is not None,
            "recoveryCodes": await sign_on.recovery_codes.left(account),
            "createdAt": _written(found.created_at),
            "signedInAt": _written(found.signed_in_at),
        },
        "identities": [{"issuer": issuer, "subject": subject} for issuer, subject in await sign_on.accounts.identities_of(account)],
        "consents": [
            {"client": each.client, "scopes": sorted(each.scopes), "givenAt": _written(each.given_at)}
            for each in (await sign_on.consents.of(account)).values()
        ],
        "signIns": [
            {"device": each.device, "at": _written(each.auth_time), "until": _written(each.expires_at)}
            for each in await sign_on.sessions.of(account)
        ],
        "applications": [
            {"client": each.client, "since": _written(each.created_at), "until": _written(each.expires_at)}
            for each in await sign_on.tokens.families_of(account)
        ],
        "registered": [
            {"client": each.id, "name": each.name, "redirectUris": each.redirect_uris, "at": _written(each.created_at)}
            for each in await sign_on.clients.owned(account, limit=_MOST_ENTRIES)
        ],
        "looks": [{"at": _written(each.at), "by": each.event.actor, "purpose": each.event.purpose} for each in looks],
        "deeds": [{"at": _written(each.at), "action": each.event.action, "subject": each.event.subject} for each in entries],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


async def delete_own_account(sign_on: SignOn, account: str) -> None:
    """Delete a person's account with everything that hangs on it; the audit log keeps the deeds of an id that then means nobody."""
    await remove_account(sign_on.database, account, sign_on.audit)
    sign_on.resource_server.forget()


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
