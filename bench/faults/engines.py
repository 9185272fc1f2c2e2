"""Database servers of the bench's own, which it may stop and start: MariaDB and PostgreSQL, where they are installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pg8000.dbapi
import pymysql

from bench.contenders import DidNotStart, free_port
from bench.upstreams import LOOPBACK

OWNER = "postgres" if os.geteuid() == 0 else None
"""Who runs the servers: they refuse to be run by root."""

_PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A kind of server: how its directory is made, how it is run, how its owner connects, and how a sleep is written in SQL."""

    kind: str
    scheme: str
    programs: Sequence[str]
    make: Callable[[Path], Sequence[str]]
    run: Callable[[Path, int], Sequence[str]]
    connect: Callable[[int], Any]


def _mariadb(port: int) -> Any:
    return pymysql.connect(host=LOOPBACK, port=port, user="root", charset="utf8mb4", autocommit=True, ssl_disabled=True)


def _postgresql(port: int) -> Any:
    connection = pg8000.dbapi.connect(host=LOOPBACK, port=port, user="owner", database="postgres")
    connection.autocommit = True
    return connection


ENGINES: Sequence[Engine] = (
    Engine(
        kind="mariadb",
        scheme="mysql",
        programs=("mariadbd", "mariadb-install-db"),
        make=lambda place: (
            *("mariadb-install-db", "--no-defaults", f"--datadir={place}", "--auth-root-authentication-method=normal"),
            "--skip-test-db",
        ),
        run=lambda place, port: (
            *("mariadbd", "--no-defaults", f"--datadir={place}", f"--bind-address={LOOPBACK}", f"--port={port}"),
            *(f"--socket={place}/socket", "--innodb-flush-log-at-trx-commit=0", "--max-connections=200"),
        ),
        connect=_mariadb,
    ),
    Engine(
        kind="postgresql",
        scheme="postgresql",
        programs=("postgres", "initdb"),
        make=lambda place: ("initdb", "-D", str(place), "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        run=lambda place, port: (
            *("postgres", "-D", str(place), "-p", str(port), "-k", str(place)),
            *("-c", f"listen_addresses={LOOPBACK}", "-c", "fsync=off", "-c", "max_connections=200"),
        ),
        connect=_postgresql,
    ),
)
"""The servers that are tried."""


class Server:
    """A running server. Whoever stops it starts it again on the same port, over the same data."""

    def __init__(self, engine: Engine, place: Path) -> None:
        self.engine = engine
        self.port = free_port()
        self._place = place
        self._log = place.with_suffix(".log")

    async def start(self) -> None:
        """Run it; ready when its owner can connect. Raises DidNotStart."""
        self._run()
        for _ in range(int(_PATIENCE * 10)):
            with suppress(OSError, pymysql.err.Error, pg8000.dbapi.Error):
                await self.write("SELECT 1")
                return
            await asyncio.sleep(0.1)
        raise DidNotStart(f"{self.engine.kind} did not start:\n{self._log.read_text('utf-8', 'replace')[-2000:]}")

    async def stop(self) -> None:
        """End it at once, as a crash does."""
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    async def write(self, *statements: str) -> None:
        """Run statements as the owner."""
        await asyncio.to_thread(self._write, statements)

    async def ask(self, statement: str) -> list[Any]:
        """The rows of one statement."""
        return await asyncio.to_thread(self._ask, statement)

    def _run(self) -> None:
        with self._log.open("ab") as log:
            command = self.engine.run(self._place, self.port)
            self._process = subprocess.Popen(command, stdout=log, stderr=log, user=OWNER, group=OWNER)

    def _write(self, statements: Sequence[str]) -> None:
        with closing(self.engine.connect(self.port)) as connection, closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)

    def _ask(self, statement: str) -> list[Any]:
        with closing(self.engine.connect(self.port)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())


def installed(engine: Engine) -> bool:
    """Whether the programs of an engine are here."""
    return all(map(shutil.which, engine.programs))


@asynccontextmanager
async def running(engine: Engine, directory: Path) -> AsyncIterator[Server]:
    """Make a server's directory below `directory`, and run it. Raises DidNotStart."""
    server = Server(engine, await asyncio.to_thread(_made, engine, directory))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def _made(engine: Engine, directory: Path) -> Path:
    place = directory / engine.kind
    place.mkdir()
    directory.chmod(0o755)
    if OWNER is not None:
        shutil.chown(place, OWNER, OWNER)
    made = subprocess.run(engine.make(place), user=OWNER, group=OWNER, cwd=place, capture_output=True, check=False)
    if made.returncode != 0:
        raise DidNotStart(f"{engine.kind} could not be set up:\n{made.stderr.decode('utf-8', 'replace')[-2000:]}")
    return place
