"""Pages of other origins: those of registered applications may ask with a token, and never with a cookie (Fetch, CORS protocol)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth.addresses import LOOPBACK, origin_of
from auth.sign_on import SignOn

_PATHS = ("/graphql", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/oauth/register", "/oauth/jwks", "/.well-known/")
_AGAIN = timedelta(seconds=30)
_ALLOWED = (
    *("authorization", "content-type", "accept", "accept-language", "if-none-match"),
    *("huiju-deadline-ms", "huiju-cache", "huiju-trace", "huiju-demo-fault"),
)
_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST, PUT, DELETE",
    "access-control-allow-headers": ", ".join(_ALLOWED),
    "access-control-max-age": "600",
}


class CrossOrigin:
    """Answers preflights and marks answers for the origins of applications that are registered; `opened` gives what sign-on works with."""

    def __init__(self, app: ASGIApp, opened: Callable[[], SignOn]) -> None:
        self._app = app
        self._opened = opened
        self._origins: frozenset[str] = frozenset()
        self._looked: datetime | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with what the browser has to know."""
        if scope["type"] != "http" or not scope["path"].startswith(_PATHS):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or not await self._known(origin):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            allowed = {**_PREFLIGHT, "access-control-allow-origin": origin, "vary": "origin"}
            await Response(status_code=204, headers=allowed)(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["access-control-allow-origin"] = origin
                answer["access-control-expose-headers"] = "www-authenticate, etag, retry-after, huiju-request-id"
                answer.add_vary_header("origin")
            await send(message)

        await self._app(scope, receive, marked)

    async def _known(self, origin: str) -> bool:
        sign_on = self._opened()
        now = sign_on.clock()
        if self._looked is None or now - self._looked > _AGAIN:
            self._looked = now
            clients = [client for client in await sign_on.clients.all() if not client.disabled]
            self._origins = frozenset(origin_of(uri) for client in clients for uri in client.redirect_uris if uri.startswith("http"))
        return origin in self._origins or _without_port(origin) in self._origins


def _without_port(origin: str) -> str:
    """A loopback origin without its port, which an application does not know beforehand (RFC 8252, 7.3)."""
    parts = urlsplit(origin)
    host = parts.netloc.rpartition(":")[0] if parts.netloc.rpartition(":")[2].isdigit() else parts.netloc
    return f"{parts.scheme}://{host}" if host in LOOPBACK else origin
