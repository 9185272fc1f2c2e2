"""What was pushed is read as any other source: the conformance suite over rows that lie in each kind of store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid
from connectors.feed import FeedConnector
from connectors.protocol import Collection, Connector
from connectors.testing import conforms
from store.database import Database
from store.feeds import DELETED, LIVE, SPOILED, FeedRow, FeedRows
from store.rows import pack

DEFINITION = """
name = "college"
title = "示例"
tier = "school"
institution = "4133020001"
connector = "feed"
mode = "push"
all_public = true
connection = {}
resources.identifier = "id"
resources.mapping.title = "title"
resources.checks.title = { required = true }
"""


@pytest.fixture
async def feed(database_url: str) -> AsyncIterator[FeedRows]:
    database = Database.open(database_url)
    await database.migrate()
    feed = FeedRows(database, "abcdefgh")
    rows = [FeedRow(str(n), n, LIVE, b"", pack({"id": str(n), "title": f"数控 {n}"})) for n in range(23)]
    async with database.begin_write() as connection:
        await connection.run_sync(feed.write, "resources", rows)
        later = [
            FeedRow("3", 30, DELETED),
            FeedRow("5", 31, LIVE, b"", pack({"id": "5", "title": "改"})),
            FeedRow("7", 32, SPOILED, b"", pack({"id": "7"})),
        ]
        await connection.run_sync(feed.write, "resources", later)
    yield feed
    await database.aclose()


@pytest.mark.parametrize("limit", [4, 5, 100])
async def test_a_feed_conforms(feed: FeedRows, limit: int) -> None:
    definition = parse_definition(DEFINITION)

    async def opener() -> Connector:
        return FeedConnector(feed, {Collection.RESOURCES: definition.resources}, definition.place())

    expected = [str(n) for n in range(23) if n not in (3, 7)]
    report = await conforms(opener, expected=expected, limit=limit)
    assert report.gone == ("3",)
    assert {"fetches_by_ids", "tells_total", "resumes"} <= set(report.checks)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('mode = "push"', 'mode = "harvest"', "(document)"),
        ("connection = {}", 'connection = { url = "https://x.example" }', "connection.url"),
        ("{ required = true }", '{ pattern = "(" }', "resources.checks.title.pattern"),
    ],
)
def test_a_definition_that_cannot_work_is_named(old: str, new: str, place: str) -> None:
    with pytest.raises(DefinitionInvalid) as invalid:
        parse_definition(DEFINITION.replace(old, new))
    assert [problem.place for problem in invalid.value.problems] == [place]


def test_names_of_columns_are_names_and_never_statements() -> None:
    hostile = DEFINITION.replace('identifier = "id"', 'identifier = "x; drop table sources"')
    definition = parse_definition(hostile)
    assert list(definition.resources.identifier) == ["x; drop table sources"]
