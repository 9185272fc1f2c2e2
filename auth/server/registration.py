"""`/oauth/register`: applications register themselves (RFC 7591) and look after themselves (RFC 7592)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from auth.addresses import registrable
from auth.errors import OAuthRefused
from auth.scopes import AT_ONCE, SCOPES, scopes_in, written
from auth.sealing import digest, draw
from auth.server.requests import answer, read_body, refusal
from auth.sign_on import SignOn
from store.audit import Action, Event
from store.clients import Client

A_DAY = 20
"""Registrations from one address before it has to be quiet for half an hour."""

MOST_UNAPPROVED = 10_000
"""Clients that nobody approved yet, altogether."""

_MOST_ADDRESSES = 10
_LONGEST_NAME = 80
_GRANTS = ("authorization_code", "refresh_token", "client_credentials")


class Registration:
    """The registration endpoint and that of each client."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def register(self, request: Request) -> Response:
        """Keep a new client (RFC 7591, 3)."""
        sign_on = self._sign_on
        try:
            wanted = _wanted(await read_body(request))
            if await sign_on.attempts.add(sign_on.vault.pseudonym(f"register {sign_on.pseudonym(request)}")) > A_DAY:
                raise OAuthRefused("temporarily_unavailable", "too many registrations from this address: try again in an hour", 429)
            if await sign_on.clients.count_unapproved() >= MOST_UNAPPROVED:
                raise OAuthRefused("temporarily_unavailable", "too many registrations wait for approval: ask an administrator", 503)
        except OAuthRefused as error:
            return refusal(error)
        token, secret = draw(), draw() if wanted.pop("confidential") else None
        client = Client(id=f"c-{draw()[:22]}", **wanted, secret=digest(secret) if secret else None, registration=digest(token))
        await sign_on.clients.add(client)
        await sign_on.audit.write(Event(f"client:{client.id}", Action.CLIENT_REGISTERED, None, None, {"from": sign_on.pseudonym(request)}))
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
                wanted = _wanted(await read_body(request))
                if wanted.pop("confidential") != (client.secret is not None):
                    raise OAuthRefused("invalid_client_metadata", "a client does not become public or confidential: register another one")
            except OAuthRefused as error:
                return refusal(error)
            asked = wanted["scopes"] | wanted["requested"]
            kept = client.scopes & asked
            allowed = {**wanted, "scopes": kept | wanted["scopes"], "requested": asked - kept - wanted["scopes"]}
            # What an administrator looked at is no longer what it was.
            changed = (client.name, client.redirect_uris) != (allowed["name"], allowed["redirect_uris"])
            if changed:
                allowed = {**wanted, "approved": False}
            client = replace(client, **allowed)
            await sign_on.clients.replace(client)
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


def _wanted(body: bytes) -> dict[str, Any]:
    """The fields of a client that a registration asks for, and whether it is `confidential`. Raises OAuthRefused."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise OAuthRefused("invalid_client_metadata", "send a JSON object") from error
    if not isinstance(said, dict):
        raise OAuthRefused("invalid_client_metadata", "send a JSON object")
    grants = _texts(said, "grant_types") or ("authorization_code", "refresh_token")
    method = said.get("token_endpoint_auth_method", "client_secret_basic")
    if method not in ("none", "client_secret_basic", "client_secret_post"):
        raise OAuthRefused("invalid_client_metadata", "token_endpoint_auth_method is none, client_secret_basic or client_secret_post")
    if set(grants) - set(_GRANTS) or ("client_credentials" in grants and method == "none"):
        raise OAuthRefused("invalid_client_metadata", f"grant_types are of {', '.join(_GRANTS)}; the last one needs a secret")
    if (_texts(said, "response_types") or ("code",)) != ("code",) and "authorization_code" in grants:
        raise OAuthRefused("invalid_client_metadata", "the only response type is code")
    addresses, after = _texts(said, "redirect_uris"), _texts(said, "post_logout_redirect_uris")
    if "authorization_code" in grants and not addresses:
        raise OAuthRefused("invalid_redirect_uri", "name at least one redirect address")
    if len(addresses) + len(after) > _MOST_ADDRESSES or not all(registrable(each) for each in (*addresses, *after)):
        raise OAuthRefused("invalid_redirect_uri", "addresses are https, http on 127.0.0.1, or a scheme such as com.example.app")
    scopes = scopes_in(said["scope"]) if isinstance(said.get("scope"), str) else AT_ONCE
    if scopes - SCOPES.keys():
        raise OAuthRefused("invalid_client_metadata", f"scopes are of {', '.join(SCOPES)}")
    return {
        "name": _name(said),
        "redirect_uris": addresses,
        "post_logout_redirect_uris": after,
        "grant_types": grants,
        "scopes": scopes & AT_ONCE,
        "requested": scopes - AT_ONCE,
        "confidential": method != "none",
    }


def _texts(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise OAuthRefused("invalid_client_metadata", f"{name} is a list of texts")
    return tuple(dict.fromkeys(found))


def _name(said: Mapping[str, Any]) -> str:
    name = said.get("client_name")
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise OAuthRefused("invalid_client_metadata", f"client_name is what people read, at most {_LONGEST_NAME} characters")
    return name.strip()
