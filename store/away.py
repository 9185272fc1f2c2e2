"""A database that cannot be used for a while: away, restarted, locked by another program, or out of room."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from store.codes import Label

RETRY_AFTER = 5
"""Seconds after which asking again makes sense."""

_AWAY = Label(
    "目录库暂时无法使用，请稍后重试；持续如此时请运维人员检查数据库",
    "the catalog cannot be used now; try again later, or look after its database",
)
_LOCKED = Label(
    "目录库文件被另一个程序锁住：请关闭该程序后重试",
    "the catalog's file is locked by another program: close that program and try again",
)
_FULL = Label(
    "目录库所在磁盘已满：请腾出空间后重试，收割会从最后一批接着进行",
    "the disk of the catalog is full: make room and try again; a harvest goes on from its last batch",
)
_SQLITE = {"is full": _FULL, "is locked": _LOCKED, "unable to open": _AWAY, "disk I/O": _AWAY}
"""Words of SQLite's own messages."""


def unusable(error: BaseException | None) -> Label | None:
    """What to tell an operator of an error that a database raised because it could not be used at all; None for every other error."""
    while error is not None:
        if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
            return next((label for words, label in _SQLITE.items() if words in str(error.orig)), None)
        if isinstance(error, OperationalError | InterfaceError | PoolExhausted | ConnectionError):
            return _AWAY
        # A server that is starting or ending answers before SQLAlchemy could translate it.
        if (isinstance(error, DBAPIError) and error.connection_invalidated) or type(error).__module__.startswith("asyncpg."):
            return _AWAY
        error = error.__cause__
    return None
