"""Which database a connection names: a file, or a server through its driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from connectors.definition import Definition
from connectors.errors import DefinitionInvalid, Problem
from connectors.registry import Surroundings
from connectors.sql.definition import SqlConnection
from connectors.sql.dialects import Dialect
from connectors.sql.dm import Dm
from connectors.sql.kingbase import Kingbase
from connectors.sql.mssql import MsSql
from connectors.sql.mysql import MySql
from connectors.sql.oracle import Oracle
from connectors.sql.passwords import Password
from connectors.sql.postgresql import PostgreSql
from connectors.sql.servers import Account, Driver, Server, UnfitValue, read_password, vetted_file
from connectors.sql.sqlite import SqliteFile
from connectors.sql.workers import Job

__all__ = ["Database", "UnfitValue", "open_database"]


class Database(Protocol):
    """What pages are read from."""

    dialect: Dialect

    def connected(self, job: Job) -> AbstractContextManager[Connection]:
        """A connection whose statements end when `job` does. Raises SourceError for all that goes wrong inside."""
        ...


def open_database(definition: Definition, surroundings: Surroundings, password: Password, busy: float) -> Database:
    """Make ready what `[connection]` names, without touching it; `busy` is how long a lock is waited for. Raises DefinitionInvalid."""
    connection: SqlConnection = definition.connection
    if definition.credentials is not None and (connection.server is None or connection.password_file is not None):
        message = "the password stands in `password_file` already" if connection.server is not None else "a file has no password"
        raise DefinitionInvalid((Problem("credentials", "", message, "leave one of the two out"),))
    if connection.server is not None:
        return _server(connection, surroundings, ZoneInfo(definition.timezone), password, busy)
    directory = surroundings.sqlite_directory
    if directory is None:
        fix = "have an administrator set the directory of SQLite sources"
        raise DefinitionInvalid((Problem("connection.url", connection.url, "no SQLite sources are allowed here", fix),))
    return SqliteFile(directory, connection.path(), busy)


_DRIVERS: Mapping[str, Callable[[], Driver]] = {
    "postgresql": PostgreSql,
    "mssql": MsSql,
    "oracle": Oracle,
    "dm": Dm,
    "kingbase": Kingbase,
}


def _server(connection: SqlConnection, surroundings: Surroundings, zone: ZoneInfo, password: Password, busy: float) -> Server:
    driver: Driver = MySql(connection.encoding) if connection.server == "mysql" else _DRIVERS[connection.server or ""]()
    authorities, name = None, "password_file"
    try:
        if connection.password_file is not None:
            password.value = read_password(surroundings.directory, connection.password_file)
        name = "ca_file"
        if connection.ca_file is not None:
            authorities = vetted_file(surroundings.directory, connection.ca_file)
    except ValueError as error:
        found = str(getattr(connection, name))
        raise DefinitionInvalid((Problem(f"connection.{name}", found, str(error), "mend the file or its name"),)) from error
    account = Account.of(
        connection.url,
        user=connection.user,
        password=password,
        tls=connection.tls,
        authorities=authorities,
        encoding=connection.encoding,
        zone=zone,
        statement_timeout=connection.statement_timeout,
        lock_timeout=busy,
    )
    return Server(driver, account, surroundings.allow)
