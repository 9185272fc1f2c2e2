"""What one caller may read: scopes plus visibility keys, as a pure function of who asks through what."""

from __future__ import annotations

from dataclasses import dataclass

from auth.roles import ROLES, scopes_of
from auth.scopes import OPENID, RESOURCES_READ, SCOPES
from store.accounts import Account
from store.clients import Client
from store.visibility import PUBLIC, keys_of


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a grant: a person through a client or a browser (`client` is None), or a client on its own (`account` is None).

    `roles` are those in force; `province` is GB/T 2260, `institution` ten digits.
    """

    account: str | None
    client: str | None
    name: str
    roles: frozenset[str] = frozenset()
    province: str | None = None
    institution: str | None = None

    @property
    def id(self) -> str:
        """An opaque id: the account's, or that of a client that asks on its own."""
        return self.account or f"client:{self.client}"


@dataclass(frozen=True, slots=True)
class Grant:
    """Scopes and visibility keys of one caller. `keys` always holds what everybody may see; `holder` is None for anonymous callers."""

    scopes: frozenset[str]
    keys: frozenset[str]
    holder: Holder | None = None


ANONYMOUS = Grant(frozenset({RESOURCES_READ}), frozenset({PUBLIC}))
"""Who has not signed in."""


def grant_of_person(
    account: Account, client: Client | None, granted: frozenset[str], *, second_factor: bool, anonymous: Grant = ANONYMOUS
) -> Grant:
    """What a person may do: `granted` ∩ what the client may ask (None: Huiju's own pages) ∩ what the roles in force allow.

    Without a second factor an administrator's roles are not in force. Without `resources:read` nothing is seen that is not public.
    """
    roles = frozenset(role for role in account.roles if role in ROLES and (second_factor or not ROLES[role].administrator))
    allowed = scopes_of(roles) & granted
    if client is not None:
        allowed &= client.scopes
    keys = keys_of(roles, account.province, account.institution) if RESOURCES_READ in allowed else frozenset()
    holder = Holder(account.id, client.id if client is not None else None, account.name, roles, account.province, account.institution)
    return Grant(allowed | anonymous.scopes, keys | anonymous.keys, holder)


def grant_of_client(client: Client, granted: frozenset[str], *, anonymous: Grant = ANONYMOUS) -> Grant:
    """What a client may do on its own: it has the place that it was registered for and no role."""
    allowed = granted & client.scopes & (SCOPES.keys() - {OPENID})
    keys: frozenset[str] = frozenset()
    if RESOURCES_READ in allowed and client.approved and (client.province or client.institution):
        keys = keys_of((), client.province, client.institution)
    holder = Holder(None, client.id, client.name, frozenset(), client.province, client.institution)
    return Grant(allowed | anonymous.scopes, keys | anonymous.keys, holder)
