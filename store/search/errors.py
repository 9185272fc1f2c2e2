"""What can go wrong with the search index.

StoreError
└── IndexUnavailable     there is no index yet, or it is being made anew
"""

from __future__ import annotations

from store.errors import StoreError


class IndexUnavailable(StoreError):
    """Nothing can be searched now; the index is made by the process that indexes, and it is tried again with every query."""
