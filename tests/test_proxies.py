"""Who a request comes from: the proxy that is trusted is believed, and nobody else."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from auth.sign_on import address_of
from server import uvicorn_config
from settings import Settings


async def _told(request: Request) -> PlainTextResponse:
    return PlainTextResponse(address_of(request))


@pytest.mark.parametrize(
    ("trusted", "forwarded", "seen"),
    [
        ("", "203.0.113.7", "127.0.0.1"),
        ("127.0.0.0/8", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.0/8", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1,203.0.113.7", "198.51.100.1, 203.0.113.7", "198.51.100.1"),
        ("10.0.0.0/8", "203.0.113.7", "127.0.0.1"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
    ],
)
async def test_only_a_trusted_proxy_says_who_asks(trusted: str, forwarded: str, seen: str) -> None:
    settings = Settings.from_environment({"HUIJU_TRUSTED_PROXIES": trusted})
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn_config(Starlette(routes=[Route("/", _told)]), settings))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as http:
            assert (await http.get("/", headers={"x-forwarded-for": forwarded})).text == seen
    finally:
        server.should_exit = True
        await serving
