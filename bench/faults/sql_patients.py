"""Databases on trial: SQLite files, and servers behind a relay; the source reads a view that can be made to fail."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from bench.faults.engines import Server
from bench.faults.modes import BOUNDED, DROPPED, MALFORMED, REFUSED, SPOILED, SWEEP, TIMEOUT, UNAVAILABLE, WHOLE
from bench.faults.relay import FAULTS, Relay
from bench.faults.shelf import PAGE, shelf
from bench.faults.trials import WAYS
from bench.faults.voices import HEAD
from bench.upstreams import LOOPBACK

DEFINITION = """
[connection]
url = "{url}"
statement_timeout = "2s"
{account}
[resources]
view = "shown"
identifier = "id"
max_batch = {page}
orders = {{ newest = {{ column = "changed" }} }}
mapping = {{ title = "name", updated_at = "changed" }}
{schema}
"""
TABLE = "CREATE TABLE {s}resource (id VARCHAR(20) PRIMARY KEY, name VARCHAR(200), changed VARCHAR(40))"
VIEW = "CREATE VIEW {s}shown AS {select}"
ONLY_HARVEST = frozenset({"harvest"})
SAME = "SELECT id, name, changed FROM {s}resource"

_ENDLESS_FILE = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT id, name, changed FROM resource WHERE (SELECT max(i) FROM n)"
)
_HUGE_FILE = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
    "SELECT printf('%08d', i) AS id, printf('%.*c', 1000000, 'x') AS name, '2026-09-01T00:00:00Z' AS changed FROM n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A way to fail that is another view in the place of the good one, by kind of database; none there: it cannot fail so."""

    code: str
    sqlite: str = ""
    mariadb: str = ""
    postgresql: str = ""
    ways: frozenset[str] = WAYS

    @classmethod
    def of(cls, code: str, select: str, ways: frozenset[str] = WAYS) -> Change:
        """One statement that every database understands."""
        return cls(code=code, sqlite=select, mariadb=select, postgresql=select, ways=ways)


VIEWS: Mapping[str, Change] = {
    "none": Change.of(WHOLE, SAME),
    "renamed-column": Change.of(MALFORMED, "SELECT id, name AS name_v2, changed FROM {s}resource"),
    "duplicate-ids": Change.of(WHOLE, f"{SAME} UNION ALL {SAME} WHERE id IN ('0003', '0033')"),
    "null-ids": Change.of(DROPPED, "SELECT CASE WHEN id > '0019' THEN id END AS id, name, changed FROM {s}resource", ONLY_HARVEST),
    "emptied": Change.of(SWEEP, f"{SAME} WHERE 1 = 0"),
    "endless": Change(
        code=TIMEOUT,
        sqlite=_ENDLESS_FILE,
        mariadb=SAME + " WHERE SLEEP(30) = 0",
        postgresql=SAME + " WHERE pg_sleep(30) IS NOT NULL",
    ),
    "ten-gigabytes": Change(
        code=BOUNDED,
        sqlite=_HUGE_FILE,
        mariadb="SELECT LPAD(seq, 8, '0') AS id, REPEAT('x', 1000000) AS name, '2026-09-01T00:00:00Z' AS changed FROM {s}seq_1_to_10000",
        postgresql="SELECT lpad(i::text, 8, '0') AS id, repeat('x', 1000000) AS name, '2026-09-01T00:00:00Z' AS changed "
        "FROM generate_series(1, 10000) AS i",
    ),
    "huge-value": Change(
        code=MALFORMED,
        sqlite="SELECT id, CAST(zeroblob(300000000) AS TEXT) AS name, changed FROM resource",
    ),
    "sixty-megabytes": Change(
        code=BOUNDED,
        postgresql="SELECT id, repeat('x', CASE id WHEN '0000' THEN 60000000 ELSE 1 END) AS name, changed FROM {s}resource",
    ),
    "statement-fails": Change(
        code=MALFORMED,
        sqlite="SELECT id, json_extract(name, '$.x') AS name, changed FROM resource",
        mariadb="SELECT id, (SELECT name FROM {s}resource) AS name, changed FROM {s}resource",
        postgresql="SELECT id, (1 / (length(id) - 4))::text AS name, changed FROM {s}resource",
    ),
    "wrong-encoding": Change(code=SPOILED, sqlite="SELECT id, CAST(x'cafdbfd8' AS TEXT) AS name, changed FROM resource"),
    "numbers-and-bytes": Change(
        code=SPOILED,
        sqlite="SELECT id, x'00ff' AS name, changed FROM resource",
        postgresql="SELECT id, '\\x00ff'::bytea AS name, changed FROM {s}resource",
    ),
}
"""What the view may become."""


