"""The formats of a pushed body: how each is called on the wire, and what reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from connectors.feed.arrays import Array
from connectors.feed.definition import FeedConnection, Format
from connectors.feed.lines import Lines
from connectors.feed.rows import Row
from connectors.feed.separated import Separated

MEDIA_TYPES: Mapping[str, Format] = {
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/json": "json",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
"""Media types that are understood, the first of each format the usual one."""


class TextReader(Protocol):
    """Reads rows out of text that comes in pieces."""

    def feed(self, text: str) -> Iterator[Row]:
        """The rows that are whole now. Raises BodyUnreadable."""
        ...

    def finish(self) -> Iterator[Row]:
        """The rows that only the end makes whole. Raises BodyUnreadable."""
        ...


def text_reader(form: Format, connection: FeedConnection) -> TextReader:
    """What reads a body of text."""
    match form:
        case "ndjson":
            return Lines(connection.max_row)
        case "json":
            return Array(connection.max_row)
    return Separated(connection.max_row, connection.max_columns, connection.separator)
