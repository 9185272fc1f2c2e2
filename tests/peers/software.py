"""The real software: how each is installed beside, filled with a handful of records and started."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pg8000.dbapi

ENTRIES = 6
_ROWS = [
    (f"https://zyk.example.com/r/{number}", f"数控车床编程 {number}", f"讲第 {number} 课", "video", f"2023-05-{number:02}T08:00:00Z")
    for number in range(1, ENTRIES + 1)
]
_PYCSW = """[server]
home=.
url=http://127.0.0.1:{port}/
mimetype=application/xml; charset=UTF-8
encoding=UTF-8
language=en-US
maxrecords=4
[manager]
transactions=false
[metadata:main]
{metadata}
[repository]
database=sqlite:///{database}
table=records
"""
_METADATA = (
    *("title", "abstract", "keywords", "keywords_type", "fees", "accessconstraints"),
    *("provider_name", "provider_url", "contact_name", "contact_position", "contact_address", "contact_city", "contact_stateorprovince"),
    *("contact_postalcode", "contact_country", "contact_phone", "contact_fax", "contact_email", "contact_url", "contact_hours"),
    *("contact_instructions", "contact_role"),
)
_RECORD = """<csw:Record xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:dct="http://purl.org/dc/terms/" xmlns:ows="http://www.opengis.net/ows">
<dc:identifier>urn:r:{number}</dc:identifier><dc:title>{title}</dc:title>
<dc:type>MovingImage</dc:type><dc:subject>数控</dc:subject>
<dct:references scheme="http">{url}</dct:references><dct:modified>{day}</dct:modified>
<dct:abstract>{summary}</dct:abstract></csw:Record>"""
_SERVE_PYCSW = """import sys
from wsgiref.simple_server import make_server
from pycsw.wsgi import application
make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()
"""


class Missing(Exception):
    """Something that this peer needs is not there."""


@dataclass(frozen=True)
class Peer:
    """One piece of software. `install` gives its version; `start` the command line and its environment, for a directory and a port."""

    name: str
    definition: str
    source: str
    address: str
    path: str
    install: Callable[[Path], str]
    start: Callable[[Path, Path, int], tuple[list[str], dict[str, str]]]

    def address_at(self, port: int) -> str:
        return f"http://127.0.0.1:{port}{self.path}"


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def started(peer: Peer, software: Path, directory: Path) -> Iterator[int]:
    """Run the peer until the block ends; gives its port once it listens."""
    directory.mkdir()
    port = free_port()
    database = _database() if peer.name == "PostGraphile" else None
    try:
        command, environment = peer.start(software, directory, port)
        if database is not None:
            environment["DATABASE_URL"] = database
            command = [*command, "-c", database]
        with (directory / "log").open("w") as log:
            process = subprocess.Popen(command, cwd=directory, env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT)
            try:
                _until_listening(process, port, directory / "log")
                yield port
            finally:
                process.terminate()
                process.wait(20)
    finally:
        if database is not None:
            _ask_postgres(f'DROP DATABASE "{urlsplit(database).path[1:]}" WITH (FORCE)')


def _until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Missing(log.read_text("utf-8")[-2000:]) from error
            time.sleep(0.2)
        else:
            return


def _venv(*packages: str) -> Callable[[Path], str]:
    def install(directory: Path) -> str:
        if not (directory / "bin" / "python").exists():
            subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        python = str(directory / "bin" / "python")
        subprocess.run(
            [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *packages], check=True, capture_output=True
        )
        tell = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
        name = packages[0].partition("=")[0]
        return subprocess.run([python, "-c", tell, name], check=True, capture_output=True, text=True).stdout.strip()

    return install


def _start_pycsw(software: Path, directory: Path, port: int) -> tuple[list[str], dict[str, str]]:
    configuration, records = directory / "default.cfg", directory / "records"
    records.mkdir()
    for number, (url, title, summary, _, moment) in enumerate(_ROWS, 1):
        text = _RECORD.format(number=number, title=title, url=url, summary=summary, day=moment[:10])
        (records / f"{number}.xml").write_text(text, encoding="utf-8")
    metadata = "\n".join(f"{name if '_' in name and name[0] in 'pc' else f'identification_{name}'}=示例" for name in _METADATA)
    configuration.write_text(_PYCSW.format(port=port, metadata=metadata, database=directory / "records.db"), encoding="utf-8")
    python, admin = software / "bin" / "python", str(software / "bin" / "pycsw-admin.py")
    for arguments in (["setup_db"], ["load_records", "-p", str(records)]):
        subprocess.run([str(python), admin, "-c", arguments[0], "-f", str(configuration), *arguments[1:]], check=True, capture_output=True)
    (directory / "serve.py").write_text(_SERVE_PYCSW, encoding="utf-8")
    return [str(python), "serve.py", str(port)], {"PYCSW_CONFIG": str(configuration)}


def _start_datasette(software: Path, directory: Path, port: int) -> tuple[list[str], dict[str, str]]:
    with closing(sqlite3.connect(directory / "zyk.db")) as database, database:
        database.execute("CREATE TABLE resource (id TEXT PRIMARY KEY, url TEXT, title TEXT, summary TEXT, kind TEXT, updated_at TEXT)")
        rows = [(f"d{number}", *row) for number, row in enumerate(_ROWS)]
        database.executemany("INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?)", rows)
    return [str(software / "bin" / "datasette"), "serve", "zyk.db", "-h", "127.0.0.1", "-p", str(port)], {}


def _install_postgraphile(directory: Path) -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm is not installed")
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run([npm, "install", "--silent", "--no-save", "--prefix", str(directory), "postgraphile@4"], check=True)
    shown = subprocess.run([npm, "ls", "--prefix", str(directory), "postgraphile"], check=True, capture_output=True, text=True).stdout
    return shown.partition("postgraphile@")[2].split()[0]


def _start_postgraphile(software: Path, directory: Path, port: int) -> tuple[list[str], dict[str, str]]:
    return [str(software / "node_modules" / ".bin" / "postgraphile"), "-s", "public", "-n", "127.0.0.1", "-p", str(port)], {}


def _database() -> str:
    """A database of our own with the rows, as PostGraphile is told of it."""
    if "HUIJU_TEST_POSTGRES_URL" not in os.environ:
        raise Missing("HUIJU_TEST_POSTGRES_URL names no PostgreSQL")
    name = f"peers_{uuid.uuid4().hex}"
    _ask_postgres(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    table = "CREATE TABLE resource (id BIGINT PRIMARY KEY, url TEXT, title TEXT, summary TEXT, kind TEXT, updated_at TIMESTAMPTZ)"
    _ask_postgres(table, database=name)
    for number, row in enumerate(_ROWS):
        _ask_postgres("INSERT INTO resource VALUES (%s, %s, %s, %s, %s, %s)", 900_719_925_474_099_300 + number, *row, database=name)
    parts = urlsplit(os.environ["HUIJU_TEST_POSTGRES_URL"])
    return f"postgres://{parts.netloc}/{name}"


def _ask_postgres(statement: str, *values: object, database: str | None = None) -> None:
    parts = urlsplit(os.environ["HUIJU_TEST_POSTGRES_URL"])
    with closing(
        pg8000.dbapi.connect(
            user=parts.username or "", password=parts.password, host=parts.hostname or "", port=parts.port or 5432,
            database=database or parts.path[1:], ssl_context=False,
        )
    ) as connection:  # fmt: skip
        connection.autocommit = True
        connection.cursor().execute(statement, values)


PEERS = (
    Peer("pycsw", "pycsw", "my-pycsw", "https://csw.example.com/?mode=oaipmh", "/?mode=oaipmh",
         _venv("pycsw==2.6.2", "sqlalchemy<2"), _start_pycsw),
    Peer("PostGraphile", "postgraphile", "my-postgraphile", "https://graphql.example.com/graphql", "/graphql",
         _install_postgraphile, _start_postgraphile),
    Peer("Datasette", "datasette", "my-datasette", "https://data.example.com", "", _venv("datasette"), _start_datasette),
)  # fmt: skip