class _Patient:
    """What all databases on trial share. It fails as a whole, at once: `pages` is the first alone."""

    kind: str
    pages = range(1, 2)
    in_order = True

    def __init__(self, mode: str, code: str) -> None:
        self.mode, self.code = mode, code
        self.alone = mode == "server-restart"
        self.ways = VIEWS[mode].ways if mode in VIEWS else WAYS
        self.later = False

    @property
    def secrets(self) -> Sequence[str]:
        """Names that nobody outside needs to know."""
        return ("name_v2", "hidden_", "SELECT")

    def asked(self) -> Sequence[int]:
        """Nobody can tell."""
        return ()


class FilePatient(_Patient):
    """A SQLite file of its own."""

    kind = "sqlite"

    def __init__(self, mode: str, code: str, damage: Callable[[Path], Any] | None = None) -> None:
        super().__init__(mode, code)
        self._damage = damage
        self._held: Any = None

    async def prepare(self, name: str, directory: Path, servers: Mapping[str, Server]) -> int | None:
        """Write the file."""
        self._path = directory / "files" / f"hidden_{name}.db"
        self._path.parent.mkdir(exist_ok=True)
        self._build()
        return None

    def document(self, name: str, mode: str) -> str:
        """Its definition."""
        head = HEAD.format(name=name, kind="sql", mode=mode)
        return head + DEFINITION.format(url=f"sqlite:///{self._path.name}", account="", page=PAGE, schema="")

    async def fail(self, _page: int) -> None:
        """Damage the file, or put another view in its place."""
        if self._damage is not None:
            self._held = self._damage(self._path)
        else:
            self._script("DROP VIEW shown", VIEW.format(s="", select=VIEWS[self.mode].sqlite))

    async def recover(self) -> None:
        """Write the file anew."""
        if self._held is not None:
            self._held.close()
            self._held = None
        if self._path.is_dir():
            self._path.rmdir()
        self._path.unlink(missing_ok=True)
        self._path.with_name(f"{self._path.name}-journal").unlink(missing_ok=True)
        self._build()

    async def change(self) -> None:
        """Hold what the shelf holds later."""
        self.later = True
        await self.recover()

    async def aclose(self) -> None:
        """Nothing is left open."""

    def _build(self) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute(TABLE.format(s=""))
            rows = [(entry.key, entry.title, entry.stamp) for entry in shelf(later=self.later)]
            connection.executemany("INSERT INTO resource VALUES (?, ?, ?)", rows)
            connection.execute(VIEW.format(s="", select=SAME.format(s="")))

    def _script(self, *statements: str) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            for statement in statements:
                connection.execute(statement.format(s=""))


def _lock(path: Path) -> sqlite3.Connection:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    return holder


