"""What one request may use: built once, never changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from auth.grant import Grant
from auth.sign_on import SignOn
from resolvers.gate import Gate
from resolvers.outcomes import Outcome, Status
from resolvers.pagination import Sealer
from resolvers.reaper import Reaper
from resolvers.sources import Sources
from resolvers.tracing import Trace
from store.audit import Event
from store.catalog import Catalog
from store.harvests import HarvestRun
from store.reader import Reader
from store.search.index import SearchIndex
from store.visibility import visibility_class

if TYPE_CHECKING:
    from resolvers.loading import Loaders


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the catalog's copy of a source is: the end of its last complete harvest, whether that is too long ago, its latest run."""

    as_of: datetime | None
    stale: bool
    last_run: HarvestRun | None = None


UNKNOWN = Freshness(None, stale=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One caller, one moment: the grant, the reader narrowed to it, the search index, the sources, the time by which the answer leaves.

    `deadline` is a time of the running event loop; `catalog` writes what a mutation asks for; `forget`
    empties the cache of some sources (their keys) on every node, on behalf of an actor; `withdrawn` are ids that live sources may
    still give, `blocked` terms that are not suggested; `sign_on` knows accounts, applications and the audit log; `freshness` tells how old
    the catalog's copy of a source is, by source key; `fresh` is set for a caller who wants no kept copies of live answers, `trace` for one
    who wants to see how the answer came about, `stored_only` while no live source may be asked, `read_only` while nothing may be changed.
    `looks` are the looks at personal data that were written down for this answer.
    """

    grant: Grant
    reader: Reader
    index: SearchIndex
    sources: Sources
    sealer: Sealer
    reaper: Reaper
    deadline: float
    now: datetime
    public_url: str
    catalog: Catalog
    forget: Callable[[Collection[str], str], Awaitable[None]]
    withdrawn: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    sign_on: SignOn | None = None
    freshness: Mapping[str, Freshness] = field(default_factory=dict)
    fresh: bool = False
    stored_only: bool = False
    read_only: bool = False
    trace: Trace | None = None
    gate: Gate = field(default_factory=Gate)
    outcomes: list[Outcome] = field(default_factory=list)
    looks: list[Event] = field(default_factory=list)
    _loaders: list[Loaders] = field(default_factory=list)

    @property
    def loaders(self) -> Loaders:
        """The loaders of this request, made when the first object is named."""
        if not self._loaders:
            from resolvers.loading import Loaders

            self._loaders.append(Loaders(self))
        return self._loaders[0]

    @property
    def visibility_class(self) -> str:
        """The class of callers who see exactly the same."""
        return visibility_class(self.grant.keys)

    def freshness_of(self, source: str) -> Freshness:
        """How old the catalog's copy of a source (its key) is."""
        return self.freshness.get(source, UNKNOWN)

    def note(self, outcomes: list[Outcome]) -> None:
        """Keep what was not OK for `extensions.outcomes`."""
        self.outcomes.extend(each for each in outcomes if each.status is not Status.OK)

    def remaining(self) -> float:
        """Seconds until the answer must leave."""
        return self.deadline - asyncio.get_running_loop().time()


async def race(context: Context, calls: Mapping[str, Callable[[], Coroutine[Any, Any, None]]], timeouts: Mapping[str, float]) -> set[str]:
    """Run one call per source side by side and return at the latest at the context's deadline; the names of the late ones.

    `calls` and `timeouts` (seconds) are keyed by source key. Late calls are cancelled and left to the reaper.
    """
    if not calls:
        return set()
    loop = asyncio.get_running_loop()
    start = loop.time()
    tasks = {loop.create_task(call()): source for source, call in calls.items()}
    until = {task: min(start + timeouts[source], context.deadline) for task, source in tasks.items()}
    late: set[str] = set()
    waiting = set(tasks)
    try:
        while waiting:
            _, waiting = await asyncio.wait(
                waiting, timeout=max(0.0, min(until[task] for task in waiting) - loop.time()), return_when=asyncio.FIRST_COMPLETED
            )
            now = loop.time()
            for task in [task for task in waiting if until[task] <= now]:
                waiting.discard(task)
                late.add(tasks[task])
                context.reaper.reap(tasks[task], task)
    except asyncio.CancelledError:
        for task in waiting:
            context.reaper.reap(tasks[task], task)
        raise
    return late
