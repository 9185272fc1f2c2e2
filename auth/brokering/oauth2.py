"""Plain OAuth 2.0 providers, such as national and regional hubs: no ID token, errors inside a 200, a profile at an address of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auth.addresses import extended
from auth.brokering.definition import Endpoints, UpstreamDefinition
from auth.brokering.oidc import posted
from auth.brokering.upstream import Trip, document_of
from auth.errors import UpstreamRefused
from auth.server.token import challenge_of
from egress import Client, Request
from store.codes import Label


class OAuth2Provider:
    """One provider of kind `oauth2`. State and PKCE are sent although such hubs do not ask for them."""

    def __init__(self, definition: UpstreamDefinition, endpoints: Endpoints, client: Client) -> None:
        self.definition = definition
        self._endpoints = endpoints
        self._client = client

    async def begin(self, trip: Trip) -> str:
        """Send the browser to the authorization endpoint."""
        parameters = {
            "response_type": "code",
            "client_id": self.definition.client_id,
            "redirect_uri": trip.callback,
            "scope": self.definition.scope,
            "state": trip.state,
            "code_challenge": challenge_of(trip.verifier),
            "code_challenge_method": "S256",
        }
        return extended(self._endpoints.authorize, {**parameters, **self.definition.parameters})

    async def finish(self, trip: Trip, said: Mapping[str, str]) -> Mapping[str, Any]:
        """Exchange the code, and ask for the profile with the token."""
        form = {
            "grant_type": "authorization_code",
            "code": said.get("code", ""),
            "redirect_uri": trip.callback,
            "client_id": self.definition.client_id,
            "client_secret": self.definition.client_secret or "",
            "code_verifier": trip.verifier,
        }
        answer = document_of(await self._client.fetch(posted(self._endpoints.token, form)), self.definition)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise UpstreamRefused(Label("身份提供方没有给出令牌：请重新登录", "the identity provider gave no token: sign in once more"))
        name = self.definition.token_parameter
        headers = {"accept": "application/json", **({} if name else {"authorization": f"Bearer {token}"})}
        request = Request(method="GET", url=self._endpoints.userinfo, headers=headers, params={name: token} if name else {})
        return document_of(await self._client.fetch(request), self.definition)
