"""A school's database on a real server: written by its owner, read by a connector."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pg8000.dbapi
import pymysql

from connectors.definition import parse_definition
from connectors.protocol import Connector
from connectors.registry import Surroundings
from connectors.sql import kind
from egress import Allow, Client
from tests.connectors.sql.databases import HEAD, SECTION


@dataclass(frozen=True, slots=True)
class Place:
    """One database of a server, as its owner reaches it."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    database: str

    @classmethod
    def of(cls, scheme: str, url: str, database: str | None = None) -> Place:
        parts = urlsplit(url)
        name = database if database is not None else parts.path[1:]
        return cls(scheme, parts.hostname or "", parts.port or 0, parts.username or "", parts.password or "", name)

    def connect(self, **others: Any) -> Any:
        """A connection of the owner's, every statement by itself."""
        if self.scheme == "mysql":
            charset = {"charset": "utf8mb4", "ssl_disabled": True, **others}
            return pymysql.connect(
                host=self.host, port=self.port, user=self.user, password=self.password, database=self.database, autocommit=True, **charset
            )
        connection = pg8000.dbapi.connect(
            user=self.user, host=self.host, port=self.port, password=self.password or None, database=self.database, ssl_context=False
        )
        connection.autocommit = True
        return connection

    def write(self, *statements: str, rows: Iterable[Any] = (), **others: Any) -> None:
        """Run the statements; the last one for every row, where there are rows."""
        with closing(self.connect(**others)) as connection, closing(connection.cursor()) as cursor:
            rows = list(rows)
            for statement in statements[: -1 if rows else None]:
                cursor.execute(statement)
            for row in rows:
                cursor.execute(statements[-1], row)

    def ask(self, statement: str) -> list[Any]:
        """The rows of one statement."""
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    async def open(
        self,
        directory: Path,
        section: str = SECTION,
        *,
        connection: str = "",
        mode: str = "live",
        port: int | None = None,
        allow: Allow | None = None,
        user: str | None = None,
        tls: bool = False,
    ) -> Connector:
        """A connector over this database, through `port` where something stands between."""
        port = port or self.port
        address = f"{self.scheme}://{self.host}:{port}/{self.database}"
        head = HEAD.format(mode=mode, connection=f"user = '{user or self.user}'\ntls = {str(tls).lower()}\n{connection}")
        definition = parse_definition(head.replace("sqlite:///school.db", address) + section)
        allow = Allow([(self.host, port)]) if allow is None else allow
        return await kind.open(definition, Surroundings(client=Client(), directory=directory, allow=allow))
