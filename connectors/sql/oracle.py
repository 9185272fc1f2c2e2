"""Oracle through python-oracledb in its thin mode: pages by ROWNUM, exact numbers, a read-only transaction for each page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb

from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.sql.bare import Bare
from connectors.sql.dialects import ORACLE
from connectors.sql.servers import Account, UnfitValue, driver_module
from connectors.sql.sockets import Sockets, Wire
from connectors.sql.values import exact, native

_REFUSED = SourceRefused, "refused"
_LATE = SourceTimeout, "statement_timeout"
_GONE = SourceUnavailable, "gone"
_BUSY = SourceUnavailable, "busy"
_BROKEN = SourceUnavailable, "reset"
_UNFIT = UnfitValue, "schema"
_MEANING: Mapping[str, tuple[type[SourceError], str]] = {
    **dict.fromkeys(("ORA-01005", "ORA-01017", "ORA-01031", "ORA-01045", "ORA-28000", "ORA-28001", "ORA-28040"), _REFUSED),
    **dict.fromkeys(("ORA-00054", "ORA-00060", "ORA-30006"), (SourceTimeout, "locked")),
    **dict.fromkeys(("ORA-01013", "ORA-02396", "DPY-4024"), _LATE),
    **dict.fromkeys(("ORA-01033", "ORA-01034", "ORA-01109", "ORA-12505", "ORA-12514", "DPY-6001", "DPY-6003"), _GONE),
    **dict.fromkeys(("ORA-00018", "ORA-00020", "ORA-02391", "ORA-12516", "ORA-12518", "ORA-12519", "ORA-12520"), _BUSY),
    **dict.fromkeys(("ORA-00028", "ORA-01012", "ORA-01089", "ORA-03113", "ORA-03114", "ORA-03135", "DPY-4011", "DPY-1001"), _BROKEN),
    **dict.fromkeys(("ORA-00932", "ORA-01722", "ORA-01830", "ORA-01839", "ORA-01840", "ORA-01841", "ORA-01843", "ORA-01847"), _UNFIT),
    **dict.fromkeys(("ORA-01850", "ORA-01858", "ORA-01861"), _UNFIT),
    **dict.fromkeys(("ORA-01456", "ORA-14551", "ORA-14552", "ORA-16000"), (SourceRefused, "statement")),
    "DPY-3010": (SourceMalformed, "unreadable"),  # older than 12.1, which the thin mode does not speak to
}
_LONGEST_CHAR = 500  # of which each letter may be four bytes: CHAR holds 2000
_SESSION = {
    "NLS_COMP": "BINARY",
    "NLS_SORT": "BINARY",
    "NLS_NUMERIC_CHARACTERS": ".,",
    "NLS_DATE_FORMAT": "YYYY-MM-DD HH24:MI:SS",
    "NLS_TIMESTAMP_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF6",
    "NLS_TIMESTAMP_TZ_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM",
}


class OracleDialect(Bare, OracleDialect_oracledb):
    """Statements that every release understands: pages are bounded by ROWNUM."""

    supports_statement_cache = True
    import_path = "oracledb"
    server_version_info = (12, 1)

    def __init__(self, **options: Any) -> None:
        super().__init__(enable_offset_fetch=False, **options)  # type: ignore[no-untyped-call]

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Texts go as CHAR: beside a column of CHAR the blanks that fill it do not count, beside VARCHAR2 nothing changes."""
        texts = [name for name, value in parameters.items() if isinstance(value, str) and len(value) <= _LONGEST_CHAR]
        cursor.setinputsizes(**dict.fromkeys(texts, self.loaded_dbapi.DB_TYPE_CHAR))
        cursor.execute(statement, parameters)


registry.register("oracle.huiju", __name__, "OracleDialect")


class Oracle:
    """The driver of Oracle. The name after the port is that of the service."""

    name = "oracle+huiju"
    dialect = ORACLE

    def __init__(self) -> None:
        self._module = driver_module("oracledb", "oracle")
        thin = driver_module("oracledb.thin_impl", "oracle")
        if not isinstance(thin.socket, Sockets):
            thin.socket = Sockets()
        self._sockets: Sockets = thin.socket

    def open(self, wire: Wire, account: Account) -> Any:
        """Log in; what a page reads is one read-only transaction. A listener that sends elsewhere is refused: name the node's own."""
        with self._sockets.giving(wire):
            connection = self._module.connect(
                user=account.user,
                password=account.password.value,
                host=account.host,
                port=account.port,
                service_name=account.database,
                protocol="tcps" if account.tls else "tcp",
                ssl_context=wire.tls(account.authorities) if account.tls else None,
                ssl_server_dn_match=True,
                program="huiju",  # it would tell who runs us, and where
                machine="huiju",
                osuser="huiju",
                disable_oob=True,
                retry_count=0,
            )
        connection.call_timeout = math.ceil(account.statement_timeout * 1000)
        connection.outputtypehandler = self._handler
        offset = datetime.now(account.zone).strftime("%z")
        settings = {**_SESSION, "TIME_ZONE": f"{offset[:3]}:{offset[3:5]}"}
        with connection.cursor() as cursor:
            cursor.execute("ALTER SESSION SET " + " ".join(f"{name} = '{value}'" for name, value in settings.items()))
            cursor.execute("SET TRANSACTION READ ONLY")
        return connection

    def meaning(self, error: BaseException) -> SourceError | None:
        """By the code of the server (ORA) or of the driver (DPY)."""
        if not isinstance(error, self._module.Error) or not error.args:
            return None
        code = str(getattr(error.args[0], "full_code", ""))
        if code in _MEANING:
            kind, reason = _MEANING[code]
            return kind(reason)
        return SourceMalformed("schema") if code.startswith("ORA-") else None

    def _handler(self, cursor: Any, column: Any) -> Any:
        module, size = self._module, cursor.arraysize
        match column.type_code:
            case module.DB_TYPE_NUMBER:
                return cursor.var(str, arraysize=size, outconverter=exact)
            case module.DB_TYPE_CHAR | module.DB_TYPE_NCHAR:
                return cursor.var(column.type_code, size=column.internal_size or 1, arraysize=size, outconverter=native)
            case module.DB_TYPE_DATE:
                return cursor.var(column.type_code, arraysize=size, outconverter=native)
            case module.DB_TYPE_TIMESTAMP | module.DB_TYPE_TIMESTAMP_TZ | module.DB_TYPE_TIMESTAMP_LTZ:
                return cursor.var(column.type_code, arraysize=size, outconverter=_to_the_microsecond)
            case module.DB_TYPE_CLOB:
                return cursor.var(module.DB_TYPE_LONG, arraysize=size)
            case module.DB_TYPE_NCLOB:
                return cursor.var(module.DB_TYPE_LONG_NVARCHAR, arraysize=size)
            case module.DB_TYPE_BLOB:
                return cursor.var(module.DB_TYPE_LONG_RAW, arraysize=size)
        return None


def _to_the_microsecond(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(" ", "microseconds")
