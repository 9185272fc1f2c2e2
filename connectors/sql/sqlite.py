"""SQLite files below the administrator's directory: opened read-only for one page at a time, bounded, and interruptible."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.sql.dialects import SQLITE
from connectors.sql.workers import Job

LONGEST_VALUE = 20_000_000
"""Bytes of one value or row, at most: the bound of a page."""

_STEPS = 2000  # virtual-machine instructions between two looks at the clock: under a millisecond
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_PRAGMAS = frozenset({"read_uncommitted", "data_version"})  # asked by SQLAlchemy's first connect, and by FTS5
_FORBIDDEN = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"})

_SCHEMA = SourceMalformed, "schema"
_DAMAGED = SourceMalformed, "not_a_database"
_UNREADABLE = SourceUnavailable, "unreadable"
_MEANING: dict[int, tuple[type[SourceError], str]] = {
    sqlite3.SQLITE_BUSY: (SourceTimeout, "locked"),
    sqlite3.SQLITE_LOCKED: (SourceTimeout, "locked"),
    sqlite3.SQLITE_INTERRUPT: (SourceTimeout, "statement_timeout"),
    sqlite3.SQLITE_CANTOPEN: (SourceUnavailable, "gone"),
    sqlite3.SQLITE_IOERR: _UNREADABLE,
    sqlite3.SQLITE_PERM: _UNREADABLE,
    sqlite3.SQLITE_READONLY: _UNREADABLE,
    sqlite3.SQLITE_NOMEM: _UNREADABLE,
    sqlite3.SQLITE_FULL: _UNREADABLE,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_TOOBIG: (SourceMalformed, "too_large"),
    sqlite3.SQLITE_AUTH: (SourceRefused, "statement"),
    sqlite3.SQLITE_ERROR: _SCHEMA,
    sqlite3.SQLITE_SCHEMA: _SCHEMA,
}


class Undecodable(bytes):
    """A text that is not UTF-8."""


class SqliteFile:
    """One file. A connection lives for one page, so that a file put in place of another is seen at once.

    `busy` is how long a lock is waited for, seconds; it must be below the time of a statement.
    """

    dialect = SQLITE

    def __init__(self, directory: Path, relative: PurePosixPath, busy: float) -> None:
        self._directory, self._relative, self._busy = directory, relative, busy
        self._engine = create_engine("sqlite://", creator=self._open, poolclass=NullPool)

    @contextmanager
    def connected(self, job: Job) -> Iterator[Connection]:
        """A connection whose statements end when `job` does. Raises SourceError for all that goes wrong inside."""
        try:
            with self._engine.connect() as connection:
                driver = connection.connection.driver_connection
                if not isinstance(driver, sqlite3.Connection):
                    raise AssertionError(driver)
                driver.set_progress_handler(job.expired, _STEPS)
                job.interrupt = lambda: _interrupt(driver)
                try:
                    yield connection
                finally:
                    job.interrupt = None
        except (SQLAlchemyError, sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
            raise _meaning(error) from error

    def _open(self) -> sqlite3.Connection:
        path = self._vetted()
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=self._busy, check_same_thread=False)
        try:
            connection.text_factory = _text
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            for pragma in ("query_only = ON", "trusted_schema = OFF"):
                with closing(connection.execute(f"PRAGMA {pragma}")):
                    pass
            connection.set_authorizer(_authorize)
        except BaseException:
            connection.close()
            raise
        return connection

    def _vetted(self) -> Path:
        path = self._directory / self._relative
        try:
            if path.resolve(strict=True) != self._directory.resolve(strict=True) / self._relative:
                raise SourceRefused("outside_directory")
            if not stat.S_ISREG(path.stat().st_mode):
                raise SourceRefused("not_a_file")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise SourceUnavailable("gone") from error
        except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
            raise SourceUnavailable("unreadable") from error
        return path


def _text(raw: bytes) -> str | Undecodable:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return Undecodable(raw)


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    """A second wall behind `mode=ro`: whatever a SELECT in a file says, it reads and does nothing else."""
    if action in _ALLOWED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _FORBIDDEN:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _interrupt(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # closed meanwhile
        connection.interrupt()


def _meaning(error: Exception) -> SourceError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, UnicodeError):
        return SourceMalformed("undecodable")
    code = getattr(cause, "sqlite_errorcode", None)
    kind, reason = _MEANING.get(code & 0xFF, _UNREADABLE) if isinstance(code, int) else _SCHEMA
    return kind(reason)
