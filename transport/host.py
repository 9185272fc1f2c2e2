"""Foreign Host headers are refused once the public address is known."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class HostGuard:
    """Answers 421 (RFC 9110, 15.5.20) to requests for another host than `public_url`'s; probes by address stay possible on `open_paths`."""

    def __init__(self, app: ASGIApp, public_url: str | None, open_paths: frozenset[str] = frozenset({"/healthz", "/readyz"})) -> None:
        self._app = app
        self._host = urlsplit(public_url).netloc.lower() if public_url is not None else None
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._host is not None and scope["path"] not in self._open_paths:
            host = Headers(scope=scope).get("host", "").lower()
            if host != self._host:
                response = PlainTextResponse(f"This is not {host[:100]}: use the address that the operator published.\n", 421)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
