"""OpenID Connect providers: discovery, code with PKCE, and an ID token that is verified (OpenID Connect Core, 3.1.3.7)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError

from auth.access_tokens import unverified
from auth.addresses import extended
from auth.brokering.definition import UpstreamDefinition
from auth.brokering.upstream import Trip, document_of
from auth.errors import TokenRefused, UpstreamRefused
from auth.issuers import ExternalIssuer, fetch_json
from auth.keys import ALGORITHMS, LIFETIMES, REGISTRY
from auth.server.token import challenge_of
from egress import Client, Request
from store.clock import Clock, utc_now
from store.codes import Label

_UNPROVEN = Label("身份提供方的应答无法验证：请重新登录", "what the identity provider answered does not hold: sign in once more")


class OpenIDProvider:
    """One provider of kind `oidc`."""

    def __init__(self, definition: UpstreamDefinition, client: Client, clock: Clock = utc_now) -> None:
        self.definition = definition
        self._client = client
        self._clock = clock
        self._issuer = ExternalIssuer(definition.issuer, client, clock=clock)

    async def begin(self, trip: Trip) -> str:
        """Send the browser to the authorization endpoint."""
        parameters = {
            "response_type": "code",
            "client_id": self.definition.client_id,
            "redirect_uri": trip.callback,
            "scope": self.definition.scope,
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": challenge_of(trip.verifier),
            "code_challenge_method": "S256",
        }
        return extended(str((await self._metadata())["authorization_endpoint"]), parameters)

    async def finish(self, trip: Trip, said: Mapping[str, str]) -> Mapping[str, Any]:
        """Exchange the code; the claims of the ID token."""
        if said.get("iss", self.definition.issuer) != self.definition.issuer:  # RFC 9207, 2.4
            raise UpstreamRefused(_UNPROVEN)
        metadata = await self._metadata()
        form = {
            "grant_type": "authorization_code",
            "code": said.get("code", ""),
            "redirect_uri": trip.callback,
            "client_id": self.definition.client_id,
            "code_verifier": trip.verifier,
        }
        if self.definition.client_secret is not None:
            form["client_secret"] = self.definition.client_secret
        answer = document_of(await self._client.fetch(posted(str(metadata["token_endpoint"]), form)), self.definition)
        return await self._proven(str(answer.get("id_token", "")), trip)

    async def _metadata(self) -> dict[str, Any]:
        found = await fetch_json(self._client, f"{self.definition.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.definition.issuer or not {"authorization_endpoint", "token_endpoint"} <= found.keys():
            raise UpstreamRefused(_UNPROVEN)
        return found

    async def _proven(self, token: str, trip: Trip) -> Mapping[str, Any]:
        try:
            header, _ = unverified(token)
            found = await self._issuer.key(str(header.get("kid")))
            if found is None or header.get("alg") != found[0] or found[1].key_type != ALGORITHMS[found[0]].kty:
                raise UpstreamRefused(_UNPROVEN)
            claims = jwt.decode(token, found[1], algorithms=[found[0]], registry=REGISTRY).claims
        except (TokenRefused, JoseError, ValueError) as error:
            raise UpstreamRefused(_UNPROVEN) from error
        now, leeway = self._clock().timestamp(), LIFETIMES.clock_leeway.total_seconds()
        audience = claims.get("aud")
        meant = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
        expires = claims.get("exp")
        holds = (
            claims.get("iss") == self.definition.issuer
            and self.definition.client_id in meant
            and (len(meant) == 1 or claims.get("azp") == self.definition.client_id)
            and isinstance(expires, int | float)
            and expires + leeway > now
            and hmac.compare_digest(str(claims.get("nonce", "")).encode(), trip.nonce.encode())
        )
        if not holds:
            raise UpstreamRefused(_UNPROVEN)
        return claims


def posted(url: str, form: Mapping[str, str]) -> Request:
    """A form to send."""
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    return Request(method="POST", url=url, headers=headers, body=urlencode(form).encode())
