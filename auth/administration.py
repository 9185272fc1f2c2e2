"""What an operator does by the command line: people, applications and passwords."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from auth.passwords import LONGEST, SHORTEST
from auth.roles import check_roles, is_administrator
from auth.scopes import SCOPES, written
from auth.sealing import Vault, digest, draw
from auth.second_factor import address_of_authenticator, draw_secret, forget_second_factor
from auth.sign_on import SignOn
from store.accounts import Account
from store.audit import SYSTEM, Action, Event
from store.clients import Client
from store.codes import Label


class NotDone(ValueError):
    """What was asked for cannot be done; the text says why, in both languages."""

    def __init__(self, message: Label) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True, slots=True)
class Added:
    """A new account with what is shown once: a drawn password, the address that an authenticator reads."""

    account: Account
    password: str | None
    authenticator: str | None


async def add_person(
    sign_on: SignOn,
    username: str,
    name: str,
    roles: frozenset[str],
    *,
    province: str | None = None,
    institution: str | None = None,
    password: str | None = None,
    identity: tuple[str, str] | None = None,
) -> Added:
    """Add an account; without a password one is drawn, unless its owner signs in by an upstream `identity`.

    An administrator gets a second factor at once. Raises RolesRefused, NotDone, NameTaken.
    """
    if institution is not None and province is None:
        province = institution[2:4]
    check_roles(roles, province, institution)
    if password is not None and not SHORTEST <= len(password) <= LONGEST:
        raise NotDone(Label(f"密码需 {SHORTEST} 到 {LONGEST} 个字符", f"a password has {SHORTEST} to {LONGEST} characters"))
    drawn = secrets.token_urlsafe(12) if password is None and identity is None else None
    chosen = password or drawn
    identifier = draw()[:22]
    secret = draw_secret() if is_administrator(roles) and chosen is not None else None
    account = Account(
        id=identifier,
        username=username,
        name=name,
        roles=roles,
        province=province,
        institution=institution,
        password=await sign_on.passwords.hash(chosen) if chosen is not None else None,
        totp=_sealed(sign_on.vault, secret, identifier),
    )
    await sign_on.accounts.add(account, identity)
    await sign_on.audit.write(Event(SYSTEM, Action.ACCOUNT_ADDED, identifier, None, {"roles": " ".join(sorted(roles))}))
    return Added(account, drawn, address_of_authenticator(username, secret) if secret is not None else None)


async def change_person(
    sign_on: SignOn,
    username: str,
    roles: frozenset[str] | None = None,
    *,
    province: str | None = None,
    institution: str | None = None,
    identity: tuple[str, str] | None = None,
) -> Added:
    """Change what somebody is, or where; link an upstream `identity`. What is None stays. Raises RolesRefused, NotDone, NameTaken.

    Who becomes an administrator gets a second factor at once.
    """
    account = await _named(sign_on, username)
    if institution is not None:
        province = province or institution[2:4]
    changed = replace(
        account,
        roles=account.roles if roles is None else roles,
        province=province or account.province,
        institution=institution or account.institution,
    )
    check_roles(changed.roles, changed.province, changed.institution)
    secret = draw_secret() if is_administrator(changed.roles) and account.totp is None and account.password else None
    await sign_on.accounts.describe(account.id, roles=changed.roles, province=changed.province, institution=changed.institution)
    if secret is not None:
        await sign_on.accounts.secure(account.id, totp=sign_on.vault.seal(secret, account.id))
    if identity is not None:
        await sign_on.accounts.link(account.id, *identity)
    await sign_on.audit.write(Event(SYSTEM, Action.ACCOUNT_CHANGED, account.id, None, {"roles": " ".join(sorted(changed.roles))}))
    return Added(changed, None, address_of_authenticator(username, secret) if secret is not None else None)


async def close_account(sign_on: SignOn, username: str, *, disabled: bool) -> Account:
    """Close an account, or open it again. Raises NotDone where there is none of that name."""
    account = await _named(sign_on, username)
    await sign_on.accounts.disable(account.id, disabled=disabled)
    if disabled:
        await sign_on.sessions.end(account.id)
        await sign_on.tokens.revoke(account=account.id)
    await sign_on.audit.write(Event(SYSTEM, Action.ACCOUNT_DISABLED, account.id, None, {"disabled": str(disabled).lower()}))
    return account


async def reset_password(sign_on: SignOn, username: str) -> str:
    """Draw a new password, shown once, and end what was signed in with the old one. Raises NotDone where there is none of that name."""
    account = await _named(sign_on, username)
    drawn = secrets.token_urlsafe(12)
    await sign_on.accounts.secure(account.id, password=await sign_on.passwords.hash(drawn))
    await sign_on.sessions.end(account.id)
    await sign_on.tokens.revoke(account=account.id)
    await sign_on.audit.write(Event(SYSTEM, Action.PASSWORD_RESET, account.id))
    return drawn


async def take_second_factor_away(sign_on: SignOn, username: str) -> None:
    """Take a lost second factor away, and end what was signed in with it. Raises NotDone where there is none of that name.

    Its owner enrols another one after signing in; an administrator is led to it.
    """
    account = await _named(sign_on, username)
    await forget_second_factor(sign_on, account.id, SYSTEM)
    await sign_on.sessions.end(account.id)
    await sign_on.tokens.revoke(account=account.id)


async def add_client(sign_on: SignOn, client: Client, *, confidential: bool) -> str | None:
    """Add an application that an administrator vouches for; its secret, shown once, where it is confidential. Raises NotDone, NameTaken."""
    if unknown := sorted(client.scopes - SCOPES.keys()):
        raise NotDone(Label(f"没有权限 {unknown[0]}", f"there is no scope {unknown[0]}; there are {', '.join(SCOPES)}"))
    secret = draw() if confidential else None
    await sign_on.clients.add(replace(client, secret=digest(secret) if secret else None, approved=True))
    await sign_on.audit.write(Event(SYSTEM, Action.CLIENT_REGISTERED, f"client:{client.id}"))
    return secret


async def approve_client(sign_on: SignOn, identifier: str, actor: str, scopes: frozenset[str] | None = None) -> Client:
    """Give an application what it registered for, all or some of it. Raises NotDone."""
    gained: list[frozenset[str]] = []

    def approve(client: Client) -> Client:
        granted = client.requested if scopes is None else scopes
        if client.disabled:
            raise NotDone(Label("该应用已停用", "the application is revoked"))
        if not granted <= client.requested:
            raise NotDone(Label("只能批准该应用申请过的权限", "only scopes that the application registered for can be approved"))
        gained.append(granted)
        return replace(client, scopes=client.scopes | granted, requested=client.requested - granted, approved=True)

    approved = await sign_on.clients.change(identifier, approve)
    if approved is None:
        raise NotDone(Label(f"没有应用 {identifier}", f"there is no application {identifier}"))
    sign_on.resource_server.forget()
    await sign_on.audit.write(Event(actor, Action.CLIENT_APPROVED, f"client:{identifier}", None, {"scope": written(gained[0])}))
    return approved


async def _named(sign_on: SignOn, username: str) -> Account:
    account = await sign_on.accounts.by_username(username)
    if account is None:
        raise NotDone(Label(f"没有用户 {username}", f"there is no user {username}"))
    return account


def _sealed(vault: Vault, secret: bytes | None, identifier: str) -> bytes | None:
    return vault.seal(secret, identifier) if secret is not None else None
