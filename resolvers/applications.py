"""What people do with their own applications, and administrators with those that wait for approval."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from auth import own_clients
from auth.administration import NotDone
from auth.administration import approve_client as approve
from auth.own_clients import Because, Kind, NotChanged
from auth.server.client_metadata import Unfit
from auth.sign_on import SignOn
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.listing import Listed, last_key, listed
from resolvers.pagination import fingerprint
from resolvers.persons import signed_in
from resolvers.search import check_first
from store.clients import Client
from store.codes import Label

_ELSEWHERE = Label(
    "此服务器不签发令牌：请到身份平台登记应用", "this server issues no tokens: register the application with your identity provider"
)

MEMBERS: Final = {
    "client_name": ("name", "NAME"),
    "redirect_uris": ("redirectUris", "REDIRECT_URIS"),
    "scope": ("scopes", "SCOPES"),
}
"""Members of client metadata (RFC 7591, 2): their field of the input, and the code of an error about them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why nothing was done; `field` is the field of the input that it is about."""

    code: str
    message: Label
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: the application as it is now, with a secret that is shown this once, or the problems."""

    client: Client | None = None
    secret: str | None = None
    problems: Sequence[Problem] = ()


async def own(context: Context, first: int, after: str | None) -> Listed:
    """A page of the caller's applications, the newest first. Raises BadInput or CursorExpired."""
    check_first(first)
    sign_on, account = _owner(context)
    question = fingerprint("clients", account)
    last = last_key(context, question, after)
    found = await sign_on.clients.owned(account, _place(last) if last is not None else None, first + 1)
    entries = [(f"{each.created_at.isoformat() if each.created_at else ''} {each.id}", each) for each in found[:first]]
    total = await sign_on.clients.count_owned(account)
    return listed(context, question, entries, more=len(found) > first, resumed=after is not None, total=total)


async def register(context: Context, name: str, kind: Kind, redirect_uris: Sequence[str], scopes: Sequence[str]) -> Done:
    """Register an application of the caller. Raises BadInput where nobody is signed in."""
    sign_on, account = _owner(context)
    registering = own_clients.register(sign_on, account, name=name, kind=kind, redirect_uris=redirect_uris, scopes=scopes)
    return await _done(registering)


async def change(
    context: Context, client: str, name: str | None, redirect_uris: Sequence[str] | None, scopes: Sequence[str] | None
) -> Done:
    """Change an application of the caller; what is None stays. Raises the same."""
    sign_on, account = _owner(context)
    changing = own_clients.change(sign_on, account, client, name=name, redirect_uris=redirect_uris, scopes=scopes)
    return await _done(changing)


async def rotate_secret(context: Context, client: str, *, end_previous: bool) -> Done:
    """Give an application of the caller a new secret. Raises the same."""
    sign_on, account = _owner(context)
    return await _done(own_clients.rotate_secret(sign_on, account, client, end_previous=end_previous))


async def revoke(context: Context, client: str) -> Done:
    """End an application of the caller. Raises the same."""
    sign_on, account = _owner(context)
    return await _done(own_clients.revoke(sign_on, account, client))


async def approve_client(context: Context, client: str, scopes: Sequence[str] | None) -> Client:
    """Give an application what it registered for. Raises BadInput."""
    sign_on, holder = signed_in(context)
    try:
        return await approve(sign_on, client, holder.id, frozenset(scopes) if scopes is not None else None)
    except NotDone as error:
        raise BadInput(error.message) from error


def _owner(context: Context) -> tuple[SignOn, str]:
    sign_on, holder = signed_in(context)
    if not sign_on.policy.embedded:
        raise BadInput(_ELSEWHERE)
    return sign_on, holder.account or ""


async def _done(doing: Awaitable[Client | tuple[Client, str | None]]) -> Done:
    try:
        found = await doing
    except Unfit as error:
        field, code = MEMBERS.get(error.member, ("kind", "KIND"))
        return Done(problems=[Problem(code, error.message, field)])
    except NotChanged as error:
        return Done(problems=[Problem(error.because.name, error.message, "id" if error.because is Because.NOT_FOUND else None)])
    return Done(*found) if isinstance(found, tuple) else Done(found)


def _place(last: str) -> tuple[datetime, str]:
    made, _, identifier = last.partition(" ")
    return datetime.fromisoformat(made), identifier
