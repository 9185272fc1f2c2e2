"""A server that is down, silent, locked, changed or hostile gives one clear error, holds nobody, and is read again when it is well."""

import asyncio
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid, SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.protocol import Query, reading
from connectors.sql import servers
from egress import Allow
from tests.connectors.sql.conftest import Open
from tests.connectors.sql.databases import HEAD, SECTION, keys_of, walk
from tests.connectors.sql.servers import Place

FROM_FILE = "select_file = 'rows.sql'\nidentifier = 'id'\nmapping.title = 'title'"
SLOW = {
    "mysql": "SELECT id, sleep(30) AS title FROM resource",
    "postgresql": "SELECT id, CAST(pg_sleep(30) AS text) AS title FROM resource",
}
CONNECTIONS = {
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = '{}' AND command <> 'Sleep' AND id <> connection_id()",
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid() AND state = 'active'",
}
KILL = {"mysql": "KILL {}", "postgresql": "SELECT pg_terminate_backend({})"}


@pytest.fixture
def school(place: Place) -> Place:
    place.write("CREATE TABLE resource (id INT PRIMARY KEY, title VARCHAR(90))")
    place.write("INSERT INTO resource VALUES (%s, '数控')", rows=[(n,) for n in range(20)])
    return place


async def failure(opening: object, query: Query | None = None) -> SourceError:
    connector = await opening  # type: ignore[misc]
    with pytest.raises(SourceError) as caught:
        await walk(connector, query or Query())
    assert "school" not in str(caught.value)
    return caught.value


async def until_running(place: Place) -> list[str]:
    """The connections of others that run a statement, once there are any."""
    for _ in range(200):
        found = await asyncio.to_thread(place.ask, CONNECTIONS[place.scheme].format(place.database))
        if found:
            return [str(row[0]) for row in found]
        await asyncio.sleep(0.02)
    raise AssertionError("nothing runs")


