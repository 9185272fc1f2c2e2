"""Database servers: a connection for each page, read-only, bounded in time and size, and broken off when nobody waits."""

from __future__ import annotations

import importlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from connectors.errors import DefinitionInvalid, Problem, SourceError, SourceMalformed, SourceTimeout, SourceUnavailable
from connectors.sql.dialects import Dialect
from connectors.sql.passwords import Password
from connectors.sql.sockets import Meter, Wire, connect
from connectors.sql.sqlite import LONGEST_VALUE
from connectors.sql.workers import Job
from egress import Allow

_MOST_BYTES = 2 * LONGEST_VALUE


class UnfitValue(SourceMalformed):
    """A value was sent that the type of its column cannot hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who asks which database, and how: `statement_timeout` and `lock_timeout` in seconds, `zone` that of the session."""

    host: str
    port: int
    database: str
    user: str
    password: Password
    tls: bool
    authorities: Path | None
    encoding: str | None
    zone: ZoneInfo
    statement_timeout: float
    lock_timeout: float

    @classmethod
    def of(cls, url: str, **others: Any) -> Account:
        """The account of a checked URL."""
        parts = urlsplit(url)
        return cls(host=parts.hostname or "", port=parts.port or 0, database=unquote(parts.path[1:]), **others)


class Driver(Protocol):
    """One kind of server: its SQLAlchemy name, how its sessions are opened, and what its errors mean."""

    name: str
    dialect: Dialect

    def open(self, wire: Wire, account: Account) -> Any:
        """Speak to the server and make the session read-only and bounded; gives the DBAPI connection."""

    def meaning(self, error: BaseException) -> SourceError | None:
        """What the server meant, None where it is not the server that speaks."""


class Server:
    """One database on a server. A connection lives for one page: one that breaks takes no other page with it."""

    def __init__(self, driver: Driver, account: Account, allow: Allow) -> None:
        self._driver, self._account, self._allow = driver, account, allow
        self.dialect = driver.dialect
        self._here = threading.local()
        self._engine = create_engine(
            f"{driver.name}://",
            creator=self._open,
            poolclass=NullPool,
            pool_reset_on_return=None,  # the connection ends with the page
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            hide_parameters=True,
        )

    @contextmanager
    def connected(self, job: Job) -> Iterator[Connection]:
        """A connection whose statements end when `job` does. Raises SourceError for all that goes wrong inside."""
        wires: list[Wire] = []
        self._here.job, self._here.wires = job, wires
        try:
            with self._engine.connect() as connection:
                yield connection
        except SourceError:
            raise
        except Exception as error:  # a server may send anything, and a driver stumble over it in any way
            raise self._meaning(error, job, wires) from error
        finally:
            job.interrupt = None
            for wire in wires:
                wire.close()

    def _open(self) -> Any:
        job: Job = self._here.job
        wire = connect(self._account.host, self._account.port, self._allow, Meter(job, _MOST_BYTES))
        self._here.wires.append(wire)
        job.interrupt = wire.interrupt
        return self._driver.open(wire, self._account)

    def _meaning(self, error: Exception, job: Job, wires: list[Wire]) -> SourceError:
        if any(wire.meter.left < 0 for wire in wires):
            return SourceMalformed("too_large")
        found = list(_causes(error))
        if job.expired():
            return SourceTimeout("statement_timeout")
        said = next((each for each in found if isinstance(each, SourceError)), None)  # ours, inside of the driver's
        said = said or next((meant for each in found if (meant := self._driver.meaning(each)) is not None), None)
        if said is not None:
            return said
        if any(isinstance(each, TimeoutError) for each in found):
            return SourceTimeout("statement_timeout")
        if any(isinstance(each, ssl.SSLError) for each in found):
            return SourceUnavailable("tls")
        if any(isinstance(each, UnicodeError) for each in found):
            return SourceMalformed("undecodable")
        if any(isinstance(each, OSError) for each in found) or isinstance(error, DBAPIError):
            return SourceUnavailable("reset")
        return SourceMalformed("malformed")


def driver_module(name: str, extra: str) -> Any:
    """Import a driver. Raises DefinitionInvalid that names the extra where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        fix = f"install it beside Huiju: pip install 'huiju[{extra}]'"
        raise DefinitionInvalid((Problem("connection.url", extra, f"the driver for {extra} is not installed", fix),)) from error


def read_password(directory: Path, name: str) -> str:
    """The password in a file below `directory` that nobody else may read. Raises ValueError that says what to mend."""
    path = vetted_file(directory, name)
    try:
        if path.stat().st_mode & 0o077:
            raise ValueError("others may read this file: take that away with chmod 600")
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ValueError("this file beside the definition cannot be read") from error


def vetted_file(directory: Path, name: str) -> Path:
    """The plain file `name` below `directory`. Raises ValueError that says what to mend."""
    path, relative = directory / name, PurePosixPath(name)
    try:
        if relative.is_absolute() or ".." in relative.parts or path.resolve(strict=True) != directory.resolve(strict=True) / relative:
            raise ValueError("name a file beside the definition, and no link")
        if not path.is_file():
            raise ValueError("this is no plain file")
    except OSError as error:
        raise ValueError("there is no such file beside the definition") from error
    return path


def _causes(error: BaseException) -> Iterator[BaseException]:
    known: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in known:
        known.add(id(at))
        yield at
        at = at.orig if isinstance(at, DBAPIError) and at.orig is not None else at.__cause__ or at.__context__
