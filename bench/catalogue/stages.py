"""What each step costs by itself: CPU of one thread over a sample of the feed, from the line to the document of the index."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import orjson

from bench.catalogue import harvesting
from connectors.mapping import compile_mapping
from connectors.protocol import Collection, Item
from connectors.pruning import pruner
from resolvers.sources import bind
from store.rows import pack, record_row
from store.search.schema import Found, document

ROUNDS = 3

T = TypeVar("T")


def costs(lines: Sequence[bytes]) -> dict[str, float]:
    """Microseconds of CPU for one record, by step."""
    found: dict[str, float] = {}

    def timed(step: str, work: Callable[[], list[T]]) -> list[T]:
        work()  # what is worked out once, such as the sounds of characters, is not counted
        took = []
        for _ in range(ROUNDS):
            began = time.thread_time()
            made = work()
            took.append(time.thread_time() - began)
        found[step] = min(took) / len(lines) * 1e6
        return made

    said = harvesting.definition()
    section = said.resources
    if section is None:
        raise AssertionError
    binding = bind(harvesting.KEY, said, version=1, keys_by_name={harvesting.NAME: harvesting.KEY})
    read, prune = compile_mapping(Collection.RESOURCES, section.mapping, binding), pruner(section)
    natives = timed("decode", lambda: [orjson.loads(line) for line in lines])
    records = timed("map", lambda: [read(Item(native["id"], native), lambda _field, _message: None) for native in natives])
    timed("row", lambda: [record_row(record) for record in records])
    timed("pack", lambda: [pack(prune(native)) for native in natives])
    timed("document", lambda: [document(Found(number, record)) for number, record in enumerate(records)])
    return found
