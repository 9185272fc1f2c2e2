"""Tokens of another issuer: its keys over real HTTP, asked for within bounds, and believed for one algorithm each."""

from __future__ import annotations

import asyncio
import hmac
import socket
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auth.access_tokens import verified
from auth.errors import TokenRefused, UpstreamRefused
from auth.issuers import ExternalIssuer
from egress import Allow, Client
from tests.auth.conftest import MovedClock

AUDIENCE = "https://huiju.example/graphql"


class Issuer:
    """A provider on loopback whose keys and mood the test changes."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.keys: dict[str, tuple[str, Key]] = {}
        self.asked = 0
        self.broken: Any = None

    def application(self) -> Starlette:
        async def discovery(_request: Request) -> Response:
            return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"})

        async def jwks(_request: Request) -> Response:
            self.asked += 1
            if self.broken is not None:
                return JSONResponse(self.broken)
            keys = [{**key.as_dict(private=False), "kid": kid, "alg": alg, "use": "sig"} for kid, (alg, key) in self.keys.items()]
            return JSONResponse({"keys": keys})

        return Starlette(routes=[Route("/.well-known/openid-configuration", discovery), Route("/jwks", jwks)])

    def token(self, kid: str, now: MovedClock, *, key: Key | None = None, **header: Any) -> str:
        alg, own = self.keys[kid]
        seconds = int(now().timestamp())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "u1", "client_id": "c", "jti": "j", "scope": "resources:read"}
        claims |= {"iat": seconds, "exp": seconds + 300}
        said = {"alg": alg, "kid": kid, "typ": "at+jwt", **header}
        return jwt.encode(said, claims, key or own, algorithms=[said["alg"]])


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    listener = socket.create_server(("127.0.0.1", 0))
    made = Issuer(listener.getsockname()[1])
    made.keys = {"k1": ("RS256", RSAKey.generate_key(2048)), "k2": ("ES256", ECKey.generate_key("P-256"))}
    server = uvicorn.Server(uvicorn.Config(made.application(), lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield made
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def keys(issuer: Issuer, clock: MovedClock) -> AsyncIterator[ExternalIssuer]:
    port = int(issuer.url.rpartition(":")[2])
    async with Client(allow=Allow([("127.0.0.1", port)])) as client:
        yield ExternalIssuer(issuer.url, client, clock=clock)


@pytest.mark.parametrize("kid", ["k1", "k2"])
async def test_a_token_of_a_believed_issuer_is_accepted(issuer: Issuer, keys: ExternalIssuer, clock: MovedClock, kid: str) -> None:
    claims = await verified(issuer.token(kid, clock), {issuer.url: keys}, {AUDIENCE}, clock())
    assert (claims.issuer, claims.subject, claims.family) == (issuer.url, "u1", None)


async def test_a_key_counts_for_its_own_algorithm_only(issuer: Issuer, keys: ExternalIssuer, clock: MovedClock) -> None:
    public = issuer.keys["k1"][1].as_pem(private=False)
    signed = issuer.token("k1", clock, key=OctKey.import_key("x" * 32), alg="HS256").rpartition(".")[0]
    confused = urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).rstrip(b"=").decode()
    attempts = [
        f"{signed}.{confused}",
        issuer.token("k1", clock, key=issuer.keys["k2"][1], alg="ES256"),
        issuer.token("k1", clock, key=RSAKey.generate_key(2048)),
        issuer.token("k2", clock, typ="JWT"),
        issuer.token("k2", clock, key=issuer.keys["k1"][1], alg="RS256"),
    ]
    for attempt in attempts:
        with pytest.raises(TokenRefused):
            await verified(attempt, {issuer.url: keys}, {AUDIENCE}, clock())


async def test_unknown_keys_do_not_make_the_issuer_be_asked_again_and_again(
    issuer: Issuer, keys: ExternalIssuer, clock: MovedClock
) -> None:
    found = await asyncio.gather(*(keys.key("k1") for _ in range(50)))
    assert None not in found
    await asyncio.gather(*(keys.key(f"x{number}") for number in range(50)))
    assert issuer.asked == 1
    issuer.keys["k3"] = "EdDSA", OKPKey.generate_key("Ed25519")
    assert await keys.key("k3") is None
    clock.pass_by(seconds=31)
    assert await keys.key("k3") is not None
    assert issuer.asked == 2


@pytest.mark.parametrize("broken", [{"keys": 1}, {"keys": [1, None]}, {}, [], {"error": "x"}])
async def test_an_issuer_that_breaks_is_told_at_first_and_forgiven_later(
    issuer: Issuer, keys: ExternalIssuer, clock: MovedClock, broken: Any
) -> None:
    issuer.broken = broken
    with pytest.raises(UpstreamRefused, match="cannot be reached"):
        await keys.key("k1")
    issuer.broken = None
    clock.pass_by(seconds=31)
    assert await keys.key("k1") is not None
    issuer.broken = broken
    clock.pass_by(minutes=11)
    assert await keys.key("k1") is not None
