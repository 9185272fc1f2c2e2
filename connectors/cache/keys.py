"""Keys: everything that decides an answer, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from connectors.protocol import Collection, Key, Query
from store.identity import native_key
from store.visibility import visibility_class


@dataclass(frozen=True, slots=True)
class Namespace:
    """One source in one version of its definition. `generation` grows when what was kept is to be forgotten, on every node."""

    source: str
    version: int
    generation: Callable[[], int]

    def page(self, query: Query) -> str:
        """The key of a page: the question as the source is asked, and the class of those who may see the answer."""
        asked = (query.text, query.filter, query.order, query.since, query.cursor, query.limit)
        return self._key(query.collection, query.keys, f"page {asked!r}")

    def item(self, collection: Collection, keys: frozenset[str], key: Key) -> str:
        """The key of one item."""
        return self._key(collection, keys, f"item {native_key(key)}")

    def _key(self, collection: Collection, keys: frozenset[str], what: str) -> str:
        digest = blake2b(f"{visibility_class(keys)} {what}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return f"huiju:{self.source}:{self.version}.{self.generation()}:{collection}:{digest}"