@contextmanager
def speaking(answer: bytes, *, drip: float = 0) -> Iterator[int]:
    """A server that says `answer` to everybody, byte by byte where it drips, and then nothing."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                for at in range(0, len(answer), 1 if drip else len(answer) or 1):
                    connection.sendall(answer[at:] if not drip else answer[at : at + 1])
                    if over.wait(drip):
                        return
                over.wait(30)
            except OSError:
                return

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(connection,)))
            threads[-1].start()

    threads: list[threading.Thread] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threads.append(threading.Thread(target=accept))
        threads[0].start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


@contextmanager
def relay(place: Place) -> Iterator[tuple[int, list[socket.socket]]]:
    """A port that leads to the server, and the sockets behind it: closing it takes the server down."""
    sockets: list[socket.socket] = []

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection((place.host, place.port))
            sockets.extend((near, far))
            for pair in ((near, far), (far, near)):
                threads.append(threading.Thread(target=pump, args=pair))
                threads[-1].start()

    listener = socket.create_server(("127.0.0.1", 0))
    sockets.append(listener)
    threads = [threading.Thread(target=accept)]
    threads[0].start()
    try:
        yield listener.getsockname()[1], sockets
    finally:
        shut(sockets)
        for thread in threads:
            thread.join()
        for each in sockets:
            each.close()


def shut(sockets: list[socket.socket]) -> None:
    for each in list(sockets):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


async def test_a_server_that_stops_between_two_pages_is_unavailable(school: Place, reached: Open) -> None:
    with relay(school) as (port, sockets):
        connector = await reached(school, port=port)
        async with reading(connector, Query(limit=5)) as batches:
            await anext(batches)
            shut(sockets)
            sockets[0].close()
            with pytest.raises(SourceUnavailable, match="refused_connection"):
                await anext(batches)


async def test_a_connection_that_is_killed_breaks_one_page_only(school: Place, reached: Open, tmp_path: Path) -> None:
    (tmp_path / "rows.sql").write_text(SLOW[school.scheme])
    connector = await reached(school, FROM_FILE)
    task = asyncio.create_task(walk(connector, Query()))
    for each in await until_running(school):
        school.ask(KILL[school.scheme].format(each)) if school.scheme == "postgresql" else school.write(KILL["mysql"].format(each))
    with pytest.raises(SourceUnavailable, match="reset"):
        await task
    (tmp_path / "rows.sql").write_text("SELECT id, title FROM resource")
    assert len(await keys_of(await reached(school, FROM_FILE), Query())) == 20


async def test_a_held_lock_is_waited_for_less_than_a_statement_may_take(school: Place, reached: Open) -> None:
    connector = await reached(school, connection="statement_timeout = '4s'")
    with closing(school.connect()) as holder, closing(holder.cursor()) as cursor:
        if school.scheme == "mysql":
            cursor.execute("LOCK TABLES resource WRITE")
        else:
            holder.autocommit = False
            cursor.execute("LOCK TABLE resource IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        with pytest.raises(SourceTimeout, match="locked"):
            await walk(connector, Query())
        assert time.monotonic() - started < 3
        cursor.execute("UNLOCK TABLES" if school.scheme == "mysql" else "ROLLBACK")
    assert len(await keys_of(connector, Query())) == 20


async def test_a_renamed_column_or_a_missing_table_is_a_changed_schema(school: Place, reached: Open) -> None:
    connector = await reached(school)
    for change in ("ALTER TABLE resource RENAME COLUMN title TO title_v2", "DROP TABLE resource"):
        school.write(change)
        with pytest.raises(SourceMalformed, match="schema") as caught:
            await walk(connector, Query())
        assert not caught.value.retryable


async def test_a_statement_that_takes_too_long_ends_here_and_there(school: Place, reached: Open, tmp_path: Path) -> None:
    (tmp_path / "rows.sql").write_text(SLOW[school.scheme])
    started = time.monotonic()
    error = await failure(reached(school, FROM_FILE, connection="statement_timeout = '700ms'"))
    assert isinstance(error, SourceTimeout)
    assert error.reason == "statement_timeout"
    assert time.monotonic() - started < 2
    for _ in range(100):
        if not await asyncio.to_thread(school.ask, CONNECTIONS[school.scheme].format(school.database)):
            break
        await asyncio.sleep(0.05)
    else:
        pytest.fail("the statement goes on at the server")


async def test_a_cancelled_read_holds_nobody_and_gives_its_thread_back(school: Place, reached: Open, tmp_path: Path) -> None:
    (tmp_path / "rows.sql").write_text(SLOW[school.scheme])
    connector = await reached(school, FROM_FILE, connection="statement_timeout = '5s'")
    for _ in range(6):  # more than the threads that there are
        task = asyncio.create_task(walk(connector, Query()))
        await until_running(school)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 0.2
    started = time.monotonic()
    await connector.aclose()
    assert time.monotonic() - started < 1.5
    for thread in threading.enumerate():
        if thread.name.startswith("sql school"):
            await asyncio.to_thread(thread.join, 1)
            assert not thread.is_alive(), traceback.format_stack(sys._current_frames()[thread.ident])


async def test_a_server_that_says_nothing_or_drips_is_late(place: Place, reached: Open) -> None:
    for answer, drip in ((b"", 0.0), (b"N\0\0\0\xff" * 200, 0.05)):
        with speaking(answer, drip=drip) as port:
            started = time.monotonic()
            connector = await reached(place, port=port, connection="statement_timeout = '500ms'")
            with pytest.raises(SourceError) as caught:
                await walk(connector, Query())
            assert time.monotonic() - started < 1.5
            assert caught.value.reason in ("statement_timeout", "malformed", "reset")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n<html>", b"\0" * 9000, b"\xff" * 9000, b"SSH-2.0-OpenSSH_9.2\r\n"])
async def test_what_is_no_database_server_gives_one_error(place: Place, reached: Open, answer: bytes) -> None:
    with speaking(answer) as port:
        error = await failure(reached(place, port=port, connection="statement_timeout = '1s'"))
    assert error.reason in ("malformed", "reset", "statement_timeout")


async def test_a_page_larger_than_allowed_is_refused(school: Place, reached: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_MOST_BYTES", 100_000)
    kind = "LONGTEXT" if school.scheme == "mysql" else "TEXT"
    school.write(f"ALTER TABLE resource ADD COLUMN body {kind}", "UPDATE resource SET body = repeat('x', 200000) WHERE id = 3")
    connector = await reached(school, "table = 'resource'\nidentifier = 'id'\nmapping.title = 'body'")
    with pytest.raises(SourceMalformed, match="too_large"):
        await walk(connector, Query())


async def test_nothing_can_be_written(school: Place, reached: Open, tmp_path: Path) -> None:
    if school.scheme == "mysql":
        school.write("CREATE FUNCTION writes() RETURNS INT MODIFIES SQL DATA BEGIN DELETE FROM resource; RETURN 1; END")
    else:
        school.write("CREATE FUNCTION writes() RETURNS INT LANGUAGE sql AS 'DELETE FROM resource; SELECT 1'")
    (tmp_path / "rows.sql").write_text("SELECT writes() AS id, 'x' AS title FROM resource")
    error = await failure(reached(school, FROM_FILE))
    assert isinstance(error, SourceRefused)
    assert error.reason == "statement"
    assert len(school.ask("SELECT id FROM resource")) == 20


async def test_only_addresses_that_may_be_reached_are_connected_to(school: Place, reached: Open) -> None:
    for allow in (Allow(), Allow([("10.0.0.0/8", school.port)]), Allow([("127.0.0.1", 1)])):
        error = await failure(reached(school, allow=allow))
        assert isinstance(error, SourceRefused)
        assert error.reason == "forbidden_address"


async def test_an_unknown_user_or_database_is_told_apart(school: Place, reached: Open, tmp_path: Path) -> None:
    error = await failure(reached(school, user="nobody_here"))
    assert isinstance(error, SourceRefused)
    assert error.reason == "refused"


async def test_a_password_is_read_from_its_file(mysql: Place, reached: Open, tmp_path: Path) -> None:
    mysql.write("CREATE TABLE resource (id INT PRIMARY KEY, title VARCHAR(9))", "INSERT INTO resource VALUES (1, 't')")
    user = mysql.database[:30]
    mysql.write(f"CREATE USER {user} IDENTIFIED BY '秘密 1'", f"GRANT SELECT ON {mysql.database}.* TO {user}")
    try:
        secret = tmp_path / "secret"
        secret.write_text("秘密 1\n", encoding="utf-8")
        secret.chmod(0o640)
        with pytest.raises(DefinitionInvalid, match="chmod 600"):
            await reached(mysql, user=user, connection="password_file = 'secret'")
        secret.chmod(0o600)
        assert await keys_of(await reached(mysql, user=user, connection="password_file = 'secret'"), Query()) == ["1"]
        secret.write_text("wrong")
        assert (await failure(reached(mysql, user=user, connection="password_file = 'secret'"))).reason == "refused"
        for name in ("../secret", "/etc/passwd", "missing"):
            with pytest.raises(DefinitionInvalid, match=r"connection\.password_file"):
                await reached(mysql, user=user, connection=f"password_file = '{name}'")
    finally:
        mysql.write(f"DROP USER {user}")


async def test_a_password_never_goes_in_the_clear(postgresql: Place, reached: Open, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "secret").chmod(0o600)
    with speaking(b"R\0\0\0\x08\0\0\0\x03") as port:
        error = await failure(reached(postgresql, port=port, connection="password_file = 'secret'"))
    assert isinstance(error, SourceRefused)


async def test_a_server_without_tls_is_not_trusted_where_tls_is_wanted(school: Place, reached: Open) -> None:
    error = await failure(reached(school, tls=True))
    assert isinstance(error, SourceUnavailable)
    assert error.reason == "tls"


@pytest.mark.parametrize(
    ("connection", "message"),
    [
        ("url = 'mysql://u:p@h:3306/d'\nuser = 'u'", "not in the address"),
        ("url = 'mysql://h/d'\nuser = 'u'", "write mysql://host:port/database"),
        ("url = 'mysql://h:3306/'\nuser = 'u'", "write mysql://host:port/database"),
        ("url = 'postgresql://h:5432/d?sslmode=disable'\nuser = 'u'", "write postgresql://host:port/database"),
        ("url = 'postgresql://h:99999/d'\nuser = 'u'", "write postgresql://host:port/database"),
        ("url = 'mysql://h:3306/d'", "write `user`"),
        ("url = 'postgresql://h:5432/d'\nuser = 'u'\nencoding = 'gbk'", "`encoding` goes with mysql"),
        ("url = 'mysql://h:3306/d'\nuser = 'u'\ntls = false\nca_file = 'x'", "`ca_file` goes with tls"),
        ("url = 'sqlite:///a.db'\nuser = 'u'", "go with a database server"),
    ],
)
def test_what_is_wrong_with_a_connection_is_said(connection: str, message: str) -> None:
    head = HEAD.format(mode="live", connection="").replace('url = "sqlite:///school.db"', connection)
    with pytest.raises(DefinitionInvalid, match=message):
        parse_definition(head + SECTION)


@pytest.mark.parametrize(("scheme", "module"), [("mysql", "pymysql"), ("postgresql", "pg8000")])
async def test_a_driver_that_is_missing_is_named_with_its_extra(
    scheme: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DefinitionInvalid, match=rf"pip install 'huiju\[{scheme}\]'"):
        await Place(scheme, "127.0.0.1", 1, "u", "", "d").open(tmp_path)
