"""What can stop a harvest beside its source (`connectors.errors`) and its lease (`store.errors`).

NothingKept     nothing is stored yet that could be mapped once more
SweepRefused    too much of a source would be deleted at once
"""

from __future__ import annotations


class NothingKept(Exception):
    """A source has never been read to its end, so nobody knows what is kept of its items."""

    def __init__(self, name: str) -> None:
        super().__init__(f"nothing is kept of {name} yet: harvest it first")


class SweepRefused(Exception):
    """A full reading did not meet many of the records that the catalog holds: somebody has to look before they are deleted."""

    def __init__(self, name: str, collection: str, unmet: int, total: int) -> None:
        super().__init__(
            f"{unmet} of {total} {collection} of {name} were not in its full list; nothing was deleted: look whether the source is whole, "
            "then harvest it again and confirm the deletion"
        )
        self.unmet = unmet
        self.total = total
