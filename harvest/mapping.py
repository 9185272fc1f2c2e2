"""From a batch of native items to what the catalog writes."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from connectors.definition import Section
from connectors.mapping import Binding, ItemSpoiled, compile_mapping
from connectors.protocol import Batch, Collection, Item
from harvest.payload import pruner
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
            key = native_key(item.key)
            try:
                value = self._value(item)
            except ItemSpoiled as error:
                spoiled.append(Quarantined(key=key, field=error.field, reason=str(error), native=self._kept(item)))
            else:
                if isinstance(value, Record):
                    value = replace(value, obtained_at=now)
                mapped.append((key, value, self._kept(item)))
        return mapped, spoiled

    def _value(self, item: Item) -> Any:
        try:
            return self._map(item, self._complain)
        except ItemSpoiled:
            raise
        except Exception as error:
            _log.exception("an item could not be mapped")
            raise ItemSpoiled("", f"the mapping failed: {type(error).__name__}") from error

    def _kept(self, item: Item) -> dict[str, Any]:
        return self._prune(item.native)

    def _complain(self, field: str, _message: str) -> None:
        self.complaints[field] += 1
