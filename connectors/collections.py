"""A connector that reads each of its collections by a reader of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Protocol

from connectors.errors import SourceMalformed
from connectors.protocol import Batch, Collection, Query, Supports


class CollectionReader(Protocol):
    """Reads one collection."""

    def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield batches. Raises SourceError."""
        ...


class ByCollection:
    """Hands a query to the reader of its collection."""

    def __init__(self, readers: Mapping[Collection, CollectionReader], supports: Mapping[Collection, Supports]) -> None:
        self._readers = readers
        self.supports = supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield batches, each by one request made when it is asked for. Raises SourceError."""
        reader = self._readers.get(query.collection)
        if reader is None:
            raise SourceMalformed("not_offered")
        async with aclosing(reader.read(query)) as batches:
            async for batch in batches:
                yield batch

    async def aclose(self) -> None:
        """Nothing is kept: the client belongs to whoever opened it."""
