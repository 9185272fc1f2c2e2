"""What can stop a harvest beside its source (`connectors.errors`) and its lease (`store.errors`).

AllSpoiled      of a full list not one item could become a record
NothingKept     nothing is stored yet that could be mapped once more
SweepRefused    too much of a source would be deleted at once
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.errors import SourceMalformed


class AllSpoiled(Exception):
    """Everything in a full list went into quarantine: its definition does not fit it any more, and what is missing may be there."""

    def __init__(self, name: str, counts: Mapping[str, int]) -> None:
        told = " and ".join(f"none of {count} {collection}" for collection, count in counts.items())
        super().__init__(
            f"{SourceMalformed.code}: {told} of {name} could become a record; nothing was deleted: look at the quarantine and correct the "
            "definition, or the source"
        )


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
