"""`python -m bench.tokens`: what knowing a caller by their access token costs the CPU; the last lines are `figure NAME VALUE`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.requests import Request

from auth.addresses import Here
from auth.server.issuing import access_token
from auth.sign_on import Policy, SignOn, open_sign_on
from demo.sign_on import seed
from store.database import Database

HERE = Here("https://huiju.example")
KNOWN, NEW = 20_000, 300
REUSE = 60
"""Requests a minute with one token: one each second."""


async def measure() -> None:
    """Measure a token that is new and one that is known, and their mean at one request each second."""
    with TemporaryDirectory(prefix="huiju-bench-") as directory:
        database = Database.open(f"sqlite+aiosqlite:///{Path(directory)}/catalog.sqlite3")
        try:
            await database.migrate()
            await seed(database)
            sign_on = open_sign_on(database, [b"k" * 32], Policy(public_url=HERE.origin), language_of=lambda _: "en")
            await sign_on.keys.begin()
            await _measure(sign_on)
        finally:
            await database.aclose()


async def _measure(sign_on: SignOn) -> None:
    client = await sign_on.clients.by_id("demo-service")
    if client is None:
        raise AssertionError
    tokens = [(await access_token(sign_on, HERE, client.scopes, client, None))["access_token"] for _ in range(NEW)]
    requests = [_request(token) for token in tokens]
    new = await _cost([lambda each=each: sign_on.resource_server.grant_of(each) for each in requests])  # type: ignore[misc]
    known = await _cost([lambda: sign_on.resource_server.grant_of(requests[0])] * KNOWN)
    looked = 60 / 30  # times a minute that a token is looked at again
    mean = (looked * new + (REUSE - looked) * known) / REUSE
    print(f"new {new:.0f} us, known {known:.1f} us of CPU; {REUSE} requests a minute with one token: {mean:.0f} us each")
    print(f"figure token_new_us {new:.1f}")
    print(f"figure token_known_us {known:.2f}")
    print(f"figure token_verification_us {mean:.1f}")


async def _cost(calls: list[Callable[[], Awaitable[object]]]) -> float:
    start = time.process_time()
    for call in calls:
        await call()
    return (time.process_time() - start) / len(calls) * 1e6


def _request(token: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "method": "POST", "path": "/graphql", "headers": headers, "query_string": b"", "server": ("x", 443)})


if __name__ == "__main__":
    asyncio.run(measure())
