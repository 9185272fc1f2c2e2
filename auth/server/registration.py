"""`/oauth/register`: applications register themselves (RFC 7591) and look after themselves (RFC 7592)."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from auth.errors import OAuthRefused
from auth.scopes import written
from auth.sealing import digest, draw
from auth.server.client_metadata import Wanted, wanted_in
from auth.server.requests import answer, read_body, refusal
from auth.sign_on import SignOn
from store.audit import Action, Event
from store.clients import Client

A_DAY = 20
"""Registrations from one address before it has to be quiet for half an hour."""

MOST_UNAPPROVED = 10_000
"""Clients that nobody approved yet, altogether."""


class Registration:
    """The registration endpoint and that of each client."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def register(self, request: Request) -> Response:
        """Keep a new client (RFC 7591, 3)."""
        sign_on = self._sign_on
        try:
            wanted = _read(await read_body(request))
            if await sign_on.attempts.add(sign_on.vault.pseudonym(f"register {sign_on.pseudonym(request)}")) > A_DAY:
                raise OAuthRefused("temporarily_unavailable", "too many registrations from this address: try again in an hour", 429)
            if await sign_on.clients.count_unapproved() >= MOST_UNAPPROVED:
                raise OAuthRefused("temporarily_unavailable", "too many registrations wait for approval: ask an administrator", 503)
        except OAuthRefused as error:
            return refusal(error)
        token, secret = draw(), draw() if wanted.confidential else None
        drawn = wanted.registered(f"c-{draw()[:22]}")
        client = replace(drawn, secret=digest(secret) if secret else None, registration=digest(token))
        await sign_on.clients.add(client)
        await sign_on.audit.write(
            Event(f"client:{client.id}", Action.CLIENT_REGISTERED, None, None, {"from": await sign_on.passing_pseudonym(request)})
        )
        return answer(self._told(request, client, token, secret), 201)

    async def manage(self, request: Request) -> Response:
        """Show, change or delete a client (RFC 7592, 2), for who holds its registration token."""
        sign_on = self._sign_on
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        client = await sign_on.clients.by_id(request.path_params["client"])
        held = client.registration if client is not None else None
        if client is None or held is None or scheme.lower() != "bearer" or not hmac.compare_digest(held, digest(token)):
            challenge = {"www-authenticate": 'Bearer realm="huiju", error="invalid_token"'}
            return answer({"error": "invalid_token", "error_description": "this is not the client's token"}, 401, challenge)
        actor = f"client:{client.id}"
        if request.method == "DELETE":
            await sign_on.tokens.revoke(client=client.id)
            await sign_on.clients.remove(client.id)
            sign_on.resource_server.forget()
            await sign_on.audit.write(Event(actor, Action.CLIENT_REMOVED))
            return Response(status_code=204, headers={"cache-control": "no-store"})
        if request.method == "PUT":
            try:
                changed = await sign_on.clients.change(client.id, _read(await read_body(request)).rewritten)
            except OAuthRefused as error:
                return refusal(error)
            client = changed or client
            sign_on.resource_server.forget()
            await sign_on.audit.write(Event(actor, Action.CLIENT_CHANGED))
        return answer(self._told(request, client, token, None))

    def _told(self, request: Request, client: Client, token: str, secret: str | None) -> dict[str, Any]:
        told: dict[str, Any] = {
            "client_id": client.id,
            "client_name": client.name,
            "redirect_uris": client.redirect_uris,
            "post_logout_redirect_uris": client.post_logout_redirect_uris,
            "grant_types": client.grant_types,
            "response_types": ["code"] if "authorization_code" in client.grant_types else [],
            "scope": written(client.scopes),
            "token_endpoint_auth_method": "none" if client.secret is None else "client_secret_basic",
            "registration_access_token": token,
            "registration_client_uri": f"{self._sign_on.here(request).origin}/oauth/register/{client.id}",
        }
        if client.requested:
            told["scope_awaiting_approval"] = written(client.requested)
        if client.created_at is not None:
            told["client_id_issued_at"] = int(client.created_at.timestamp())
        if secret is not None:
            told |= {"client_secret": secret, "client_secret_expires_at": 0}
        return told


def _read(body: bytes) -> Wanted:
    """What a registration asks for. Raises OAuthRefused."""
    try:
        return wanted_in(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise OAuthRefused("invalid_client_metadata", "send a JSON object") from error
