"""Another issuer: a real provider on loopback whose keys and mood a test changes, and which goes down and comes back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import datetime
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

AUDIENCE = "https://huiju.example/graphql"


class Issuer:
    """One provider; `keys` are what it publishes, `broken` is what it answers instead."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.keys: dict[str, tuple[str, Key]] = {"k1": ("RS256", RSAKey.generate_key(2048)), "k2": ("ES256", ECKey.generate_key("P-256"))}
        self.asked = 0
        self.broken: Any = None
        self.hanging: asyncio.Event | None = None
        self.reached = asyncio.Event()

    def application(self) -> Starlette:
        async def discovery(_request: Request) -> Response:
            return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"})

        async def jwks(_request: Request) -> Response:
            self.asked += 1
            self.reached.set()
            if self.hanging is not None:
                await self.hanging.wait()
            if self.broken is not None:
                return JSONResponse(self.broken)
            keys = [{**key.as_dict(private=False), "kid": kid, "alg": alg, "use": "sig"} for kid, (alg, key) in self.keys.items()]
            return JSONResponse({"keys": keys})

        return Starlette(routes=[Route("/.well-known/openid-configuration", discovery), Route("/jwks", jwks)])

    def token(self, kid: str, now: Callable[[], datetime], *, key: Key | None = None, **header: Any) -> str:
        alg, own = self.keys[kid]
        seconds = int(now().timestamp())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "u1", "client_id": "c", "jti": "j", "scope": "resources:read"}
        claims |= {"iat": seconds, "exp": seconds + 300}
        said = {"alg": alg, "kid": kid, "typ": "at+jwt", **header}
        return jwt.encode(said, claims, key or own, algorithms=[said["alg"]])

    async def come_up(self) -> None:
        """Answer, until `go_down`."""
        if self._listener.fileno() < 0:
            self._listener = socket.create_server(("127.0.0.1", self.port))
        self._server = uvicorn.Server(uvicorn.Config(self.application(), lifespan="off", log_config=None, timeout_keep_alive=1))
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))

    async def go_down(self) -> None:
        """Refuse connections."""
        self._server.should_exit = True
        await self._serving
        self._listener.close()
