"""The drivers of SQL Server, Oracle, DM and KingbaseES: only vetted connections, nobody else's address, and one error for each failure."""

import asyncio
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.errors import DefinitionInvalid, SourceError, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.protocol import Query
from connectors.sql.relays import Relay
from connectors.sql.sockets import Meter, connect
from connectors.sql.workers import Job
from connectors.testing import conforms
from egress import Allow
from tests.certificates import write_certificate
from tests.connectors.sql.conftest import Open
from tests.connectors.sql.databases import keys_of, walk
from tests.connectors.sql.servers import Place
from tests.connectors.sql.tds import Tds, done, error, route, rows, serving, welcome

DRIVERS = {"mssql": "pytds", "oracle": "oracledb", "dm": "dmPython", "kingbase": "pg8000"}


@pytest.fixture
def trusted(tmp_path: Path) -> ssl.SSLContext:
    """What a server for localhost shows; a definition trusts it by `ca_file = 'ca.pem'`."""
    write_certificate(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.pem")
    return context


def at(scheme: str, port: int, host: str = "localhost") -> Place:
    return Place(scheme, host, port, "reader", "", "zyk")


def allowed(port: int) -> Allow:
    return Allow([("127.0.0.1", port), ("::1", port)])


async def failure(opening: object) -> SourceError:
    connector = await opening  # type: ignore[misc]
    with pytest.raises(SourceError) as caught:
        await walk(connector, Query())
    return caught.value


@pytest.mark.parametrize("scheme", DRIVERS)
async def test_a_driver_that_is_missing_is_named_with_its_extra(scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, DRIVERS[scheme], None)
    with pytest.raises(DefinitionInvalid, match=rf"pip install 'huiju\[{scheme}\]'"):
        await at(scheme, 1, "127.0.0.1").open(tmp_path, tls=scheme == "mssql")


@pytest.mark.parametrize(("scheme", "tls"), [("mssql", True), ("oracle", False), ("oracle", True), ("kingbase", False)])
async def test_only_addresses_that_may_be_reached_are_connected_to(scheme: str, tls: bool, reached: Open) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0)
        found = await failure(reached(at(scheme, listener.getsockname()[1], "127.0.0.1"), tls=tls, allow=Allow([("10.0.0.0/8", 1)])))
        assert isinstance(found, SourceRefused)
        assert found.reason == "forbidden_address"
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize(("scheme", "tls"), [("mssql", True), ("oracle", False), ("kingbase", False)])
async def test_a_server_that_says_nothing_is_late_and_a_cancelled_read_leaves_at_once(scheme: str, tls: bool, reached: Open) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        place = at(scheme, listener.getsockname()[1], "127.0.0.1")
        connector = await reached(place, tls=tls, connection="statement_timeout = '600ms'")
        with pytest.raises(SourceTimeout):
            await walk(connector, Query())
        listener.accept()[0].close()
        task = asyncio.create_task(walk(await reached(place, tls=tls), Query()))
        accepted, _ = await asyncio.to_thread(listener.accept)
        with accepted:
            started = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - started < 1


# SQL Server


