"""SQL Server through python-tds: always encrypted, times as texts, no wildcard of LIKE left unescaped."""

from __future__ import annotations

import logging
import math
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.mssql.base import MSDialect, MSIdentifierPreparer

from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.sql.bare import Bare
from connectors.sql.dialects import MSSQL
from connectors.sql.servers import Account, UnfitValue, driver_module
from connectors.sql.sockets import Sockets, Wire
from connectors.sql.values import native

_MEANING: Mapping[int, tuple[type[SourceError], str]] = {
    **dict.fromkeys((229, 230, 262, 300, 916, 18452, 18456, 18470, 18486, 18487, 18488), (SourceRefused, "refused")),
    **dict.fromkeys((1204, 1205, 1222), (SourceTimeout, "locked")),
    **dict.fromkeys((911, 4060, 40613), (SourceUnavailable, "gone")),
    **dict.fromkeys((701, 10928, 10929, 17809, 40501), (SourceUnavailable, "busy")),
    **dict.fromkeys((596, 6002, 6005, 17142), (SourceUnavailable, "reset")),
    **dict.fromkeys((206, 220, 241, 242, 244, 245, 248, 257, 295, 529, 8114, 8115, 8169), (UnfitValue, "schema")),
}
_HANDSHAKE = 18
"""The type of packet that carries the handshake of TLS ([MS-TDS] 2.2.6.5)."""


class _Preparer(MSIdentifierPreparer):
    """Doubles the percent signs of names: the driver formats statements."""

    def _escape_identifier(self, value: str) -> str:
        return value.replace("]", "]]").replace("%", "%%")


class MsSqlDialect(Bare, MSDialect):
    """Statements of SQL Server with the parameters of python-tds."""

    driver = "huiju"
    default_paramstyle = "pyformat"
    supports_statement_cache = True
    import_path = "pytds"
    preparer = _Preparer
    _supports_offset_fetch = False  # pages are bounded by TOP, which every release has

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """A statement without parameters is not formatted by the driver, so its doubled percent signs are made single here."""
        cursor.execute(statement if parameters else statement % (), parameters or ())


registry.register("mssql.huiju", __name__, "MsSqlDialect")


class MsSql:
    """The driver of SQL Server."""

    name = "mssql+huiju"
    dialect = MSSQL

    def __init__(self) -> None:
        self._module = driver_module("pytds", "mssql")
        if not isinstance(self._module.socket, Sockets):
            _secured(self._module)
        self._sockets: Sockets = self._module.socket

    def open(self, wire: Wire, account: Account) -> Any:
        """Log in over TLS, and bound the wait for locks. SQL Server has no read-only sessions: the user may only read."""
        try:
            with self._sockets.giving(wire), _HERE.checking(wire.tls(account.authorities)):
                connection = self._module.connect(
                    dsn=account.host,
                    port=account.port,
                    database=account.database,
                    user=account.user,
                    password=account.password.value,
                    readonly=True,
                    autocommit=True,
                    timeout=account.statement_timeout,
                    login_timeout=0.001,  # a second attempt would get no socket; the first has the time of the page
                    disable_connect_retry=True,
                    cafile="verified",  # says that there is TLS; by which authorities is known to the context
                    row_strategy=_natives,
                )
        except TimeoutError as error:
            raise error.__cause__ or error from error
        with connection.cursor() as cursor:
            cursor.execute("SET DATEFORMAT ymd; SET TEXTSIZE 2147483647")
            cursor.execute(f"SET LOCK_TIMEOUT {math.ceil(account.lock_timeout * 1000)}")
        return connection

    def meaning(self, error: BaseException) -> SourceError | None:
        """By the server's error number."""
        if isinstance(error, self._module.ClosedConnectionError):
            return SourceUnavailable("reset")
        if not isinstance(error, self._module.Error):
            return None
        number = getattr(error, "msg_no", 0)
        if number in _MEANING:
            kind, reason = _MEANING[number]
            return kind(reason)
        if number:
            return SourceMalformed("schema")
        return SourceUnavailable("tls") if "encrypt" in str(error).lower() else None


def _natives(_names: Sequence[str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    return lambda row: tuple(map(native, row))


class _Contexts(threading.local):
    """The TLS context of the connection that this thread opens."""

    context: ssl.SSLContext | None = None

    @contextmanager
    def checking(self, context: ssl.SSLContext) -> Iterator[None]:
        """Use `context` inside."""
        # SQL Server shakes hands inside of its own packets, where TLS 1.3 does not fit (TDS 8.0 puts TLS outside).
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.context = context
        try:
            yield
        finally:
            self.context = None


_HERE = _Contexts()


def _secured(module: Any) -> None:
    """Have the driver connect by our sockets and encrypt by the standard library: its own way needs pyOpenSSL and checks less."""
    module.tls.OPENSSL_AVAILABLE = True
    module.tls.create_context = lambda _cafile: _HERE.context
    module.tls.establish_channel = _encrypt
    module.socket = Sockets()
    logging.getLogger("pytds").setLevel(logging.ERROR)  # it warns of every attempt that fails, which is told by our errors


def _encrypt(session: Any) -> None:
    """Shake hands in packets of the protocol, then put TLS below it ([MS-TDS] 3.2.5.2)."""
    login, reader, writer = session.conn._login, session._reader, session._writer
    channel = _Channel(session.conn.sock, login.tls_ctx, login.server_name)
    while flight := channel.shake_hands():
        writer.begin_packet(_HANDSHAKE)
        writer.write(flight)
        writer.flush()
        reader.begin_response()
        while not reader.stream_finished():
            channel.take(reader.recv(4096))
    session.conn.sock = writer._transport = reader._transport = channel


class _Channel:
    """A TLS connection over a transport that somebody else made."""

    def __init__(self, transport: Any, context: ssl.SSLContext, host: str) -> None:
        self._transport = transport
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def shake_hands(self) -> bytes:
        """What to send next, nothing where the handshake is over."""
        with suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._outgoing.read()

    def take(self, data: bytes) -> None:
        """Hand in what came."""
        self._incoming.write(data)

    def gettimeout(self) -> float | None:
        timeout: float | None = self._transport.gettimeout()
        return timeout

    def settimeout(self, timeout: float | None) -> None:
        self._transport.settimeout(timeout)

    def sendall(self, data: Any, _flags: int = 0) -> None:
        self._tls.write(data)
        self._transport.sendall(self._outgoing.read())

    def recv_into(self, buffer: Any, size: int = 0, _flags: int = 0) -> int:
        while True:
            try:
                received: Any = self._tls.read(size or len(buffer), buffer)
                return int(received)
            except ssl.SSLWantReadError:
                received = self._transport.recv(65536)
                if not received:
                    return 0
                self.take(received)

    def close(self) -> None:
        self._transport.close()

    def shutdown(self, how: int = 0) -> None:
        self._transport.shutdown(how)
