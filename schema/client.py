"""Applications: what people register, how it stands, and what they and administrators do with it."""

from __future__ import annotations

from typing import Any

import strawberry

from auth.own_clients import kind_of, state_of
from auth.scopes import AT_ONCE, SCOPES
from resolvers import applications
from resolvers.applications import Problem
from resolvers.context import Context
from schema.enums import ClientErrorCode, ClientKind, ClientState, Lang
from schema.fields import resolved
from schema.paging import PageInfo
from schema.scalars import DateTime
from store.codes import Label


def own_clients(_holder: Any, context: Context, first: int = 20, after: str | None = None) -> Any:
    """Those of the caller."""
    return applications.own(context, first, after)


def approve_client(_root: Any, context: Context, client: strawberry.ID, scopes: list[str] | None = None) -> Any:
    """What it registered for."""
    return applications.approve_client(context, client, scopes)


@strawberry.input(description="An application to register.")
class RegisterClientInput:
    name: str = strawberry.field(description="How people know it: they read it when they are asked for their consent.")
    kind: ClientKind = strawberry.field(default=ClientKind.PUBLIC, description="What it is; it stays so.")
    redirect_uris: list[str] = strawberry.field(
        default_factory=list, description="Where people are sent back to: https, http on 127.0.0.1, or a scheme such as com.example.app."
    )
    scopes: list[str] = strawberry.field(
        default_factory=lambda: sorted(AT_ONCE), description="What it may ask for; all but `openid` and `resources:read` awaits approval."
    )


@strawberry.input(description="What changes about an application; what is left out or null stays.")
class UpdateClientInput:
    id: strawberry.ID = strawberry.field(description="Its client_id.")
    name: str | None = strawberry.field(default=None, description="How people know it.")
    redirect_uris: list[str] | None = strawberry.field(default=None, description="In place of those so far.")
    scopes: list[str] | None = strawberry.field(default=None, description="In place of those so far; a new one awaits approval.")


def register_client(_root: Any, context: Context, input: RegisterClientInput) -> Any:
    """A new one."""
    return applications.register(context, input.name, input.kind.value, input.redirect_uris, input.scopes)


def update_client(_root: Any, context: Context, input: UpdateClientInput) -> Any:
    """Another name, other addresses or scopes."""
    return applications.change(context, input.id, input.name, input.redirect_uris, input.scopes)


def rotate_client_secret(_root: Any, context: Context, id: strawberry.ID, end_previous: bool = False) -> Any:
    """A new secret."""
    return applications.rotate_secret(context, id, end_previous=end_previous)


def revoke_client(_root: Any, context: Context, id: strawberry.ID) -> Any:
    """The end of it."""
    return applications.revoke(context, id)


def all_scopes(_root: Any, _context: Context) -> Any:
    """Every scope with its words."""
    return list(SCOPES.items())


def _word(label: Label, lang: Lang) -> str:
    return label.zh if lang is Lang.ZH else label.en


def _scope_label(pair: tuple[str, Label], _context: Context, lang: Lang = Lang.ZH) -> str:
    return _word(pair[1], lang)


def _message(problem: Problem, _context: Context, lang: Lang = Lang.ZH) -> str:
    return _word(problem.message, lang)


@strawberry.type(description="A scope (权限) that applications may ask for.")
class Scope:
    name: str = resolved(lambda pair, _: pair[0], text="As it is written in requests.")
    label: str = resolved(_scope_label, text="What it opens, in plain words.")
    at_once: bool = resolved(lambda pair, _: pair[0] in AT_ONCE, text="An application has it at once; any other awaits approval.")


@strawberry.type(description="An application (应用).")
class ClientApplication:
    id: strawberry.ID = resolved(text="Its client_id.")
    name: str = resolved(text="How people know it.")
    kind: ClientKind = resolved(lambda client, _: ClientKind(kind_of(client)), text="What it is.")
    state: ClientState = resolved(lambda client, _: ClientState(state_of(client)), text="How it stands.")
    redirect_uris: list[str] = resolved(lambda client, _: list(client.redirect_uris), text="Where people are sent back to.")
    scopes: list[str] = resolved(lambda client, _: sorted(client.scopes), text="What it may ask for.")
    awaiting: list[str] = resolved(lambda client, _: sorted(client.requested), text="What it registered for and waits for.")
    created_at: DateTime | None = resolved(text="When it was registered.")
    previous_secret_until: DateTime | None = resolved(
        lambda client, context: client.previous_until if client.previous_until and client.previous_until > context.now else None,
        text="Until when the secret before the present one is good; null where only one is.",
    )
    revoked_at: DateTime | None = resolved(text="When it was revoked.")


@strawberry.type(description="An application with its cursor.")
class ClientEdge:
    cursor: str = resolved(text="Resumes behind this application.")
    node: ClientApplication = resolved(text="The application.")


@strawberry.type(description="A page of applications, the newest first.")
class ClientConnection:
    edges: list[ClientEdge] = resolved(text="With cursors.")
    nodes: list[ClientApplication] = resolved(text="Without cursors.")
    page_info: PageInfo = resolved(text="Where the page stands.")
    total_count: int = resolved(text="All of them, revoked ones included.")


@strawberry.type(description="Why an application was not registered or changed.")
class ClientUserError:
    code: ClientErrorCode = resolved(lambda problem, _: ClientErrorCode[problem.code], text="For programs.")
    field: str | None = resolved(text="The field of the input that it is about.")
    message: str = resolved(_message, text="For people: what to do.")


@strawberry.type(description="What came of a change to an application.")
class ClientPayload:
    client: ClientApplication | None = resolved(text="The application as it is now; null where nothing was done.")
    secret: str | None = resolved(text="Its new secret (密钥). It is shown this once: only its digest is kept.")
    user_errors: list[ClientUserError] = resolved(lambda done, _: list(done.problems), text="Why nothing was done; empty where it was.")