async def test_rows_of_sql_server_come_over_tls_with_exact_numbers_and_times(
    trusted: ssl.SSLContext, reached: Open, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("秘密")
    (tmp_path / "secret").chmod(0o600)
    moment = datetime(2023, 5, 17, 8, 30, 0, 123000)  # noqa: DTZ001 - as a DATETIME has it
    result = rows(
        ("id", "title", "part", "changed", "anon_1"),
        (Decimal("900719925474099312345"), "数控车床  ", Decimal("1234567890123456.7891"), moment, 0),
    )
    section = """
    table = "资源]"
    identifier = "id"
    mapping = {title = "title", summary = "part", updated_at = "changed"}
    text = {columns = ["title"]}
    """
    with serving(trusted, welcome(), done(), done(), done(), result) as tds:
        place = at("mssql", tds.port)
        connector = await reached(
            place, section, tls=True, allow=allowed(tds.port), connection="ca_file = 'ca.pem'\npassword_file = 'secret'"
        )
        (batch,) = await walk(connector, Query(text="50%[a"))
    (item,) = batch.items
    assert item.key == "900719925474099312345"
    assert item.native == {
        "id": "900719925474099312345",
        "title": "数控车床",
        "part": "1234567890123456.7891",
        "changed": "2023-05-17 08:30:00.123",
    }
    login, database, dates, locks, question = tds.heard
    assert "reader" in login
    assert "reader".encode("utf-16-le") not in tds.plain
    assert "use [zyk]" in database
    assert "SET DATEFORMAT ymd" in dates
    assert "SET LOCK_TIMEOUT" in locks
    assert "FROM [资源]]] AS native" in question
    assert "%50!%![a%" in question
    assert "TOP 101" in question


@pytest.mark.parametrize(("number", "kind", "reason"), [(18456, SourceRefused, "refused"), (4060, SourceUnavailable, "gone")])
async def test_what_sql_server_says_is_understood(
    trusted: ssl.SSLContext, reached: Open, tmp_path: Path, number: int, kind: type, reason: str
) -> None:
    with serving(trusted, error(number)) as tds:
        started = time.monotonic()
        found = await failure(reached(at("mssql", tds.port), tls=True, allow=allowed(tds.port), connection="ca_file = 'ca.pem'"))
    assert (type(found), found.reason) == (kind, reason)
    assert time.monotonic() - started < 5


async def test_a_route_of_sql_server_is_not_followed(trusted: ssl.SSLContext, reached: Open, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as elsewhere:
        elsewhere.settimeout(0)
        with serving(trusted, route("127.0.0.1", elsewhere.getsockname()[1])) as tds:
            found = await failure(reached(at("mssql", tds.port), tls=True, allow=allowed(tds.port), connection="ca_file = 'ca.pem'"))
        assert found.reason == "forbidden_address"
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


@pytest.mark.parametrize("wrong", ["authority", "name", "none"])
async def test_sql_server_is_not_trusted_without_a_good_certificate(
    trusted: ssl.SSLContext, reached: Open, tmp_path: Path, wrong: str
) -> None:
    connection = "" if wrong == "authority" else "ca_file = 'ca.pem'"
    tds: Tds
    with serving(None if wrong == "none" else trusted, welcome()) as tds:
        host = "127.0.0.1" if wrong == "name" else "localhost"
        found = await failure(reached(at("mssql", tds.port, host), tls=True, allow=allowed(tds.port), connection=connection))
    assert (type(found), found.reason) == (SourceUnavailable, "tls")
    assert tds.heard == []


# Oracle


def packet(kind: int, body: bytes) -> bytes:
    """A packet of Oracle Net before a session is agreed on."""
    return struct.pack(">HHBBH", len(body) + 8, 0, kind, 0, 0) + body


@contextmanager
def listener_saying(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """An Oracle listener that answers every connect packet with `answer`."""
    heard: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                while b"CONNECT_DATA" not in (said := connection.recv(8192)):  # it may come apart
                    pass
                heard.append(said)
                connection.sendall(answer)
                connection.recv(8192)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], heard
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


async def test_a_listener_that_does_not_know_the_service_is_understood(reached: Open) -> None:
    text = b"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))"
    with listener_saying(packet(4, b"\x22\0" + struct.pack(">H", len(text)) + text)) as (port, heard):
        found = await failure(reached(at("oracle", port, "127.0.0.1")))
    assert (type(found), found.reason) == (SourceUnavailable, "gone")
    assert b"(SERVICE_NAME=zyk)" in heard[0]


async def test_a_listener_that_sends_elsewhere_is_not_followed(reached: Open) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as elsewhere:
        elsewhere.settimeout(0)
        port = elsewhere.getsockname()[1]
        text = f"(ADDRESS=(PROTOCOL=TCP)(HOST=127.0.0.1)(PORT={port}))\0(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=zyk)))".encode()
        with listener_saying(packet(5, struct.pack(">H", len(text))) + packet(5, text)) as (own, _):
            found = await failure(reached(at("oracle", own, "127.0.0.1")))
        assert (type(found), found.reason) == (SourceRefused, "forbidden_address")
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


# DM


async def test_a_driver_with_sockets_of_its_own_is_led_through_a_vetted_one() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        wire = connect("127.0.0.1", port, Allow([("127.0.0.1", port)]), Meter(Job(5), 100_000))
        relay = Relay(wire)
        far, _ = await asyncio.to_thread(server.accept)
        with far, socket.create_connection(("127.0.0.1", relay.port)) as near:
            near.settimeout(5)
            near.sendall(b"hello")
            assert await asyncio.to_thread(far.recv, 9) == b"hello"
            await asyncio.to_thread(far.sendall, b"x" * 90_000)
            received = b""
            while len(received) < 90_000:
                received += await asyncio.to_thread(near.recv, 65536)
            await asyncio.to_thread(far.sendall, b"x" * 20_000)  # more than a page may hold
            assert await asyncio.to_thread(near.recv, 9) == b""
        assert wire.meter.left < 0
        relay.close()
        wire.close()
    assert not [each for each in threading.enumerate() if each.name == f"relay {relay.port}"]


# KingbaseES


async def test_kingbase_is_read_by_the_protocol_of_postgresql(postgresql: Place, tmp_path: Path) -> None:
    """Against PostgreSQL, whose protocol it speaks: nothing is asked for that only one of them has."""
    postgresql.write(
        'CREATE TABLE "ZY" ("学校" VARCHAR(9), "ID" NUMERIC(18), title TEXT, PRIMARY KEY ("学校", "ID"))',
        'INSERT INTO "ZY" VALUES (%s, %s, %s)',
        rows=[(f"s{n % 3}", 900_719_925_474_099_300 + n, f"资源 {n}") for n in range(30)],
    )
    section = 'table = "ZY"\nidentifier = ["学校", "ID"]\nmapping.title = "title"\ncount = true'
    place = replace(postgresql, scheme="kingbase")
    expected = [(f"s{n % 3}", str(900_719_925_474_099_300 + n)) for n in range(30)]
    await conforms(lambda: place.open(tmp_path, section), expected=expected, limit=7)
    connector = await place.open(tmp_path, section)
    assert await keys_of(connector, Query(ids=(expected[3], ("s9", "1")))) == [expected[3]]
    await connector.aclose()
