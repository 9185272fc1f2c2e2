"""Foreign Host headers are refused once the public address is known."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


class HostGuard:
    """Answers 421 (RFC 9110, 15.5.20) to requests for another host than `public_url`'s; probes by address stay possible on `open_paths`.

    Without a public address, a server that `listens` on loopback answers for this machine's own names only, so that no page of the web
    can reach it under a name of its own; one that listens elsewhere answers for every name.
    """

    def __init__(
        self, app: ASGIApp, public_url: str | None, listens: str, open_paths: frozenset[str] = frozenset({"/healthz", "/readyz"})
    ) -> None:
        self._app = app
        self._host = urlsplit(public_url).netloc.lower() if public_url is not None else None
        self._local = public_url is None and listens in LOOPBACK
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (self._host is not None or self._local) and scope["path"] not in self._open_paths:
            host = Headers(scope=scope).get("host", "").lower()
            if (_name(host) not in LOOPBACK) if self._local else host != self._host:
                response = PlainTextResponse(f"This is not {host[:100]}: use the address that the operator published.\n", 421)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