def _write(content: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.write_bytes(content(path.read_bytes()))

    return put


def _instead(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.unlink()
        make(path)

    return put


def _unfinished(path: Path) -> None:
    """A copy of a file in the middle of a write: its journal is hot, and only its owner may roll it back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as owner:
        owner.executescript("PRAGMA cache_size = 5; BEGIN; UPDATE resource SET name = 'half'")
        owner.executemany("INSERT INTO resource VALUES (?, ?, '')", [(f"9{n:05}", "汉" * 190) for n in range(600)])
        copies = [(each, each.read_bytes()) for each in (path, path.with_name(f"{path.name}-journal"))]
        owner.execute("ROLLBACK")
    for each, content in copies:
        each.write_bytes(content)


def _drop_view(path: Path) -> None:
    with closing(sqlite3.connect(path)) as owner:
        owner.execute("DROP VIEW shown")


DAMAGES: Mapping[str, tuple[str, Callable[[Path], Any]]] = {
    "lock": (TIMEOUT, _lock),
    "file-gone": (UNAVAILABLE, Path.unlink),
    "not-a-database": (MALFORMED, _write(lambda _: b"<!DOCTYPE html><html>java.lang</html>" * 400)),
    "empty-file": (MALFORMED, _write(lambda _: b"")),
    "half-a-file": (MALFORMED, _write(lambda content: content[: len(content) // 2])),
    "damaged-pages": (MALFORMED, _write(lambda content: content[:4096] + b"\xff" * (len(content) - 4096))),
    "link-outside": (REFUSED, _instead(lambda path: path.symlink_to("/etc/passwd"))),
    "directory": (REFUSED, _instead(Path.mkdir)),
    "pipe": (REFUSED, _instead(os.mkfifo)),
    "unfinished-write": (UNAVAILABLE, _unfinished),
    "table-gone": (MALFORMED, _drop_view),
}
"""What may become of a file."""


class ServerPatient(_Patient):
    """A schema of its own on a server, reached through a relay of its own by a user of its own."""

    def __init__(self, kind: str, mode: str, code: str) -> None:
        super().__init__(mode, code)
        self.kind = kind
        self.pages = range(1, 3) if mode in FAULTS else range(1, 2)
        self._task: asyncio.Task[None] | None = None
        self._held: Any = None

    @property
    def secrets(self) -> Sequence[str]:
        """Names that nobody outside needs to know, and where it lives."""
        return ("name_v2", "hidden_", "SELECT", f":{self._relay.port}", f":{self._server.port}")

    def asked(self) -> Sequence[int]:
        """Pages cannot be told apart."""
        return ()

    async def prepare(self, name: str, _directory: Path, servers: Mapping[str, Server]) -> int | None:
        """Make the schema, the user and the relay: the port that is to be reached."""
        self._server = servers[self.kind]
        self._name = f"hidden_{name.replace('-', '_')}"
        self._user = f"r_{blake2b(name.encode(), digest_size=8).hexdigest()}"
        self._relay = await Relay(self._server.port).__aenter__()
        if self.kind == "mariadb":
            await self._server.write(f"CREATE USER '{self._user}'@'%'")
        else:
            await self._server.write(f"CREATE ROLE {self._user} LOGIN")
        await self._build()
        return self._relay.port

    def document(self, name: str, mode: str) -> str:
        """Its definition."""
        database = self._name if self.kind == "mariadb" else "postgres"
        url = f"{self._server.engine.scheme}://{LOOPBACK}:{self._relay.port}/{database}"
        account = f'user = "{self._user}"\ntls = false'
        schema = "" if self.kind == "mariadb" else f'schema = "{self._name}"'
        head = HEAD.format(name=name, kind="sql", mode=mode)
        return head + DEFINITION.format(url=url, account=account, page=PAGE, schema=schema)

    async def aclose(self) -> None:
        """Take the relay down."""
        await self.recover()
        await self._relay.__aexit__()

    async def change(self) -> None:
        """Hold what the shelf holds later."""
        self.later = True
        await self._build()

    async def fail(self, page: int) -> None:
        """Let the way, the view, the account or the server fail."""
        if self.mode in FAULTS:
            self._relay.fail(FAULTS[self.mode], page=page)
        elif self.mode in VIEWS:
            await self._show(getattr(VIEWS[self.mode], self.kind))
        else:
            await SERVER_FAULTS[self.mode][1](self)

    async def recover(self) -> None:
        """Put everything right."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._held is not None:
            await asyncio.to_thread(self._held.close)
            self._held = None
        await self._relay.recover()
        if self.mode == "server-restart":
            with suppress(Exception):
                await self._server.write("SELECT 1")
                return
            await self._server.start()
        if self.mode not in FAULTS:
            await self._build()

    async def show_nothing(self) -> None:
        """Drop the view."""
        await self._server.write(f"DROP VIEW {self._name}.shown")

    async def refuse(self) -> None:
        """Take the right to read away."""
        take = "REVOKE SELECT ON {s}.* FROM '{u}'@'%'" if self.kind == "mariadb" else "REVOKE USAGE ON SCHEMA {s} FROM {u}"
        await self._server.write(take.format(s=self._name, u=self._user))

    async def lock_out(self) -> None:
        """Take the right to log in away."""
        take = "ALTER USER '{u}'@'%' ACCOUNT LOCK" if self.kind == "mariadb" else "ALTER ROLE {u} NOLOGIN"
        await self._server.write(take.format(u=self._user))

    async def allow_none(self) -> None:
        """Let the user's connections or queries be used up."""
        take = "ALTER USER '{u}'@'%' WITH MAX_QUERIES_PER_HOUR 1" if self.kind == "mariadb" else "ALTER ROLE {u} CONNECTION LIMIT 0"
        await self._server.write(take.format(u=self._user))

    async def hold_a_lock(self) -> None:
        """Lock the table until the source recovers."""
        self._held = await asyncio.to_thread(self._server.engine.connect, self._server.port)
        if self.kind == "postgresql":
            self._held.autocommit = False
        lock = (
            f"LOCK TABLES {self._name}.resource WRITE"
            if self.kind == "mariadb"
            else f"LOCK TABLE {self._name}.resource IN ACCESS EXCLUSIVE MODE"
        )
        with closing(self._held.cursor()) as cursor:
            await asyncio.to_thread(cursor.execute, lock)

    async def kill_connections(self) -> None:
        """Let statements sleep, and kill whoever runs one."""
        await self._show(getattr(VIEWS["endless"], self.kind))
        self._task = asyncio.create_task(self._killing())

    async def drop_database(self) -> None:
        """Drop the whole database."""
        await self._server.write(f"DROP DATABASE {self._name}")

    async def stop_server(self) -> None:
        """Stop the server as a crash does."""
        await self._server.stop()

    async def _killing(self) -> None:
        running = (
            f"SELECT id FROM information_schema.processlist WHERE user = '{self._user}' AND command = 'Query' AND time_ms > 100"
            if self.kind == "mariadb"
            else f"SELECT pid FROM pg_stat_activity WHERE usename = '{self._user}' AND state = 'active'"
        )
        kill = "KILL {}" if self.kind == "mariadb" else "SELECT pg_terminate_backend({})"
        while True:
            for (number,) in await self._server.ask(running):
                with suppress(Exception):  # ended meanwhile
                    await self._server.write(kill.format(number))
            await asyncio.sleep(0.05)

    async def _show(self, select: str) -> None:
        await self._server.write(
            f"DROP VIEW {self._name}.shown", VIEW.format(s=f"{self._name}.", select=select.format(s=f"{self._name}.")), *self._grants()
        )

    async def _build(self) -> None:
        place = f"{self._name}."
        rows = ", ".join(f"('{entry.key}', '{entry.title}', '{entry.stamp}')" for entry in shelf(later=self.later))
        made = (
            (f"DROP DATABASE IF EXISTS {self._name}", f"CREATE DATABASE {self._name} CHARACTER SET utf8mb4")
            if self.kind == "mariadb"
            else (f"DROP SCHEMA IF EXISTS {self._name} CASCADE", f"CREATE SCHEMA {self._name}")
        )
        view = VIEW.format(s=place, select=SAME.format(s=place))
        await self._server.write(*made, TABLE.format(s=place), f"INSERT INTO {place}resource VALUES {rows}", view, *self._grants())

    def _grants(self) -> Iterator[str]:
        if self.kind == "mariadb":
            yield f"ALTER USER '{self._user}'@'%' WITH MAX_QUERIES_PER_HOUR 0 ACCOUNT UNLOCK"
            yield f"GRANT SELECT ON {self._name}.* TO '{self._user}'@'%'"
            yield "FLUSH USER_RESOURCES"
        else:
            yield f"ALTER ROLE {self._user} LOGIN CONNECTION LIMIT -1"
            yield f"GRANT USAGE ON SCHEMA {self._name} TO {self._user}"
            yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {self._name} TO {self._user}"


SERVER_FAULTS: Mapping[str, tuple[Mapping[str, str], Callable[[ServerPatient], Awaitable[None]]]] = {
    "lock": (dict.fromkeys(("mariadb", "postgresql"), TIMEOUT), ServerPatient.hold_a_lock),
    "table-gone": (dict.fromkeys(("mariadb", "postgresql"), MALFORMED), ServerPatient.show_nothing),
    "no-right-to-read": (dict.fromkeys(("mariadb", "postgresql"), REFUSED), ServerPatient.refuse),
    "no-right-to-log-in": (dict.fromkeys(("mariadb", "postgresql"), REFUSED), ServerPatient.lock_out),
    "too-many": (dict.fromkeys(("mariadb", "postgresql"), UNAVAILABLE), ServerPatient.allow_none),
    "killed-connection": (dict.fromkeys(("mariadb", "postgresql"), UNAVAILABLE), ServerPatient.kill_connections),
    "database-gone": ({"mariadb": UNAVAILABLE}, ServerPatient.drop_database),
    "server-restart": (dict.fromkeys(("mariadb", "postgresql"), UNAVAILABLE), ServerPatient.stop_server),
}
"""What may become of a server, an account or a table: what the source becomes by it, and how it is done."""

RELAY_CODES: Mapping[str, Mapping[str, str]] = {
    "mariadb": {"hang": TIMEOUT, "drip": TIMEOUT},
    "postgresql": {"hang": TIMEOUT, "drip": TIMEOUT, "garbage": MALFORMED, "endless-bytes": MALFORMED},
}
"""What the source becomes where it is not unavailable; MySQL's driver takes bytes that make no sense for a broken connection."""


def sql_patients(kinds: Sequence[str]) -> Iterator[FilePatient | ServerPatient]:
    """Every way to fail of the kinds of databases that are here."""
    for mode, change in VIEWS.items():
        if change.sqlite:
            yield FilePatient(mode, change.code)
    for mode, (code, damage) in DAMAGES.items():
        yield FilePatient(mode, code, damage)
    for kind in kinds:
        for mode, change in VIEWS.items():
            if getattr(change, kind):
                yield ServerPatient(kind, mode, change.code)
        for mode in FAULTS:
            yield ServerPatient(kind, mode, RELAY_CODES[kind].get(mode, UNAVAILABLE))
        for mode, (codes, _) in SERVER_FAULTS.items():
            if kind in codes:
                yield ServerPatient(kind, mode, codes[kind])
