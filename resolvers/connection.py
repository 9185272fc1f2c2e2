"""A page as callers see it: values, cursors on demand, counts on demand, outcomes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic

from resolvers.merging import Page
from resolvers.outcomes import Outcome, Status
from resolvers.walking import CATALOG, Position, T


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A value of the page; its cursor is sealed only when somebody asks."""

    node: T
    _seal: Callable[[], str]

    @property
    def cursor(self) -> str:
        """Resumes the walk behind this value."""
        return self._seal()


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Relay's page information; cursors are sealed only when somebody asks."""

    has_next_page: bool
    has_previous_page: bool
    _seal_first: Callable[[], str] | None
    _seal_last: Callable[[], str] | None

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first edge."""
        return self._seal_first() if self._seal_first is not None else None

    @property
    def end_cursor(self) -> str | None:
        """Where the next page begins."""
        return self._seal_last() if self._seal_last is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection(Generic[T]):
    """One page of a walk over many sources."""

    page: Page[T]
    outcomes: Sequence[Outcome]
    seal: Callable[[int], str]
    seal_at: Callable[[Mapping[str, Position]], str]
    resumed: bool
    count_catalog: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> list[T]:
        """The values of the page."""
        return self.page.values

    @property
    def edges(self) -> Sequence[Edge[T]]:
        """The values of the page with their cursors."""
        return [Edge(element.value, partial(self.seal, place)) for place, (_, element) in enumerate(self.page.entries)]

    @property
    def page_info(self) -> PageInfo:
        """Relay's page information."""
        last = len(self.page.entries) - 1
        ends = partial(self.seal, last)
        return PageInfo(
            self.page.has_next,
            self.resumed,
            partial(self.seal, 0) if last >= 0 else None,
            ends if last >= 0 or self.page.has_next else None,
        )

    async def total_count(self) -> int:
        """All values of the walk: exact where every source can count, else a lower bound."""
        live = sum(_at_least(share) for share in self.page.shares)
        resting = (position for source, position in self.page.resting.items() if source != CATALOG)
        done = sum(position.total if position.total is not None else position.seen for position in resting)
        return live + done + await self.count_catalog()

    @property
    def total_is_exact(self) -> bool:
        """Tell whether `total_count` is exact."""
        if any(position.short for source, position in self.page.resting.items() if source != CATALOG):
            return False
        missing = (Status.PARTIAL, Status.SKIPPED, Status.UNAVAILABLE, Status.TIMEOUT)
        return all(share.exact for share in self.page.shares) and not any(
            outcome.status in missing and outcome.reason != "relevance_bound" for outcome in self.outcomes
        )

    @property
    def complete(self) -> bool:
        """Tell whether every outcome is OK."""
        return all(outcome.status is Status.OK for outcome in self.outcomes)


def _at_least(share: Any) -> int:
    if share.source == CATALOG:
        return 0
    if share.exact and share.total is not None:
        return int(share.total)
    return int(share.start.seen) + len(share.elements)
