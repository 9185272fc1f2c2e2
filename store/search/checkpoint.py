"""The index's own note: up to which `seq` of the change log it has come."""

from __future__ import annotations

from tantivy import Query, Searcher

from store.search.schema import schema

CHECKPOINT = "checkpoint"
"""The one document that is no record: its number is the `seq`."""


def note(seq: int) -> str:
    """The document that says how far a commit has come, as JSON."""
    return f'{{"control": "{CHECKPOINT}", "number": {seq}}}'


def checkpoint_of(searcher: Searcher) -> int:
    """The `seq` that a commit has come to, 0 for an index without one."""
    hits = searcher.search(Query.term_query(schema(), "control", CHECKPOINT, "basic"), 1).hits
    numbers = searcher.fast_field_values("number", [address for _, address in hits])
    return int(numbers[0] or 0) if numbers else 0
