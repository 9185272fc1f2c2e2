"""Words that mean the same thing in the trades: a query for one finds the others, at a lower weight."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files

from store.search.segmentation import query_words


def synonyms(word: str) -> tuple[tuple[str, ...], ...]:
    """Other words for `word`, each as the words that it is cut into."""
    return _table().get(word, ())


@cache
def _table() -> dict[str, tuple[tuple[str, ...], ...]]:
    found: defaultdict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
    for line in (files("store.search") / "data" / "synonyms.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        group = line.split()
        for word in group:
            found[word].update(dict.fromkeys(tuple(query_words(other)) for other in group if other != word))
    return {word: tuple(others) for word, others in found.items()}
