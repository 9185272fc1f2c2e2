"""Health: alive, and ready to answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_HEADERS = {"cache-control": "no-store"}


def health_routes(ready: Callable[[], Awaitable[dict[str, bool]]], *, detail: bool = True) -> list[Route]:
    """`/healthz` answers while the process runs; `/readyz` is 503 until all checks of `ready` hold, which `detail` tells."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    async def readyz(_request: Request) -> Response:
        checks = await ready()
        good = all(checks.values())
        told = {"status": "ready" if good else "starting", **({"checks": checks} if detail else {})}
        return JSONResponse(told, 200 if good else 503, _HEADERS)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]
