"""Real SQLite files, the connector of a definition over them, and whole reads."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from connectors.definition import parse_definition
from connectors.protocol import Batch, Connector, Query, reading
from connectors.registry import Surroundings
from connectors.sql import kind
from egress import Client

HEAD = """
name = "school"
title = "示例学院"
tier = "school"
institution = "4133010001"
connector = "sql"
mode = "{mode}"
all_public = true
timezone = "Asia/Shanghai"
[limits]
concurrency = 4
[connection]
url = "sqlite:///school.db"
{connection}
[resources]
"""

SECTION = """
table = "resource"
identifier = "id"
max_batch = 1000
mapping.title = "title"
"""


async def open_sql(directory: Path, section: str = SECTION, *, connection: str = "", mode: str = "live") -> Connector:
    """The connector over school.db in `directory`."""
    definition = parse_definition(HEAD.format(mode=mode, connection=connection) + section)
    return await kind.open(definition, Surroundings(client=Client(), directory=directory, sqlite_directory=directory))


def write_rows(path: Path, script: str, insert: str = "", rows: Any = ()) -> None:
    """Run `script` in the file, then `insert` for every row."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(script)
        if insert:
            connection.executemany(insert, rows)


async def walk(connector: Connector, query: Query) -> list[Batch]:
    """All batches of one read."""
    async with reading(connector, query) as batches:
        return [batch async for batch in batches]


async def keys_of(connector: Connector, query: Query) -> list[Any]:
    """The keys of one read, in order."""
    return [item.key for batch in await walk(connector, query) for item in batch.items]
