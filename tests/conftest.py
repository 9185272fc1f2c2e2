"""What tests of every layer share: databases that start empty, and how Hypothesis runs."""

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis
from hypothesis import settings

from tests.needs import service
from tests.own_redis import RedisServer

settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("dev", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """A PostgreSQL database of this test's own, as postgresql+asyncpg://…; dropped afterwards."""
    server = urlsplit(service("HUIJU_TEST_POSTGRES_URL"))
    name = f"test_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(server._replace(scheme="postgresql").geturl())
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        yield server._replace(path=f"/{name}").geturl()
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis database of this worker's that is empty now and is emptied afterwards; one that holds keys is left alone."""
    server = urlsplit(service("HUIJU_TEST_REDIS_URL"))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = server._replace(path=f"/{int(server.path.strip('/') or 0) + worker}").geturl()
    with redis.Redis.from_url(url) as client:
        if held := client.dbsize():
            pytest.fail(f"HUIJU_TEST_REDIS_URL holds {held} keys; point it at a database that may be emptied")
        yield url
        client.flushdb()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test's own."""
    if shutil.which("redis-server") is None:
        assert not os.environ.get("REQUIRE_SERVICES"), "redis-server is not installed"
        pytest.skip("redis-server is not installed")
    server = RedisServer(tmp_path)
    yield server
    server.end()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that the catalog runs on."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3"
    url: str = request.getfixturevalue("postgres_url")
    return url
