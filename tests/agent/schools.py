"""A school's database, the definition by which the agent reads it, and the feed that takes its records."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent import Hub, Pushing, Report, State, push
from connectors.credentials.keeping import Nothing
from connectors.definition import parse_definition
from connectors.opening import opened
from egress import HARVEST, Allow, Client
from resolvers.sources import bind
from store.identity import source_key

CANONICAL = Path(__file__).parents[2] / "connectors" / "definitions" / "canonical.toml"
FEED = CANONICAL.read_text("utf-8").replace('name = "my-canonical-feed"', 'name = "college"')
FEED = FEED.replace('province_teachers = "province_teachers"\n', "")  # the hub's administrator does not accept this level

DEFINITION = """
name = "school"
title = "示例学院"
tier = "school"
institution = "4133010001"
connector = "sql"
mode = "harvest"
connection = { url = "sqlite:///school.db" }
catalogue_year = 2021
timezone = "UTC"

[tables.visibility]
"公开" = "public"
"本校" = "school"
"本校教师" = "school_teachers"
"本省教师" = "province_teachers"

[libraries]
table = "library"
identifier = "no"
mapping = { name = "name" }

[resources]
table = "resource"
identifier = "no"
max_batch = 7
since = { column = "changed" }
deleted = { column = "gone", is = 1 }

[resources.mapping]
title = "title"
summary = "summary"
library = "library"
keywords = "keywords"
majors = { members = { name = "major", code = { path = "code", function = "major_code" } } }
creators = "teachers"
published = "made"
updated_at = "changed"
visibility = { path = "scope", table = "visibility" }
"""

PART = 10
"""Rows of a part in these tests."""


@dataclass
class School:
    """The database: tests change it as its owner would."""

    directory: Path
    now: int = 0
    definition: str = DEFINITION
    progress: list[Any] = field(default_factory=list)

    def create(self) -> None:
        """Make its tables."""
        self.write(
            "CREATE TABLE library (no TEXT PRIMARY KEY, name TEXT)",
            "CREATE TABLE resource (no TEXT PRIMARY KEY, title TEXT, summary TEXT, library TEXT, keywords TEXT, major TEXT, code TEXT,"
            " teachers TEXT, made TEXT, changed TEXT, scope TEXT, gone INT)",
            "INSERT INTO library VALUES ('k1', '示例资源库')",
        )

    def write(self, *statements: str, rows: Any = ()) -> None:
        with closing(sqlite3.connect(self.directory / "school.db")) as database, database:
            for statement in statements:
                database.executemany(statement, rows) if rows else database.execute(statement)

    def add(self, *numbers: int, title: str = "数控车床 {n}", scope: str = "公开") -> None:
        """Write resources, changed now."""
        self.now += 1
        changed = f"{datetime.now(UTC) + timedelta(seconds=self.now):%Y-%m-%d %H:%M:%S}"
        rows = [
            (
                f"A/{n}",
                title.format(n=n),
                f"<p>第{n}课</p>",
                "k1",
                "车床，数控；TCP/IP",
                "数控技术",
                "460103",
                "张三、李四",
                "2023-05",
                changed,
                scope,
            )
            for n in numbers
        ]
        self.write("INSERT OR REPLACE INTO resource VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)", rows=rows)

    @asynccontextmanager
    async def pushing(self, url: str, secret: str | Callable[[], str], *, tls: Any = None, proxy: str | None = None, **others: Any) -> Any:
        """A push of this school to the feed at `url`."""
        definition = parse_definition(self.definition)
        port = int(url.partition("//")[2].partition("/")[0].rpartition(":")[2])
        bounds = others.pop("bounds", HARVEST)
        patience, waiting = others.pop("patience", 20.0), others.pop("waiting", lambda _reason, _seconds: None)
        opening = opened(definition, allow=Allow(), directory=self.directory, sqlite_directory=self.directory, keeper=Nothing())
        outward = Client(bounds=bounds, allow=Allow([("127.0.0.1", port)]), tls=tls, proxy=proxy)
        with State(self.directory / "school.push") as state:
            async with opening as connector, outward as client:
                yield Pushing(
                    definition=definition,
                    version=str(hash(self.definition)),
                    connector=connector,
                    binding=bind(source_key("school"), definition, version=1, keys_by_name={}),
                    hub=Hub(client, url, secret if callable(secret) else lambda: secret, lang="en", patience=patience, waiting=waiting),
                    state=state,
                    progress=self.progress.append,
                    **{"sweep_every": timedelta(days=7), **others},
                )

    async def push(self, url: str, secret: str | Callable[[], str], **others: Any) -> Report:
        """Push once."""
        async with self.pushing(url, secret, **others) as pushing:
            return await push(pushing)
