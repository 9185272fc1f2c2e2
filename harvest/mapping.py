"""From a batch of native items to what the catalog writes."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from connectors.definition import Section
from connectors.mapping import Binding, ItemSpoiled, compile_mapping
from connectors.protocol import Batch, Collection, Item, Native
from connectors.pruning import pruner
from store.catalog import Quarantined
from store.identity import native_key
from store.record import Record

Mapped = tuple[str, Any, dict[str, Any]]
"""The native key, the canonical value, the kept part of the native item."""

_log = logging.getLogger(__name__)


class BatchMapper:
    """Maps the batches of one collection; `complaints` counts values that were left empty, by field."""

    def __init__(self, collection: Collection, section: Section, binding: Binding) -> None:
        self.complaints: Counter[str] = Counter()
        self._map = compile_mapping(collection, section.mapping, binding)
        self._prune = pruner(section)

    def map(self, batch: Batch, now: datetime) -> tuple[list[Mapped], list[Quarantined]]:
        """Map a batch: the items that became values, and those that go into quarantine."""
        mapped: list[Mapped] = []
        spoiled = [Quarantined(key=None if each.key is None else native_key(each.key), reason=each.reason) for each in batch.spoiled]
        for item in batch.items:
            try:
                mapped.append(self.map_item(item, now))
            except ItemSpoiled as error:
                kept = self.kept(item.native)
                spoiled.append(Quarantined(key=native_key(item.key), field=error.field, reason=str(error), native=kept))
        return mapped, spoiled

    def map_item(self, item: Item, now: datetime) -> Mapped:
        """Map one item. Raises ItemSpoiled."""
        return native_key(item.key), self.value(item, now), self.kept(item.native)

    def value(self, item: Item, now: datetime) -> Any:
        """The canonical value of one item. Raises ItemSpoiled."""
        value = self._value(item)
        return replace(value, obtained_at=now) if isinstance(value, Record) else value

    def _value(self, item: Item) -> Any:
        try:
            return self._map(item, self._complain)
        except ItemSpoiled:
            raise
        except Exception as error:
            _log.exception("an item could not be mapped")
            raise ItemSpoiled("", f"the mapping failed: {type(error).__name__}") from error

    def kept(self, native: Native) -> dict[str, Any]:
        """What is kept of a native item."""
        return self._prune(native)

    def _complain(self, field: str, _message: str) -> None:
        self.complaints[field] += 1
