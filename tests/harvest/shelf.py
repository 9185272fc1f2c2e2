"""A source in this process: a shelf of items behind the connector protocol, which can break where a test wants it to."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.definition import Section
from connectors.errors import CursorLost, SourceError
from connectors.mapping import Binding
from connectors.protocol import Batch, Collection, Item, Query, Spoiled, Supports
from harvest import HarvestSource

KEY = "abcdefgh"
NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)

SECTIONS = {
    Collection.RESOURCES: Section(
        identifier=("id",),
        mapping={"title": "title", "kind": {"value": "video"}, "format": "format", "creators": {"path": "author.name"}, "updated_at": "at"},
    ),
    Collection.LIBRARIES: Section(identifier=("id",), mapping={"name": "name"}),
    Collection.INSTITUTIONS: Section(identifier=("id",), mapping={"code": "code", "name": "name"}),
}


def items(count: int, **fields: Any) -> dict[str, dict[str, Any]]:
    return {str(n): {"id": str(n), "title": f"数控 {n}", "at": "2026-08-01T00:00:00Z", **fields} for n in range(count)}


@dataclass
class Shelf:
    """Collections of native items by key. `since` tells whether the source knows what changed; `asked` keeps the queries."""

    shelves: dict[Collection, dict[str, dict[str, Any]]]
    since: bool = False
    size: int = 10
    gone: Sequence[str] = ()
    spoiled: Sequence[Spoiled] = ()
    date: datetime | None = NOW - timedelta(hours=1)
    fail_after: int | None = None
    failure: SourceError | None = None
    asked: list[Query] = field(default_factory=list)
    closed: int = 0

    @property
    def supports(self) -> Mapping[Collection, Supports]:
        return {each: Supports(since=self.since and each is Collection.RESOURCES, max_batch=self.size) for each in self.shelves}

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        self.asked.append(query)
        shelf = self.shelves[query.collection]
        held = [key for key, item in sorted(shelf.items()) if query.since is None or datetime.fromisoformat(item["at"]) >= query.since]
        start = int(query.cursor or 0)
        try:
            while True:
                if self.fail_after is not None and start >= self.fail_after:
                    self.fail_after = None
                    raise self.failure or CursorLost("token")
                page = held[start : start + query.limit]
                start += query.limit
                last = start >= len(held)
                batch = [Item(key, shelf[key]) for key in page]
                ending = (self.gone, self.spoiled) if last else ((), ())
                yield Batch(batch, None if last else str(start), ending[0], len(held), self.date, ending[1])
                if last:
                    return
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        """Nothing is held open."""


def source_of(shelf: Shelf, version: int = 1) -> HarvestSource:
    return HarvestSource(
        name="example",
        connector=shelf,
        binding=Binding(source=KEY, tier="school", all_public=True, version=version),
        sections={each: SECTIONS[each] for each in shelf.shelves},
        every=timedelta(hours=1),
    )
