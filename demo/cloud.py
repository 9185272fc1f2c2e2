"""`python -m demo.cloud [PORT]`: a regional resource cloud behind a token dance, as such clouds are, until it is stopped.

Requests for a token are signed; a token lives for two hours, a new one ends the one before; errors come with status 200.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sys
import time
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from demo.data.generator import draw

APP_ID, APP_SECRET = "shili-app", "shili-cloud-secret"
PORT, COUNT, MOST = 8105, 60, 50
LIFETIME = 7200
"""Seconds."""

_CLOCK = 300
_LIVES: dict[str, float] = {}


def cloud() -> Starlette:
    """The application: the token endpoint and the list of resources."""
    return Starlette(routes=[Route("/oauth/token", _token, methods=["POST"]), Route("/resources", _resources)])


def sign(arguments: dict[str, str], secret: str) -> str:
    """The signature of a token request: MD5 of its arguments by name and of the secret, in capitals."""
    text = "&".join(f"{name}={value}" for name, value in sorted(arguments.items()) if value)
    return hashlib.md5(f"{text}&key={secret}".encode(), usedforsecurity=False).hexdigest().upper()


async def _token(request: Request) -> JSONResponse:
    arguments: dict[str, str] = await request.json()
    signature = arguments.pop("sign", "")
    if arguments.get("appId") != APP_ID or not hmac.compare_digest(signature, sign(arguments, APP_SECRET)):
        return _answer("100403", "签名错误")
    if abs(int(arguments.get("timestamp", "0")) - time.time()) > _CLOCK:
        return _answer("100408", "时间戳过期")
    _LIVES.clear()
    token = secrets.token_urlsafe(24)
    _LIVES[token] = time.time() + LIFETIME
    return _answer("000000", "成功", {"accessToken": token, "expiresIn": LIFETIME})


async def _resources(request: Request) -> JSONResponse:
    if _LIVES.get(request.query_params.get("accessToken", ""), 0.0) < time.time():
        return _answer("100401", "令牌无效或已过期")
    page, size = int(request.query_params.get("pageNo", "1")), min(int(request.query_params.get("pageSize", "20")), MOST)
    rows = [
        {"resourceId": f"yun-{each.number}", "resourceName": each.title, "intro": each.summary, "isPublic": "Y"}
        for each in draw("cloud", COUNT)[(page - 1) * size : page * size]
    ]
    return _answer("000000", "成功", {"total": COUNT, "list": rows})


def _answer(code: str, message: str, data: Any = None) -> JSONResponse:
    return JSONResponse({"retCode": code, "retDesc": message, "data": data})


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else PORT
    print(f"cloud: http://127.0.0.1:{port}\napp secret: {APP_SECRET}", flush=True)
    uvicorn.run(cloud(), host="127.0.0.1", port=port, log_level="warning")
