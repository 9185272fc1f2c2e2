"""A person's own applications: registered, changed, given a new secret and revoked, by the rules of dynamic registration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from auth.errors import SignOnError
from auth.keys import LIFETIMES
from auth.scopes import written
from auth.sealing import digest, draw
from auth.server.client_metadata import wanted_in
from auth.sign_on import SignOn
from store.audit import SYSTEM, Action, Event
from store.clients import Client
from store.codes import Label

MOST: Final = 50
"""Applications of one person that are not revoked."""

REGISTRATIONS: Final = 20
CHANGES: Final = 60
"""Of one person, before they have to pause for half an hour. A revocation is never refused."""


class Kind(StrEnum):
    """What an application is (RFC 6749, 2.1): one that can keep no secret, one that can, one that asks on its own."""

    PUBLIC = "public"
    CONFIDENTIAL = "confidential"
    SERVICE = "service"


class State(StrEnum):
    """How an application stands: it may ask for all that it wants, waits for some of it, or is at an end."""

    APPROVED = "approved"
    AWAITING_APPROVAL = "awaiting_approval"
    REVOKED = "revoked"


class Because(StrEnum):
    """Why nothing was done."""

    NOT_FOUND = "not_found"
    REVOKED = "revoked"
    NO_SECRET = "no_secret"  # noqa: S105 - a reason, no secret
    TOO_MANY = "too_many"
    TOO_OFTEN = "too_often"


class NotChanged(SignOnError):
    """What a person asked for cannot be done with this application."""

    def __init__(self, because: Because) -> None:
        super().__init__(_WORDS[because])
        self.because = because


def kind_of(client: Client) -> Kind:
    """What a client is."""
    if client.secret is None:
        return Kind.PUBLIC
    return Kind.CONFIDENTIAL if "authorization_code" in client.grant_types else Kind.SERVICE


def state_of(client: Client) -> State:
    """How a client stands."""
    if client.disabled:
        return State.REVOKED
    return State.AWAITING_APPROVAL if client.requested else State.APPROVED


async def register(
    sign_on: SignOn, account: str, *, name: str, kind: Kind, redirect_uris: Sequence[str], scopes: Sequence[str]
) -> tuple[Client, str | None]:
    """Keep a new client of an account; with its secret, shown once, where it has one. Raises Unfit, NotChanged."""
    grants, method = _MEANS[kind]
    wanted = wanted_in(_said(name, grants, method, redirect_uris, scopes))
    await _count(sign_on, f"register own {account}", REGISTRATIONS)
    if await sign_on.clients.count_owned(account, disabled=False) >= MOST:
        raise NotChanged(Because.TOO_MANY)
    secret = draw() if wanted.confidential else None
    drawn = wanted.registered(f"c-{draw()[:22]}")
    client = replace(drawn, owner=account, secret=digest(secret) if secret else None, created_at=sign_on.clock())
    await sign_on.clients.add(client)
    await _write_down(sign_on, account, Action.CLIENT_REGISTERED, client)
    return client, secret


async def change(
    sign_on: SignOn,
    account: str,
    identifier: str,
    *,
    name: str | None = None,
    redirect_uris: Sequence[str] | None = None,
    scopes: Sequence[str] | None = None,
) -> Client:
    """Change what an account said of a client; what is None stays. Raises Unfit, NotChanged."""

    def rewrite(client: Client) -> Client:
        _refuse_revoked(client)
        said = _said(
            client.name if name is None else name,
            client.grant_types,
            _MEANS[kind_of(client)][1],
            client.redirect_uris if redirect_uris is None else redirect_uris,
            sorted(client.scopes | client.requested) if scopes is None else scopes,
        )
        return wanted_in({**said, "post_logout_redirect_uris": list(client.post_logout_redirect_uris)}).rewritten(client)

    await _count(sign_on, f"change own {account}", CHANGES)
    client = await _changed(sign_on, account, identifier, rewrite)
    sign_on.resource_server.forget()
    await _write_down(sign_on, account, Action.CLIENT_CHANGED, client)
    return client


async def rotate_secret(sign_on: SignOn, account: str, identifier: str, *, end_previous: bool) -> tuple[Client, str]:
    """Give a client a new secret, shown once; the one before is good a while longer unless `end_previous`. Raises NotChanged."""
    secret, now = draw(), sign_on.clock()

    def rewrite(client: Client) -> Client:
        _refuse_revoked(client)
        if client.secret is None:
            raise NotChanged(Because.NO_SECRET)
        until = None if end_previous else now + LIFETIMES.secret_overlap
        return replace(client, secret=digest(secret), previous_secret=client.secret if until else None, previous_until=until)

    await _count(sign_on, f"change own {account}", CHANGES)
    client = await _changed(sign_on, account, identifier, rewrite)
    await _write_down(sign_on, account, Action.CLIENT_SECRET_ROTATED, client)
    return client, secret


async def revoke(sign_on: SignOn, account: str | None, identifier: str) -> Client:
    """End a client with its secrets and every token that it got; one that has ended stays as it is. Raises NotChanged.

    `account` is None for an operator, who may end anybody's.
    """
    before: list[Client] = []

    def rewrite(client: Client) -> Client:
        before.append(client)
        ended = replace(client, disabled=True, registration=None, previous_secret=None, previous_until=None, revoked_at=sign_on.clock())
        return client if client.disabled else ended

    client = await _changed(sign_on, account, identifier, rewrite)
    if not before[0].disabled:
        await sign_on.tokens.revoke(client=identifier)
        sign_on.resource_server.forget()
        await _write_down(sign_on, account or SYSTEM, Action.CLIENT_REVOKED, client)
    return client


def _said(name: str, grants: Sequence[str], method: str, redirect_uris: Sequence[str], scopes: Sequence[str]) -> Mapping[str, Any]:
    return {
        "client_name": name,
        "grant_types": list(grants),
        "token_endpoint_auth_method": method,
        "redirect_uris": list(redirect_uris),
        "scope": " ".join(scopes),
    }


async def _changed(sign_on: SignOn, account: str | None, identifier: str, rewrite: Callable[[Client], Client]) -> Client:
    client = await sign_on.clients.change(identifier, rewrite, owner=account)
    if client is None:
        raise NotChanged(Because.NOT_FOUND)
    return client


async def _count(sign_on: SignOn, what: str, most: int) -> None:
    if await sign_on.attempts.add(sign_on.vault.pseudonym(what)) > most:
        raise NotChanged(Because.TOO_OFTEN)


async def _write_down(sign_on: SignOn, account: str, action: Action, client: Client) -> None:
    detail = {"scope": written(client.scopes), "awaiting": written(client.requested)}
    await sign_on.audit.write(Event(account, action, f"client:{client.id}", None, detail))


def _refuse_revoked(client: Client) -> None:
    if client.disabled:
        raise NotChanged(Because.REVOKED)


_CODE = ("authorization_code", "refresh_token")
_MEANS: Final = {
    Kind.PUBLIC: (_CODE, "none"),
    Kind.CONFIDENTIAL: (_CODE, "client_secret_basic"),
    Kind.SERVICE: (("client_credentials",), "client_secret_basic"),
}
_WORDS: Final = {
    Because.NOT_FOUND: Label("您没有这个应用：请从应用列表中选择", "you have no such application: choose one of your list"),
    Because.REVOKED: Label("该应用已停用：请登记一个新的", "this application is revoked: register a new one"),
    Because.NO_SECRET: Label("公开应用没有密钥，无需更换", "a public application has no secret: there is nothing to rotate"),
    Because.TOO_MANY: Label(
        f"每人最多 {MOST} 个应用：请先停用不再使用的", f"at most {MOST} applications each: revoke one that is out of use"
    ),
    Because.TOO_OFTEN: Label("更改过于频繁：请半小时后再试", "too many changes: try again in half an hour"),
}
