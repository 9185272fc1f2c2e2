"""A file of rows as if it had been pushed: what a check of a feed reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from connectors.definition import Definition
from connectors.feed.definition import FeedConnection, Format
from connectors.feed.formats import text_reader
from connectors.feed.judging import Judged, judge_of
from connectors.feed.rows import Row
from connectors.feed.texts import Decoder
from connectors.feed.workbooks import workbook_rows
from store.feeds import LIVE, Placed
from store.identity import native_key
from store.rows import pack

SUFFIXES: dict[str, Format] = {".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "json", ".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx"}
"""The format of a file by the end of its name."""

_ROWS = 300
_CHUNK = 65_536


class SampleRows:
    """The first rows of a file, for the resources of a definition. A row that cannot be read has a key that says where it stands."""

    def __init__(self, definition: Definition, path: Path) -> None:
        judge = judge_of(definition.resources, definition.place())
        self._placed: list[Placed] = []
        for position, row in enumerate(islice(_read(definition.connection, path), _ROWS), 1):
            judged = judge(row.native) if row.native is not None else None
            key = native_key(judged.key) if isinstance(judged, Judged) else f"row {row.number}"
            self._placed.append(Placed(position, key, LIVE, pack(row.native or {})))

    async def page(self, collection: str, after: int, limit: int) -> list[Placed]:
        """The next rows behind a position."""
        return self._placed[after : after + limit] if collection == "resources" else []

    async def by_keys(self, collection: str, keys: Sequence[str]) -> list[Placed]:
        """The rows of some keys."""
        return [each for each in self._placed if each.key in keys] if collection == "resources" else []

    async def count(self, collection: str) -> int:
        """How many rows there are."""
        return len(self._placed) if collection == "resources" else 0


def _read(connection: FeedConnection, path: Path) -> Iterator[Row]:
    """Raises BodyUnreadable."""
    form = SUFFIXES[path.suffix.lower()]
    with path.open("rb") as file:
        if form == "xlsx":
            yield from workbook_rows(file, connection)
            return
        decoder, reader = Decoder(connection.encoding), text_reader(form, connection)
        while chunk := file.read(_CHUNK):
            yield from reader.feed(decoder.feed(chunk))
        yield from reader.feed(decoder.feed(b"", last=True))
        yield from reader.finish()
