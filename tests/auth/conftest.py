"""What tests of sign-on share: a clock that they move, and everything that sign-on works with on an empty store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette

from auth.passwords import Passwords
from auth.routes import sign_on_routes
from auth.sign_on import Policy, SignOn, open_sign_on
from demo.sign_on import CLIENTS, PEOPLE
from store.database import Database

QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class MovedClock:
    """Tells the time that a test set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3")
    try:
        await database.migrate()
        yield database
    finally:
        await database.aclose()


@pytest.fixture
async def sign_on(database: Database, clock: MovedClock) -> SignOn:
    """With the demo's people and applications; passwords are theirs, hashed quickly."""
    opened = open_sign_on(
        database, [b"k" * 32], Policy(public_url="https://huiju.example"), language_of=lambda _: "en", passwords=QUICK, clock=clock
    )
    await opened.keys.begin()
    password = await QUICK.hash("huiju-demo")
    for account in PEOPLE:
        await opened.accounts.add(replace(account, password=password))
    for client in CLIENTS:
        await opened.clients.add(client)
    return opened


@pytest.fixture
async def http(sign_on: SignOn) -> AsyncIterator[httpx.AsyncClient]:
    application = Starlette(routes=sign_on_routes(lambda: sign_on))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="https://huiju.example") as client:
        yield client
