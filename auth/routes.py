"""The addresses of sign-on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.account_pages import AccountPages
from auth.brokering.endpoint import UpstreamEndpoint
from auth.pages.account import ACCOUNT, LOGOUT
from auth.pages.login import LOGIN, SECOND
from auth.pages.securing import PASSWORD, SECOND_FACTOR
from auth.securing import Securing
from auth.server.authorize import AUTHORIZE, AuthorizeEndpoint
from auth.server.metadata import Metadata
from auth.server.others import OtherTokenEndpoints
from auth.server.registration import Registration
from auth.server.token import TokenEndpoint
from auth.sign_on import SignOn
from auth.signing_in import SigningIn

_Answer = Callable[[Request], Awaitable[Response]]


def sign_on_routes(opened: Callable[[], SignOn]) -> list[Route]:
    """Every route; `opened` gives what sign-on works with, once the process has opened it."""

    def route(path: str, make: Callable[[SignOn], _Answer], *methods: str) -> Route:
        async def respond(request: Request) -> Response:
            return await make(opened())(request)

        return Route(path, respond, methods=methods or ("GET",))

    return [
        route("/.well-known/openid-configuration", lambda on: Metadata(on).describe),
        route("/.well-known/oauth-authorization-server", lambda on: Metadata(on).describe),
        route("/.well-known/oauth-protected-resource", lambda on: Metadata(on).protected_resource),
        route("/.well-known/oauth-protected-resource/graphql", lambda on: Metadata(on).protected_resource),
        route("/oauth/jwks", lambda on: Metadata(on).keys),
        route("/oauth/userinfo", lambda on: Metadata(on).userinfo, "GET", "POST"),
        route(AUTHORIZE, lambda on: AuthorizeEndpoint(on).show),
        route(AUTHORIZE, lambda on: AuthorizeEndpoint(on).decide, "POST"),
        route("/oauth/token", lambda on: TokenEndpoint(on).respond, "POST"),
        route("/oauth/revoke", lambda on: OtherTokenEndpoints(on).revoke, "POST"),
        route("/oauth/introspect", lambda on: OtherTokenEndpoints(on).introspect, "POST"),
        route("/oauth/register", lambda on: Registration(on).register, "POST"),
        route("/oauth/register/{client}", lambda on: Registration(on).manage, "GET", "PUT", "DELETE"),
        route(ACCOUNT, lambda on: AccountPages(on).show),
        route(ACCOUNT, lambda on: AccountPages(on).end, "POST"),
        route(PASSWORD, lambda on: Securing(on).show_password),
        route(PASSWORD, lambda on: Securing(on).change_password, "POST"),
        route(SECOND_FACTOR, lambda on: Securing(on).show_second_factor),
        route(SECOND_FACTOR, lambda on: Securing(on).change_second_factor, "POST"),
        route(LOGOUT, lambda on: AccountPages(on).ask_to_sign_out),
        route(LOGOUT, lambda on: AccountPages(on).sign_out, "POST"),
        route("/oauth/upstream/{name}", lambda on: UpstreamEndpoint(on).leave),
        route("/oauth/upstream/{name}/callback", lambda on: UpstreamEndpoint(on).arrive),
        route(LOGIN, lambda on: SigningIn(on).show),
        route(LOGIN, lambda on: SigningIn(on).submit, "POST"),
        route(SECOND, lambda on: SigningIn(on).confirm, "POST"),
    ]
