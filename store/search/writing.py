"""One index being written: documents and the checkpoint become visible in the same commit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import tantivy

from store.search.checkpoint import CHECKPOINT, checkpoint_of, note
from store.search.directory import marks, verify
from store.search.feed import decoded
from store.search.schema import document, schema

_HEAP = 64_000_000
"""Bytes of memory in which documents wait for a segment."""


class IndexWriter:
    """Writes one index; not to be used by two threads at once.

    tantivy keeps no payload with a commit, so the checkpoint is a document that is replaced in every one: whoever was killed finds
    documents and checkpoint of the same moment, and goes through what came after once more.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if (path / "meta.json").exists():
            verify(path)
            self._index = tantivy.Index.open(str(path))
        else:
            self._index = tantivy.Index(schema(), path=str(path))
        self._writer = self._index.writer(_HEAP, 1)
        self._index.reload()
        self.checkpoint = checkpoint_of(self._index.searcher())
        self.uncommitted = 0
        self._marks = marks(path)

    def replace(self, ids: Collection[str], rows: Sequence[tuple[int, bytes]]) -> None:
        """Take the records `ids` out and put those in that there still are."""
        for identity in ids:
            self._writer.delete_documents_by_term("id", identity)
        self.add(rows)
        self.uncommitted += len(ids)

    def add(self, rows: Sequence[tuple[int, bytes]]) -> None:
        """Put records in that are not there yet."""
        for found in decoded(rows):
            self._writer.add_json(document(found))
        self.uncommitted += len(rows)

    def commit(self, checkpoint: int) -> None:
        """Make everything visible and durable, with the checkpoint. Raises OSError or ValueError, as where the disk is full."""
        self._writer.delete_documents_by_term("control", CHECKPOINT)
        self._writer.add_json(note(checkpoint))
        self._writer.commit()
        self.checkpoint, self.uncommitted = checkpoint, 0
        self._marks = marks(self.path)

    def damaged(self) -> bool:
        """Tell whether a file of the last commit is gone, or not as it was written."""
        try:
            found = marks(self.path)
        except (OSError, ValueError, KeyError):
            return True
        return any(self._marks.get(name, mark) != mark for name, mark in found.items())

    def close(self) -> None:
        """Let go of the index; what was not committed is read from the log again."""
        del self._writer
