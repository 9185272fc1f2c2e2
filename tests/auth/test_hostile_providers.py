"""Providers that answer with nonsense: whoever signs in is told on a page, whatever came, and nothing of it is believed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.brokering import open_upstream, read_upstream
from auth.brokering.upstream import asserted
from auth.errors import UpstreamRefused
from egress import Allow, Bounds, Client, EgressError
from tests.auth.test_upstreams import TRIP

DEFINITION = """
name = "idp"
title = "示例"
kind = "{kind}"
issuer = "{base}"
client_id = "huiju"
success = {{ path = "retCode", values = ["000000"] }}
profile = {{ subject = "data.userId", role = "role", institution = "school" }}
"""
ENDPOINTS = """
[endpoints]
authorize = "{base}/authorize"
token = "{base}/token"
userinfo = "{base}/userinfo"
"""
BODIES = [
    b"",
    b"\x00\xff\xfe",
    b"<html>busy</html>",
    b"[]",
    b'"text"',
    b"null",
    b"{",
    b"[" * 100_000,
    b'{"retCode": "000000"}',
    b'{"retCode": "000000", "access_token": 5, "id_token": [], "issuer": {}}',
    b'{"retCode": "000000", "access_token": "a\\nb", "id_token": "e30.e30."}',
    b'{"retCode": "999999", "access_token": "t", "error": null}',
    b'{"retCode": "000000", "issuer": "BASE", "authorization_endpoint": 1, "token_endpoint": "not an address", "jwks_uri": null}',
    b'{"retCode": "000000", "issuer": "BASE", "authorization_endpoint": "x", "token_endpoint": "BASE/token", "id_token": "a.b.c"}',
    b'{"retCode": "000000", "access_token": "t", "data": {"userId": {"$ne": 1}}}',
    b'{"retCode": "000000", "access_token": "t", "data": [1]}',
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    b'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess/></cas:serviceResponse>',
    b"<serviceResponse><authenticationSuccess><user>root</user></authenticationSuccess></serviceResponse>",
]


@pytest.fixture
async def provider() -> AsyncIterator[tuple[str, list[bytes]]]:
    """The address of a server that answers everything with the one body in the list."""
    body = [b""]

    async def respond(_request: Request) -> Response:
        return Response(body[0].replace(b"BASE", base.encode()), media_type="application/json")

    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    routes = [Route("/{path:path}", respond, methods=["GET", "POST"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield base, body
    finally:
        server.should_exit = True
        await serving


@pytest.mark.parametrize("kind", ["oidc", "oauth2", "cas"])
async def test_nonsense_is_refused_and_nothing_worse(provider: tuple[str, list[bytes]], kind: str) -> None:
    base, body = provider
    definition = read_upstream((DEFINITION + (ENDPOINTS if kind == "oauth2" else "")).format(kind=kind, base=base))
    port = int(base.rpartition(":")[2])
    async with Client(allow=Allow([("127.0.0.1", port)]), bounds=Bounds(deadline=5.0)) as client:
        upstream = open_upstream(definition, client)
        for each in BODIES:
            body[0] = each
            with pytest.raises((UpstreamRefused, EgressError)):
                asserted(definition, await upstream.finish(TRIP, {"code": "c", "ticket": "ST-1"}))
