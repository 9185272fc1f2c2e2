"""Keys rotate on two nodes while requests flow: whatever was issued is accepted everywhere, until its time is over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from auth.access_tokens import unverified
from auth.errors import TokenRefused
from auth.keys import LIFETIMES
from auth.routes import sign_on_routes
from auth.sign_on import Policy, SignOn, open_sign_on
from store.database import Database
from tests.auth.conftest import MovedClock

HERE = "https://huiju.example"
SERVICE = ("demo-service", "huiju-demo-secret")
CALLERS = 3
STEP = 30.0
"""Seconds that the clock moves on between two rounds."""


def node(sign_on: SignOn) -> Starlette:
    """A node that issues tokens, and an API that takes them."""

    async def api(request: Request) -> Response:
        try:
            await sign_on.resource_server.grant_of(request)
        except TokenRefused as error:
            return PlainTextResponse(str(error), error.status)
        return PlainTextResponse("known")

    return Starlette(routes=[*sign_on_routes(lambda: sign_on), Route("/graphql", api)])


@pytest.fixture
async def nodes(sign_on: SignOn, database: Database, clock: MovedClock) -> AsyncIterator[list[httpx.AsyncClient]]:
    other = open_sign_on(database, [b"k" * 32], Policy(public_url=HERE), language_of=lambda _: "en", clock=clock)
    await other.keys.begin()
    async with AsyncExitStack() as stack:
        transports = [httpx.ASGITransport(node(each)) for each in (sign_on, other)]
        yield [await stack.enter_async_context(httpx.AsyncClient(transport=each, base_url=HERE)) for each in transports]


async def test_no_token_is_refused_while_keys_rotate_under_load(nodes: list[httpx.AsyncClient], sign_on: SignOn, clock: MovedClock) -> None:
    chance = random.Random(7)
    held: list[tuple[float, str]] = []
    kids: set[str] = set()
    asked = 0

    async def call() -> None:
        nonlocal asked
        now = clock().timestamp()
        reply = await chance.choice(nodes).post("/oauth/token", data={"grant_type": "client_credentials"}, auth=SERVICE)
        token: Any = reply.json()["access_token"]
        kids.add(unverified(token)[0]["kid"])
        held.append((now + LIFETIMES.access_token.total_seconds(), token))
        living = [each for until, each in held if until > now]
        for each in (token, *chance.sample(living, min(3, len(living)))):
            answer = await chance.choice(nodes).get("/graphql", headers={"authorization": f"Bearer {each}"})
            assert answer.status_code == 200, (answer.text, unverified(each)[0], kids)
            asked += 1

    rounds = int(2 * LIFETIMES.key_set.total_seconds() / STEP) + 20
    rotations = {5, rounds // 2}
    for number in range(rounds):
        rotating = [sign_on.keys.rotate()] if number in rotations else []
        await asyncio.gather(*(call() for _ in range(CALLERS)), *rotating, *(call() for _ in range(CALLERS)))
        clock.pass_by(seconds=STEP)
    assert len(kids) == 1 + len(rotations)
    assert asked > 2 * CALLERS * rounds
