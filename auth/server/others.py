"""`/oauth/revoke` (RFC 7009) and `/oauth/introspect` (RFC 7662)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from auth.access_tokens import Claims, verified
from auth.errors import OAuthRefused, TokenRefused
from auth.keys import LIFETIMES
from auth.scopes import written
from auth.sealing import digest
from auth.server.requests import answer, client_of, read_form, refusal
from auth.sign_on import SignOn
from store.audit import Action, Event
from store.clients import Client

_INACTIVE = {"active": False}


class OtherTokenEndpoints:
    """What applications ask about tokens that they hold already; about those of others they learn nothing."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def revoke(self, request: Request) -> Response:
        """End a token: an access token alone, a refresh token with everything that grew out of the same consent."""
        sign_on = self._sign_on
        try:
            token, client = await self._asked(request)
        except OAuthRefused as error:
            return refusal(error)
        claims, whose = await self._claims(request, token, client), None
        if claims is not None:
            until = datetime.fromtimestamp(claims.expires, UTC) + LIFETIMES.clock_leeway
            await sign_on.tokens.revoke_token(claims.jti, until)
            whose = claims.subject
        elif (family := await sign_on.tokens.family_of(digest(token), used=True)) is not None and family.client == client.id:
            await sign_on.tokens.revoke(id=family.id)
            whose = family.account
        if whose is not None:
            await sign_on.audit.write(Event(f"client:{client.id}", Action.TOKENS_REVOKED, whose))
        sign_on.resource_server.forget()
        return answer({})  # also for tokens that are no longer, or never were (RFC 7009, 2.2)

    async def introspect(self, request: Request) -> Response:
        """Tell a confidential client about one of its own tokens."""
        sign_on = self._sign_on
        try:
            token, client = await self._asked(request)
            if client.secret is None:
                raise OAuthRefused("invalid_client", "only a client with a secret may ask", 401)
        except OAuthRefused as error:
            return refusal(error)
        claims = await self._claims(request, token, client)
        if claims is not None:
            account = claims.subject if claims.family is not None else None
            standing = await sign_on.tokens.standing(account=account, client=client.id, family=claims.family, jti=claims.jti)
            return answer(_active(claims.scopes, client, claims.subject, claims.expires) if standing is not None else _INACTIVE)
        family = await sign_on.tokens.family_of(digest(token))
        if family is None or family.client != client.id:
            return answer(_INACTIVE)
        return answer(_active(family.scopes, client, family.account, int(family.expires_at.timestamp())))

    async def _asked(self, request: Request) -> tuple[str, Client]:
        form = await read_form(request)
        client = await client_of(self._sign_on, request, form)
        if not form.get("token"):
            raise OAuthRefused("invalid_request", "the parameter token is missing")
        return form["token"], client

    async def _claims(self, request: Request, token: str, client: Client) -> Claims | None:
        here = self._sign_on.here(request)
        try:
            claims = await verified(token, {here.issuer: self._sign_on.keys}, here.audiences, self._sign_on.clock())
        except TokenRefused:
            return None
        return claims if claims.client == client.id else None


def _active(scopes: frozenset[str], client: Client, subject: str, expires: int) -> dict[str, Any]:
    return {"active": True, "scope": written(scopes), "client_id": client.id, "sub": subject, "exp": expires}
