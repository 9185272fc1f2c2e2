"""PostgreSQL through pg8000: parameters without a type of their own, values as the server writes them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.sql.dialects import POSTGRESQL
from connectors.sql.servers import Account, UnfitValue, driver_module
from connectors.sql.sockets import Wire
from connectors.sql.values import exact

_REFUSED = SourceRefused, "refused"
_BUSY = SourceUnavailable, "busy"
_BROKEN = SourceUnavailable, "reset"
_STATES: Mapping[str, tuple[type[SourceError], str]] = {
    "25006": (SourceRefused, "statement"),
    "28": _REFUSED,
    "3D000": (SourceUnavailable, "gone"),
    "40": (SourceTimeout, "locked"),
    "42501": _REFUSED,
    "53": _BUSY,
    "55P03": (SourceTimeout, "locked"),
    "57014": (SourceTimeout, "statement_timeout"),
    "57": _BROKEN,
    "58": (SourceUnavailable, "unreadable"),
    "08": _BROKEN,
    "XX": (SourceUnavailable, "unreadable"),
}
"""SQLSTATE (appendix A of the manual), whole or its class."""

_ARRAYS = (1005, 1007, 1009, 1015, 1016)
_IN_THE_CLEAR = b"\0\0\0\x03"


class PostgreSql:
    """The driver of PostgreSQL."""

    name = "postgresql+pg8000"
    dialect = POSTGRESQL
    extra = "postgresql"

    def __init__(self) -> None:
        self._module = driver_module("pg8000", self.extra)
        self._dbapi = driver_module("pg8000.dbapi", self.extra)
        self._types = driver_module("pg8000.converters", self.extra).PG_TYPES
        self._connection = _connection_class(self._dbapi.Connection)

    def open(self, wire: Wire, account: Account) -> Any:
        """Log in, with the session read-only and bounded by the server's own clock from the start."""
        session = {
            "client_encoding": "UTF8",
            "DateStyle": "ISO",
            "TimeZone": account.zone.key,
            "default_transaction_read_only": "on",
            "statement_timeout": str(math.ceil(account.statement_timeout * 1000)),
            "lock_timeout": str(math.ceil(account.lock_timeout * 1000)),
        }
        connection = self._connection(
            user=account.user,
            host=account.host,
            database=account.database,
            password=account.password.value,
            ssl_context=wire.tls(account.authorities) if account.tls else False,
            startup_params=session,
            sock=wire.main,
        )
        connection.autocommit = True
        known = {oid: self._types[oid] for oid in _ARRAYS if oid in self._types}
        numbers = {**dict.fromkeys((20, 21, 23, 26), int), 700: float, 701: float, 1700: exact}
        others = {16: self._types[16], 17: self._types[17], 1042: lambda text: text.rstrip(" ")}
        connection.pg_types = defaultdict(lambda: str, {**known, **numbers, **others})
        return connection

    def meaning(self, error: BaseException) -> SourceError | None:
        """By the server's SQLSTATE."""
        if isinstance(error, self._dbapi.InterfaceError) and "SSL" in str(error):
            return SourceUnavailable("tls")
        if not isinstance(error, self._dbapi.DatabaseError) or not error.args or not isinstance(error.args[0], dict):
            return None
        state = str(error.args[0].get("C", ""))
        if state[:2] == "22":
            return UnfitValue("schema")
        kind, reason = _STATES.get(state) or _STATES.get(state[:2]) or (SourceMalformed, "schema")
        return kind(reason)


def _connection_class(base: Any) -> Any:
    class Guarded(base):  # type: ignore[misc]
        def __init__(self, *args: Any, ssl_context: Any, **others: Any) -> None:
            self._in_the_clear = ssl_context is False
            super().__init__(*args, ssl_context=ssl_context, **others)

        def handle_AUTHENTICATION_REQUEST(self, data: bytes, context: Any) -> None:  # noqa: N802 - the driver's name
            """The password goes in the clear over an encrypted line only."""
            if self._in_the_clear and data[:4] == _IN_THE_CLEAR:
                raise SourceRefused("refused")
            super().handle_AUTHENTICATION_REQUEST(data, context)

        def close(self) -> None:
            with suppress(Exception):  # nobody is there to say goodbye to
                super().close()

    return Guarded
