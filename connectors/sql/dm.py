"""DM (达梦) through dmPython, which makes its own connection: it is led through a port of this machine to the one that we made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.oracle.base import OracleDialect as StandardOracle

from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.sql.bare import Bare
from connectors.sql.dialects import DM
from connectors.sql.relays import Relay
from connectors.sql.servers import Account, UnfitValue, driver_module
from connectors.sql.sockets import Wire
from connectors.sql.values import native

_MEANING: Mapping[int, tuple[type[SourceError], str]] = {
    **dict.fromkeys((-2501, -2502, -2504, -5507, -5508, -5513, -5515), (SourceRefused, "refused")),
    **dict.fromkeys((-6403, -6407, -6408), (SourceTimeout, "locked")),
    **dict.fromkeys((-6602, -7065), (SourceTimeout, "statement_timeout")),
    **dict.fromkeys((-6104, -6105, -6118, -6119, -6130, -6133), (UnfitValue, "schema")),
    -2103: (SourceUnavailable, "gone"),
    -517: (SourceUnavailable, "busy"),
    -6007: (SourceRefused, "statement"),
}
_SCHEMA = SourceMalformed, "schema"
_DRIVERS_OWN = range(-79_999, -69_999)


class DmDialect(Bare, StandardOracle):
    """The statements of Oracle, pages bounded by ROWNUM, with parameters by position."""

    driver = "huiju"
    default_paramstyle = "qmark"
    supports_statement_cache = True
    import_path = "dmPython"
    server_version_info = (12, 1)

    def __init__(self, **options: Any) -> None:
        super().__init__(enable_offset_fetch=False, **options)


registry.register("dm.huiju", __name__, "DmDialect")


class Dm:
    """The driver of DM. The name after the port is that of the schema."""

    name = "dm+huiju"
    dialect = DM

    def __init__(self) -> None:
        self._module = driver_module("dmPython", "dm")

    def open(self, wire: Wire, account: Account) -> Any:
        """Log in, read-only. The password is encrypted by the driver, all else is not: see `tls` in the definition."""
        relay, module = Relay(wire), self._module
        try:
            connection = module.connect(
                user=account.user,
                password=account.password.value,
                server="127.0.0.1",
                port=relay.port,
                schema=account.database,
                access_mode=module.DSQL_MODE_READ_ONLY,
                autoCommit=True,
                local_code=module.PG_UTF8,
                lang_id=module.LANGUAGE_EN,
                login_timeout=math.ceil(account.statement_timeout),
                connection_timeout=math.ceil(account.statement_timeout),
            )
        except BaseException:
            relay.close()
            raise
        return _Connection(connection, relay)

    def meaning(self, error: BaseException) -> SourceError | None:
        """By the server's error number; those from -70000 on are the driver's own."""
        if not isinstance(error, self._module.Error) or not error.args:
            return None
        number = getattr(error.args[0], "code", None)
        if not isinstance(number, int) or number in _DRIVERS_OWN:
            return None
        kind, reason = _MEANING.get(number, _SCHEMA)
        return kind(reason)


class _Connection:
    """A connection whose cursors give natives, and that ends with its relay."""

    def __init__(self, connection: Any, relay: Relay) -> None:
        self._connection, self._relay = connection, relay

    def cursor(self) -> _Cursor:
        return _Cursor(self._connection.cursor())

    def commit(self) -> None:
        """Nothing is ever written."""

    rollback = commit

    def close(self) -> None:
        """Say goodbye, and have no driver wait for an answer while it is freed."""
        with suppress(Exception):
            self._connection.close()
        self._relay.close()


class _Cursor:
    """A cursor of the driver."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def fetchone(self) -> tuple[Any, ...] | None:
        row = self._cursor.fetchone()
        return None if row is None else _natives(row)

    def fetchmany(self, size: int = 100) -> list[tuple[Any, ...]]:
        return list(map(_natives, self._cursor.fetchmany(size)))

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rest())

    def _rest(self) -> Iterator[tuple[Any, ...]]:
        while rows := self.fetchmany():
            yield from rows


def _natives(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(native(value.read() if hasattr(value, "read") else value) for value in row)
