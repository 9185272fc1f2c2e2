"""The explorer's files: the page under a policy of its own with a fresh nonce, hashed assets for a year, or how to build them."""

from __future__ import annotations

import re
import secrets
from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from transport.published import POLICY

_PAGES: Final = Path(str(files("transport"))) / "pages"

BUILT: Final = _PAGES / "explorer"
"""Where `npm run build` puts the application, in a checkout and in the wheel."""

_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; font-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; style-src-elem 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_SAFE: Final = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
_CODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""What the build lays beside each file, the smaller one first."""


class Explorer:
    """Serves what lies in `directory`; what is built while the server runs is served from then on."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def page(self, _request: Request) -> Response:
        """The application's one page; its addresses are fragments."""
        nonce = secrets.token_urlsafe(16)
        headers = {**_SAFE, "cache-control": "no-store", "content-security-policy": _PAGE_POLICY.format(nonce=nonce)}
        try:
            page = (self._directory / "index.html").read_text("utf-8")
        except FileNotFoundError:
            return FileResponse(
                _PAGES / "explorer-missing.html", 503, {**headers, "content-security-policy": POLICY}, "text/html; charset=utf-8"
            )
        return Response(page.replace("__NONCE__", nonce), 200, headers, "text/html; charset=utf-8")

    async def root(self, _request: Request) -> Response:
        """Go to the application or, until it is built, to the page that needs no building."""
        there = (self._directory / "index.html").is_file()
        return RedirectResponse("/explorer/" if there else "/start", 302, {"cache-control": "no-store"})

    async def asset(self, request: Request) -> Response:
        """A built file, in the smallest coding that the caller takes (RFC 9110, 12.5.3)."""
        name = request.path_params["name"]
        folder = self._directory / "assets" if request.url.path.startswith("/explorer/assets/") else self._directory
        media_type = _TYPES.get(Path(name).suffix)
        path = folder / name
        if media_type is None or _NAME.fullmatch(name) is None or not path.is_file():
            return Response("not found\n", 404, _SAFE, "text/plain")
        hashed = folder is not self._directory
        headers = {**_SAFE, "vary": "accept-encoding", "cache-control": "public, max-age=31536000, immutable" if hashed else "no-cache"}
        taken = _taken(request.headers.get("accept-encoding", ""))
        for coding, suffix in _CODINGS:
            small = path.with_name(name + suffix)
            if coding in taken and small.is_file():
                return FileResponse(small, headers={**headers, "content-encoding": coding}, media_type=media_type)
        return FileResponse(path, headers=headers, media_type=media_type)


def explorer_routes(directory: Path = BUILT) -> list[Route]:
    """Routes of the explorer, below `/explorer/`, and the one that leads there."""
    explorer = Explorer(directory)

    async def with_slash(_request: Request) -> Response:
        return RedirectResponse("/explorer/", 308)

    return [
        Route("/", explorer.root),
        Route("/explorer", with_slash),
        Route("/explorer/", explorer.page),
        Route("/explorer/assets/{name}", explorer.asset),
        Route("/explorer/{name}", explorer.asset),
    ]


def _taken(header: str) -> set[str]:
    codings = set()
    for part in header.split(","):
        coding, _, weight = part.strip().partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            codings.add(coding.strip().lower())
    return codings
