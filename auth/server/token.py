"""`/oauth/token`: codes, refresh tokens and client credentials become access tokens (RFC 6749, 3.2; 7636; 8707; 9700)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from auth.errors import OAuthRefused
from auth.keys import LIFETIMES
from auth.scopes import OPENID, scopes_in
from auth.sealing import digest, draw
from auth.server.issuing import access_token, id_token
from auth.server.requests import answer, client_of, read_form, refusal
from auth.sign_on import SignOn
from store.audit import Action, Event
from store.clients import Client
from store.tokens import Code, Replayed

_Form = Mapping[str, str]


class TokenEndpoint:
    """The token endpoint."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def respond(self, request: Request) -> Response:
        """Answer a token request."""
        try:
            form = await read_form(request)
            client = await client_of(self._sign_on, request, form)
            kind = form.get("grant_type", "")
            grant = {
                "authorization_code": self._code,
                "refresh_token": self._refresh,
                "client_credentials": self._client,
            }.get(kind)
            if grant is None:
                raise OAuthRefused("unsupported_grant_type", "use authorization_code, refresh_token or client_credentials")
            if kind not in client.grant_types:
                raise OAuthRefused("unauthorized_client", f"the client is not registered for {kind}")
            return await grant(request, form, client)
        except OAuthRefused as error:
            return refusal(error)

    async def _code(self, request: Request, form: _Form, client: Client) -> Response:
        sign_on, here = self._sign_on, self._sign_on.here(request)
        code, verifier, redirect_uri = _needed(form, "code", "code_verifier", "redirect_uri")
        check_resource(form.get("resource"), here.audiences)

        def accept(kept: Code) -> bool:
            same = kept.client == client.id and kept.redirect_uri == redirect_uri
            asked = form.get("resource")
            return same and proves(verifier, kept.challenge) and (asked is None or kept.resource in (None, asked))

        refresh = draw() if "refresh_token" in client.grant_types else None
        kept = refresh and digest(refresh)
        try:
            found = await sign_on.tokens.redeem(digest(code), accept, lifetime=LIFETIMES.family, refresh=kept or None)
        except Replayed as replay:
            raise await self._replayed(replay, client) from replay
        if found is None:
            raise OAuthRefused("invalid_grant", "the code is unknown, too old, or for another client, address or verifier")
        body = await access_token(sign_on, here, found.scopes, client, found)
        body |= await id_token(sign_on, here, client, found, found.nonce)
        return answer({**body, "refresh_token": refresh} if refresh else body)

    async def _refresh(self, request: Request, form: _Form, client: Client) -> Response:
        sign_on, here = self._sign_on, self._sign_on.here(request)
        (token,) = _needed(form, "refresh_token")
        check_resource(form.get("resource"), here.audiences)
        # Derived, so that who refreshes twice at once gets the same successor though only digests are kept.
        successor = sign_on.vault.derive(f"refresh {token}")
        try:
            family = await sign_on.tokens.refresh(digest(token), digest(successor), client.id, LIFETIMES.replay_leeway)
        except Replayed as replay:
            raise await self._replayed(replay, client) from replay
        if family is None:
            raise OAuthRefused("invalid_grant", "the refresh token is unknown, too old or revoked: sign in again")
        account = await sign_on.accounts.by_id(family.account)
        if account is None or account.disabled:
            raise OAuthRefused("invalid_grant", "the account was closed")
        scopes = scopes_in(form["scope"]) if form.get("scope") else family.scopes
        if not scopes <= family.scopes:
            raise OAuthRefused("invalid_scope", "ask for no more than was granted")
        body = await access_token(sign_on, here, scopes, client, family)
        body |= await id_token(sign_on, here, client, family, None)
        return answer({**body, "refresh_token": successor})

    async def _client(self, request: Request, form: _Form, client: Client) -> Response:
        here = self._sign_on.here(request)
        if client.secret is None:
            raise OAuthRefused("unauthorized_client", "a public client cannot ask on its own")
        check_resource(form.get("resource"), here.audiences)
        scopes = scopes_in(form["scope"]) if form.get("scope") else client.scopes - {OPENID}
        if not scopes <= client.scopes - {OPENID}:
            raise OAuthRefused("invalid_scope", "ask for no more than the client is registered for")
        return answer(await access_token(self._sign_on, here, scopes, client, None))

    async def _replayed(self, replay: Replayed, client: Client) -> OAuthRefused:
        self._sign_on.resource_server.forget()
        await self._sign_on.audit.write(Event(f"client:{client.id}", Action.TOKEN_REPLAYED, replay.family))
        return OAuthRefused("invalid_grant", "used before: everything that came of it is revoked, sign in again")


def proves(verifier: str, challenge: str) -> bool:
    """Tell whether a verifier is the one of an S256 challenge (RFC 7636, 4.6)."""
    if not 43 <= len(verifier) <= 128 or not verifier.isascii():
        return False
    return hmac.compare_digest(challenge_of(verifier), challenge)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def check_resource(resource: str | None, audiences: frozenset[str]) -> None:
    """Raise OAuthRefused for a resource that is not this API (RFC 8707, 2)."""
    if resource is not None and resource not in audiences:
        raise OAuthRefused("invalid_target", "this server issues tokens for its own API only")


def _needed(form: _Form, *names: str) -> list[str]:
    for name in names:
        if not form.get(name):
            raise OAuthRefused("invalid_request", f"the parameter {name} is missing")
    return [form[name] for name in names]
