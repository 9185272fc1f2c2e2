"""What the authorization server says of itself (RFC 8414, OpenID Connect Discovery), its keys, and who somebody is (`userinfo`)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from auth.addresses import Here
from auth.errors import IssuerUnreachable, TokenRefused
from auth.keys import LIFETIMES, SIGNING
from auth.scopes import OPENID, PROFILE_READ, SCOPES
from auth.server.requests import answer
from auth.sign_on import SignOn
from store.codes import Label

_FOR_CACHES = {"cache-control": f"public, max-age={int(LIFETIMES.key_set.total_seconds()) // 2}"}
_NO_OPENID = Label("令牌没有 openid 权限", "the token does not hold the scope openid")


class Metadata:
    """Documents that applications read."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def describe(self, request: Request) -> Response:
        """The metadata of both standards."""
        return answer(metadata(self._sign_on.here(request)), headers=_FOR_CACHES)

    async def protected_resource(self, request: Request) -> Response:
        """The metadata of the API itself (RFC 9728)."""
        here = self._sign_on.here(request)
        body = {"resource": here.audience, "authorization_servers": [here.issuer], "scopes_supported": list(SCOPES)}
        return answer({**body, "bearer_methods_supported": ["header"]}, headers=_FOR_CACHES)

    async def keys(self, _request: Request) -> Response:
        """The key set (RFC 7517, 5)."""
        return answer(await self._sign_on.keys.public(), headers=_FOR_CACHES)

    async def userinfo(self, request: Request) -> Response:
        """Who a token speaks for (OpenID Connect Core, 5.3)."""
        try:
            grant = await self._sign_on.resource_server.grant_of(request)
            holder = grant.holder
            if holder is None or holder.account is None or OPENID not in grant.scopes or "authorization" not in request.headers:
                raise TokenRefused(_NO_OPENID, "insufficient_scope", 403)
        except TokenRefused as error:
            headers = {"www-authenticate": error.challenge()}
            return answer({"error": error.error, "error_description": error.message.en}, error.status, headers)
        except IssuerUnreachable as error:
            told = {"error": "temporarily_unavailable", "error_description": error.message.en}
            return answer(told, 503, {"retry-after": str(error.seconds)})
        body: dict[str, Any] = {"sub": holder.account}
        if PROFILE_READ in grant.scopes:
            body |= {"name": holder.name, "roles": sorted(holder.roles)}
            body |= {"province": holder.province, "institution": holder.institution}
        return answer({name: value for name, value in body.items() if value is not None})


def metadata(here: Here) -> dict[str, Any]:
    """What RFC 8414, 2 and OpenID Connect Discovery, 3 ask for."""
    authentication = ["none", "client_secret_basic", "client_secret_post"]
    return {
        "issuer": here.issuer,
        "authorization_endpoint": f"{here.origin}/oauth/authorize",
        "token_endpoint": f"{here.origin}/oauth/token",
        "jwks_uri": f"{here.origin}/oauth/jwks",
        "userinfo_endpoint": f"{here.origin}/oauth/userinfo",
        "registration_endpoint": f"{here.origin}/oauth/register",
        "revocation_endpoint": f"{here.origin}/oauth/revoke",
        "introspection_endpoint": f"{here.origin}/oauth/introspect",
        "end_session_endpoint": f"{here.origin}/oauth/logout",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": authentication,
        "revocation_endpoint_auth_methods_supported": authentication,
        "introspection_endpoint_auth_methods_supported": authentication[1:],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [SIGNING],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "amr", "sid", "name", "roles"],
        "prompt_values_supported": ["none", "login", "consent"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "ui_locales_supported": ["zh-CN", "en"],
    }
