"""MySQL and MariaDB through PyMySQL: values as the server writes them, texts in their real encoding, passwords never in the clear."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.sql.dialects import mysql
from connectors.sql.servers import Account, UnfitValue, driver_module
from connectors.sql.sockets import Wire
from connectors.sql.sqlite import Undecodable
from connectors.sql.values import exact

_SCHEMA = SourceMalformed, "schema"
_REFUSED = SourceRefused, "refused"
_LOCKED = SourceTimeout, "locked"
_LATE = SourceTimeout, "statement_timeout"
_BUSY = SourceUnavailable, "busy"
_BROKEN = SourceUnavailable, "reset"
_MEANING: Mapping[int, tuple[type[SourceError], str]] = {
    **dict.fromkeys((1044, 1045, 1129, 1130, 1142, 1143, 1227, 1251, 1370, 1524, 1698, 1820, 1862, 3118, 4151), _REFUSED),
    **dict.fromkeys((1205, 1213), _LOCKED),
    **dict.fromkeys((1317, 1969, 3024), _LATE),
    **dict.fromkeys((1040, 1041, 1203, 1226), _BUSY),
    **dict.fromkeys((1053, 1152, 1927, 4031), _BROKEN),
    1049: (SourceUnavailable, "gone"),
    **dict.fromkeys((1267, 1270, 1271, 3988), (UnfitValue, "schema")),  # a text that the character set of a column does not hold
    1792: (SourceRefused, "statement"),
    2026: (SourceUnavailable, "tls"),
}
_DECIMALS = (0, 246)
_INTEGERS = (1, 2, 3, 8, 9, 13)
_FLOATS = (4, 5)
_TEXTS = (15, 247, 248, 249, 250, 251, 252, 253, 254)


class MySql:
    """The driver of MySQL and MariaDB; `encoding` is what texts in latin1 columns are really written in."""

    name = "mysql+pymysql"

    def __init__(self, encoding: str | None) -> None:
        self._module = driver_module("pymysql", "mysql")
        self._charset = "utf8mb4" if encoding is None else "latin1"
        self.dialect = mysql(self._charset)
        base = self._module.connections.Connection
        self._connection = base if encoding is None else _connection_class(base, encoding)

    def open(self, wire: Wire, account: Account) -> Any:
        """Log in, and make the session read-only and bounded by the server's own clock."""
        refuse = {} if account.tls else dict.fromkeys(("mysql_clear_password", "dialog"), _Refuse)
        connection = self._connection(
            host=account.host,
            port=account.port,
            user=account.user,
            password=account.password.value.encode(),  # the driver itself would write latin1
            database=account.database,
            charset=self._charset,
            conv=_conversions(self._module, account.encoding),
            read_timeout=account.statement_timeout,
            write_timeout=account.statement_timeout,
            autocommit=True,
            auth_plugin_map=refuse,
            defer_connect=True,
            **({"ssl": wire.tls(account.authorities)} if account.tls else {"ssl_disabled": True}),
        )
        connection.connect(wire.main)
        if "MariaDB" in connection.get_server_info():
            bound = f"max_statement_time = {account.statement_timeout:.3f}"
        else:
            bound = f"max_execution_time = {math.ceil(account.statement_timeout * 1000)}"
        connection.query("SET SESSION TRANSACTION READ ONLY")
        connection.query(
            f"SET SESSION {bound}, lock_wait_timeout = {max(1, int(account.lock_timeout))}, time_zone = '{_offset(account.zone)}'"
        )
        return connection

    def meaning(self, error: BaseException) -> SourceError | None:
        """By the server's error number; those of the 2000s are the driver's own."""
        if not isinstance(error, self._module.err.MySQLError) or not error.args or not isinstance(error.args[0], int):
            return None
        number = error.args[0]
        if number in _MEANING:
            kind, reason = _MEANING[number]
            return kind(reason)
        return None if number < 1000 or 2000 <= number < 3000 else SourceMalformed("schema")


class _Refuse:
    def __init__(self, _connection: object) -> None:
        pass

    def authenticate(self, _packet: object) -> None:
        """The server asks for the password in the clear, and the line is not encrypted."""
        raise SourceRefused("refused")


def _connection_class(base: Any, encoding: str) -> Any:
    class Reencoded(base):  # type: ignore[misc]
        """Sends and takes bytes one by one: a second byte that looks like a backslash is escaped as one."""

        def set_character_set(self, charset: str, collation: str | None = None) -> None:
            super().set_character_set(charset, collation)
            self.encoding = "latin-1"

        def _escape_string(self, text: str) -> Any:
            return super()._escape_string(text.encode(encoding, "replace").decode("latin-1"))

    return Reencoded


def _conversions(module: Any, encoding: str | None) -> dict[Any, Any]:
    numbers = {**dict.fromkeys(_INTEGERS, int), **dict.fromkeys(_FLOATS, float), **dict.fromkeys(_DECIMALS, exact)}
    own: dict[Any, Any] = {**module.converters.encoders, **numbers}
    if encoding is not None:
        own |= dict.fromkeys(_TEXTS, lambda value: _read(value, encoding))
    return own


def _read(value: str | bytes, encoding: str) -> str | bytes:
    if isinstance(value, bytes):
        return value
    raw = value.encode("latin-1")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return Undecodable(raw)


def _offset(zone: ZoneInfo) -> str:
    """The zone as an offset, for servers without zone tables; a zone with summer time by its name."""
    year = datetime.now(zone).year
    offsets = {datetime(year, month, 1, tzinfo=zone).utcoffset() or timedelta() for month in (1, 4, 7, 10)}
    if len(offsets) > 1:
        return zone.key
    minutes = int(offsets.pop().total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
